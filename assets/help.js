/* The help panel and the shortcuts. A shortcut of one character can be switched off (WCAG 2.1.4); that choice is all
   that is kept in the browser. */
(function () {
  "use strict";

  const FLAG = "afspiegeling-shortcuts";
  const kept = () => { try { return window.localStorage.getItem(FLAG); } catch { return null; } };
  const keep = (value) => { try { window.localStorage.setItem(FLAG, value); } catch { /* a browser that keeps nothing */ } };
  let on = kept() !== "off";

  function open() {
    const panel = document.getElementById("help");
    if (!panel || panel.open) return;
    const place = panel.querySelector("#help-keys");
    if (place && !place.firstChild) {
      const box = Object.assign(document.createElement("input"), { type: "checkbox" });
      box.addEventListener("change", () => { on = box.checked; keep(on ? "on" : "off"); });
      place.append(box);
    }
    if (place) place.firstChild.checked = on;
    panel.showModal();
    panel.scrollTop = 0;
    panel.querySelector("h2").focus({ preventScroll: true });
  }

  document.addEventListener("click", (event) => {
    const panel = document.getElementById("help");
    if (event.target.closest("#help-open")) open();
    // the button and the dark around the panel close it; the browser gives the focus back
    else if (panel && panel.open && (event.target === panel || event.target.closest(".help-close"))) panel.close();
  });

  /** Open all that are closed; close all when none is. */
  function turn(parts) {
    const open = parts.some((part) => !part.open);
    for (const part of parts) part.open = open;
  }

  const twins = () => [...document.querySelectorAll("main .tools > details")].filter((part) => part.querySelector("table"));
  const definitions = () => [...document.querySelectorAll("main .tools > details")].filter((part) => part.querySelector(".definition"));

  const keys = {
    "?": open,
    "/": () => { const box = document.getElementById("filter-unit"); if (box) box.focus(); },
    t: () => turn(twins()),
    d: () => turn(definitions()),
  };

  function follow(number) {
    const link = document.querySelectorAll(".side .nav-link")[number - 1];
    if (link) link.click();
  }

  document.addEventListener("keydown", (event) => {
    if (!on || event.defaultPrevented || event.ctrlKey || event.altKey || event.metaKey || event.isComposing) return;
    if (event.target.closest("input, select, textarea, [contenteditable], dialog")) return;
    const digit = /^[1-9]$/.test(event.key) ? Number(event.key) : 0;
    const action = digit ? () => follow(digit) : keys[event.key.toLowerCase()];
    if (!action) return;
    event.preventDefault();
    action();
  });
})();
