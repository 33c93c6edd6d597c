// Work orders: what several pages show and do of them.
(function () {
  "use strict";
  const lineshaft = (window.lineshaft = window.lineshaft || {});
  const { el, mark, put, t } = lineshaft;

  // The server decides; this only keeps buttons away from those it would refuse.
  const ROLES = {
    work: ["maintainer", "supervisor", "admin"],
    lead: ["supervisor", "admin"],
    ask: ["operator", "planner", "warehouse", "maintainer", "supervisor", "admin"],
    store: ["warehouse", "maintainer", "supervisor", "admin"],
  };
  const may = (what) => ROLES[what].includes(window.lineshaftStart?.me?.role);
  const me = () => window.lineshaftStart?.me?.login;

  const key = () => crypto.randomUUID?.() ?? `${Date.now()}-${Math.random().toString(36).slice(2)}`;

  // A change of an order says which version it has seen; who was slower is told, and shown what is there now.
  async function send(path, { method = "POST", body, version, once } = {}) {
    const headers = {};
    if (version !== undefined) headers["if-match"] = `"${version}"`;
    if (once) headers["idempotency-key"] = once;
    const isFile = body instanceof Blob;
    if (body !== undefined) headers["content-type"] = isFile ? body.type || "application/octet-stream" : "application/json";
    let answer;
    try {
      answer = await fetch(`/api/v1/${path}`, { method, headers, body: isFile || body === undefined ? body : JSON.stringify(body) });
    } catch {
      lineshaft.say(t("error.unreachable"));
      return { status: 0 };
    }
    if (answer.status === 401) lineshaft.toLogin();
    const said = await answer.json().catch(() => ({}));
    if (answer.ok) return { status: answer.status, said };
    const error = said.error ?? {};
    lineshaft.say(answer.status === 412 ? t("work.seen_old") : answer.status === 403 ? t("error.forbidden") : error.message || t("error.failed"));
    return { status: answer.status };
  }

  // What an order is about: its own title, else what its alarm says.
  function title(row) {
    if (row.title?.en) return lineshaft.name(row.title);
    return row.alarm ? lineshaft.alarm(row.alarm) : t(`work.kind.${row.kind}`);
  }

  const label = (row) => `WO-${row.number}`;
  const where = (row) => `/work-orders/${encodeURIComponent(row.id)}`;
  const isOver = (row) => row.state === "done" || row.state === "cancelled";
  const isOverdue = (row) => !isOver(row) && row.due < (lineshaft.now() ?? Date.now());

  function showDue(node, row) {
    const over = isOverdue(row);
    const now = lineshaft.now() ?? Date.now();
    put(node, isOver(row) ? (row.finished ? t("work.finished", { when: lineshaft.when(row.finished) }) : "")
      : over ? t("work.overdue", { span: lineshaft.span(now - row.due) }) : t("work.due", { when: lineshaft.when(row.due) }));
    mark(node, "data-overdue", over || null);
  }

  // One order in a list or on the board.
  function makeLine() {
    return el("li.order", {}, el("a.order-link", {}, el("span.order-sign"), el("span.order-what", {}, el("b"), el("span.quiet"))),
      el("div.order-foot", {}, el("span.order-state"), el("span.order-due"), el("span.quiet"), el("span.order-flag")));
  }

  function showLine(node, row, { state = true, machine = true } = {}) {
    const [link, foot] = node.children;
    mark(link, "href", where(row));
    const sign = link.children[0];
    if (sign.dataset.shown !== String(row.priority)) {
      sign.dataset.shown = row.priority;
      sign.replaceChildren(lineshaft.shape(row.priority));
    }
    put(link.children[1].children[0], title(row));
    put(link.children[1].children[1], [label(row), machine ? lineshaft.name(row.machine_name) : ""].filter(Boolean).join(" · "));
    const [said, due, who, flag] = foot.children;
    put(said, state ? t(`work.state.${row.state}`) : "");
    mark(said, "data-work", state ? row.state : null);
    showDue(due, row);
    const doing = row.running.length ? t("work.running", { who: row.running.join(", ") }) : row.assignee || row.team || t("work.nobody");
    const checks = row.checks ? t("work.checks", { done: row.checks_done, all: row.checks }) : "";
    put(who, [doing, checks].filter(Boolean).join(" · "));
    put(flag, row.short ? t("work.short") : "");
  }

  const cell = (name, node) => el("td", { "data-label": t(`column.${name}`) }, node);
  const field = (words, control, note) => el("label.field-row", {}, words, note ? el("span", {}, control, el("small.quiet", {}, note)) : control);
  const choice = (name, options, chosen, extra = {}) =>
    el("select.field", { name, ...extra }, ...options.map(([value, words]) => el("option", { value, selected: value === chosen }, words)));

  // A form in a dialog; `go` gives true when it may close.
  function ask(heading, parts, save, go) {
    const submit = el("button.button", { type: "submit" }, save);
    const form = el("form.work-form", {}, el("h2", {}, heading), ...parts,
      el("div.row", {}, el("button.button", { type: "button", "data-do": "close" }, t("cancel")), submit));
    const dialog = el("dialog", { "aria-label": heading }, form);
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      submit.disabled = true;
      const done = await go(form);
      submit.disabled = false;
      if (done) dialog.close();
    });
    dialog.addEventListener("close", () => dialog.remove());
    document.body.append(dialog);
    dialog.showModal();
    return form;
  }

  const priorities = () => [1, 2, 3, 4].map((n) => [String(n), t(`priority.${n}`)]);

  async function machines(chosen) {
    const known = await lineshaft.call("/api/v1/machines", { quiet: true });
    return choice("machine", (known?.items ?? []).map((row) => [row.key, `${lineshaft.name(row.name)} (${row.key})`]), chosen);
  }

  async function teams() {
    const known = await lineshaft.call("/api/v1/maintenance/teams", { quiet: true });
    return (known?.items ?? []).map((row) => [row.team, lineshaft.name(row.name)]);
  }

  // An operator says that a machine needs somebody.
  async function request(machine, done) {
    const which = await machines(machine);
    const text = el("textarea.field", { name: "text", required: true, maxlength: 4000, rows: 4 });
    const priority = choice("priority", priorities(), "3");
    const once = key();
    ask(t("work.request.new"), [el("p.quiet", {}, t("work.request.what")), field(t("work.machine"), which), field(t("work.request.text"), text),
      field(t("work.priority"), priority)], t("work.request.send"), async () => {
      const { said } = await send("work-requests", { once, body: { machine: which.value, text: text.value.trim(), priority: Number(priority.value) } });
      if (!said) return false;
      lineshaft.say(t("work.request.sent", { n: said.number }));
      done?.(said);
      return true;
    });
  }

  async function add(machine, done) {
    const [which, known] = await Promise.all([machines(machine), teams()]);
    const words = el("input.field", { name: "title", required: true, maxlength: 200 });
    const detail = el("textarea.field", { name: "detail", maxlength: 4000, rows: 3 });
    const priority = choice("priority", priorities(), "3");
    const team = choice("team", [["", t("work.nobody")], ...known], "");
    const estimate = el("input.field", { name: "estimate", type: "number", min: 0, step: 0.25, value: 1 });
    const lines = el("textarea.field", { name: "checks", rows: 3 });
    const once = key();
    ask(t("work.new"), [field(t("work.machine"), which), field(t("work.title"), words), field(t("work.detail"), detail),
      field(t("work.priority"), priority), field(t("work.team"), team), field(t("work.estimate"), estimate),
      field(t("work.checklist"), lines, t("work.checklist.lines"))], t("work.make"), async () => {
      const body = {
        machine: which.value, title: words.value.trim(), detail: detail.value.trim(), priority: Number(priority.value),
        team: team.value || null, estimate_h: Number(estimate.value) || 0,
        checks: lines.value.split("\n").map((line) => line.trim()).filter(Boolean),
      };
      const { said } = await send("work-orders", { once, body });
      if (said) done?.(said);
      return Boolean(said);
    });
  }

  lineshaft.orders = {
    add, ask, cell, choice, field, isOver, isOverdue, key, label, machines, makeLine, may, me, priorities, request, send, showDue, showLine, teams, title, where,
  };
})();
