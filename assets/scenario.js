/* Vooruitblik: sliders, each with a number beside it. What is set goes into the address when a slider is let go or a
   number is entered, not at every pixel; the page follows the address. */
(function () {
  "use strict";

  const PAUSE = 250; // milliseconds in which steps by keyboard are taken together
  const waiting = new Map();
  let used = "";

  function later(key, value) {
    window.clearTimeout(waiting.get(key));
    waiting.set(key, window.setTimeout(() => { waiting.delete(key); window.afspiegeling.choose(key, value); }, PAUSE));
  }

  function build(box) {
    const { lever, most, number, hint } = box.dataset;
    const range = Object.assign(document.createElement("input"), { id: "scenario-" + lever, type: "range" });
    const field = Object.assign(document.createElement("input"), { id: "scenario-" + lever + "-number", type: "number" });
    for (const input of [range, field]) {
      Object.assign(input, { min: "0", max: most, step: "1" });
      input.setAttribute("aria-describedby", hint);
      input.autocomplete = "off";
    }
    field.step = "any";
    field.inputMode = "decimal";
    field.setAttribute("aria-label", number);
    const told = () => range.setAttribute("aria-valuetext", range.value + "%");
    range.addEventListener("input", () => { field.value = range.value; told(); });
    range.addEventListener("change", () => later(lever, range.value));
    field.addEventListener("change", () => {
      if (field.value === "" || !field.checkValidity()) { show(box); return; }
      range.value = field.value;
      told();
      later(lever, field.value);
    });
    const marks = Object.assign(document.createElement("datalist"), { id: "scenario-" + lever + "-measured" });
    marks.append(document.createElement("option"));
    range.setAttribute("list", marks.id);
    const sign = Object.assign(document.createElement("span"), { textContent: "%" });
    sign.setAttribute("aria-hidden", "true");
    box.append(range, field, sign, marks);
    show(box);
  }

  /** What the page says: a slider that is still moving is left alone. */
  function show(box) {
    if (waiting.has(box.dataset.lever)) return;
    const [range, field] = box.querySelectorAll("input");
    box.querySelector("option").value = box.dataset.measured;
    range.max = field.max = box.dataset.most;
    field.setAttribute("aria-label", box.dataset.number);
    range.value = box.dataset.value;
    if (Number(field.value) !== Number(box.dataset.value) || field.value === "") field.value = box.dataset.value;
    range.setAttribute("aria-valuetext", box.dataset.value + "%");
  }

  function tend() {
    for (const box of document.querySelectorAll(".lever-in")) {
      if (box.firstChild) show(box);
      else build(box);
    }
    if (!used || document.activeElement !== document.body) return;
    // drawn anew: the reader stays in the control that was used, or near it where it is gone
    const same = document.getElementById(used) || document.getElementById("scenario-years");
    if (same) same.focus({ preventScroll: true });
  }

  document.addEventListener("focusin", (event) => { used = /^scenario-/.test(event.target.id) ? event.target.id : ""; });
  document.addEventListener("pointerdown", (event) => {
    if (!event.target.closest(".lever, .field-years, #scenario-reset")) used = "";
  });
  document.addEventListener("change", (event) => {
    if (event.target.id === "scenario-years") choose("years", event.target.value);
  });

  new MutationObserver(tend).observe(document.documentElement, {
    childList: true, subtree: true, attributes: true, attributeFilter: ["data-value", "data-number"],
  });
})();
