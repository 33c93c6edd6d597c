// Carriers' scorecards: shares with their intervals and how many loads they stand on; which loads those were.
(function () {
  "use strict";
  const lineshaft = (window.lineshaft = window.lineshaft || {});
  const { el, list, mark, percent, put, slot, t } = lineshaft;
  const EVERY_MS = 60_000;
  const FEW = 20;
  const SHARES = ["otif", "on_time", "in_full", "undamaged", "without_complaint", "tracked"];
  const MOST_LOADS = 300;
  let asked = -Infinity;
  let cards = [];
  let names = new Map();
  let sorted = { by: "otif", up: false };

  const cell = (column, ...inside) => el("td", { "data-label": t(`column.${column}`) }, ...inside);
  const nameOf = (key) => (names.has(key) ? lineshaft.name(names.get(key)) : key);

  // What a column sorts by: shares by what they are drawn to, so that two of two is not better than 198 of 200.
  function worth(row, column) {
    if (column === "carrier") return nameOf(row.carrier);
    if (SHARES.includes(column)) return row[column].drawn ?? -1;
    return row[column] ?? -1;
  }

  function compare(a, b) {
    const [one, other] = [worth(a, sorted.by), worth(b, sorted.by)];
    const order = typeof one === "string" ? one.localeCompare(other) : one - other;
    return (sorted.up ? order : -order) || a.carrier.localeCompare(b.carrier);
  }

  function showShare(box, given) {
    const { n, of, share: at, low, high, drawn } = given;
    const shown = JSON.stringify([n, of, drawn, lineshaft.language()]);
    if (box.dataset.shown === shown) return;
    box.dataset.shown = shown;
    if (!of) {
      box.replaceChildren(el("span", {}, lineshaft.DASH), el("small.quiet", {}, t("carriers.unknown")));
      return;
    }
    box.replaceChildren(el("b", {}, percent(at)), el("span.interval", { style: `--low:${low};--high:${high};--at:${at}`, "aria-hidden": "true" }),
      el("small.quiet", {}, t("carriers.interval", { low: percent(low), high: percent(high), n, of })),
      of < FEW ? el("small", {}, t("carriers.drawn", { share: percent(drawn) })) : "");
  }

  function showCards(root) {
    slot(root, "cards-none").hidden = cards.length > 0;
    for (const th of root.querySelectorAll("[data-column]")) mark(th, "aria-sort", th.dataset.column === sorted.by ? (sorted.up ? "ascending" : "descending") : null);
    list(slot(root, "cards"), [...cards].sort(compare), {
      id: (row) => row.carrier,
      make: (row) => el("tr", {}, cell("carrier", el("button.button.plain", { type: "button", onclick: () => choose(root, row.carrier) })),
        cell("loads", el("span")), ...SHARES.map((name) => cell(name, el("div.proportion"))), cell("late_min", el("span")), cell("dwell_min", el("span"), el("small.quiet"))),
      update(node, row) {
        const parts = [...node.children].map((td) => td.firstChild);
        put(parts[0], nameOf(row.carrier));
        put(parts[1], row.loads < FEW ? `${lineshaft.number(row.loads)} · ${t("carriers.few")}` : lineshaft.number(row.loads));
        SHARES.forEach((name, n) => showShare(parts[2 + n], row[name]));
        put(parts[8], row.late_min === null ? lineshaft.DASH : lineshaft.rough(row.late_min * 60));
        put(parts[9], row.dwell_min === null ? lineshaft.DASH : lineshaft.rough(row.dwell_min * 60));
        put(parts[9].nextSibling, row.dwell_min === null || row.loads >= FEW ? "" : ` ${t("carriers.drawn", { share: lineshaft.rough(row.dwell_drawn_min * 60) })}`);
        mark(node, "aria-current", row.carrier === root.dataset.carrier ? "true" : null);
      },
    });
  }

  const span = (root) => {
    const to = Math.round(lineshaft.now());
    return `from_ts=${to - Number(root.dataset.days) * 86_400_000}&to_ts=${to}`;
  };

  async function ask(root) {
    if (document.hidden || lineshaft.link().state !== "live") return;
    asked = performance.now();
    const [said, known] = await Promise.all([lineshaft.call(`/api/v1/carriers/scorecards?${span(root)}`, { quiet: true }), lineshaft.call("/api/v1/carriers", { quiet: true })]);
    if (!root.isConnected || !said) return;
    cards = said.items;
    names = new Map((known?.items ?? []).map((row) => [row.carrier, { en: row.name, zh: row.name_zh || row.name }]));
    lineshaft.age(slot(root, "refreshed"), lineshaft.now(), EVERY_MS, "[data-page]");
    showCards(root);
    await showLoads(root);
  }

  async function showLoads(root) {
    const carrier = root.dataset.carrier;
    slot(root, "loads-box").hidden = !carrier;
    if (!carrier) return;
    const said = await lineshaft.call(`/api/v1/carriers/${encodeURIComponent(carrier)}/loads?${span(root)}`, { quiet: true });
    if (!said || !root.isConnected) return;
    put(slot(root, "loads-of"), `${nameOf(carrier)} · ${lineshaft.number(said.items.length)}`);
    slot(root, "loads-none").hidden = said.items.length > 0;
    const yes = (value) => (value === null ? lineshaft.DASH : t(value ? "yes" : "no"));
    const late = (row) => (row.late_ms === null ? lineshaft.DASH : Math.abs(row.late_ms) < 60_000 ? t("late.exact")
      : t(row.late_ms > 0 ? "late.by" : "early.by", { span: lineshaft.span(Math.abs(row.late_ms)) }));
    list(slot(root, "loads"), said.items.slice(0, MOST_LOADS), {
      id: (row) => row.shipment_id,
      make: (row) => el("tr", {}, cell("shipment", el("a", { href: `/shipments/${encodeURIComponent(row.shipment_id)}` }, row.shipment_id)), ...Array.from({ length: 6 }, (_, n) =>
        cell(["arrived", "against", "in_full", "undamaged", "without_complaint", "tracked"][n], el("span")))),
      update(node, row) {
        const [, ...parts] = [...node.children].map((td) => td.firstChild);
        const full = row.received === null || row.shipped === null ? null : row.received >= row.shipped;
        const said = [lineshaft.when(row.arrived), late(row), yes(full), yes(row.received === null ? null : row.damaged === 0), yes(!row.complaint), yes(row.tracked)];
        parts.forEach((part, n) => put(part, said[n]));
      },
    });
  }

  function address(root) {
    const query = new URLSearchParams({ days: root.dataset.days });
    if (root.dataset.carrier) query.set("carrier", root.dataset.carrier);
    history.replaceState(history.state, "", `/carriers?${query}`);
  }

  function choose(root, carrier) {
    root.dataset.carrier = root.dataset.carrier === carrier ? "" : carrier;
    address(root);
    showCards(root);
    showLoads(root);
  }

  function sortBy(root, by) {
    sorted = { by, up: sorted.by === by ? !sorted.up : by === "carrier" };
    showCards(root);
  }

  lineshaft.pages = lineshaft.pages || {};
  lineshaft.pages.carriers = {
    topics: () => [],
    mount(root) {
      [asked, cards, sorted] = [-Infinity, [], { by: "otif", up: false }];
      for (const button of root.querySelectorAll("[data-sort]")) button.addEventListener("click", () => sortBy(root, button.dataset.sort));
      const choice = el("select.field", { "aria-label": t("carriers.sort"), onchange: (event) => sortBy(root, event.target.value) },
        ...["otif", "carrier", "loads", ...SHARES.slice(1)].map((name) => el("option", { value: name }, t(`column.${name}`))));
      slot(root, "sort-box").replaceChildren(choice);
      for (const chip of root.querySelectorAll("[data-days].chip")) {
        chip.addEventListener("click", () => {
          root.dataset.days = chip.dataset.days;
          for (const other of root.querySelectorAll("[data-days].chip")) mark(other, "aria-pressed", String(other === chip));
          address(root);
          ask(root);
        });
      }
    },
    render(root) {
      if (performance.now() - asked > EVERY_MS) ask(root);
    },
  };
})();
