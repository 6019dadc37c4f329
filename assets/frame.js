/* What the browser does by itself: the filter bar writes the address, the frame follows language, theme and room, a
   figure saves itself as a picture. Data comes only from the server. */
(function () {
  "use strict";

  const narrow = window.matchMedia("(max-width: 40rem)");
  const folded = window.matchMedia("(max-width: 61.99rem)");
  const dark = window.matchMedia("screen and (prefers-color-scheme: dark)");
  let printing = false;
  let lastPath = null;
  let lastFocus = "";

  const device = () => ({ narrow: narrow.matches && !printing, folded: folded.matches, dark: dark.matches && !printing });
  const tell = () => window.dash_clientside.set_props("device", { data: device() });
  for (const query of [narrow, folded, dark]) query.addEventListener("change", tell);
  window.addEventListener("beforeprint", () => { printing = true; if (dark.matches) tell(); });
  window.addEventListener("afterprint", () => { printing = false; if (dark.matches) tell(); });

  /** Change one choice in the address; the page follows the address. */
  function choose(key, value) {
    const frame = document.querySelector(".frame");
    const query = new URLSearchParams(frame ? frame.dataset.query : window.location.search);
    if (query.get(key) === value) return;
    query.set(key, value);
    window.dash_clientside.set_props("url", { search: "?" + query.toString() });
  }

  window.dash_clientside = Object.assign({}, window.dash_clientside, {
    frame: {
      device,
      /** After every new view: language, title, current page, focus. */
      follow() {
        const frame = document.querySelector(".frame");
        if (!frame) return "";
        document.documentElement.lang = frame.lang;
        document.title = frame.dataset.title;
        for (const link of document.querySelectorAll(".side .nav-link")) {
          if (link.classList.contains("active")) link.setAttribute("aria-current", "page");
          else link.removeAttribute("aria-current");
        }
        const path = window.location.pathname;
        const moved = lastPath !== null && lastPath !== path;
        lastPath = path;
        if (moved) {
          window.scrollTo(0, 0);
          const title = document.getElementById("title");
          if (title) title.focus({ preventScroll: true });
        } else if (document.activeElement === document.body && lastFocus) {
          tend(); // the view was drawn anew: the reader stays in the control that was used
          const same = document.getElementById(lastFocus);
          if (same) same.focus({ preventScroll: true });
        }
        return frame.dataset.title;
      },
    },
  });

  document.addEventListener("focusin", (event) => { lastFocus = event.target.id || ""; });

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

  /* --- a figure as a picture, with its title and where it comes from --- */
  document.addEventListener("click", async (event) => {
    if (!event.target.matches(".save-picture")) return;
    const block = event.target.closest(".block");
    const plot = block && block.querySelector(".js-plotly-plot");
    if (!plot) return;
    const title = block.querySelector("h2").textContent;
    const sub = block.querySelector(".sub");
    const source = document.querySelector(".provenance");
    const style = getComputedStyle(document.documentElement);
    const layout = JSON.parse(JSON.stringify(plot.layout));
    const width = Math.max(plot.clientWidth, 640);
    const wrapped = title.length > width / 9 ? title.replace(new RegExp("(.{1," + Math.floor(width / 10) + "})(\\s|$)", "g"), "$1<br>") : title;
    const lines = wrapped.split("<br>").filter(Boolean).length;
    const head = 40 + 22 * lines;
    layout.margin = Object.assign({}, layout.margin, { t: layout.margin.t + head, b: layout.margin.b + 34 });
    layout.height = (layout.height || plot.clientHeight) + head + 34;
    layout.paper_bgcolor = style.getPropertyValue("--ground").trim();
    const text = { showarrow: false, xref: "paper", yref: "paper", align: "left", xanchor: "left" };
    layout.title = { text: "<b>" + wrapped.replace(/<br>$/, "") + "</b><br><span style='font-size:13px'>" + (sub ? sub.textContent : "") + "</span>",
      x: 0, xref: "paper", y: 1, yref: "container", yanchor: "top", pad: { t: 10 }, font: { size: 17 } };
    layout.annotations = (layout.annotations || []).concat([Object.assign({ text: source ? source.dataset.source : "", x: 0, y: 0,
      yanchor: "top", yshift: -layout.margin.b + 24, font: { size: 11, color: style.getPropertyValue("--muted").trim() } }, text)]);
    const name = title.normalize("NFD").replace(/[\u0300-\u036f]/g, "").replace(/[^A-Za-z0-9]+/g, "-").slice(0, 60).replace(/-$/, "").toLowerCase();
    const picture = await window.Plotly.toImage({ data: plot.data, layout }, { format: "png", width, height: layout.height, scale: 2 });
    const link = Object.assign(document.createElement("a"), { href: picture, download: name + ".png" });
    link.click();
  });
})();
