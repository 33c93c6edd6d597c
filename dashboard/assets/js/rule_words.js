// An alarm rule in words: its condition, where it holds, and what one version changed of the one before.
(function () {
  "use strict";
  const lineshaft = (window.lineshaft = window.lineshaft || {});
  const { t } = lineshaft;
  const SCOPES = ["site", "area", "line", "machine", "kind", "quantity", "signal"];
  const signal = (one) => (one.signal ? lineshaft.signal(one.signal) : t("rules.each"));
  // A time as people say it, where that says all of it; the documents hold seconds.
  const span = (s) => (s < 120 || s % (s < 86_400 ? 60 : 86_400) ? t("span.s", { n: lineshaft.short(s) }) : lineshaft.span(s * 1000));

  function levels(one) {
    return one.levels.map((level) => `${t(`rules.op.${one.op}`)} ${lineshaft.short(level.limit)}${level.for_s ? ` ${t("rules.lasting", { time: span(level.for_s) })}` : ""}${
      level.priority ? ` (${t(`priority.${level.priority}`)})` : ""}`).join(", ");
  }

  const SAYS = {
    all: (one) => one.of.map(inside).join(` ${t("rules.all.between")} `),
    any: (one) => one.of.map(inside).join(` ${t("rules.any.between")} `),
    not: (one) => t("rules.not.says", { what: says(one.of) }),
    value: (one) => `${signal(one)} ${levels(one)}`,
    rate: (one) => t("rules.rate.says", { signal: signal(one), levels: levels(one), per: span(one.per_s ?? 60) }),
    score: (one) => `${t(`rules.score.${one.what}`)} ${levels(one)}`,
    state: (one) => t("rules.state.says", { states: one.states.map((state) => t(`state.${state}`)).join(", ") }) +
      (one.for_s ? ` ${t("rules.lasting", { time: span(one.for_s) })}` : ""),
    count: (one) => t(`rules.count.says.${one.of}`, { what: one.name, n: String(one.at_least), time: span(one.within_s) }),
    stale: (one) => t("rules.stale.says", { signal: signal(one), time: span(one.after_s) }),
    no_data: (one) => t("rules.no_data.says", { signal: signal(one), time: span(one.after_s) }),
  };
  const says = (one) => SAYS[one.is](one);
  const inside = (one) => (one.is === "all" || one.is === "any" ? `(${says(one)})` : says(one));

  const where = (scope) => SCOPES.flatMap((level) =>
    (scope?.[level]?.length ? [`${t(`rules.scope.${level}`)} ${scope[level].join(", ")}`] : [])).join("; ") || t("rules.everywhere");

  const what = (rule) => (rule.kind === "settings" ? t("rules.settings.says", { of: t(`rule.${rule.of}`) }) : says(rule.when));

  // The parts of a document as a person reads them: [what it is, what is said of it].
  function parts(rule) {
    const of = (key, value) => (value === undefined || value === null || value === "" ? [] : [[t(key), value]]);
    const yes = (value) => (value ? t("rules.yes") : undefined);
    const { patience = {}, suppress = {} } = rule;
    const numbers = ["on_s", "off_s", "on_samples", "min_reraise_s", "deadband_percent"];
    return new Map([
      ...of("rules.field.name_en", rule.name?.en), ...of("rules.field.name_zh", rule.name?.zh),
      ...of("rules.part.where", where(rule.scope)), ...of("rules.part.when", what(rule)),
      ...of("rules.field.priority", rule.priority && t(`priority.${rule.priority}`)),
      ...numbers.flatMap((key) => of(`rules.field.${key}`, patience[key] ?? rule[key])),
      ...deadbands(rule.when),
      ...of("rules.field.shifts", rule.shifts?.join(", ")),
      ...of("rules.field.quiet_states", suppress.states?.map((state) => t(`state.${state}`)).join(", ")),
      ...of("rules.field.parent_down", yes(suppress.parent_down)), ...of("rules.field.quiet_when", suppress.when && says(suppress.when)),
      ...of("rules.field.latching", yes(rule.latching)), ...of("rules.field.auto_ack", yes(rule.auto_ack)), ...of("rules.field.off", yes(rule.off)),
      ...["message", "action"].flatMap((key) => ["en", "zh"].flatMap((lang) => of(`rules.field.${key}_${lang}`, rule[key]?.[lang]))),
    ].map(([name, value]) => [name, String(value)]));
  }

  function deadbands(condition) {
    const found = [];
    (function walk(one) {
      if (!one) return;
      if (Array.isArray(one.of)) one.of.forEach(walk);
      else if (one.is === "not") walk(one.of);
      else if (one.deadband !== undefined) found.push(`${one.signal || one.what || t("rules.each")} ${lineshaft.short(one.deadband)}`);
    })(condition);
    return found.length ? [[t("rules.field.deadband"), found.join(", ")]] : [];
  }

  function changes(next, before) {
    if (!before) return [t("rules.first")];
    const [now, then] = [parts(next), parts(before)];
    const names = [...new Set([...then.keys(), ...now.keys()])].filter((name) => now.get(name) !== then.get(name));
    const found = names.map((name) => `${name}: ${then.get(name) ?? lineshaft.DASH} → ${now.get(name) ?? lineshaft.DASH}`);
    return found.length ? found : [JSON.stringify(next) === JSON.stringify(before) ? t("rules.same") : t("rules.otherwise")];
  }

  lineshaft.ruleWords = { SCOPES, changes, says, what, where };
})();
