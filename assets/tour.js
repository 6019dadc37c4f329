/* The tour: one part of the page after the other is lit and explained. Offered on a first visit; that it was offered is
   all that is kept in the browser. */
(function () {
  "use strict";

  const FLAG = "afspiegeling-tour";
  const GAP = 8;
  let kept = true; // where nothing can be kept, nothing is offered
  try { kept = window.localStorage.getItem(FLAG) !== null; } catch { /* the browser forbids it */ }
  let steps = [];
  let at = 0;

  function offer() {
    const line = document.querySelector(".offer");
    if (line && line.hidden === !kept) line.hidden = kept;
  }

  function answered() {
    kept = true;
    try { window.localStorage.setItem(FLAG, "seen"); } catch { /* asked again next time */ }
    offer();
  }

  const target = (step) => [...document.querySelectorAll(step.dataset.at)].find((part) => part.checkVisibility());

  function start() {
    const tour = document.getElementById("tour");
    const help = document.getElementById("help");
    if (!tour || tour.open) return;
    answered();
    if (help && help.open) help.close();
    steps = [...tour.querySelectorAll(".tour-step")].filter(target);
    at = 0;
    tour.showModal();
    show();
  }

  function show() {
    const tour = document.getElementById("tour");
    for (const step of tour.querySelectorAll(".tour-step")) step.hidden = step !== steps[at];
    const last = at === steps.length - 1;
    tour.querySelector(".tour-back").hidden = at === 0;
    tour.querySelector(".tour-stop").hidden = last;
    tour.querySelector(".tour-next").textContent = last ? tour.dataset.last : tour.dataset.next;
    tour.querySelector(".tour-count").textContent = tour.dataset.count.replace("{at}", at + 1).replace("{all}", steps.length);
    target(steps[at]).scrollIntoView({ block: "center", behavior: "instant" });
    place();
    steps[at].querySelector("h2").focus({ preventScroll: true });
  }

  /** The light around what is explained, and the words under or above it, wherever there is room. */
  function place() {
    const tour = document.getElementById("tour");
    if (!tour || !tour.open) return;
    const box = target(steps[at]).getBoundingClientRect();
    const left = Math.max(0, box.left - GAP), top = Math.max(0, box.top - GAP);
    const right = Math.min(window.innerWidth, box.right + GAP), bottom = Math.min(window.innerHeight, box.bottom + GAP);
    Object.assign(tour.querySelector(".tour-spot").style, { left: left + "px", top: top + "px", width: right - left + "px", height: bottom - top + "px" });
    const card = tour.querySelector(".tour-card");
    const under = bottom + GAP + card.offsetHeight <= window.innerHeight;
    const above = top - GAP - card.offsetHeight;
    const y = under ? bottom + GAP : above >= 0 ? above : window.innerHeight - card.offsetHeight - GAP;
    const x = Math.min(left, window.innerWidth - card.offsetWidth - GAP);
    Object.assign(card.style, { left: Math.max(GAP, x) + "px", top: Math.max(GAP, y) + "px" });
  }

  document.addEventListener("click", (event) => {
    const hit = (name) => event.target.closest(name);
    if (hit(".tour-start")) start();
    else if (hit(".tour-no")) answered();
    else if (hit(".tour-stop")) document.getElementById("tour").close();
    else if (hit(".tour-back")) { at -= 1; show(); }
    else if (hit(".tour-next")) {
      if (at === steps.length - 1) document.getElementById("tour").close();
      else { at += 1; show(); }
    }
  });

  document.addEventListener("keydown", (event) => {
    const tour = document.getElementById("tour");
    if (!tour || !tour.open) return;
    const move = { ArrowRight: 1, ArrowLeft: -1 }[event.key] || 0;
    if (move && steps[at + move]) { event.preventDefault(); at += move; show(); }
  });

  window.addEventListener("resize", place);
  new MutationObserver(offer).observe(document.documentElement, { childList: true, subtree: true });
})();
