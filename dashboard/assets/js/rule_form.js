// The editor of an alarm rule: each control writes into the document, and knows its place in it.
(function () {
  "use strict";
  const lineshaft = (window.lineshaft = window.lineshaft || {});
  const { el, t } = lineshaft;
  const LEAVES = ["value", "rate", "score", "state", "stale", "no_data", "count"];
  const GROUPS = ["all", "any", "not"];
  const SCORES = ["score", "probability", "health", "zone", "anomaly", "p_fail_24h", "remaining_s"];
  const STATES = ["RUN", "IDLE", "DOWN", "SETUP", "MAINT"];
  const BUILT_IN = ["threshold", "anomaly", "failure", "zone", "sensor", "stale"];
  const PRIORITIES = ["", "1", "2", "3", "4"];
  const FRESH = {
    value: () => ({ is: "value", signal: "", op: ">", levels: [{}] }),
    rate: () => ({ is: "rate", signal: "", op: ">", levels: [{}], over_s: 60 }),
    score: () => ({ is: "score", what: "score", op: ">", levels: [{ limit: 0.8 }] }),
    state: () => ({ is: "state", states: ["DOWN"] }),
    stale: () => ({ is: "stale", signal: "", after_s: 60 }),
    no_data: () => ({ is: "no_data", signal: "", after_s: 600 }),
    count: () => ({ is: "count", of: "events", name: "*", at_least: 3, within_s: 600 }),
    all: () => ({ is: "all", of: [FRESH.value(), FRESH.state()] }),
    any: () => ({ is: "any", of: [FRESH.value(), FRESH.value()] }),
    not: () => ({ is: "not", of: FRESH.state() }),
  };
  let heed = () => {}; // the document has changed
  let again = () => {}; // and so have the controls it needs
  let known = { signals: new Map(), scopes: {}, shifts: [], starts: {} };

  // What the plant's description knows: names to choose from, units to write beside limits.
  function learn(plant, starts) {
    const found = Object.fromEntries(lineshaft.ruleWords.SCOPES.map((level) => [level, new Set()]));
    const [signals, shifts] = [new Map(), new Set()];
    for (const site of plant?.sites ?? []) {
      found.site.add(site.id);
      for (const shift of site.shifts ?? []) shifts.add(shift.id);
      for (const area of site.areas ?? []) {
        found.area.add(area.id);
        for (const line of area.lines ?? []) {
          found.line.add(line.id);
          for (const machine of line.machines ?? []) {
            found.machine.add(machine.id);
            found.kind.add(machine.kind);
            for (const one of machine.signals ?? []) {
              found.signal.add(one.name);
              found.quantity.add(one.quantity);
              if (!signals.has(one.name)) signals.set(one.name, one);
            }
          }
        }
      }
    }
    known = { signals, scopes: Object.fromEntries(Object.entries(found).map(([level, names]) => [level, [...names].filter(Boolean).sort()])), shifts: [...shifts], starts };
  }

  const offers = () => [...Object.entries(known.scopes)].map(([level, names]) =>
    el("datalist", { id: `rule-known-${level}` }, ...names.map((name) => el("option", { value: name }))));

  const field = (label, ...control) => el("label.field-row", {}, label, control.length === 1 ? control[0] : el("span.row", {}, ...control));
  const section = (key, ...inside) => el("section.rule-section", {}, el("h3", {}, t(key)), ...inside);
  const open = new Map(); // which folds are open, across being drawn again
  function fold(key, isOpen, ...inside) {
    const box = el("details", { open: open.get(key) ?? isOpen }, el("summary", {}, t(key)), ...inside);
    box.addEventListener("toggle", () => open.set(key, box.open));
    return box;
  }

  function choice(place, options, value, take, words, more = {}) {
    const box = el("select.field", { "data-place": place, ...more }, ...options.map((one) => el("option", { value: one, selected: one === value }, words(one))));
    box.addEventListener("change", () => { take(box.value); heed(); });
    return box;
  }

  function input(place, type, value, take, more = {}) {
    const box = el("input.field", { type, value: value ?? "", step: type === "number" ? "any" : null, "data-place": place, ...more });
    box.addEventListener("input", () => { take(type !== "number" ? box.value : box.value === "" ? undefined : Number(box.value)); heed(); });
    return box;
  }

  // A control of one key of an object; what is empty is left out of the document.
  const set = (of, key) => (value) => { if (value === undefined || value === "") delete of[key]; else of[key] = value; };
  const number = (of, key, place, more = {}) => field(t(`rules.field.${key}`), input(`${place}.${key}`, "number", of[key], set(of, key), more));
  const text = (of, key, place, label, more = {}) => field(t(label), input(`${place}.${key}`, "text", of[key], set(of, key), more));

  function ticks(of, key, place, options, words) {
    return el("fieldset.chips", { "data-place": `${place}.${key}` }, el("legend", {}, t(`rules.field.${key === "states" && place === "$.suppress" ? "quiet_states" : key}`)), ...options.map((one) => {
      const box = el("input", { type: "checkbox", checked: (of[key] ?? []).includes(one) });
      box.addEventListener("change", () => {
        of[key] = options.filter((it) => (it === one ? box.checked : (of[key] ?? []).includes(it)));
        if (!of[key].length && of.is === undefined) delete of[key]; // a condition without states is told so
        heed();
      });
      return el("label.chip", {}, box, ` ${words(one)}`);
    }));
  }

  function yes(of, key, place) {
    const box = el("input", { type: "checkbox", checked: Boolean(of[key]), "data-place": `${place}.${key}` });
    box.addEventListener("change", () => { if (box.checked) of[key] = true; else delete of[key]; heed(); });
    return el("label.rule-yes", {}, box, el("span", {}, t(`rules.field.${key}`), el("span.quiet", {}, ` ${t(`rules.help.${key}`)}`)));
  }

  const own = (key) => (key ? t(`priority.${key}`) : t("rules.own_priority"));
  const unitOf = (one) => lineshaft.unit(known.signals.get(one.signal)?.unit);
  const usualOf = (one) => known.starts[known.signals.get(one?.signal)?.quantity ?? ""] ?? null;

  function level(one, n, place) {
    const here = `${place}.levels[${n}]`;
    const it = one.levels[n];
    const small = (key, control) => el("label.rule-small", {}, el("span.quiet", {}, t(key)), control);
    return el("div.row.rule-level", {},
      small("rules.field.limit", el("span.row", {}, input(`${here}.limit`, "number", it.limit, set(it, "limit"), { required: true }), el("span", {}, unitOf(one)))),
      small("rules.field.priority", choice(`${here}.priority`, PRIORITIES, String(it.priority ?? ""), (key) => { if (key) it.priority = Number(key); else delete it.priority; }, own)),
      small("rules.field.for_s", input(`${here}.for_s`, "number", it.for_s, set(it, "for_s"), { min: 0, placeholder: t("rules.at_once") })),
      one.levels.length > 1 ? el("button.button.plain", { type: "button", "aria-label": t("rules.level.remove"), onclick: () => { one.levels.splice(n, 1); again(); } }, "×") : null);
  }

  function limits(one, place) {
    const usual = one.is === "value" ? usualOf(one) : null;
    const add = () => { // of several levels each needs a priority of its own, the next a graver one
      one.levels[0].priority ??= 3;
      one.levels.push({ priority: Math.max(1, one.levels.at(-1).priority - 1) });
      again();
    };
    return [
      field(t("rules.field.op"), choice(`${place}.op`, [">", ">=", "<", "<="], one.op, (key) => { one.op = key; }, (key) => t(`rules.op.${key}`))),
      el("div", { "data-place": `${place}.levels` }, ...one.levels.map((_, n) => level(one, n, place))),
      one.levels.length < 4 ? el("button.button", { type: "button", onclick: add }, t("rules.level.add")) : null,
      number(one, "deadband", place, { min: 0, placeholder: usual ? t("rules.usual.percent", { n: lineshaft.short(usual[0]) }) : one.is === "value" ? t("rules.usual") : "0" }),
    ];
  }

  const FIELDS = {
    value: (one, place) => [signal(one, place), ...limits(one, place)],
    rate: (one, place) => [signal(one, place), ...limits(one, place), number(one, "over_s", place, { min: 1, required: true }), number(one, "per_s", place, { min: 1, placeholder: "60" })],
    score: (one, place) => [field(t("rules.field.score"), choice(`${place}.what`, SCORES, one.what, (key) => { one.what = key; }, (key) => t(`rules.score.${key}`))), ...limits(one, place)],
    state: (one, place) => [ticks(one, "states", place, STATES, (state) => t(`state.${state}`)), number(one, "for_s", place, { min: 0, placeholder: t("rules.at_once") })],
    stale: (one, place) => [signal(one, place), number(one, "after_s", place, { min: 1, required: true })],
    no_data: (one, place) => [signal(one, place), number(one, "after_s", place, { min: 1, required: true })],
    count: (one, place) => [field(t("rules.field.of"), choice(`${place}.of`, ["events", "raises"], one.of, (key) => { one.of = key; }, (key) => t(`rules.count.${key}`))),
      text(one, "name", place, "rules.field.name", { required: true }), number(one, "at_least", place, { min: 1, step: 1, required: true }), number(one, "within_s", place, { min: 1, required: true })],
  };

  function signal(one, place) {
    const box = input(`${place}.signal`, "text", one.signal, (value) => { one.signal = value.trim(); }, { placeholder: t("rules.each"), list: "rule-known-signal", autocomplete: "off" });
    box.addEventListener("change", () => again()); // another unit, another usual deadband
    return field(t("rules.field.signal"), box);
  }

  // A condition in a box of its own; put(new) replaces it where it stands, put(null) takes it out.
  function condition(one, place, put, removable) {
    const take = (key) => {
      if (["all", "any"].includes(key) && ["all", "any"].includes(one.is)) one.is = key;
      else if (["all", "any"].includes(key)) put({ is: key, of: [one, FRESH.value()] });
      else if (key === "not") put({ is: "not", of: one });
      else put(FRESH[key]());
      again();
    };
    const kind = choice(place, [...LEAVES, ...GROUPS], one.is, take, (key) => t(`rules.is.${key}`), { "aria-label": t("rules.field.is") });
    // A group, or a "not", that is taken away leaves what is in it.
    const unwrap = () => { put(one.is === "not" ? one.of : null); again(); };
    const head = el("div.row", {}, kind, removable || one.is === "not" ? el("button.button.plain", { type: "button", "aria-label": t("rules.remove"), title: t("rules.remove"), onclick: unwrap }, "×") : null);
    let inside;
    if (one.is === "not") inside = [condition(one.of, `${place}.of`, (next) => { one.of = next ?? FRESH.state(); }, false)];
    else if (Array.isArray(one.of)) {
      const drop = (n) => { one.of.splice(n, 1); if (one.of.length === 1) put(one.of[0]); };
      inside = one.of.flatMap((part, n) => [...(n ? [el("b.rule-between", {}, t(`rules.${one.is}.between`))] : []),
        condition(part, `${place}.of[${n}]`, (next) => { if (next) one.of[n] = next; else drop(n); }, one.of.length > 1)]);
      inside.push(el("button.button", { type: "button", onclick: () => { one.of.push(FRESH.value()); again(); } }, t("rules.add")));
    } else inside = FIELDS[one.is](one, place).filter(Boolean);
    return el("fieldset.rule-part", {}, el("legend", {}, t(`rules.is.${one.is}`)), head, ...inside);
  }

  function naming(it, locked) {
    it.name ??= {};
    const key = input("$.id", "text", it.id, (value) => { it.id = value; }, { readonly: locked, required: true, pattern: "[a-z0-9][a-z0-9._\\-]{0,62}", title: t("rules.help.id") });
    const en = input("$.name.en", "text", it.name.en, (value) => {
      // The key follows the name until somebody writes one.
      const slug = (words) => (words ?? "").toLowerCase().replace(/[^a-z0-9]+/g, "-").replace(/^-+|-+$/g, "").slice(0, 63);
      if (!locked && (it.id ?? "") === slug(it.name.en)) key.value = it.id = slug(value);
      it.name.en = value;
    }, { required: true });
    return section("rules.part.name", field(t("rules.field.name_en"), en),
      field(t("rules.field.name_zh"), input("$.name.zh", "text", it.name.zh, set(it.name, "zh"))), field(t("rules.field.id"), key));
  }

  function scoping(it) {
    const rows = lineshaft.ruleWords.SCOPES.map((level) => field(t(`rules.scope.${level}`), input(`$.scope.${level}`, "text", (it.scope?.[level] ?? []).join(", "), (value) => {
      const globs = value.split(",").map((one) => one.trim()).filter(Boolean);
      it.scope = { ...it.scope, [level]: globs };
      if (!globs.length) delete it.scope[level];
    }, { placeholder: t("rules.everywhere"), list: `rule-known-${level}`, autocomplete: "off" })));
    return section("rules.part.where", fold("rules.scope", Boolean(Object.keys(it.scope ?? {}).length), ...rows));
  }

  function delays(of, place, keys, usual) {
    const shown = (key) => (usual && ["on_s", "off_s"].includes(key) ? t("rules.usual.s", { n: lineshaft.short(usual[1]) })
      : { on_samples: "1", min_reraise_s: "0" }[key] ?? t("rules.usual"));
    return keys.map((key) => number(of, key, place, { min: key === "on_samples" ? 1 : 0, step: key === "on_samples" ? 1 : "any", placeholder: place === "$" ? t("rules.usual") : shown(key) }));
  }

  const priority = (it) => field(t("rules.field.priority"), choice("$.priority", PRIORITIES, String(it.priority ?? ""), (key) => { if (key) it.priority = Number(key); else delete it.priority; },
    (key) => (key ? t(`priority.${key}`) : t(it.kind === "settings" ? "rules.usual" : "rules.usual.priority"))));

  function quiet(it) {
    const suppress = (it.suppress ??= {});
    const shifts = [...new Set([...known.shifts, ...(it.shifts ?? [])])];
    const more = suppress.when ? condition(suppress.when, "$.suppress.when", (next) => { if (next) suppress.when = next; else delete suppress.when; }, true)
      : el("button.button", { type: "button", onclick: () => { suppress.when = FRESH.state(); again(); } }, t("rules.quiet.add"));
    const said = Boolean(Object.keys(suppress).length || it.shifts?.length);
    return section("rules.part.quiet", fold("rules.quiet", said,
      ticks(suppress, "states", "$.suppress", STATES, (state) => t(`state.${state}`)), yes(suppress, "parent_down", "$.suppress"),
      shifts.length ? ticks(it, "shifts", "$", shifts, (key) => key) : null, el("p.quiet", {}, t("rules.help.quiet_when")), more));
  }

  function reading(it) {
    const [message, action] = [(it.message ??= {}), (it.action ??= {})];
    return section("rules.part.read", text(action, "en", "$.action", "rules.field.action_en"), text(action, "zh", "$.action", "rules.field.action_zh"),
      fold("rules.more", Boolean(message.en || it.latching || it.auto_ack), text(message, "en", "$.message", "rules.field.message_en", { placeholder: t("rules.usual.message") }),
        text(message, "zh", "$.message", "rules.field.message_zh"), yes(it, "latching", "$"), yes(it, "auto_ack", "$")));
  }

  const first = (one) => (one.is === "value" ? one : Array.isArray(one.of) ? one.of.map(first).find(Boolean) : one.is === "not" ? first(one.of) : null);

  // Draws the controls of a document; `changed` hears of each change.
  function draw(box, it, { locked, changed }) {
    open.clear();
    paint(box, it, locked, changed);
  }

  function paint(box, it, locked, changed) {
    heed = changed;
    again = () => {
      const at = document.activeElement?.dataset?.place;
      paint(box, it, locked, changed);
      if (at) box.querySelector(`[data-place="${CSS.escape(at)}"]`)?.focus();
      changed();
    };
    const body = it.kind === "settings"
      ? [section("rules.part.settings", field(t("rules.field.kind"), choice("$.of", BUILT_IN, it.of, (key) => { it.of = key; again(); }, (key) => t(`rule.${key}`))), yes(it, "off", "$"),
        ...delays(it, "$", ["on_s", "off_s", ...(["sensor", "stale"].includes(it.of) ? [] : ["on_samples"]), "min_reraise_s", ...(it.of === "threshold" ? ["deadband_percent"] : [])]), priority(it))]
      : [section("rules.part.when", condition(it.when, "$.when", (next) => { it.when = next ?? FRESH.value(); }, false), priority(it),
        fold("rules.patience", Boolean(Object.keys(it.patience ?? {}).length), ...delays((it.patience ??= {}), "$.patience", ["on_s", "off_s", "on_samples", "min_reraise_s"], usualOf(first(it.when))))),
      quiet(it), reading(it)];
    box.replaceChildren(...offers(), naming(it, locked), scoping(it), ...body);
  }

  // What is sent: parts that say nothing are left out, so that a version differs only where somebody changed it.
  function tidy(it) {
    const rule = structuredClone(it);
    for (const key of ["scope", "patience", "suppress", "message", "action"]) if (rule[key] && !Object.keys(rule[key]).length) delete rule[key];
    return rule;
  }

  // What the server found wrong, at the control of its place or of the nearest part that has one.
  function blame(box, said) {
    for (const old of box.querySelectorAll(".field-error")) old.remove();
    for (const old of box.querySelectorAll("[aria-invalid]")) for (const name of ["aria-invalid", "aria-describedby"]) old.removeAttribute(name);
    let worst = null;
    for (const [n, problem] of said.replace(/^document: /, "").split("; ").entries()) {
      const [, words, place] = problem.match(/^(.*) - at `(\$[^`]*)`$/) ?? [null, problem, null];
      let control = null;
      for (let at = place; at && at !== "$" && !control; at = at.replace(/(\.[^.[\]]+|\[\d+\])$/, "")) control = box.querySelector(`[data-place="${CSS.escape(at)}"]`);
      if (!control) continue;
      const note = el("p.field-error", { id: `rule-wrong-${n}` }, problemWords(words));
      for (let fold = control.closest("details"); fold; fold = fold.parentElement.closest("details")) fold.open = true;
      control.setAttribute("aria-invalid", "true");
      control.setAttribute("aria-describedby", note.id);
      (control.closest(".rule-level, .field-row, .rule-yes") ?? control).after(note);
      worst ??= control;
    }
    worst?.scrollIntoView({ block: "center" });
    worst?.focus();
    return Boolean(worst);
  }

  // Sentences of lineshaft.domain.rules.parsing; of others the server's own words have to do.
  const PROBLEMS = [
    [/^Expected a limit beyond (\S+),/, "limit"], [/^Expected a priority above/, "priority_above"], [/^Expected a longer time/, "longer"],
    [/^Expected a priority of each/, "priority_each"], [/^Expected a name in English/, "name"], [/^Object missing required field `(\w+)`/, "missing"],
    [/^Expected at most (\d+) conditions within/, "deep"], [/^Expected named signals/, "named"], [/^Expected 1, as silence/, "timed"],
    [/^Expected `array` of length >= 1/, "none"], [/^Expected `str` matching regex/, "key"],
  ];
  function problemWords(words) {
    for (const [sign, key] of PROBLEMS) {
      const found = words.match(sign);
      if (found) return t(`rules.problem.${key}`, { n: found[1] ?? "" });
    }
    return words;
  }

  lineshaft.ruleForm = { FRESH, blame, draw, learn, tidy };
})();
