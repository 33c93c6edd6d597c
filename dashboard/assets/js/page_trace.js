// Warehouse: a search box, zones that fill, and what moved just now.
(function () {
  "use strict";
  const lineshaft = (window.lineshaft = window.lineshaft || {});
  const { el, list, mark, put, slot, t } = lineshaft;

  function search(root) {
    const input = el("input.field", {
      type: "search", name: "q", value: root.dataset.query, placeholder: t("trace.placeholder"),
      "aria-label": t("trace.search"), "data-search": true, autocomplete: "off", spellcheck: "false",
    });
    const form = el("form", { role: "search", class: "search-form" }, input,
      el("button.button", { type: "submit" }, el("span.icon.icon-search", { "aria-hidden": "true" }), ` ${t("trace.search")}`));
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      const wanted = input.value.trim();
      lineshaft.go(wanted ? `/trace?q=${encodeURIComponent(wanted)}` : "/trace");
    });
    slot(root, "search").replaceChildren(form);
  }

  function showZones(root) {
    for (const row of lineshaft.state.rows("zones")) {
      const node = root.querySelector(`[data-zone-key="${CSS.escape(row.key)}"]`);
      if (!node) continue;
      const share = row.capacity && row.present !== null ? row.present / row.capacity : null;
      const bar = slot(node, "fill");
      bar.firstElementChild.style.width = `${Math.min(100, 100 * (share ?? 0))}%`;
      mark(bar, "data-level", share === null ? null : share > 1 ? "poor" : share > 0.9 ? "low" : "good");
      const whole = row.capacity ? `${t("of")}${lineshaft.number(row.capacity)}` : "";
      put(slot(node, "present"), lineshaft.number(row.present) + whole);
      lineshaft.age(slot(node, "last"), row.last_ts);
      mark(node, "aria-current", row.key === root.dataset.zone ? "true" : null);
    }
  }

  function showMoves(root) {
    const names = new Map(lineshaft.state.rows("zones").map((row) => [row.key, lineshaft.name(row.name)]));
    const place = (key) => (key ? (names.get(key) ?? key) : t("trace.outside"));
    const rows = lineshaft.state.rows("moves").sort((a, b) => b.ts - a.ts).slice(0, 50);
    list(slot(root, "moves"), rows, {
      id: (row) => row.id ?? `${row.ts}/${row.epc}`,
      make: (row) =>
        el("tr", {},
          el("td", { "data-label": t("column.when"), title: lineshaft.date(row.ts) }, lineshaft.clock(row.ts)),
          el("td.code", { "data-label": t("column.epc") }, el("a", { href: `/trace?q=${encodeURIComponent(row.epc)}` }, row.epc)),
          el("td", { "data-label": t("column.from") }), el("td", { "data-label": t("column.to") })),
      update(node, row) {
        put(node.children[2], place(row.from_zone));
        put(node.children[3], place(row.to_zone));
      },
    });
    slot(root, "moves-none").hidden = rows.length > 0;
  }

  lineshaft.pages = lineshaft.pages || {};
  lineshaft.pages.trace = {
    topics: () => ["zones", "moves"],
    mount: search,
    render(root, changed) {
      const has = (topic) => lineshaft.state.has(topic) && (!changed || changed.has(topic));
      if (has("zones")) showZones(root);
      if (has("moves") || (has("zones") && lineshaft.state.has("moves"))) showMoves(root);
    },
  };
})();
