// Alarm rules: the list, the rule that is looked at with its editor and trial, and who changed what and why.
(function () {
  "use strict";
  const lineshaft = (window.lineshaft = window.lineshaft || {});
  const { el, list, put, slot, t } = lineshaft;
  const AGAIN_MS = 15_000;
  const DAY_MS = 86_400_000;
  const WRITERS = ["maintainer", "supervisor", "admin"];
  let rules = [];
  let precise = new Map();
  let detail = null;
  let document_ = null; // what is being edited
  let saved = ""; // as it was written down last
  let asked = -Infinity;

  const form = () => lineshaft.ruleForm;
  const mayWrite = () => WRITERS.includes(window.lineshaftStart?.me?.role);
  const number = (value) => lineshaft.number(value, 0);
  const cell = (column, ...inside) => el("td", { "data-label": t(`rules.column.${column}`) }, ...inside);
  const button = (key, onclick, more = {}) => el("button.button", { type: "button", onclick, ...more }, t(`rules.${key}`));
  const isChanged = () => JSON.stringify(form().tidy(document_)) !== saved;

  function showList(root) {
    slot(root, "rules-none").hidden = rules.length > 0;
    list(slot(root, "rules"), rules, {
      id: (row) => `${row.id}-${row.updated}-${row.raised_7d}-${row.open}-${precise.get(row.id)}-${row.id === detail?.rule.id}`,
      make: (row) => el("tr", { "aria-current": row.id === detail?.rule.id ? "true" : null },
        cell("rule", el("button.link", { type: "button", onclick: () => open(root, row.id) }, lineshaft.name(row.document.name)), el("div.quiet", {}, lineshaft.ruleWords.what(row.document))),
        cell("where", lineshaft.ruleWords.where(row.document.scope)),
        cell("state", t(`rules.state.${row.state}`), row.draft && row.active ? ` · ${t("rules.has_draft", { n: String(row.draft) })}` : ""),
        cell("last_raised", row.last_raised ? lineshaft.when(row.last_raised) : lineshaft.DASH),
        cell("raised_7d", number(row.raised_7d), row.open ? ` · ${t("rules.open", { n: number(row.open) })}` : ""),
        cell("precision", precise.get(row.id) ?? lineshaft.DASH)),
      update() {},
    });
  }

  // --- the rule that is looked at ---
  function showEditor(root) {
    slot(root, "rule-editing").hidden = slot(root, "rule-acts").hidden = !document_;
    slot(root, "rule-trial").hidden = !document_ || document_.kind === "settings" || !mayWrite();
    if (!document_) return;
    put(slot(root, "rule-heading"), detail ? lineshaft.name(detail.rule.document.name) : t(document_.kind === "settings" ? "rules.settings" : "rules.new"));
    const box = slot(root, "rule-form");
    form().draw(box, document_, { locked: Boolean(detail), changed: () => heed(root) });
    if (!mayWrite()) for (const control of box.querySelectorAll("input, select, button")) control.disabled = true;
    heed(root);
    lineshaft.ruleTrial.bar(root, () => form().tidy(document_), (said) => form().blame(box, said));
  }

  function heed(root) {
    put(slot(root, "rule-json"), JSON.stringify(form().tidy(document_), null, 2));
    put(slot(root, "rule-says"), `${lineshaft.ruleWords.what(document_)} \u2014 ${lineshaft.ruleWords.where(document_.scope)}`);
    showActs(root);
  }

  // What can be done now, and where it stands; a draft is put to work as it was saved.
  function showActs(root) {
    const row = detail?.rule;
    const unsaved = isChanged();
    const state = !row ? "unsaved" : unsaved ? "changed" : row.draft ? "draft" : row.active ? "active" : "retired";
    put(slot(root, "rule-standing"), t(`rules.standing.${state}`, { n: String(row?.draft ?? row?.active ?? "") }));
    for (const [name, isFor] of [["save", mayWrite() && unsaved], ["activate", mayWrite() && row?.draft && !unsaved], ["retire", mayWrite() && row && row.state !== "retired"]]) {
      slot(root, `rule-${name}`).hidden = !isFor;
    }
    put(slot(root, "rule-retire"), t(row?.active ? "rules.retire" : "rules.discard"));
  }

  let act = null;
  function ask(root, name) {
    const box = slot(root, "rule-form");
    if (name === "save" && !box.reportValidity()) return;
    act = name;
    const dialog = document.getElementById("rule-dialog");
    put(slot(dialog, "rule-dialog-heading"), t(name === "retire" && !detail.rule.active ? "rules.discard" : `rules.${name}`));
    put(slot(dialog, "rule-dialog-what"), t(`rules.${name}.what`, { n: String(detail?.rule.draft ?? "") }));
    const shown = name === "activate" && detail.rule.active ? between(detail.rule.draft, detail.rule.active) : name === "save" && detail ? lineshaft.ruleWords.changes(form().tidy(document_), JSON.parse(saved)) : [];
    slot(dialog, "rule-dialog-changes").replaceChildren(...shown.map((line) => el("li", {}, line)));
    dialog.querySelector("textarea").value = "";
    dialog.showModal();
    dialog.querySelector("textarea").focus();
  }

  const version = (n) => detail.versions.find((one) => one.version === n)?.document;
  const between = (next, before) => lineshaft.ruleWords.changes(version(next), version(before));

  async function send(root) {
    const dialog = document.getElementById("rule-dialog");
    const why = dialog.querySelector("textarea").value.trim();
    slot(dialog, "rule-missing").hidden = Boolean(why);
    if (!why) return;
    dialog.close();
    const id = detail?.rule.id;
    const [path, method, body] = {
      save: ["", "POST", { document: form().tidy(document_), why }],
      activate: [`/${id}/active`, "PUT", { version: detail?.rule.draft, why }],
      retire: [`/${id}/retire`, "POST", { why }],
    }[act];
    const box = slot(root, "rule-form");
    const refused = (said) => { lineshaft.say(form().blame(box, said) ? t("rules.wrong") : said); };
    const given = await lineshaft.call(`/api/v1/rules${path}`, { method, body, refused });
    if (!given || !root.isConnected) return;
    lineshaft.say(t(`rules.${act}.done`));
    hold(given);
    await load(root);
    showAll(root);
  }

  function hold(given) {
    detail = given;
    const latest = given.versions.find((one) => one.version === given.rule.draft) ?? given.versions.find((one) => one.version === given.rule.active) ?? given.versions[0];
    document_ = structuredClone(latest.document);
    saved = JSON.stringify(form().tidy(document_));
  }

  const mayLeave = () => !document_ || !mayWrite() || !isChanged() || window.confirm(t("rules.leave"));

  async function open(root, id) {
    if (!mayLeave()) return;
    const given = await lineshaft.call(`/api/v1/rules/${encodeURIComponent(id)}`);
    if (!given || !root.isConnected) return;
    hold(given);
    lineshaft.ruleTrial.clear(root);
    showAll(root);
    slot(root, "rule-editing").scrollIntoView({ block: "start" });
  }

  function begin(root, kind) {
    if (!mayLeave()) return;
    detail = null;
    saved = "";
    document_ = kind === "settings" ? { kind, id: "", name: { en: "" }, of: "threshold" } : { kind, id: "", name: { en: "" }, when: form().FRESH.value() };
    lineshaft.ruleTrial.clear(root);
    showAll(root);
    slot(root, "rule-form").querySelector("input")?.focus();
  }

  function close(root) {
    if (!mayLeave()) return;
    detail = document_ = null;
    lineshaft.ruleTrial.clear(root);
    showAll(root);
  }

  // --- versions: what each changed of the one before ---
  function showPast(root) {
    slot(root, "rule-past").hidden = !detail;
    if (!detail) return;
    const events = (row) => detail.events.filter((one) => one.version === row.version && one.event !== "drafted").reverse().map((one) =>
      el("div.quiet", {}, `${t(`rules.event.${one.event}`)}: ${one.by}, ${lineshaft.when(one.at)}, ${one.why}`));
    const rows = detail.versions.map((one, n) => ({ ...one, before: detail.versions[n + 1]?.document }));
    slot(root, "rule-versions").replaceChildren(...rows.map((row) => el("tr", {},
      cell("version", String(row.version), row.version === detail.rule.active ? el("b", {}, ` ${t("rules.state.active")}`) : "", row.version === detail.rule.draft ? ` ${t("rules.state.draft")}` : "",
        mayWrite() && row.version !== detail.rule.active && row.version !== detail.rule.draft ? button("take", () => again(root, row)) : ""),
      cell("at", lineshaft.when(row.at)), cell("by", row.by), cell("why", row.why, ...events(row)),
      cell("changes", ...lineshaft.ruleWords.changes(row.document, row.before).map((line) => el("div", {}, line))))));
  }

  // An earlier version into the editor: saved, it is a draft like any other.
  function again(root, row) {
    if (!mayLeave()) return;
    document_ = structuredClone(row.document);
    showEditor(root);
    slot(root, "rule-editing").scrollIntoView({ block: "start" });
  }

  function showAll(root) {
    showList(root);
    showEditor(root);
    showPast(root);
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
    async mount(root) {
      rules = [];
      detail = document_ = null;
      for (const [name, act] of [["new", () => begin(root, "condition")], ["settings", () => begin(root, "settings")]]) {
        slot(root, `rule-${name}`).hidden = !mayWrite();
        slot(root, `rule-${name}`).addEventListener("click", act);
      }
      for (const name of ["save", "activate", "retire"]) slot(root, `rule-${name}`).addEventListener("click", () => ask(root, name));
      slot(root, "rule-close").addEventListener("click", () => close(root));
      slot(root, "rule-form").addEventListener("submit", (event) => { event.preventDefault(); ask(root, "save"); });
      // What is wrong within a fold cannot be shown: it opens.
      slot(root, "rule-form").addEventListener("invalid", (event) => { const fold = event.target.closest("details"); if (fold) fold.open = true; }, true);
      slot(document.getElementById("rule-dialog"), "rule-dialog-go").addEventListener("click", () => send(root));
      const plant = await lineshaft.call("/api/v1/plant", { quiet: true });
      form().learn(plant, JSON.parse(root.dataset.starts));
      await load(root);
      if (root.isConnected && root.dataset.rule) open(root, root.dataset.rule);
    },
    render(root) {
      if (performance.now() - asked > AGAIN_MS) load(root);
    },
  };
})();
