// Spare parts: what lies where, booked in, counted with the reason, described anew; and every movement there was.
(function () {
  "use strict";
  const lineshaft = (window.lineshaft = window.lineshaft || {});
  const { el, list, mark, put, slot, t } = lineshaft;
  const { ask: dialog, cell, choice, field } = lineshaft.orders;
  const FRESH = { part: "", name: { en: "", zh: "" }, unit: "", location: "", minimum: 0, unit_cost: 0, kinds: [] };
  const text = (words) => el("span", {}, words);
  let again = () => {};

  function show(root, rows) {
    slot(root, "parts-none").hidden = rows.length > 0;
    list(slot(root, "parts"), rows, {
      id: (row) => [row.part, row.location, row.name.en, row.name.zh, row.unit_cost, row.minimum, row.unit, row.kinds, row.on_hand].join("/"),
      make: (row) => el("tr", {}, cell("part", el("span", {}, el("b", {}, lineshaft.name(row.name)), ` ${row.part}`)), cell("location", text(row.location || lineshaft.DASH)),
        cell("on_hand", el("span.number")), cell("reserved", el("span.number")), cell("minimum", el("span.number")), cell("short", el("b")), cell("used", el("span.number")), cell("book", acts(row))),
      update(node, row) {
        const at = (n) => node.children[n].firstChild;
        put(at(2), `${lineshaft.short(row.on_hand)} ${row.unit}`.trim());
        put(at(3), lineshaft.short(row.reserved));
        put(at(4), lineshaft.short(row.minimum));
        put(at(5), row.short > 0 ? t("part.missing", { n: lineshaft.short(row.short) }) : "");
        put(at(6), lineshaft.short(row.used));
        mark(node, "data-short", row.short > 0 || null);
      },
    });
  }

  function acts(row) {
    const button = (words, does, may) => {
      const node = el("button.button", { type: "button", hidden: !may, "aria-label": `${words}: ${row.part}` }, words);
      node.addEventListener("click", does);
      return node;
    };
    const store = lineshaft.orders.may("store");
    return el("span.chips", {}, button(t("part.book"), () => book(row), store), button(t("part.change"), () => write(row), store),
      button(t("part.moves"), () => moves(row), true));
  }

  // What is counted otherwise than booked needs its reason: the books are only as good as these words.
  function book(row) {
    const what = choice("what", ["receive", "count"].map((one) => [one, t(`part.${one}`)]), "receive");
    const amount = el("input.field", { name: "amount", type: "number", min: 0, step: "any", required: true, value: 1, inputmode: "decimal" });
    const note = el("input.field", { name: "note", maxlength: 200 });
    const differs = el("p", { role: "status" });
    const fit = () => {
      const off = Number(amount.value) - row.on_hand;
      note.required = what.value === "count" && off !== 0;
      put(differs, what.value === "count" ? t("part.differs", { n: lineshaft.short(row.on_hand), off: `${off > 0 ? "+" : ""}${lineshaft.short(off)}` })
        : t("part.lies", { n: lineshaft.short(row.on_hand), location: row.location || lineshaft.DASH }));
    };
    what.addEventListener("change", () => {
      amount.value = what.value === "count" ? row.on_hand : 1;
      fit();
    });
    amount.addEventListener("input", fit);
    fit();
    const once = lineshaft.orders.key();
    dialog(`${t("part.book")}: ${lineshaft.name(row.name)}`, [field(t("part.what"), what), field(t("part.amount"), amount), differs, field(t("part.why"), note)], t("part.book"), async () => {
      const { said } = await lineshaft.orders.send(`parts/${row.part}/movements`, { once, body: { what: what.value, amount: Number(amount.value), note: note.value.trim() } });
      again();
      return Boolean(said);
    });
  }

  function write(row) {
    const input = (name, value, more = {}) => el("input.field", { name, value, maxlength: 200, ...more });
    const number = (name, value) => el("input.field", { name, type: "number", min: 0, step: "any", value, required: true, inputmode: "decimal" });
    const of = {
      part: input("part", row.part, { required: true, maxlength: 64, pattern: "[A-Za-z0-9][A-Za-z0-9_.\\-]*", disabled: Boolean(row.part), autocapitalize: "none" }),
      name: input("name", row.name.en, { required: true }), name_zh: input("name_zh", row.name.zh === row.name.en ? "" : row.name.zh),
      unit: input("unit", row.unit, { maxlength: 16 }), location: input("location", row.location), minimum: number("minimum", row.minimum),
      unit_cost: number("unit_cost", row.unit_cost), kinds: input("kinds", row.kinds.join(", ")),
    };
    dialog(row.part ? `${t("part.change")}: ${row.part}` : t("part.new"), Object.entries(of).map(([name, control]) => field(t(`part.field.${name}`), control)), t("work.save"), async () => {
      const said = Object.fromEntries(Object.entries(of).map(([name, control]) => [name, control.value.trim()]));
      const { part, ...words } = said;
      const kinds = said.kinds.split(/[,，\s]+/).filter(Boolean);
      const answer = await lineshaft.orders.send(`parts/${encodeURIComponent(part)}`, { method: "PUT",
        body: { ...words, minimum: Number(said.minimum), unit_cost: Number(said.unit_cost), kinds } });
      again();
      return Boolean(answer.said);
    });
  }

  async function moves(row) {
    const known = await lineshaft.call(`/api/v1/parts/${encodeURIComponent(row.part)}/movements?limit=100`);
    if (!known) return;
    const signed = (n) => `${n > 0 ? "+" : ""}${lineshaft.short(n)}`;
    const line = (one) => el("li", {}, el("span.quiet", {}, `${lineshaft.when(one.at)} · ${one.by === "plan" ? t("work.origin.plan") : one.by}`),
      el("div", {}, [t(`part.${one.what}`), one.hand ? signed(one.hand) : one.held ? t("part.held", { n: signed(one.held) }) : "0", one.order ? `WO-${one.order}` : "", one.note].filter(Boolean).join(" · ")));
    const box = el("dialog", { "aria-label": t("part.moves") }, el("h2", {}, `${t("part.moves")}: ${lineshaft.name(row.name)}`),
      known.items.length ? el("ul.timeline-plain", {}, ...known.items.map(line)) : el("p.empty", {}, t("part.moves.none")),
      el("div.row", {}, el("button.button", { type: "button", "data-do": "close" }, t("close"))));
    box.addEventListener("close", () => box.remove());
    document.body.append(box);
    box.showModal();
  }

  async function ask(root, get) {
    const found = await get("parts");
    if (found) show(root, found.items);
    return Boolean(found);
  }

  function mount(root, refresh) {
    again = refresh;
    const button = slot(root, "new-part");
    button.hidden = !lineshaft.orders.may("store");
    button.addEventListener("click", () => write(FRESH));
  }

  lineshaft.upkeepTabs = { ...lineshaft.upkeepTabs, parts: { ask, mount } };
})();
