// What can be set about who is told of what: the fields of each kind of document, and the way to the API and back.
(function () {
  "use strict";
  const lineshaft = (window.lineshaft = window.lineshaft || {});
  const { t } = lineshaft;
  const ROLES = ["operator", "supervisor", "maintainer", "planner", "warehouse", "viewer", "admin", "auditor"];
  const CHANNELS = ["browser", "email", "webhook", "apprise"];
  const DAYS = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
  const FAMILIES = ["threshold", "anomaly", "failure", "zone", "sensor", "stale", "rule", "late", "risk", "dwell", "signal", "offline", "offroute", "breach"];
  const GROUPS = ["site", "area", "line", "kind", "source", "rule", "family", "priority", "cause"];
  const LABELS = ["family", "rule", "source", "line", "area", "site", "kind", "priority"];
  const known = { people: [], contacts: [], team: [], rota: [], assets: [], shifts: [] };

  const pairs = (keys, words) => keys.map((key) => [key, words(key)]);
  const person = (row) => [row.login, row.name && row.name !== row.login ? `${row.name} (${row.login})` : row.login];
  const people = () => known.people.map(person);
  const priorities = () => pairs(["1", "2", "3", "4"], (n) => t("told.upto", { n, word: t(`priority.${n}`) }));
  const levels = (none) => [["0", t(none)], ...priorities()];
  const titled = (row) => row.document.name || row.key;
  function receivers() {
    const said = (kind, key, words) => [`${kind}:${key}`, `${t(`told.kind_of.${kind}`)} ${words}`];
    return [
      ...ROLES.map((role) => said("role", role, t(`role.${role}`))),
      ...known.rota.map((row) => said("rota", row.key, titled(row))),
      ...known.team.map((row) => said("team", row.key, titled(row))),
      ...known.people.map((row) => said("person", ...person(row))),
      ...known.contacts.filter((row) => !row.owner).map((row) => said("contact", row.key, row.name)),
    ];
  }
  const nameOf = ({ kind, key }) => receivers().find(([value]) => value === `${kind}:${key}`)?.[1] ?? `${t(`told.kind_of.${kind}`)} ${key}`;

  const typed = (name, more) => ({ name, is: "text", label: `told.field.${name}`, ...more });
  const list = (name, options, more) => ({ name, is: "rows", bare: true, label: `told.field.${name.split(".").at(-1)}`,
    fields: [{ name: "one", is: "choice", options, label: "told.field.one" }], ...more });
  const hours = (name) => ({ name, is: "rows", label: `told.field.${name}`, help: `told.help.${name}`, fields: [
    { name: "start_min", is: "time", label: "told.field.start_min", needed: true },
    { name: "end_min", is: "time", label: "told.field.end_min", needed: true },
    { name: "days", is: "checks", label: "told.field.days", options: () => pairs(DAYS, (day) => t(`day.${day}`)), otherwise: DAYS, needed: true },
  ] });
  const zone = { ...typed("timezone", { needed: true, list: "told-zones" }), get otherwise() { return window.lineshaftStart?.zone || "UTC"; } };
  const matchers = (name, more) => ({ name, is: "rows", label: `told.field.${name}`, help: "told.help.matchers", fields: [
    { name: "label", is: "choice", label: "told.field.label", options: () => pairs(LABELS, (label) => t(`told.label.${label}`)) },
    { name: "patterns", is: "lines", label: "told.field.patterns", needed: true },
  ], ...more });
  const toRows = (of) => Object.entries(of ?? {}).map(([label, patterns]) => ({ label, patterns }));
  const toDict = (rows) => Object.fromEntries(rows.map((row) => [row.label, row.patterns]));
  const toKeys = (to) => (to ?? []).map((one) => `${one.kind}:${one.key}`);
  const toReceivers = (keys) => keys.map((one) => ({ kind: one.split(":")[0], key: one.slice(one.indexOf(":") + 1) }));
  const minutes = (name, more) => ({ name, is: "number", times: 60, label: `told.field.${name}`, ...more });

  // Kind of document → where it is, its fields, and how it is shown in them (`open`) and sent (`shut`).
  const FORMS = {
    policy: {
      path: "policies",
      fields: () => [
        typed("name", { needed: true }),
        { name: "enabled", is: "check", label: "told.field.enabled", otherwise: true },
        { name: "scope.priority", is: "choice", number: true, options: priorities, otherwise: 4, label: "told.field.priority" },
        list("scope.assets", () => known.assets, { help: "told.help.assets" }),
        list("scope.rules", () => pairs(FAMILIES, (key) => t(`rule.${key}`)), { help: "told.help.rules" }),
        list("scope.shifts", () => known.shifts),
        list("to", receivers, { needed: true }),
        { name: "channels", is: "checks", label: "told.field.channels", help: "told.help.channels", options: () => pairs(CHANNELS, (key) => t(`told.channel.${key}`)) },
        { name: "group_by", is: "checks", label: "told.field.group_by", help: "told.help.group_by", options: () => pairs(GROUPS, (key) => t(`told.label.${key}`)), otherwise: ["area"] },
        { name: "wait_s", is: "number", label: "told.field.wait_s", otherwise: 1 },
        { name: "wait_most_s", is: "number", label: "told.field.wait_most_s", otherwise: 30 },
        minutes("interval_s", { otherwise: 300 }),
        minutes("repeat_s", { otherwise: 14_400 }),
        { name: "send_resolved", is: "check", label: "told.field.send_resolved", otherwise: true },
        { name: "escalation", is: "rows", label: "told.field.escalation", help: "told.help.escalation", fields: [
          minutes("after_s", { needed: true }), list("to", receivers, { needed: true })] },
      ],
      open: (it) => ({ ...it, to: toKeys(it.to), escalation: (it.escalation ?? []).map((step) => ({ ...step, to: toKeys(step.to) })) }),
      shut: (it) => ({ ...it, to: toReceivers(it.to), escalation: it.escalation.map((step) => ({ ...step, to: toReceivers(step.to) })) }),
    },
    rota: {
      path: "rotas",
      fields: () => [
        typed("name", { needed: true }), zone,
        { name: "layers", is: "rows", label: "told.field.layers", help: "told.help.layers", needed: true, fields: [
          list("people", people, { needed: true }),
          { name: "start", is: "date", label: "told.field.start", needed: true },
          { name: "turn_days", is: "number", min: 1, label: "told.field.turn_days", otherwise: 7, needed: true },
          { name: "handover_min", is: "time", label: "told.field.handover_min", otherwise: 480, needed: true },
          hours("hours")] },
        { name: "overrides", is: "rows", label: "told.field.overrides", help: "told.help.overrides", fields: [
          { name: "person", is: "choice", label: "told.field.person", options: people },
          { name: "from_ms", is: "instant", label: "told.field.from_ms", needed: true },
          { name: "to_ms", is: "instant", label: "told.field.to_ms", needed: true }] },
      ],
      open: (it) => ({ ...it, overrides: (it.overrides ?? []).map((one) => ({ person: one.person, from_ms: one.from_us / 1000, to_ms: one.to_us / 1000 })) }),
      preview: true,
    },
    team: { path: "teams", fields: () => [typed("name", { needed: true }), list("people", people)] },
    inhibition: {
      path: "inhibitions",
      fields: () => [
        { name: "enabled", is: "check", label: "told.field.enabled", otherwise: true },
        matchers("source", { needed: true }), matchers("target", { needed: true }),
        { name: "equal", is: "checks", label: "told.field.equal", options: () => pairs(LABELS, (key) => t(`told.label.${key}`)) },
      ],
      open: (it) => ({ ...it, source: toRows(it.source), target: toRows(it.target) }),
      shut: (it) => ({ ...it, source: toDict(it.source), target: toDict(it.target) }),
    },
    contact: {
      path: "contacts",
      fields: (it, isAdmin) => [
        typed("name", { needed: true }),
        ...(isAdmin ? [{ name: "channel", is: "choice", label: "told.field.channel", options: () => pairs(CHANNELS.slice(1), (key) => t(`told.channel.${key}`)) },
          { name: "owner", is: "choice", label: "told.field.owner", options: () => [["", t("told.of_works")], ...people()] }] : []),
        typed("address", { placeholder: it.shown, help: it.shown ? "told.help.address.kept" : "told.help.address", needed: !it.shown }),
        { name: "language", is: "choice", label: "told.field.language", options: () => [["en", "English"], ["zh-CN", "中文"]] },
        ...(it.channel === "webhook" ? [{ name: "rotate", is: "check", label: "told.field.rotate", help: "told.help.rotate" }] : []),
      ],
      shut: (it) => ({ channel: "email", ...it, owner: it.owner || null }),
    },
    preference: {
      path: "preference",
      fields: () => [
        ...CHANNELS.map((key) => ({ name: `channels.${key}`, is: "choice", label: `told.channel.${key}`, options: () => [["", t("told.usual")], ...levels("told.never")] })),
        hours("quiet"), zone,
        { name: "break_through", is: "choice", number: true, label: "told.field.break_through", options: () => levels("told.none_through"), otherwise: 1 },
        minutes("digest_s", { help: "told.help.digest_s", otherwise: 0 }),
        { name: "digest_above", is: "choice", number: true, label: "told.field.digest_above", options: () => levels("told.all_collected"), otherwise: 2 },
      ],
      shut: (it) => ({ ...it, channels: Object.fromEntries(Object.entries(it.channels).filter(([, n]) => n !== "").map(([key, n]) => [key, Number(n)])) }),
    },
    silence: {
      path: "silences",
      fields: () => [
        typed("reason", { needed: true }), list("assets", () => known.assets, { help: "told.help.assets" }), matchers("matchers"),
        { name: "from_ms", is: "instant", label: "told.field.from_ms", needed: true },
        { name: "to_ms", is: "instant", label: "told.field.to_ms", needed: true },
      ],
      open: (it) => ({ ...it, matchers: toRows(it.matchers) }),
      shut: (it) => ({ ...it, matchers: toDict(it.matchers) }),
    },
    network: { path: "notifications/network", fields: () => [{ name: "entries", is: "lines", label: "told.field.entries", help: "told.help.entries" }] },
  };

  // Sites, areas, lines and machines as people know them, each below what it is part of.
  function assetsOf(plant) {
    const found = [];
    const add = (thing, depth) => found.push([thing.id, `${"· ".repeat(depth)}${lineshaft.name(thing.name)} (${thing.id})`]);
    for (const site of plant.sites ?? []) {
      add(site, 0);
      for (const area of site.areas ?? []) {
        add(area, 1);
        for (const line of area.lines ?? []) {
          add(line, 2);
          for (const machine of line.machines ?? []) add(machine, 3);
        }
      }
    }
    for (const vehicle of plant.vehicles ?? []) add(vehicle, 0);
    return found;
  }

  function learn(more) {
    if (more.plant) {
      known.assets = assetsOf(more.plant);
      known.shifts = [...new Set((more.plant.sites ?? []).flatMap((site) => (site.shifts ?? []).map((shift) => shift.id)))].map((key) => [key, lineshaft.word("shift", key)]);
    }
    Object.assign(known, Object.fromEntries(Object.entries(more).filter(([key, rows]) => key !== "plant" && rows)));
  }

  lineshaft.notifyForms = { FORMS, known, learn, nameOf };
})();
