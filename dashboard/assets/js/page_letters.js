// System: dead letters. What could not be used, why, and its replay for those who may.
(function () {
  "use strict";
  const lineshaft = (window.lineshaft = window.lineshaft || {});
  const { el, list, mark, put, slot, t } = lineshaft;
  const PAGE = 50;
  const HEX_SHOWN = 4096;
  const number = (value) => lineshaft.number(value);
  const reason = (code) => (lineshaft.has(`reason.${code}`) ? t(`reason.${code}`) : code);
  const cell = (column, ...inside) => el("td", { "data-label": t(`column.${column}`) }, ...inside);
  const filter = { code: "", agent: "", replayed: "false", before: null };
  const knownCodes = new Set();
  const knownAgents = new Set();

  function query() {
    const asked = new URLSearchParams({ limit: String(PAGE) });
    if (filter.code) asked.set("code", filter.code);
    if (filter.agent) {
      const [site, agent] = filter.agent.split("/");
      asked.set("site", site);
      asked.set("agent", agent);
    }
    if (filter.replayed) asked.set("replayed", filter.replayed);
    if (filter.before) asked.set("before", String(filter.before));
    return asked;
  }

  async function ask(root) {
    const [found, counts] = await Promise.all([
      lineshaft.call(`/api/v1/dead-letters?${query()}`, { quiet: true }),
      lineshaft.call("/api/v1/dead-letters/counts", { quiet: true }),
    ]);
    if (!root.isConnected) return;
    slot(root, "dead-error").hidden = Boolean(found && counts);
    if (counts) showChoices(root, counts.items);
    if (found) show(root, found.items);
  }

  function choices(select, known, keys, words) {
    for (const key of keys) {
      if (!key || (known.has(key) && [...select.options].some((option) => option.value === key))) continue;
      known.add(key);
      select.append(el("option", { value: key }, words(key)));
    }
  }

  function showChoices(root, counts) {
    const waiting = counts.reduce((sum, row) => sum + row.waiting, 0);
    put(slot(root, "dead-count"), t("dead.count", { n: number(waiting) }));
    choices(slot(root, "dead-code"), knownCodes, counts.map((row) => row.code), reason);
    choices(slot(root, "dead-agent"), knownAgents, counts.map((row) => row.agent && `${row.site}/${row.agent}`), (key) => key);
    list(slot(root, "dead-sums"), counts.filter((row) => row.messages || row.readings).slice(0, 8), {
      id: (row) => `${row.site}/${row.agent}/${row.code}`,
      make: () => el("li"),
      update: (node, row) =>
        put(node, t("dead.sum", {
          agent: row.agent ? `${row.site}/${row.agent}` : t("books.stranger"), reason: reason(row.code),
          messages: number(row.messages), readings: number(row.readings),
        })),
    });
  }

  function show(root, rows) {
    slot(root, "dead-none").hidden = rows.length > 0;
    slot(root, "dead-older").hidden = rows.length < PAGE;
    slot(root, "dead-newest").hidden = !filter.before;
    slot(root, "dead-replay").hidden = !lineshaft.mayAdopt() || !rows.some((row) => !row.replayed);
    slot(root, "dead").dataset.last = rows.at(-1)?.id ?? "";
    list(slot(root, "dead"), rows, {
      id: (row) => row.id,
      make: (row) => {
        const open = el("button.button", { type: "button", "aria-label": `${t("dead.open")}: ${reason(row.code)} ${row.id}` }, t("dead.open"));
        open.addEventListener("click", () => openLetter(root, row.id));
        return el("tr", {}, cell("received", el("span", {}, lineshaft.when(row.received))), cell("code", el("b", {}, reason(row.code))),
          cell("device", el("span.code", {}, row.device || row.topic)), cell("detail", el("span", {}, row.detail ?? "")),
          cell("readings", el("span", {}, row.readings ? number(row.readings) : t("dead.whole"))), cell("replayed", el("span")), cell("open", open));
      },
      update: (node, row) => put(node.children[5].firstElementChild, row.replayed ? lineshaft.when(row.replayed) : t("dead.waiting")),
    });
  }

  const outcomeText = (outcome) =>
    t("dead.replayed", {
      n: number(outcome.replayed), stored: number(outcome.stored_already), rejected: number(outcome.still_rejected),
    });

  function why(outcome) {
    const [first] = outcome.items.filter((row) => row.result !== "replayed" && row.detail);
    return first ? `${outcomeText(outcome)} ${first.detail}` : outcomeText(outcome);
  }

  async function openLetter(root, id) {
    const letter = await lineshaft.call(`/api/v1/dead-letters/${id}`);
    if (!letter) return;
    const fact = (name, text) => (text === null || text === "" ? null : el("div.sum-row", {}, el("dt", {}, t(`dead.fact.${name}`)), el("dd.code", {}, String(text))));
    const body = letter.body_hex === null ? t("dead.no_body") : letter.body_text ?? letter.body_hex.slice(0, HEX_SHOWN);
    const pre = el("pre.letter-body", { tabindex: "0", "aria-label": t("dead.body") }, body);
    const close = el("button.button", { type: "button" }, t("close"));
    const hex = el("button.button", { type: "button" }, t("dead.hex"));
    hex.hidden = letter.body_text === null || letter.body_hex === null;
    hex.addEventListener("click", () => {
      const showsText = pre.textContent === letter.body_text;
      pre.textContent = showsText ? letter.body_hex.slice(0, HEX_SHOWN) : letter.body_text;
      put(hex, t(showsText ? "dead.text" : "dead.hex"));
    });
    const replay = el("button.button", { type: "button" }, t("dead.replay"));
    replay.hidden = !lineshaft.mayAdopt() || letter.replayed !== null;
    const name = `${reason(letter.code)} · ${letter.id}`;
    const dialog = el("dialog.letter", { "aria-label": name }, el("h2", {}, name),
      el("dl.sum", {}, fact("detail", letter.detail), fact("received", lineshaft.date(letter.received)), fact("topic", letter.topic),
        fact("position", letter.pos), fact("length", letter.length), fact("version", letter.version),
        fact("replayed", letter.replayed && lineshaft.date(letter.replayed)), fact("replay_of", letter.replay_of),
        fact("again", letter.again.join(", "))),
      pre, el("p.quiet", {}, t("dead.replay.what")), el("div.row", {}, close, hex, replay));
    close.addEventListener("click", () => dialog.close());
    replay.addEventListener("click", async () => {
      mark(replay, "disabled", true);
      const outcome = await lineshaft.call(`/api/v1/dead-letters/${id}/replay`, { method: "POST" });
      mark(replay, "disabled", null);
      if (!outcome) return;
      dialog.close();
      lineshaft.say(why(outcome));
      ask(root);
    });
    dialog.addEventListener("close", () => dialog.remove());
    document.body.append(dialog);
    dialog.showModal();
  }

  // All that match, a page at a time, until nothing is left; what cannot be used yet stays where it is.
  async function replayAll(root, button) {
    const [site, agent] = filter.agent ? filter.agent.split("/") : ["", ""];
    const total = { replayed: 0, stored_already: 0, still_rejected: 0, items: [] };
    mark(button, "disabled", true);
    for (let after = 0; after !== null; ) {
      const done = await lineshaft.call("/api/v1/dead-letters/replay", { method: "POST", body: { code: filter.code, site, agent, after } });
      if (!done) break;
      for (const name of ["replayed", "stored_already", "still_rejected"]) total[name] += done[name];
      after = done.after;
      if (after === null) lineshaft.say(outcomeText(total));
    }
    mark(button, "disabled", null);
    ask(root);
  }

  function mount(root) {
    Object.assign(filter, { code: "", agent: "", replayed: "false", before: null });
    const change = (name, key) =>
      slot(root, name)?.addEventListener("change", (event) => {
        filter[key] = event.target.value;
        filter.before = null;
        ask(root);
      });
    change("dead-code", "code");
    change("dead-agent", "agent");
    change("dead-state", "replayed");
    slot(root, "dead-older")?.addEventListener("click", () => {
      filter.before = Number(slot(root, "dead").dataset.last) || null;
      ask(root);
    });
    slot(root, "dead-newest")?.addEventListener("click", () => {
      filter.before = null;
      ask(root);
    });
    slot(root, "dead-replay")?.addEventListener("click", (event) => replayAll(root, event.currentTarget));
  }

  lineshaft.letters = { ask, mount };
})();
