/* What the browser does by itself: the filter bar writes the address, the frame follows language, theme and room. Data
   comes only from the server. */
(function () {
  "use strict";

  const narrow = window.matchMedia("(max-width: 40rem)");
  const folded = window.matchMedia("(max-width: 61.99rem)");
  const dark = window.matchMedia("screen and (prefers-color-scheme: dark)");
  let printing = false;
  let lastPath = window.location.pathname;
  let lastFocus = "";

  const view = document.getElementById("view");
  const device = () => ({ narrow: narrow.matches && !printing, folded: folded.matches, dark: dark.matches && !printing });
  const named = (path, search, shape) => path + search + " " + shape;
  const shape = (told) => ["narrow", "folded", "dark"].map((name) => Number(told[name])).join("");
  const PATIENCE = 15000; // milliseconds without an answer after which the browser asks by itself
  let ask = null; // how Dash is asked; null until it is there
  let shown = named(window.location.pathname, window.location.search, view.dataset.device);
  let awaited = null;
  let late = 0;

  /** Ask for the view that address and device name, unless it is there or on its way. */
  function refresh() {
    const wanted = { path: window.location.pathname, search: window.location.search, device: device() };
    const name = named(wanted.path, wanted.search, shape(wanted.device));
    if (name === (awaited || shown)) return;
    // until then figures of the other theme or size would only flash by
    if (shown.split(" ")[0] === name.split(" ")[0]) view.dataset.stale = "";
    if (!ask) return;
    awaited = name;
    window.clearTimeout(late);
    late = window.setTimeout(() => window.location.reload(), PATIENCE);
    ask(wanted);
  }

  /** Show an answer. On the same page only what differs changes: what is open stays open, and the focus where it is. */
  function put(html) {
    const moved = lastPath !== window.location.pathname;
    // another page or another kind of screen: nothing of the old view is kept, not even what was open
    const anew = moved || !(awaited || shown).endsWith(shown.slice(shown.indexOf(" ")));
    shown = awaited || shown;
    awaited = null;
    window.clearTimeout(late);
    delete view.dataset.stale;
    if (anew) view.innerHTML = html;
    else window.morphdom(view, "<div>" + html + "</div>", { childrenOnly: true, onBeforeElUpdated: kept, onBeforeElChildrenUpdated: (from) => !made(from) });
    // back to an address in the other language: the help beside the view speaks it, too
    if (document.querySelector(".frame").lang !== document.documentElement.lang) return window.location.reload();
    follow(moved);
  }

  /** What the browser itself has put in a place: not for the server to change. */
  const made = (place) => place.matches(".plot, #unit-picker, .lever-in");

  function kept(from, to) {
    if (from.matches("details, dialog")) to.open = from.open;
    if (!from.matches(".plot")) return !from.isEqualNode(to);
    if (from.dataset.figure !== to.dataset.figure) from.dataset.figure = to.dataset.figure;
    return false;
  }

  /** After every new view: title, focus. */
  function follow(moved) {
    const frame = document.querySelector(".frame");
    document.title = frame.dataset.title;
    document.getElementById("announce").textContent = frame.dataset.title;
    lastPath = window.location.pathname;
    tend();
    if (moved) window.scrollTo(0, 0);
    if (!moved && document.activeElement !== document.body) return;
    // what had the focus is gone: the reader stays in the control that was used, or starts at the title
    const same = (!moved && lastFocus && document.getElementById(lastFocus)) || document.getElementById("title");
    if (same && (moved || lastFocus)) same.focus({ preventScroll: true });
  }

  /** Another address of the dashboard. */
  function go(address) {
    if (address !== window.location.pathname + window.location.search) window.history.pushState(null, "", address);
    refresh();
  }

  /** Change one choice in the address; the page follows the address. */
  function choose(key, value) {
    const frame = document.querySelector(".frame");
    const query = new URLSearchParams(awaited ? window.location.search : frame.dataset.query);
    if (query.get(key) === value) return;
    query.set(key, value);
    go(window.location.pathname + "?" + query.toString());
  }

  /** The component of dashboard/page_view.py. */
  function PageView({ answer, setProps }) {
    ask = (asked) => setProps({ asked });
    window.React.useEffect(refresh, []);
    window.React.useEffect(() => { if (answer) put(answer.html); }, [answer]);
    return null;
  }

  window.afspiegeling = { PageView, choose };
  for (const query of [narrow, folded, dark]) query.addEventListener("change", refresh);
  window.addEventListener("popstate", refresh);
  window.addEventListener("beforeprint", () => {
    printing = true;
    if (dark.matches) refresh();
    // a figure is as wide as the window; on paper it is scaled to its place
    for (const svg of document.querySelectorAll(".main-svg")) svg.setAttribute("viewBox", "0 0 " + svg.getAttribute("width") + " " + svg.getAttribute("height"));
  });
  window.addEventListener("afterprint", () => {
    printing = false;
    if (dark.matches) refresh();
    for (const svg of document.querySelectorAll(".main-svg")) svg.removeAttribute("viewBox");
  });

  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[data-page]");
    if (!link || event.defaultPrevented || event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    go(link.pathname + link.search);
  });

  document.addEventListener("focusin", (event) => { lastFocus = event.target.id || "title"; });

  document.addEventListener("change", (event) => {
    const found = /^filter-(period|compare|attribute)$/.exec(event.target.id || "");
    if (found) choose(found[1], event.target.value);
  });

  /* --- the searchable tree of units: an ARIA combobox with a list --- */
  const lists = new Map();

  async function units(picker) {
    const address = picker.dataset.source;
    if (!lists.has(address)) lists.set(address, fetch(address).then((answer) => answer.json()));
    return lists.get(address);
  }

  const plain = (text) => text.normalize("NFD").replace(/[\u0300-\u036f]/g, "").toLowerCase();

  function build(picker) {
    const input = document.createElement("input");
    const list = document.createElement("ul");
    input.id = "filter-unit";
    input.className = "combo-input";
    input.type = "text";
    input.autocomplete = "off";
    input.spellcheck = false;
    const roles = { role: "combobox", "aria-expanded": "false", "aria-autocomplete": "list", "aria-controls": "unit-list" };
    for (const [name, value] of Object.entries(roles)) input.setAttribute(name, value);
    list.id = "unit-list";
    list.className = "combo-list";
    list.hidden = true;
    list.setAttribute("role", "listbox");
    picker.append(input, list);
    let at = -1;

    const close = () => {
      list.hidden = true;
      input.setAttribute("aria-expanded", "false");
      input.removeAttribute("aria-activedescendant");
      input.value = picker.dataset.name;
    };
    const mark = (index) => {
      const options = list.querySelectorAll("[role=option]");
      if (!options.length) return;
      at = (index + options.length) % options.length;
      options.forEach((option, i) => option.classList.toggle("at", i === at));
      options[at].scrollIntoView({ block: "nearest" });
      input.setAttribute("aria-activedescendant", options[at].id);
    };
    const pick = (option) => {
      if (!option) return;
      picker.dataset.name = option.dataset.name;
      close();
      choose("unit", option.dataset.code);
    };
    const show = async (words) => {
      const all = await units(picker);
      const wanted = plain(words).split(/\s+/).filter(Boolean);
      const found = all.filter((unit) => wanted.every((word) => plain(unit.name + " " + unit.code).includes(word)));
      list.setAttribute("aria-label", picker.dataset.label);
      list.replaceChildren(...found.slice(0, 400).map((unit, i) => {
        const option = document.createElement("li");
        option.id = "unit-option-" + i;
        option.setAttribute("role", "option");
        option.setAttribute("aria-selected", String(unit.code === picker.dataset.unit));
        option.dataset.code = unit.code;
        option.dataset.name = unit.name;
        option.textContent = unit.name;
        if (wanted.length) {
          if (unit.trail) option.append(Object.assign(document.createElement("small"), { textContent: unit.trail }));
        } else option.className = "d" + Math.min(4, unit.level - 1);
        return option;
      }));
      if (!found.length) {
        const none = Object.assign(document.createElement("li"), { className: "none", textContent: picker.dataset.none });
        none.setAttribute("role", "option");
        none.setAttribute("aria-disabled", "true");
        none.setAttribute("aria-selected", "false");
        list.replaceChildren(none);
      }
      list.hidden = false;
      input.setAttribute("aria-expanded", "true");
      const chosen = found.findIndex((unit) => unit.code === picker.dataset.unit);
      at = -1;
      if (found.length) mark(wanted.length ? 0 : Math.max(0, chosen));
    };

    input.addEventListener("focus", () => input.select());
    input.addEventListener("click", () => { if (list.hidden) show(""); });
    input.addEventListener("input", () => show(input.value));
    input.addEventListener("blur", () => window.setTimeout(close, 120));
    input.addEventListener("keydown", (event) => {
      if (event.key === "ArrowDown" || event.key === "ArrowUp") {
        event.preventDefault();
        if (list.hidden) show("");
        else mark(at + (event.key === "ArrowDown" ? 1 : -1));
      } else if (event.key === "Enter" && !list.hidden) {
        event.preventDefault();
        pick(list.querySelector("[data-code].at"));
      } else if (event.key === "Escape") close();
    });
    list.addEventListener("mousedown", (event) => {
      event.preventDefault();
      pick(event.target.closest("[data-code]"));
    });
    close();
  }

  function tend() {
    const picker = document.getElementById("unit-picker");
    if (!picker) return;
    if (!picker.firstChild) build(picker);
    const input = picker.querySelector("input");
    if (document.activeElement !== input) input.value = picker.dataset.name;
  }

  new MutationObserver(tend).observe(document.documentElement, {
    childList: true, subtree: true, attributes: true, attributeFilter: ["data-name", "data-unit"],
  });

  refresh();
  tend();
})();
