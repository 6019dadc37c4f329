/* Figures are drawn when they come near the screen, all of them before printing. The server sends each as data. What a
   mouse is told over a point, the arrow keys tell in a figure that has the focus. */
(function () {
  "use strict";

  const CONFIG = { displayModeBar: false, responsive: true, showTips: false };
  const PATIENCE = 3000; // milliseconds after which figures are drawn in another type
  const drawn = new WeakMap();
  let typed = false; // where a text stands follows from its width, which is measured once
  const near = new IntersectionObserver((entries) => {
    for (const entry of entries) if (entry.isIntersecting) draw(entry.target);
  }, { rootMargin: "400px 0px" });

  function draw(place) {
    // a view for another device is on its way
    if (!window.Plotly || !typed || document.querySelector("#view[data-stale]")) return;
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

  /* --- the tooltips by keyboard --- */
  const reached = new WeakMap();

  /** What can be told of a figure: of each trace with tooltips the places of its points. */
  function told(plot) {
    const shown = (trace, i) => trace.hovertext[i] && (trace.orientation === "h" ? trace.x : trace.y)[i] !== null;
    return plot.data.map((trace, curve) => ({
      curve, texts: trace.hovertext || [], points: (trace.hovertext || []).map((_text, i) => i).filter((i) => shown(trace, i)),
    })).filter((trace) => trace.points.length);
  }

  /** Along a line with left and right, to the other line with up and down; rows of one point each with all four. */
  function step(traces, from, key) {
    const flat = traces.flatMap((trace, row) => trace.points.map((point) => ({ row, point })));
    if (key === "End") return flat[flat.length - 1];
    if (key === "Home" || !from) return flat[0];
    const forth = key === "ArrowRight" || key === "ArrowDown";
    const lines = traces.some((trace) => trace.points.length > 1);
    if (lines && (key === "ArrowUp" || key === "ArrowDown")) {
      const row = (from.row + (forth ? 1 : traces.length - 1)) % traces.length;
      const nearest = traces[row].points.reduce((a, b) => (Math.abs(b - from.point) < Math.abs(a - from.point) ? b : a));
      return { row, point: nearest };
    }
    const at = flat.findIndex((each) => each.row === from.row && each.point === from.point);
    return flat[(at + (forth ? 1 : flat.length - 1)) % flat.length];
  }

  function quiet(plot) {
    reached.delete(plot);
    window.Plotly.Fx.unhover(plot);
  }

  document.addEventListener("keydown", (event) => {
    const plot = event.target.matches(".figure") && event.target.querySelector(".js-plotly-plot");
    if (!plot || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "Escape") return quiet(plot);
    if (!/^(Arrow(Left|Right|Up|Down)|Home|End)$/.test(event.key)) return;
    const traces = told(plot);
    if (!traces.length) return;
    event.preventDefault();
    const next = step(traces, reached.get(plot), event.key);
    reached.set(plot, next);
    const trace = traces[next.row];
    window.Plotly.Fx.hover(plot, [{ curveNumber: trace.curve, pointNumber: next.point }]);
    const words = new DOMParser().parseFromString(trace.texts[next.point].replace(/<br>/g, ", "), "text/html");
    document.getElementById("announce").textContent = words.body.textContent;
  });

  document.addEventListener("focusout", (event) => {
    const plot = event.target.matches(".figure") && event.target.querySelector(".js-plotly-plot");
    if (plot) quiet(plot);
  });

  new MutationObserver(tend).observe(document.documentElement, {
    childList: true, subtree: true, attributes: true, attributeFilter: ["data-figure", "data-stale"],
  });
  window.addEventListener("load", watch);
  const type = document.fonts.load('13px "Source Sans 3 Variable"');
  Promise.race([type, new Promise((done) => window.setTimeout(done, PATIENCE))]).catch(() => null).then(() => {
    typed = true;
    watch();
  });
  window.addEventListener("beforeprint", () => document.querySelectorAll(".plot").forEach(draw));
})();
