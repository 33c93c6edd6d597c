// Maintenance: the board, lists of plans, parts and requests, and the figures.
(function () {
  "use strict";
  const lineshaft = (window.lineshaft = window.lineshaft || {});
  const { el, list, mark, percent, put, slot, t } = lineshaft;
  const number = (value, decimals) => lineshaft.number(value, decimals);
  const EVERY_MS = 10_000;
  let asked = -Infinity;
  let orders = null;
  let over = [];

  const get = (path) => lineshaft.call(`/api/v1/${path}`, { quiet: true });
  const cell = (name, node) => {
    const td = el("td", { "data-label": t(`column.${name}`) });
    td.append(node);
    return td;
  };
  const text = (words) => el("span", {}, words);

  function shown(root) {
    const { mine, late, words } = root.dataset;
    const sought = (words ?? "").toLowerCase();
    return (orders ?? []).concat(over).filter((row) =>
      (!mine || row.assignee === lineshaft.orders.me() || row.members.includes(lineshaft.orders.me())) &&
      (!late || lineshaft.orders.isOverdue(row)) &&
      (!sought || `${lineshaft.orders.title(row)} ${lineshaft.name(row.machine_name)} ${row.machine} ${lineshaft.orders.label(row)}`.toLowerCase().includes(sought)));
  }

  function showBoard(root) {
    if (!orders) return;
    const rows = shown(root);
    for (const state of ["open", "in_progress", "on_hold", "done"]) {
      const own = rows.filter((row) => row.state === state);
      put(slot(root, `count-${state}`), String(own.length));
      list(slot(root, `board-${state}`), own, { id: (row) => row.id, make: lineshaft.orders.makeLine,
        update: (node, row) => lineshaft.orders.showLine(node, row, { state: false }) });
      slot(root, `none-${state}`).hidden = own.length > 0;
    }
    put(slot(root, "overdue-count"), String((orders ?? []).filter(lineshaft.orders.isOverdue).length));
  }

  function showRequests(root, rows) {
    slot(root, "requests-none").hidden = rows.length > 0;
    list(slot(root, "requests"), rows, {
      id: (row) => row.id,
      make: (row) => {
        const actions = el("span.chips");
        const node = el("tr", {}, cell("request", text(`R-${row.number}`)), cell("machine", el("a", { href: `/machines/${encodeURIComponent(row.machine)}` }, lineshaft.name(row.machine_name))),
          cell("text", text(row.text)), cell("by", text(row.by)), cell("asked", el("span", {}, lineshaft.when(row.at))), cell("standing", el("span")), cell("answer", actions));
        return node;
      },
      update(node, row) {
        const said = node.children[5].firstChild;
        if (node.dataset.shown === row.state + row.order_state) return;
        node.dataset.shown = row.state + row.order_state;
        said.replaceChildren(row.order_id
          ? el("a", { href: `/work-orders/${row.order_id}` }, `WO-${row.order}: ${t(`work.state.${row.order_state}`)}`)
          : text([t(`work.request.${row.state}`), row.answer].filter(Boolean).join(": ")));
        const box = node.children[6].firstChild;
        box.replaceChildren();
        if (row.state !== "waiting" || !lineshaft.orders.may("work")) return;
        const yes = el("button.button", { type: "button" }, t("work.request.accept"));
        const no = el("button.button", { type: "button" }, t("work.request.decline"));
        yes.addEventListener("click", () => answer(root, row, { accept: true }));
        no.addEventListener("click", () => {
          const why = el("input.field", { name: "why", required: true, maxlength: 200 });
          lineshaft.orders.ask(t("work.request.decline"), [el("p", {}, row.text), lineshaft.orders.field(t("work.why"), why)], t("work.request.decline"),
            () => answer(root, row, { accept: false, answer: why.value.trim() }));
        });
        box.append(yes, no);
      },
    });
  }

  async function answer(root, row, body) {
    const { said } = await lineshaft.orders.send(`work-requests/${row.id}/answer`, { body });
    asked = -Infinity;
    ask(root);
    if (said?.order_id) lineshaft.go(`/work-orders/${said.order_id}`);
    return Boolean(said);
  }

  function rhythm(row) {
    const n = lineshaft.short(row.every);
    if (row.way === "calendar") return t(`plan.every.${row.unit}`, { n });
    return t(`plan.every.${row.way}`, { n, signal: lineshaft.signal(row.signal) });
  }

  function showPlans(root, rows) {
    slot(root, "plans-none").hidden = rows.length > 0;
    list(slot(root, "plans"), rows, {
      id: (row) => `${row.id}/${row.version}`,
      make: (row) => el("tr", {}, cell("plan", el("span", {}, lineshaft.name(row.title))),
        cell("machine", el("a", { href: `/machines/${encodeURIComponent(row.machine)}` }, lineshaft.name(row.machine_name))),
        cell("rhythm", text(rhythm(row))), cell("next", el("span")), cell("team", text(row.team ?? row.assignee ?? lineshaft.DASH)),
        cell("orders", text(number(row.orders))), cell("active", stop(root, row))),
      update(node, row) {
        const next = row.unfinished ? t("plan.unfinished", { n: row.unfinished }) : row.next.length ? lineshaft.date(row.next[0])
          : row.left !== null ? t("plan.left", { n: lineshaft.short(row.left) }) : lineshaft.DASH;
        put(node.children[3].firstChild, row.active ? next : t("plan.stopped"));
      },
    });
  }

  function stop(root, row) {
    if (!lineshaft.orders.may("lead")) return text(t(row.active ? "plan.active" : "plan.stopped"));
    const button = el("button.button", { type: "button" }, t(row.active ? "plan.stop" : "plan.go_on"));
    button.addEventListener("click", async () => {
      const kept = ["machine", "detail", "priority", "team", "assignee", "estimate_h", "checks", "parts", "lead_days", "way", "every", "unit", "starts", "at_min", "signal", "above"];
      const body = Object.fromEntries(kept.map((name) => [name, row[name]]));
      Object.assign(body, { title: row.title.en, title_zh: row.title.zh === row.title.en ? "" : row.title.zh, active: !row.active });
      await lineshaft.orders.send(`maintenance/plans/${row.id}`, { method: "PUT", version: row.version, body });
      asked = -Infinity;
      ask(root);
    });
    return button;
  }

  async function newPlan(root) {
    const [machines, teams] = await Promise.all([get("machines"), lineshaft.orders.teams()]);
    const { choice, field } = lineshaft.orders;
    const which = choice("machine", (machines?.items ?? []).map((row) => [row.key, `${lineshaft.name(row.name)} (${row.key})`]));
    const words = el("input.field", { name: "title", required: true, maxlength: 200 });
    const way = choice("way", ["calendar", "running", "counter"].map((one) => [one, t(`plan.way.${one}`)]), "calendar");
    const every = el("input.field", { name: "every", type: "number", min: 0.1, step: "any", value: 4, required: true });
    const unit = choice("unit", ["day", "week", "month"].map((one) => [one, t(`plan.unit.${one}`)]), "week");
    const starts = el("input.field", { name: "starts", type: "date", value: lineshaft.labels.inPlant(lineshaft.now() ?? Date.now()).slice(0, 10) });
    const signal = el("input.field", { name: "signal", maxlength: 64, placeholder: "current" });
    const above = el("input.field", { name: "above", type: "number", step: "any", value: 0 });
    const team = choice("team", [["", t("work.nobody")], ...teams], "");
    const estimate = el("input.field", { name: "estimate", type: "number", min: 0, step: 0.25, value: 1 });
    const lines = el("textarea.field", { name: "checks", rows: 3 });
    const rows = { unit: field(t("plan.unit"), unit), starts: field(t("plan.starts"), starts), signal: field(t("plan.signal"), signal), above: field(t("plan.above"), above) };
    const fit = () => {
      rows.unit.hidden = rows.starts.hidden = way.value !== "calendar";
      rows.signal.hidden = way.value === "calendar";
      rows.above.hidden = way.value !== "running";
    };
    way.addEventListener("change", fit);
    fit();
    const once = lineshaft.orders.key();
    lineshaft.orders.ask(t("plan.new"), [field(t("work.machine"), which), field(t("work.title"), words), field(t("plan.way"), way), field(t("plan.every"), every),
      rows.unit, rows.starts, rows.signal, rows.above, field(t("work.team"), team), field(t("work.estimate"), estimate),
      field(t("work.checklist"), lines, t("work.checklist.lines"))], t("plan.make"), async () => {
      const calendar = way.value === "calendar";
      const body = {
        machine: which.value, title: words.value.trim(), way: way.value, every: Number(every.value), unit: unit.value, team: team.value || null,
        starts: calendar ? starts.value : null, signal: calendar ? null : signal.value.trim() || null, above: Number(above.value) || 0,
        estimate_h: Number(estimate.value) || 0, checks: lines.value.split("\n").map((line) => ({ text: line.trim() })).filter((line) => line.text),
      };
      const { said } = await lineshaft.orders.send("maintenance/plans", { once, body });
      asked = -Infinity;
      ask(root);
      return Boolean(said);
    });
  }

  function showParts(root, rows) {
    slot(root, "parts-none").hidden = rows.length > 0;
    list(slot(root, "parts"), rows, {
      id: (row) => row.part,
      make: (row) => {
        const book = el("button.button", { type: "button", "aria-label": `${t("part.book")}: ${row.part}` }, t("part.book"));
        book.hidden = !lineshaft.orders.may("store");
        book.addEventListener("click", () => bookPart(root, row));
        return el("tr", {}, cell("part", el("span", {}, el("b", {}, lineshaft.name(row.name)), ` ${row.part}`)), cell("location", text(row.location || lineshaft.DASH)),
          cell("on_hand", el("span.number")), cell("reserved", el("span.number")), cell("minimum", el("span.number")), cell("short", el("b")), cell("used", el("span.number")), cell("book", book));
      },
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

  function bookPart(root, row) {
    const { choice, field } = lineshaft.orders;
    const what = choice("what", ["receive", "count"].map((one) => [one, t(`part.${one}`)]), "receive");
    const amount = el("input.field", { name: "amount", type: "number", min: 0, step: "any", required: true, value: 1 });
    const note = el("input.field", { name: "note", maxlength: 200 });
    const once = lineshaft.orders.key();
    lineshaft.orders.ask(`${t("part.book")}: ${lineshaft.name(row.name)}`, [field(t("part.what"), what), field(t("part.amount"), amount), field(t("part.note"), note)], t("part.book"),
      async () => {
        const { said } = await lineshaft.orders.send(`parts/${row.part}/movements`, { once, body: { what: what.value, amount: Number(amount.value), note: note.value.trim() } });
        asked = -Infinity;
        ask(root);
        return Boolean(said);
      });
  }

  const hours = (value) => (value === null ? lineshaft.DASH : t("figure.hours", { n: lineshaft.short(value) }));
  const between = (range, show) => (range.low === null && range.high === null ? t("figure.n", { n: range.n })
    : t("figure.between", { n: range.n, low: range.low === null ? "0" : show(range.low), high: range.high === null ? "∞" : show(range.high) }));

  function showFigures(root, said) {
    const { figures: f, tally } = said.plant;
    const b = said.backlog;
    const fill = (name, value, note) => {
      put(slot(root, `figure-${name}`), value);
      put(slot(root, `figure-${name}-note`), note);
    };
    fill("mtbf", hours(f.mtbf_h.value), between(f.mtbf_h, hours));
    fill("mttr", hours(f.mttr_h.value), between(f.mttr_h, hours));
    fill("availability", f.availability === null ? lineshaft.DASH : `${number(100 * f.availability, 2)} %`, t("figure.down", { h: hours(tally.down_h), of: hours(tally.observed_h) }));
    fill("planned", percent(f.planned_share), t("figure.labour", { p: hours(tally.preventive_h), c: hours(tally.corrective_h) }));
    fill("compliance", percent(f.compliance.value), between(f.compliance, percent));
    fill("cost", `${number(tally.cost)} ${said.currency}`, t("figure.cost.note"));
    fill("backlog", b.weeks === null ? hours(b.hours) : t("figure.weeks", { n: lineshaft.short(b.weeks) }),
      t("figure.backlog.note", { orders: number(b.orders), h: hours(b.hours), overdue: number(b.overdue), none: number(b.unestimated) }));
    const rows = said.rows.filter((row) => row.tally.failures || row.tally.cost || row.tally.due || row.tally.corrective_h || row.tally.preventive_h);
    slot(root, "figures-none").hidden = rows.length > 0;
    list(slot(root, "figures"), rows, {
      id: (row) => row.key,
      make: () => el("tr", {}, ...["machine", "failures", "mtbf", "mttr", "availability", "down", "planned", "cost"].map((name) => cell(name, el("span")))),
      update(node, row) {
        const one = row.figures;
        const words = [lineshaft.has(`kind.${row.key}`) ? t(`kind.${row.key}`) : lineshaft.name(row.name), number(row.tally.failures),
          `${hours(one.mtbf_h.value)} ${row.tally.failures < 10 ? between(one.mtbf_h, hours) : ""}`, `${hours(one.mttr_h.value)} ${between(one.mttr_h, hours)}`,
          one.availability === null ? lineshaft.DASH : `${number(100 * one.availability, 2)} %`, hours(row.tally.down_h), percent(one.planned_share), number(row.tally.cost)];
        words.forEach((said, n) => put(node.children[n].firstChild, said));
      },
    });
  }

  const ASKS = {
    board: async (root) => {
      const [open, done] = await Promise.all([get("work-orders?limit=500"), get("work-orders?state=done&limit=20")]);
      if (!open || !done) return false;
      [orders, over] = [open.items, done.items];
      showBoard(root);
      return true;
    },
    requests: async (root) => {
      const said = await get("work-requests");
      if (said) showRequests(root, said.items);
      return Boolean(said);
    },
    plans: async (root) => {
      const said = await get("maintenance/plans");
      if (said) showPlans(root, said.items);
      return Boolean(said);
    },
    parts: async (root) => {
      const said = await get("parts");
      if (said) showParts(root, said.items);
      return Boolean(said);
    },
    figures: async (root) => {
      const now = Math.floor(lineshaft.now() ?? Date.now());
      const days = Number(slot(root, "figures-days").value);
      const said = await get(`maintenance/figures?by=${slot(root, "figures-by").value}&from_ts=${now - days * 86_400_000}&to_ts=${now}`);
      if (said) showFigures(root, said);
      return Boolean(said);
    },
  };

  async function ask(root) {
    if (document.hidden || performance.now() - asked < EVERY_MS || lineshaft.link().state !== "live") return;
    asked = performance.now();
    const [known, waiting] = await Promise.all([ASKS[root.dataset.tab](root), get("work-requests?waiting=true")]);
    if (!root.isConnected) return;
    slot(root, "maintenance-error").hidden = known;
    if (waiting) put(slot(root, "waiting-count"), waiting.items.length ? String(waiting.items.length) : "");
    if (known) lineshaft.age(slot(root, "maintenance-age"), lineshaft.now(), EVERY_MS, ".maintenance");
  }

  function mount(root) {
    [asked, orders, over] = [-Infinity, null, []];
    const again = () => ((asked = -Infinity), ask(root));
    const on = (name, may, does) => {
      const button = slot(root, name);
      if (!button) return;
      button.hidden = !lineshaft.orders.may(may);
      button.addEventListener("click", does);
    };
    on("new-order", "work", () => lineshaft.orders.add(null, (row) => lineshaft.go(lineshaft.orders.where(row))));
    on("new-request", "ask", () => lineshaft.orders.request(null, again));
    on("new-plan", "lead", () => newPlan(root));
    for (const chip of root.querySelectorAll("[data-filter]")) {
      chip.addEventListener("click", () => {
        const name = chip.dataset.filter;
        mark(root, `data-${name}`, root.dataset[name] ? null : true);
        mark(chip, "aria-pressed", Boolean(root.hasAttribute(`data-${name}`)));
        showBoard(root);
      });
    }
    const seek = el("input.field", { type: "search", placeholder: t("work.seek"), "aria-label": t("work.seek"), "data-search": true });
    seek.addEventListener("input", () => {
      root.dataset.words = seek.value;
      showBoard(root);
    });
    slot(root, "seek")?.replaceChildren(seek);
    for (const name of ["figures-days", "figures-by"]) slot(root, name)?.addEventListener("change", again);
  }

  lineshaft.pages = lineshaft.pages || {};
  lineshaft.pages.maintenance = { topics: () => [], mount, render: (root) => ask(root) };
})();
