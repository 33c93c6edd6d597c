// Models: who foresees failures, how good they are, who may speak; and what people found, by which they are graded.
(function () {
  "use strict";
  const lineshaft = (window.lineshaft = window.lineshaft || {});
  const { el, list, mark, percent, put, rough, slot, t, word } = lineshaft;
  const EVERY_MS = 10_000;
  const ROLES = { champion: "RUN", challenger: "SETUP", advisory: "IDLE", retired: "OFFLINE" };
  // Which roles one may give to a model that has one.
  const NEXT = {
    champion: ["advisory", "retired"], challenger: ["champion", "retired"], advisory: ["champion", "retired"],
    retired: ["champion", "challenger"],
  }; // prettier-ignore
  let asked = -Infinity;
  const number = (value, decimals = 0) => lineshaft.number(value, decimals);
  const cell = (column, ...inside) => el("td", { "data-label": t(`column.${column}`) }, ...inside);
  const kindWord = (kind) => (kind === "*" ? t("models.every_kind") : lineshaft.has(`kind.${kind}`) ? t(`kind.${kind}`) : kind);

  // What is known, or that too few have spoken; a figure of two forewarnings would be none.
  function judged(standing) {
    const n = standing.confirmed + standing.refuted;
    return standing.precision === null || n < 5 ? t("models.few", { n: number(n) }) : percent(standing.precision);
  }

  function showModels(root, rows) {
    slot(root, "models-none").hidden = rows.length > 0;
    list(slot(root, "models"), rows, {
      id: (row) => row.id,
      make: (row) => {
        const open = el("button.button", { type: "button", "aria-label": `${t("models.open")}: ${row.label}` }, t("models.open"));
        open.addEventListener("click", () => openModel(root, row.id));
        return el("tr", {}, cell("model", el("b.code", {}, row.label)), cell("kind", el("span", {}, kindWord(row.kind))),
          cell("role", el("span.state")), cell("since", el("span")), cell("precision", el("span")),
          cell("found", el("span")), cell("lead", el("span")), cell("false_alarms", el("span")),
          cell("trained", el("span")), cell("open", open));
      },
      update(node, row) {
        const [, , role, since, precision, found, lead, rate, trained] = [...node.children].map((part) => part.firstElementChild);
        put(role, t(`role_of.${row.role}`));
        mark(role, "data-state", ROLES[row.role]);
        mark(since, "data-when", row.since);
        put(since, lineshaft.when(row.since));
        const one = row.standing;
        put(precision, judged(one));
        mark(precision, "class", one.recent_precision !== null && one.recent >= 5 && one.recent_precision < row.target ? "bad" : null);
        put(found, one.found + one.missed ? t("models.of", { n: number(one.found), all: number(one.found + one.missed) }) : lineshaft.DASH);
        put(lead, rough(one.lead_s));
        put(rate, one.confirmed + one.refuted ? number(one.false_alarms_week, 2) : lineshaft.DASH);
        mark(trained, "data-when", row.trained);
        put(trained, lineshaft.when(row.trained));
      },
    });
    showRollbacks(root, rows);
  }

  // A family may go back where it had a champion before.
  function showRollbacks(root, rows) {
    const families = new Map();
    for (const row of rows) families.set(`${row.name}/${row.kind}`, [...(families.get(`${row.name}/${row.kind}`) ?? []), row]);
    const back = [...families.values()].filter((family) => lineshaft.mayLabel() && family.length > 1).map((family) => family[0]);
    list(slot(root, "rollbacks"), back, {
      id: (row) => `${row.name}/${row.kind}`,
      make: (row) => {
        const button = el("button.button", { type: "button" }, t("models.rollback", { kind: kindWord(row.kind) }));
        button.addEventListener("click", () =>
          askWhy(t("models.rollback", { kind: kindWord(row.kind) }), t("models.rollback.what"), (why) =>
            send(root, "/api/v1/models/rollback", "POST", { name: row.name, kind: row.kind, why })));
        return button;
      },
      update() {},
    });
  }

  async function send(root, path, method, body) {
    const done = await lineshaft.call(path, { method, body });
    if (!done) return false;
    lineshaft.say(t("models.changed", { model: done.label, role: t(`role_of.${done.role}`) }));
    asked = -Infinity;
    ask(root);
    return true;
  }

  // Nothing changes without a reason: it stands in the record beside the name.
  function askWhy(title, what, go) {
    const why = el("input.field", { name: "why", required: true, maxlength: 200 });
    const form = el("form", {}, el("h2", {}, title), el("p", {}, what), el("label.field-row", {}, t("models.why"), why),
      el("div.row", {}, el("button.button", { type: "button", "data-do": "close" }, t("cancel")),
        el("button.button", { type: "submit" }, t("models.confirm"))));
    const dialog = el("dialog", { "aria-label": title }, form);
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      if (await go(why.value.trim())) dialog.close();
    });
    dialog.addEventListener("close", () => dialog.remove());
    document.body.append(dialog);
    dialog.showModal();
  }

  async function openModel(root, id) {
    const model = await lineshaft.call(`/api/v1/models/${id}`);
    if (!model) return;
    const fact = (name, text) => el("div.sum-row", {}, el("dt", {}, t(`models.fact.${name}`)), el("dd", {}, text));
    const m = model.metrics;
    const s = model.standing;
    const roles = lineshaft.mayLabel() ? NEXT[model.role] : [];
    const dialog = el("dialog.letter", { "aria-label": model.label }, el("h2", {}, `${model.label} · ${t(`role_of.${model.role}`)}`),
      el("p.quiet", {}, t(`role_of.${model.role}.is`)),
      el("h3", {}, t("models.in_use")),
      el("dl.sum", {}, fact("forewarnings", number(s.forewarnings)), fact("judged", t("models.judged", { yes: number(s.confirmed), no: number(s.refuted) })),
        fact("precision", judged(s)), fact("lead", rough(s.lead_s)), fact("weeks", number(s.machine_weeks, 1)),
        fact("target", percent(model.target)), fact("threshold", percent(model.threshold))),
      el("h3", {}, t("models.in_training")),
      el("dl.sum", {}, fact("span", `${lineshaft.date(model.span_from)} – ${lineshaft.date(model.span_to)}`),
        fact("precision", percent(m.precision)), fact("recall", percent(m.recall)), fact("lead", rough(m.lead_s)),
        fact("rate", number(m.false_alarms_week, 2)), fact("sha256", el("span.code", {}, model.sha256.slice(0, 16))),
        fact("columns", number(model.features.length))),
      el("details", {}, el("summary", {}, t("models.columns")), el("p.code", {}, model.features.join(", "))),
      el("h3", {}, t("models.events")),
      el("ul.notes", {}, ...(model.events ?? []).map((row) =>
        el("li", {}, t("models.event", { when: lineshaft.date(row.at), role: t(`role_of.${row.to_role}`), by: row.by, why: row.why })))),
      el("div.row", {}, el("button.button", { type: "button", "data-do": "close" }, t("close")),
        ...roles.map((role) => roleButton(root, model, role, () => dialog.close()))));
    dialog.addEventListener("close", () => dialog.remove());
    document.body.append(dialog);
    dialog.showModal();
  }

  function roleButton(root, model, role, close) {
    const button = el("button.button", { type: "button" }, t(`models.make.${role}`));
    button.addEventListener("click", () => {
      close();
      askWhy(`${t(`models.make.${role}`)}: ${model.label}`, t(`role_of.${role}.is`), (why) =>
        send(root, `/api/v1/models/${model.id}/role`, "PUT", { role, why }));
    });
    return button;
  }

  function showLabels(root, rows) {
    slot(root, "labels-none").hidden = rows.length > 0;
    list(slot(root, "labels"), rows, {
      id: (row) => row.id,
      make: (row) => {
        const back = el("button.button", { type: "button", "aria-label": `${t("label.withdraw")}: ${row.machine}` }, t("label.withdraw"));
        back.hidden = !lineshaft.mayLabel();
        back.addEventListener("click", async () => {
          if (!window.confirm(t("label.withdraw.sure"))) return;
          if (await lineshaft.call(`/api/v1/labels/${row.id}`, { method: "DELETE" })) asked = -Infinity;
        });
        return el("tr", {}, cell("machine", el("a", { href: `/machines/${encodeURIComponent(row.machine)}` }, row.machine)),
          cell("verdict", el("span", {}, t(`verdict_of.${row.verdict}`))),
          cell("mode", el("span", {}, row.mode ? word("failure_mode", row.mode) : lineshaft.DASH)),
          cell("from", el("span", {}, lineshaft.date(row.from_ts))), cell("to", el("span", {}, lineshaft.date(row.to_ts))),
          cell("source", el("span", {}, [t(`label_source.${row.source}`), row.reference].filter(Boolean).join(" "))),
          cell("by", el("span", {}, row.by)), cell("withdraw", back));
      },
      update() {},
    });
  }

  async function ask(root) {
    if (document.hidden || performance.now() - asked < EVERY_MS || lineshaft.link().state !== "live") return;
    asked = performance.now();
    const get = (path) => lineshaft.call(`/api/v1/${path}`, { quiet: true });
    const [models, labels] = await Promise.all([get("models"), get("labels")]);
    if (!root.isConnected) return;
    slot(root, "models-error").hidden = Boolean(models && labels);
    if (models) showModels(root, models.items);
    if (labels) showLabels(root, labels.items);
    if (models && labels) lineshaft.age(slot(root, "models-age"), lineshaft.now(), EVERY_MS, ".models");
  }

  lineshaft.pages = lineshaft.pages || {};
  lineshaft.pages.models = {
    topics: () => [],
    mount(root) {
      asked = -Infinity;
      const add = slot(root, "add-label");
      add.hidden = !lineshaft.mayLabel();
      add.addEventListener("click", () => lineshaft.labels.add(null, () => (asked = -Infinity)));
    },
    render: (root) => ask(root),
  };
})();
