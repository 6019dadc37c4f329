/* Figures are drawn when they come near the screen, all of them before printing. The server sends each as data. */
(function () {
  "use strict";

  const CONFIG = { displayModeBar: false, responsive: true, showTips: false };
  const drawn = new WeakMap();
  const near = new IntersectionObserver((entries) => {
    for (const entry of entries) if (entry.isIntersecting) draw(entry.target);
  }, { rootMargin: "400px 0px" });

  function draw(place) {
    // a view for another device is on its way
    if (!window.Plotly || document.querySelector("#view[data-stale]")) return;
    near.unobserve(place);
    if (drawn.get(place) === place.dataset.figure) return;
    drawn.set(place, place.dataset.figure);
    const figure = JSON.parse(place.dataset.figure);
    window.Plotly.react(place, figure.data, figure.layout, CONFIG);
  }

  /** Watch every figure that is not drawn as it is now. */
  function watch() {
    for (const place of document.querySelectorAll(".plot")) {
      if (drawn.get(place) === place.dataset.figure) continue;
      near.unobserve(place);
      near.observe(place);
    }
  }

  function tend(changes) {
    for (const change of changes) {
      for (const node of change.removedNodes) {
        if (node.nodeType !== Node.ELEMENT_NODE) continue;
        for (const place of node.querySelectorAll(".plot")) if (drawn.has(place)) window.Plotly.purge(place);
      }
    }
    watch();
  }

  new MutationObserver(tend).observe(document.documentElement, {
    childList: true, subtree: true, attributes: true, attributeFilter: ["data-figure", "data-stale"],
  });
  window.addEventListener("load", watch);
  window.addEventListener("beforeprint", () => document.querySelectorAll(".plot").forEach(draw));
})();
