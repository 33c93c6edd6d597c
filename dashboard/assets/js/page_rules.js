// Alarm rules: a list, an editor that needs no JSON, what a draft would have raised, and who changed what and why.
(function () {
  "use strict";
  const lineshaft = (window.lineshaft = window.lineshaft || {});
  const { el, list, slot, t } = lineshaft;
  const AGAIN_MS = 15_000;
  const DAY_MS = 86_400_000;
  const WRITERS = ["maintainer", "supervisor", "admin"];
  const SCOPES = ["site", "area", "line", "machine", "kind", "quantity", "signal"];
  const LEAVES = ["value", "rate", "score", "state", "stale", "no_data", "count"];
  const GROUPS = ["all", "any", "not"];
  const SCORES = ["score", "probability", "health", "zone", "anomaly", "p_fail_24h", "remaining_s"];
  const STATES = ["RUN", "IDLE", "DOWN", "SETUP", "MAINT"];
  const BUILT_IN = ["threshold", "anomaly", "failure", "zone", "sensor", "stale"];
  const FRESH = {
    value: () => ({ is: "value", signal: "", op: ">", levels: [{ limit: 0 }] }),
    rate: () => ({ is: "rate", signal: "", op: ">", levels: [{ limit: 0 }], over_s: 60 }),
    score: () => ({ is: "score", what: "score", op: ">", levels: [{ limit: 0.8 }] }),
    state: () => ({ is: "state", states: ["DOWN"] }),
    stale: () => ({ is: "stale", signal: "", after_s: 60 }),
    no_data: () => ({ is: "no_data", signal: "", after_s: 600 }),
    count: () => ({ is: "count", of: "events", name: "*", at_least: 3, within_s: 600 }),
    all: () => ({ is: "all", of: [FRESH.value(), FRESH.state()] }),
    any: () => ({ is: "any", of: [FRESH.value(), FRESH.value()] }),
    not: () => ({ is: "not", of: FRESH.state() }),
  };
  let rules = [];
  let precise = new Map();
  let detail = null;
  let document_ = null; // what is being edited
  let why = "";
  let days = 30;
  let trying = false;
  let asked = -Infinity;

  const mayWrite = () => WRITERS.includes(window.lineshaftStart?.me?.role);
  const number = (value) => lineshaft.number(value, 0);
  const cell = (column, ...inside) => el("td", { "data-label": t(`rules.column.${column}`) }, ...inside);
  const name = (words) => lineshaft.name(words);
  const button = (key, onclick, more = {}) => el("button.button", { type: "button", onclick, ...more }, t(`rules.${key}`));
  const where = (scope) => SCOPES.flatMap((level) => (scope?.[level] ?? []).map((glob) => `${t(`rules.scope.${level}`)} ${glob}`)).join(", ") || t("rules.everywhere");

  // A condition in words, as it stands in the list.
  function says(one) {
    const levels = () => one.levels.map((level) => `${one.op} ${level.limit}`).join(", ");
    if (one.is === "all" || one.is === "any") return `(${one.of.map(says).join(` ${t(`rules.${one.is}.between`)} `)})`;
    if (one.is === "not") return t("rules.not.says", { what: says(one.of) });
    if (one.is === "value") return `${one.signal || t("rules.each")} ${levels()}`;
    if (one.is === "rate") return t("rules.rate.says", { signal: one.signal || t("rules.each"), levels: levels(), per: String(one.per_s ?? 60) });
    if (one.is === "score") return `${t(`rules.score.${one.what}`)} ${levels()}`;
    if (one.is === "state") return t("rules.state.says", { states: one.states.map((state) => t(`state.${state}`)).join(", ") });
    if (one.is === "count") return t("rules.count.says", { what: one.name, n: String(one.at_least), s: String(one.within_s) });
    return t(`rules.${one.is}.says`, { signal: one.signal || t("rules.each"), s: String(one.after_s) });
  }

  const what = (one) => (one.kind === "settings" ? t("rules.settings.says", { of: t(`rule.${one.of}`) }) : says(one.when));

  function showList(root) {
    slot(root, "rules-none").hidden = rules.length > 0;
    list(slot(root, "rules"), rules, {
      id: (row) => `${row.id}-${row.updated}-${row.raised_7d}-${row.open}-${precise.get(row.id)}-${row.id === detail?.rule.id}`,
      make: (row) => el("tr", { "aria-current": row.id === detail?.rule.id ? "true" : null },
        cell("rule", el("button.link", { type: "button", onclick: () => open(root, row.id) }, name(row.document.name)), el("div.quiet", {}, what(row.document))),
        cell("where", where(row.document.scope)),
        cell("state", t(`rules.state.${row.state}`), row.draft && row.active ? ` · ${t("rules.has_draft", { n: String(row.draft) })}` : ""),
        cell("last_raised", row.last_raised ? lineshaft.when(row.last_raised) : lineshaft.DASH),
        cell("raised_7d", number(row.raised_7d), row.open ? ` · ${t("rules.open", { n: number(row.open) })}` : ""),
        cell("precision", precise.get(row.id) ?? lineshaft.DASH)),
      update() {},
    });
  }

  // --- the editor: each control writes into the document, and says the JSON beside it ---
  const field = (label, control) => el("label.field-row", {}, label, control);
  const choice = (options, value, take, words) => {
    const box = el("select.field", {}, ...options.map((one) => el("option", { value: one, selected: one === value }, words(one))));
    box.addEventListener("change", () => take(box.value));
    return box;
  };
  const input = (type, value, take, more = {}) => {
    const box = el("input.field", { type, value: value ?? "", step: type === "number" ? "any" : null, ...more });
    box.addEventListener("input", () => take(type === "number" ? (box.value === "" ? undefined : Number(box.value)) : box.value));
    return box;
  };

  function leafFields(one, heed, again) {
    const set = (key) => (value) => { if (value === undefined) delete one[key]; else one[key] = value; heed(); };
    const row = (key, control) => field(t(`rules.field.${key}`), control);
    const rows = [];
    if ("signal" in one || ["value", "rate", "stale", "no_data"].includes(one.is)) rows.push(row("signal", input("text", one.signal, set("signal"), { placeholder: t("rules.each") })));
    if (one.is === "score") rows.push(row("score", choice(SCORES, one.what, set("what"), (key) => t(`rules.score.${key}`))));
    if (one.levels) {
      rows.push(row("op", choice([">", ">=", "<", "<="], one.op, set("op"), (key) => t(`rules.op.${key}`))));
      one.levels.forEach((level, n) => rows.push(el("div.row", {},
        el("span", {}, t("rules.level", { n: String(n + 1) })),
        input("number", level.limit, (value) => { level.limit = value ?? 0; heed(); }, { "aria-label": t("rules.field.limit") }),
        choice(["", "1", "2", "3", "4"], String(level.priority ?? ""), (value) => { if (value) level.priority = Number(value); else delete level.priority; heed(); },
          (key) => (key ? t(`priority.${key}`) : t("rules.own_priority"))),
        one.levels.length > 1 ? el("button.button.plain", { type: "button", "aria-label": t("rules.level.remove"), onclick: () => { one.levels.splice(n, 1); again(); } }, "×") : null)));
      if (one.levels.length < 4) rows.push(button("level.add", () => { one.levels.push({ ...one.levels.at(-1) }); again(); }));
      if (one.is === "value" || one.is === "score" || one.is === "rate") rows.push(row("deadband", input("number", one.deadband, set("deadband"), { min: 0, placeholder: t("rules.usual") })));
    }
    if (one.is === "rate") rows.push(row("over_s", input("number", one.over_s, set("over_s"), { min: 1 })), row("per_s", input("number", one.per_s ?? 60, set("per_s"), { min: 1 })));
    if (one.is === "state") rows.push(el("fieldset.chips", {}, el("legend", {}, t("rules.field.states")), ...STATES.map((state) => {
      const box = el("input", { type: "checkbox", checked: one.states.includes(state) });
      box.addEventListener("change", () => { one.states = STATES.filter((it) => (it === state ? box.checked : one.states.includes(it))); heed(); });
      return el("label", {}, box, ` ${t(`state.${state}`)}`);
    })), row("for_s", input("number", one.for_s, set("for_s"), { min: 0 })));
    if (one.after_s !== undefined) rows.push(row("after_s", input("number", one.after_s, set("after_s"), { min: 1 })));
    if (one.is === "count") rows.push(row("of", choice(["events", "raises"], one.of, set("of"), (key) => t(`rules.count.${key}`))),
      row("name", input("text", one.name, set("name"))), row("at_least", input("number", one.at_least, set("at_least"), { min: 1 })),
      row("within_s", input("number", one.within_s, set("within_s"), { min: 1 })));
    return rows;
  }

  // A condition within a box of its own; put(new) replaces it where it stands, put(null) takes it out.
  function condition(one, put, heed, again, removable) {
    const kind = choice([...LEAVES, ...GROUPS], one.is, (key) => {
      if (["all", "any"].includes(key) && ["all", "any"].includes(one.is)) one.is = key;
      else if (["all", "any"].includes(key)) put({ is: key, of: [one, FRESH.value()] });
      else if (key === "not") put({ is: "not", of: one });
      else put(FRESH[key]());
      again();
    }, (key) => t(`rules.is.${key}`));
    kind.setAttribute("aria-label", t("rules.field.is"));
    const head = el("div.row", {}, kind, removable ? el("button.button.plain", { type: "button", "aria-label": t("rules.remove"), onclick: () => { put(null); again(); } }, "×") : null);
    let inside;
    if (one.is === "not") inside = [condition(one.of, (next) => { one.of = next ?? FRESH.state(); }, heed, again, false)];
    else if (Array.isArray(one.of)) {
      inside = one.of.flatMap((part, n) => [n ? el("b", {}, t(`rules.${one.is}.between`)) : null,
        condition(part, (next) => { if (next) one.of[n] = next; else one.of.splice(n, 1); }, heed, again, one.of.length > 1)].filter(Boolean));
      inside.push(button("add", () => { one.of.push(FRESH.value()); again(); }));
    } else inside = leafFields(one, heed, again);
    return el("fieldset.rule-part", {}, el("legend", {}, t(`rules.is.${one.is}`)), head, ...inside);
  }

  function general(heed) {
    const it = document_;
    const said = (key, lang) => input("text", it[key]?.[lang], (value) => { it[key] = { ...it[key], [lang]: value }; heed(); });
    const known = rules.some((row) => row.id === it.id) && detail;
    const rows = [
      field(t("rules.field.id"), input("text", it.id, (value) => { it.id = value; heed(); }, { readonly: Boolean(known), required: true, pattern: "[a-z0-9][a-z0-9._\\-]{0,62}" })),
      field(t("rules.field.name_en"), said("name", "en")), field(t("rules.field.name_zh"), said("name", "zh")),
    ];
    const scope = el("details", { open: Boolean(Object.keys(it.scope ?? {}).length) }, el("summary", {}, t("rules.scope")), ...SCOPES.map((level) =>
      field(t(`rules.scope.${level}`), input("text", (it.scope?.[level] ?? []).join(", "), (value) => {
        const globs = value.split(",").map((one) => one.trim()).filter(Boolean);
        it.scope = { ...it.scope, [level]: globs };
        if (!globs.length) delete it.scope[level];
        heed();
      }, { placeholder: t("rules.everywhere") }))));
    return [...rows, scope];
  }

  function delays(of, keys, heed) {
    return keys.map((key) => field(t(`rules.field.${key}`), input("number", of[key], (value) => { if (value === undefined) delete of[key]; else of[key] = value; heed(); }, { min: 0, placeholder: t("rules.usual") })));
  }

  const priority = (heed) => field(t("rules.field.priority"), choice(["", "1", "2", "3", "4"], String(document_.priority ?? ""), (key) => {
    if (key) document_.priority = Number(key); else delete document_.priority;
    heed();
  }, (key) => (key ? t(`priority.${key}`) : t("rules.usual"))));

  function showEditor(root) {
    const box = slot(root, "rule-editing");
    box.hidden = slot(root, "rule-trial").hidden = !document_;
    if (!document_) return;
    const heed = () => {
      slot(root, "rule-json").textContent = JSON.stringify(document_, null, 2);
      slot(root, "rule-says").textContent = `${what(document_)} — ${where(document_.scope)}`;
    };
    const again = () => showEditor(root);
    const form = slot(root, "rule-form");
    const body = document_.kind === "settings"
      ? [field(t("rules.field.kind"), choice(BUILT_IN, document_.of, (key) => { document_.of = key; heed(); }, (key) => t(`rule.${key}`))),
        ...delays(document_, ["on_s", "off_s", "on_samples", "min_reraise_s", "deadband_percent"], heed), priority(heed)]
      : [condition(document_.when, (next) => { document_.when = next ?? FRESH.value(); }, heed, again, false), priority(heed),
        el("details", {}, el("summary", {}, t("rules.patience")), ...delays((document_.patience ??= {}), ["on_s", "off_s", "on_samples", "min_reraise_s"], heed)),
        field(t("rules.field.action_en"), input("text", document_.action?.en, (value) => { document_.action = { ...document_.action, en: value }; heed(); })),
        field(t("rules.field.action_zh"), input("text", document_.action?.zh, (value) => { document_.action = { ...document_.action, zh: value }; heed(); }))];
    const may = mayWrite();
    const id = detail?.rule.id;
    form.replaceChildren(...general(heed), ...body, ...(may ? [
      field(t("rules.field.why"), input("text", why, (value) => { why = value; }, { required: true, maxlength: 200 })),
      el("div.chips", {}, el("button.button", { type: "submit" }, t("rules.save")),
        detail?.rule.draft ? button("activate", () => act(root, `${id}/active`, "PUT", { version: detail.rule.draft })) : null,
        id && detail.rule.state !== "retired" ? button("retire", () => act(root, `${id}/retire`, "POST", {})) : null,
        button("close", () => { detail = document_ = null; showAll(root); })),
    ] : [button("close", () => { detail = document_ = null; showAll(root); })]));
    if (!may) for (const control of form.querySelectorAll("input, select, button.button:not(:last-child)")) control.disabled = true;
    form.onsubmit = async (event) => {
      event.preventDefault();
      const saved = await lineshaft.call("/api/v1/rules", { method: "POST", body: { document: document_, why } });
      if (saved) await took(root, saved, "saved");
    };
    heed();
    showTrialBar(root);
  }

  async function act(root, path, method, body) {
    if (!why.trim()) { lineshaft.say(t("rules.why_first")); return; }
    const saved = await lineshaft.call(`/api/v1/rules/${path}`, { method, body: { ...body, why } });
    if (saved) await took(root, saved, "done");
  }

  async function took(root, saved, said) {
    lineshaft.say(t(`rules.${said}`));
    why = "";
    hold(saved);
    await load(root);
    showAll(root);
  }

  function hold(given) {
    detail = given;
    const latest = given.versions.find((one) => one.version === given.rule.draft) ?? given.versions[0];
    document_ = structuredClone(latest.document);
  }

  async function open(root, id) {
    const given = await lineshaft.call(`/api/v1/rules/${encodeURIComponent(id)}`);
    if (!given || !root.isConnected) return;
    hold(given);
    slot(root, "trial").replaceChildren();
    showAll(root);
    slot(root, "rule-editing").scrollIntoView({ block: "start" });
  }

  // --- what a draft would have raised ---
  function showTrialBar(root) {
    const bar = slot(root, "trial-bar");
    slot(root, "rule-trial").hidden = !document_ || document_.kind === "settings" || !mayWrite();
    const span = choice(root.dataset.days.split(" "), String(days), (value) => { days = Number(value); }, (n) => t("rules.days", { n }));
    span.setAttribute("aria-label", t("rules.trial.span"));
    bar.replaceChildren(span, button(trying ? "trying" : "try", () => tryIt(root), { disabled: trying }));
  }

  async function tryIt(root) {
    trying = true;
    showTrialBar(root);
    const to = Math.round(lineshaft.now());
    const found = await lineshaft.call("/api/v1/rules/backtest", { method: "POST", body: { document: document_, from_ts: to - days * DAY_MS, to_ts: to } });
    trying = false;
    if (!root.isConnected) return;
    showTrialBar(root);
    if (!found) return;
    const line = (key, value) => el("div.field-row", {}, el("span", {}, t(`rules.trial.${key}`)), el("b", {}, value));
    const faults = (rows) => (rows.length ? rows.map((one) => `${one.machine} ${lineshaft.when(one.from)}${one.mode ? ` (${one.mode})` : ""}`).join(", ") : number(0));
    slot(root, "trial").replaceChildren(
      line("raises", t("rules.trial.raises.n", { n: number(found.raises), suppressed: number(found.suppressed) })),
      line("load", t("rules.trial.load.n", { n: number(found.calls), day: lineshaft.number(found.a_day, 1), most: number(found.busiest_10min) })),
      line("floods", number(found.floods.length)), line("chattering", number(found.chattering)),
      line("caught", number(found.caught.length)), line("missed", faults(found.missed)),
      line("machines", found.by_machine.map(([key, n]) => `${key} ${number(n)}`).join(", ") || lineshaft.DASH),
      el("p.quiet", {}, t("rules.trial.took", { n: number(found.readings), machines: number(found.machines), s: lineshaft.number(found.took_s, 1) })),
      el("ul.plain", {}, ...found.listed.slice(-20).reverse().map((one) => el("li", {}, lineshaft.shape(one.priority), ` ${one.machine} · ${lineshaft.when(one.raised)}${one.cleared ? ` – ${lineshaft.when(one.cleared)}` : ""}`))));
  }

  // --- versions: what changed from the one before, by its place in the document ---
  function flat(value, place = "") {
    if (value === null || typeof value !== "object") return [[place, JSON.stringify(value)]];
    return Object.entries(value).flatMap(([key, one]) => flat(one, place ? `${place}.${key}` : key));
  }

  function changes(next, before) {
    if (!before) return [t("rules.first")];
    const [now, then] = [new Map(flat(next)), new Map(flat(before))];
    const places = [...new Set([...then.keys(), ...now.keys()])].filter((place) => now.get(place) !== then.get(place));
    return places.map((place) => `${place}: ${then.get(place) ?? lineshaft.DASH} → ${now.get(place) ?? lineshaft.DASH}`);
  }

  function showPast(root) {
    slot(root, "rule-past").hidden = !detail;
    if (!detail) return;
    const rows = detail.versions.map((one, n) => ({ ...one, before: detail.versions[n + 1]?.document }));
    slot(root, "rule-versions").replaceChildren(...rows.map((row) => el("tr", {},
      cell("version", `${row.version}${row.version === detail.rule.active ? ` · ${t("rules.state.active")}` : ""}`), cell("at", lineshaft.when(row.at)), cell("by", row.by),
      cell("why", row.why, ...detail.events.filter((one) => one.version === row.version && one.event !== "drafted").map((one) =>
        el("div.quiet", {}, `${t(`rules.event.${one.event}`)}: ${one.by}, ${lineshaft.when(one.at)}, ${one.why}`))),
      cell("changes", ...changes(row.document, row.before).map((line) => el("div", {}, line))))));
  }

  function showAll(root) {
    showList(root);
    showEditor(root);
    showPast(root);
  }

  function begin(root, kind) {
    detail = null;
    document_ = kind === "settings" ? { kind, id: "", name: { en: "" }, of: "threshold" } : { kind, id: "", name: { en: "" }, when: FRESH.value() };
    slot(root, "trial").replaceChildren();
    showAll(root);
  }

  async function load(root) {
    asked = performance.now();
    const to = Math.round(lineshaft.now());
    const [held, figures] = await Promise.all([
      lineshaft.call("/api/v1/rules", { quiet: true }),
      lineshaft.call(`/api/v1/alarm-performance?from_ts=${to - 90 * DAY_MS}&to_ts=${to}`, { quiet: true }),
    ]);
    if (!root.isConnected || !held) return;
    rules = held.items;
    precise = new Map((figures?.precision ?? []).filter((row) => row.precision !== null).map((row) =>
      [row.rule.replace(/^rule:/, "").split(":")[0], `${lineshaft.percent(row.precision)} (n ${number(row.true + row.false + row.no_fault_found)})`]));
    showList(root);
  }

  lineshaft.pages = lineshaft.pages || {};
  lineshaft.pages.rules = {
    topics: () => [],
    mount(root) {
      rules = [];
      detail = document_ = null;
      why = "";
      const fresh = slot(root, "rule-new");
      fresh.hidden = !mayWrite();
      fresh.onclick = () => begin(root, "condition");
      if (mayWrite()) fresh.after(button("new_settings", () => begin(root, "settings")));
      load(root).then(() => root.dataset.rule && open(root, root.dataset.rule));
    },
    render(root) {
      if (performance.now() - asked > AGAIN_MS) load(root);
    },
  };
})();
