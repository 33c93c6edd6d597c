// The past that helps with a machine now: like episodes with what was found, and how far to trust who speaks.
(function () {
  "use strict";
  const lineshaft = (window.lineshaft = window.lineshaft || {});
  const { el, list, percent, put, rough, slot, t, word } = lineshaft;
  const EVERY_MS = 60_000;
  let askedAt = -Infinity;
  let askedFor = "";
  let models = [];

  function mount(root) {
    askedAt = -Infinity;
    models = [];
    const tell = slot(root, "tell");
    tell.hidden = !lineshaft.mayLabel();
    tell.addEventListener("click", () => lineshaft.labels.add(root.dataset.key, () => (askedAt = -Infinity)));
  }

  // `done` is called when it is known who speaks.
  async function ask(root, machine, done) {
    const now = `${machine.failure_mode}/${machine.anomaly}`;
    if (document.hidden || (now === askedFor && performance.now() - askedAt < EVERY_MS)) return;
    if (performance.now() - askedAt < EVERY_MS / 10) return; // a diagnosis that wavers
    [askedAt, askedFor] = [performance.now(), now];
    const get = (path) => lineshaft.call(`/api/v1/${path}`, { quiet: true });
    const [past, known] = await Promise.all([get(`machines/${encodeURIComponent(root.dataset.key)}/past`), get("models")]);
    if (!root.isConnected) return;
    slot(root, "past-error").hidden = Boolean(past && known);
    if (known) {
      models = known.items;
      done();
    }
    if (past) show(root, machine, past);
  }

  function show(root, machine, past) {
    lineshaft.age(slot(root, "past-age"), lineshaft.now(), EVERY_MS);
    const odd = machine.anomaly || (machine.diagnosis ?? []).length > 0;
    put(slot(root, "past-what"), t(odd ? "past.like" : "past.own"));
    slot(root, "past-none").hidden = past.episodes.length > 0;
    list(slot(root, "past"), past.episodes, {
      id: (row) => `${row.machine}/${row.from_ts}/${row.warned}`,
      make: (row) =>
        el("li.episode", {}, el("div", {}, el("a", { href: `/machines/${encodeURIComponent(row.machine)}` }), el("span.quiet")),
          el("div"), el("div.quiet")),
      update(node, row) {
        const [name, when] = node.children[0].children;
        put(name, lineshaft.name(row.name));
        put(when, ` ${lineshaft.date(row.from_ts)}${row.to_ts ? `, ${lineshaft.span(row.to_ts - row.from_ts)}` : ""}`);
        const mode = row.mode ? word("failure_mode", row.mode) : t("past.odd");
        put(node.children[1], odd ? t("past.mode.like", { mode, share: percent(row.likeness) }) : mode);
        const found = row.verdict ? t(`verdict_of.${row.verdict}`) : t("past.not_said");
        put(node.children[2], [found, row.reference, row.warned ? "" : t("past.unwarned")].filter(Boolean).join(" · "));
      },
    });
    showTrust(root, machine, past.trust);
  }

  function showTrust(root, machine, trust) {
    const kind = machine.kind && lineshaft.has(`kind.${machine.kind}`) ? t(`kind.${machine.kind}`) : machine.kind || lineshaft.DASH;
    const judged = trust.confirmed + trust.refuted;
    const lines = [{ id: "alarms", words: trust.precision === null
      ? t("trust.few", { kind, n: lineshaft.number(trust.alarms), judged: lineshaft.number(judged) })
      : t("trust.alarms", { kind, n: lineshaft.number(trust.alarms), judged: lineshaft.number(judged), share: percent(trust.precision),
          lead: rough(trust.lead_s), rate: lineshaft.number(trust.false_alarms_week, 2) }) }];
    for (const model of models.filter((row) => row.role !== "retired" && ["*", machine.kind].includes(row.kind))) {
      const standing = model.standing;
      const words = { model: model.label, role: t(`role_of.${model.role}`), judged: lineshaft.number(standing.confirmed + standing.refuted) };
      lines.push({ id: model.label, words: standing.precision === null ? t("trust.model.few", words)
        : t("trust.model", { ...words, share: percent(standing.precision), lead: rough(standing.lead_s),
            rate: lineshaft.number(standing.false_alarms_week, 2) }) });
    }
    if (lines.length === 1) lines.push({ id: "none", words: t("trust.no_model", { kind }) });
    list(slot(root, "trust"), lines, { id: (row) => row.id, make: () => el("li"), update: (node, row) => put(node, row.words) });
  }

  lineshaft.past = { ask, mount, model: (label) => models.find((row) => row.label === label) ?? null };
})();
