// Small tools for touching only what changed: live values must not steal focus, selection or tooltips.
(function () {
  "use strict";
  const lineshaft = (window.lineshaft = window.lineshaft || {});

  // el("a.name", {href}, "text", child…)
  function el(tag, attributes, ...children) {
    const [kind, ...classes] = tag.split(".");
    const node = document.createElement(kind || "div");
    if (classes.length) node.className = classes.join(" ");
    for (const [key, value] of Object.entries(attributes || {})) {
      if (value === null || value === undefined || value === false) continue;
      if (key.startsWith("on")) node.addEventListener(key.slice(2), value);
      else node.setAttribute(key, value === true ? "" : value);
    }
    node.append(...children.filter((child) => child !== null && child !== undefined));
    return node;
  }

  function put(node, text) {
    if (node && node.textContent !== text) node.textContent = text;
  }

  // Sets an attribute, or removes it when the value is null.
  function mark(node, name, value) {
    if (!node) return;
    if (value === null || value === undefined || value === false) {
      if (node.hasAttribute(name)) node.removeAttribute(name);
    } else if (node.getAttribute(name) !== String(value)) {
      node.setAttribute(name, value === true ? "" : value);
    }
  }

  const slot = (root, name) => root?.querySelector(`[data-slot="${name}"]`);

  // Brings the children of `box` in line with `rows`, keeping the nodes of rows that stay.
  function list(box, rows, { id, make, update }) {
    if (!box) return;
    const kept = new Map([...box.children].map((node) => [node.dataset.id, node]));
    let before = null;
    for (const row of rows) {
      const key = String(id(row));
      let node = kept.get(key);
      kept.delete(key);
      if (!node) {
        node = make(row);
        node.dataset.id = key;
      }
      const place = before ? before.nextSibling : box.firstChild;
      if (node !== place) box.insertBefore(node, place);
      update(node, row);
      before = node;
    }
    for (const node of kept.values()) node.remove();
  }

  // Ages tick here, once a second, from the server's clock. `every` is the interval a value is expected at:
  // older than 3 of them it is old, older than 10 it is only the last known value.
  function age(node, ts, every, of) {
    mark(node, "data-age", ts ?? "");
    mark(node, "data-every", every);
    mark(node, "data-age-of", of);
    tick(node);
  }

  function tick(node) {
    const now = lineshaft.now();
    const ts = node.dataset.age;
    const value = ts === "" || now === null ? null : now - Number(ts);
    const words = node.dataset.ageText;
    put(node, words && value !== null ? lineshaft.t(words, { age: lineshaft.span(value) }) : lineshaft.span(value));
    if (ts && node.title !== lineshaft.date(Number(ts))) node.title = lineshaft.date(Number(ts));
    const every = Number(node.dataset.every);
    if (!every) return;
    const host = node.dataset.ageOf ? node.closest(node.dataset.ageOf) : node;
    for (const part of host?.querySelectorAll("[data-aging]") ?? []) {
      part.classList.toggle("old", value !== null && value > 3 * every && value <= 10 * every);
      part.classList.toggle("gone", value !== null && value > 10 * every);
    }
    mark(host, "data-gone", value === null || value > 10 * every ? true : null);
  }

  function tickAll() {
    for (const node of document.querySelectorAll("[data-age]")) tick(node);
    for (const node of document.querySelectorAll("[data-when]")) put(node, lineshaft.when(Number(node.dataset.when)));
  }

  const shape = (priority) =>
    el("span.shape", { "data-priority": priority, role: "img", "aria-label": lineshaft.t(`priority.${priority}`) },
      String(priority));

  Object.assign(lineshaft, { age, el, list, mark, put, shape, slot, tickAll });
})();
