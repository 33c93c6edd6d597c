// Preventive plans: what comes due again and again, and the form that makes and changes one.
(function () {
  "use strict";
  const lineshaft = (window.lineshaft = window.lineshaft || {});
  const { el, list, put, slot, t } = lineshaft;
  const { ask: dialog, cell, choice, field } = lineshaft.orders;
  const FRESH = { title: { en: "", zh: "" }, detail: "", priority: 3, way: "calendar", every: 4, unit: "week", at_min: 480, signal: null, above: 0,
    lead_days: 1, team: null, assignee: null, estimate_h: 1, checks: [], parts: [], active: true };
  const text = (words) => el("span", {}, words);
  let again = () => {};

  function rhythm(row) {
    const n = lineshaft.short(row.every);
    if (row.way === "calendar") return t(`plan.every.${row.unit}`, { n });
    return t(`plan.every.${row.way}`, { n, signal: lineshaft.signal(row.signal) });
  }

  function show(root, rows) {
    slot(root, "plans-none").hidden = rows.length > 0;
    list(slot(root, "plans"), rows, {
      id: (row) => `${row.id}/${row.version}`,
      make: (row) => el("tr", {}, cell("plan", text(lineshaft.name(row.title))),
        cell("machine", el("a", { href: `/machines/${encodeURIComponent(row.machine)}` }, lineshaft.name(row.machine_name))),
        cell("rhythm", text(rhythm(row))), cell("next", el("span")), cell("team", text(row.team ?? row.assignee ?? lineshaft.DASH)),
        cell("orders", text(lineshaft.number(row.orders))), cell("active", acts(row))),
      update(node, row) {
        const next = row.unfinished ? t("plan.unfinished", { n: row.unfinished }) : row.next.length ? lineshaft.date(row.next[0])
          : row.left !== null ? t("plan.left", { n: lineshaft.short(row.left) }) : lineshaft.DASH;
        put(node.children[3].firstChild, row.active ? next : t("plan.stopped"));
      },
    });
  }

  function acts(row) {
    if (!lineshaft.orders.may("lead")) return text(t(row.active ? "plan.active" : "plan.stopped"));
    const button = (words, does) => {
      const node = el("button.button", { type: "button", "aria-label": `${words}: ${lineshaft.name(row.title)}` }, words);
      node.addEventListener("click", does);
      return node;
    };
    return el("span.chips", {}, button(t("plan.change"), () => write(row)),
      button(t(row.active ? "plan.stop" : "plan.go_on"), () => send(row, { ...said(row), active: !row.active })));
  }

  const said = (row) => {
    const kept = ["machine", "detail", "priority", "team", "assignee", "estimate_h", "checks", "parts", "lead_days", "way", "every", "unit", "starts", "at_min", "signal", "above", "active"];
    return { ...Object.fromEntries(kept.map((name) => [name, row[name]])), title: row.title.en, title_zh: row.title.zh === row.title.en ? "" : row.title.zh };
  };

  async function send(row, body, once) {
    const change = row.id ? { method: "PUT", version: row.version } : { once };
    const { said: answer } = await lineshaft.orders.send(`maintenance/plans${row.id ? `/${row.id}` : ""}`, { ...change, body });
    again();
    return Boolean(answer);
  }

  const clock = (minutes) => `${String(Math.floor(minutes / 60)).padStart(2, "0")}:${String(minutes % 60).padStart(2, "0")}`;
  const minutes = (words) => Number(words.slice(0, 2)) * 60 + Number(words.slice(3, 5));
  const number = (name, value, more = {}) => el("input.field", { name, type: "number", min: 0, step: "any", value, required: true, ...more });

  // What the machine chosen is measured by: a meter is one of its signals.
  async function fillSignals(select, machine, chosen) {
    const known = await lineshaft.call(`/api/v1/machines/${encodeURIComponent(machine)}`, { quiet: true });
    const names = (known?.signals ?? []).filter((one) => one.quantity !== "state").map((one) => [one.name, `${lineshaft.signal(one.name)} (${one.name})`]);
    if (chosen && !names.some(([name]) => name === chosen)) names.push([chosen, chosen]);
    select.replaceChildren(...names.map(([name, words]) => el("option", { value: name, selected: name === chosen }, words)));
  }

  // One line a part: "seal-45 × 2"; the parts known are offered as one types.
  const partLines = (rows) => rows.map((row) => `${row.part} × ${row.amount}`).join("\n");
  const readParts = (words) => words.split("\n").map((line) => line.trim()).filter(Boolean).map((line) => {
    const [part, amount] = line.split(/\s*×\s*|\s+[x*]\s*(?=[\d.]+$)/);
    return { part, amount: amount === undefined ? 1 : Number(amount) };
  });
  // A line that stays as it was keeps its other language.
  const readChecks = (words, before) => words.split("\n").map((line) => line.trim()).filter(Boolean)
    .map((line) => before.find((one) => one.text === line) ?? { text: line });

  async function write(row) {
    const [which, teams, stock] = await Promise.all([lineshaft.orders.machines(row.machine), lineshaft.orders.teams(), lineshaft.call("/api/v1/parts", { quiet: true })]);
    const words = el("input.field", { name: "title", required: true, maxlength: 200, value: row.title.en });
    const chinese = el("input.field", { name: "title_zh", maxlength: 200, value: row.title.zh === row.title.en ? "" : row.title.zh });
    const detail = el("textarea.field", { name: "detail", maxlength: 4000, rows: 2 }, row.detail);
    const way = choice("way", ["calendar", "running", "counter"].map((one) => [one, t(`plan.way.${one}`)]), row.way);
    const every = number("every", row.every, { min: 0.001 });
    const unit = choice("unit", ["day", "week", "month"].map((one) => [one, t(`plan.unit.${one}`)]), row.unit);
    const starts = el("input.field", { name: "starts", type: "date", value: row.starts ?? lineshaft.labels.inPlant(lineshaft.now() ?? Date.now()).slice(0, 10) });
    const at = el("input.field", { name: "at", type: "time", value: clock(row.at_min) });
    const signal = choice("signal", [], "");
    const above = number("above", row.above, { min: null });
    const lead = number("lead", row.lead_days, { max: 365 });
    const priority = choice("priority", lineshaft.orders.priorities(), String(row.priority));
    const team = choice("team", [["", t("work.nobody")], ...teams], row.team ?? "");
    const assignee = el("input.field", { name: "assignee", maxlength: 64, value: row.assignee ?? "", autocapitalize: "none" });
    const estimate = number("estimate", row.estimate_h, { step: 0.25 });
    const checks = el("textarea.field", { name: "checks", rows: 3 }, row.checks.map((one) => one.text).join("\n"));
    const parts = el("textarea.field", { name: "parts", rows: 2, placeholder: "seal-45 × 1" }, partLines(row.parts));
    const known = (stock?.items ?? []).map((one) => one.part).join(", ");
    const of = {
      unit: field(t("plan.unit"), unit), starts: field(t("plan.starts"), starts), at: field(t("plan.at"), at),
      signal: field(t("plan.signal"), signal), above: field(t("plan.above"), above),
    };
    const fit = () => {
      const calendar = way.value === "calendar";
      of.unit.hidden = of.starts.hidden = of.at.hidden = !calendar;
      of.signal.hidden = calendar;
      of.above.hidden = way.value !== "running";
      starts.required = at.required = calendar;
      signal.required = !calendar;
      above.required = way.value === "running";
      every.step = calendar ? "1" : "any";
      every.min = calendar ? "1" : "0.001";
    };
    way.addEventListener("change", fit);
    which.addEventListener("change", () => fillSignals(signal, which.value, signal.value));
    fit();
    await fillSignals(signal, which.value, row.signal);
    const once = lineshaft.orders.key();
    dialog(t(row.id ? "plan.change" : "plan.new"), [field(t("work.machine"), which), field(t("work.title"), words), field(t("plan.title_zh"), chinese),
      field(t("work.detail"), detail), field(t("plan.way"), way), field(t("plan.every"), every), of.unit, of.starts, of.at, of.signal, of.above,
      field(t("plan.lead"), lead), field(t("work.priority"), priority), field(t("work.team"), team), field(t("work.assignee"), assignee),
      field(t("work.estimate"), estimate), field(t("work.checklist"), checks, t("work.checklist.lines")),
      field(t("plan.parts"), parts, t("plan.parts.lines", { known: known || lineshaft.DASH }))], t(row.id ? "work.save" : "plan.make"), () => {
      const calendar = way.value === "calendar";
      return send(row, {
        machine: which.value, title: words.value.trim(), title_zh: chinese.value.trim(), detail: detail.value.trim(), priority: Number(priority.value),
        way: way.value, every: Number(every.value), unit: unit.value, starts: calendar ? starts.value : null, at_min: minutes(at.value || clock(row.at_min)),
        signal: calendar ? null : signal.value, above: Number(above.value) || 0, lead_days: Number(lead.value), team: team.value || null,
        assignee: assignee.value.trim() || null, estimate_h: Number(estimate.value) || 0, checks: readChecks(checks.value, row.checks),
        parts: readParts(parts.value), active: row.active,
      }, once);
    });
  }

  async function ask(root, get) {
    const found = await get("maintenance/plans");
    if (found) show(root, found.items);
    return Boolean(found);
  }

  function mount(root, refresh) {
    again = refresh;
    const button = slot(root, "new-plan");
    button.hidden = !lineshaft.orders.may("lead");
    button.addEventListener("click", () => write(FRESH));
  }

  lineshaft.upkeepTabs = { ...lineshaft.upkeepTabs, plans: { ask, mount } };
})();
