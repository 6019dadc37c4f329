/* An installation without a publication asks now and then whether there is one, and then shows it. */
(function () {
  "use strict";

  const EVERY = 5000;

  window.setInterval(async () => {
    if (document.hidden || !document.querySelector(".waiting")) return;
    try {
      const answer = await fetch("/publication.json", { cache: "no-store" });
      if (answer.ok && (await answer.json()).publication) window.location.reload();
    } catch { /* the server is away for a moment */ }
  }, EVERY);
})();
