// Notifications: who is told of what, and what became of it; and the bell on every page.
(function () {
  "use strict";
  const lineshaft = (window.lineshaft = window.lineshaft || {});
  const { el, list, put, slot, t } = lineshaft;
  const EVERY_MS = 5000;
  const cell = (column, ...inside) => el("td", { "data-label": t(`column.told.${column}`) }, ...inside);
  const KEEPERS = ["supervisor", "maintainer", "admin"];
  const me = () => window.lineshaftStart?.me;
  const isKeeper = () => KEEPERS.includes(me()?.role);
  const isAdmin = () => me()?.role === "admin";
  const call = (path) => lineshaft.call(`/api/v1/${path}`, { quiet: true });
  const kind = (name) => (lineshaft.has(`told.kind.${name}`) ? t(`told.kind.${name}`) : name);
  const drawn = new WeakMap(); // row's node → what it shows
  let seen = null; // ids that were there at the last look; null: before the first

  // A message in one line: an alarm in its own words, several by how many.
  function title(body) {
    const alarm = body.alarms?.[0];
    if (body.count === 1 && alarm) {
      const what = lineshaft.alarm({ message: alarm.msg, arguments: alarm.ctx, value: alarm.value, threshold: alarm.limit });
      return t("told.one", { kind: kind(body.kind), machine: lineshaft.name(alarm.name ?? alarm.source), what });
    }
    return body.kind === "test" ? kind("test") : t("told.many", { kind: kind(body.kind), n: lineshaft.number(body.count) });
  }

  function state(row) {
    if (row.delivered) return t("told.delivered", { when: lineshaft.when(row.delivered), n: lineshaft.number(row.attempts) });
    if (row.dead) return t("told.dead", { why: row.error || lineshaft.DASH });
    return row.error ? t("told.again", { when: lineshaft.when(row.next_try), why: row.error }) : t("told.waiting");
  }

  const who = (to) => to.map(lineshaft.notifyForms.nameOf).join(", ") || lineshaft.DASH;
  const asset = (key) => lineshaft.notifyForms.known.assets.find(([known]) => known === key)?.[1].replace(/^(· )+/, "") ?? key;

  function scope(of) {
    const parts = [...(of?.assets ?? []).map(asset), ...(of?.rules ?? []).map(lineshaft.rule), ...(of?.shifts ?? []).map((key) => lineshaft.word("shift", key))];
    return t("told.scope", { what: parts.join(", ") || t("told.all"), n: String(of?.priority ?? 4) });
  }

  function rows(root, name, items, key, cells) {
    const none = slot(root, `${name}-none`);
    if (none) none.hidden = items.length > 0;
    slot(root, name).closest(".scroll").hidden = items.length === 0; // no headings of nothing
    list(slot(root, name), items, {
      id: key,
      make: () => el("tr"),
      update(node, row) {
        // Only what has changed: a button that is drawn anew loses whoever is at it.
        const said = JSON.stringify(row);
        if (drawn.get(node) !== said) node.replaceChildren(...cells(row));
        drawn.set(node, said);
      },
    });
  }

  // What one does with a row; the server decides, this only keeps buttons away from those it would refuse.
  const change = (root, kind, row) => el("button.button", { type: "button", "aria-label": `${t("told.change")}: ${row.name ?? row.document?.name ?? row.key}`,
    onclick: () => lineshaft.notifyEdit(root, kind, row, () => ask(root)) }, t("told.change"));
  const doing = (root, kind, row) => cell("do", isKeeper() ? change(root, kind, row) : "");
  const some = (of) => Object.entries(of ?? {}).map(([label, patterns]) => `${lineshaft.word("told.label", label)}: ${patterns.join(", ")}`).join("; ") || lineshaft.DASH;

  const CELLS = {
    policies: (root) => ({ key, document: policy, ...row }) => [
      cell("policy", el("b", {}, policy.name || key), policy.enabled === false ? ` (${t("told.off")})` : ""),
      cell("alarms", scope(policy.scope)),
      cell("who", who(policy.to ?? [])),
      cell("pace", t("told.pace", { wait: String(policy.wait_s ?? 1), every: lineshaft.span((policy.interval_s ?? 300) * 1000) })),
      cell("escalation", (policy.escalation ?? []).map((step) =>
        t("told.step", { span: lineshaft.span(step.after_s * 1000), who: who(step.to) })).join("; ") || lineshaft.DASH),
      doing(root, "policy", { key, document: policy, ...row }),
    ],
    rotas: (root) => (row) => [
      cell("rota", el("b", {}, row.document.name || row.key)), cell("zone", row.document.timezone),
      cell("turns", row.document.layers.map((layer) => layer.people.join(" → ")).join("; ")), doing(root, "rota", row),
    ],
    teams: (root) => (row) => [
      cell("team", el("b", {}, row.document.name || row.key)), cell("people", row.document.people.join(", ")), doing(root, "team", row)],
    contacts: (root) => (row) => [
      cell("contact", el("b", {}, row.name)), cell("channel", t(`told.channel.${row.channel}`)), cell("address", row.shown),
      cell("owner", row.owner ?? t("told.of_works")),
      cell("do", el("button.button", { type: "button", onclick: () => post(`contacts/${encodeURIComponent(row.key)}/test`, "told.test.sent") }, t("told.try")),
        isAdmin() || row.owner === me()?.login ? change(root, "contact", row) : ""),
    ],
    silences: (root) => (row) => [
      cell("reason", row.reason), cell("what", [row.assets.map(asset).join(", "), some(row.matchers)].filter((words) => words && words !== lineshaft.DASH).join("; ")),
      cell("from", lineshaft.when(row.begins)), cell("to", lineshaft.when(row.ends)), cell("by", row.by),
      cell("do", isKeeper() ? el("button.button", { type: "button", onclick: () => end(root, row.id) }, t("told.end")) : ""),
    ],
    inhibitions: (root) => (row) => [
      cell("while", some(row.document.source)), cell("mute", some(row.document.target)),
      cell("equal", (row.document.equal ?? []).map((label) => lineshaft.word("told.label", label)).join(", ") || lineshaft.DASH), doing(root, "inhibition", row),
    ],
  };

  async function end(root, id) {
    if (await lineshaft.call(`/api/v1/silences/${id}`, { method: "DELETE" })) ask(root);
  }

  async function ask(root) {
    const names = Object.keys(CELLS);
    const [mine, onCall, ...found] = await Promise.all([call("inbox"), call("on-call?days=7"), ...names.map(call)]);
    if (!root.isConnected) return;
    slot(root, "told-error").hidden = [mine, onCall, ...found].every(Boolean);
    const of = Object.fromEntries(names.map((name, n) => [name, found[n]?.items]));
    lineshaft.notifyForms.learn({ rota: of.rotas, team: of.teams, contacts: of.contacts });
    if (mine) rows(root, "inbox", mine.items, (row) => row.id, (row) => [
      cell("at", lineshaft.when(row.at)),
      cell("what", row.seen ? el("span", {}, title(row.body)) : el("b", {}, title(row.body))),
    ]);
    if (onCall) {
      const rota = new Map((of.rotas ?? []).map((row) => [row.key, row.document.name || row.key]));
      rows(root, "on_call", onCall.items, (row) => `${row.rota}/${row.start}`, (row) => [
        cell("rota", rota.get(row.rota) ?? row.rota), cell("person", el("b", {}, row.person)),
        cell("from", row.start <= lineshaft.now() + EVERY_MS ? t("told.now") : lineshaft.date(row.start)), cell("to", lineshaft.date(row.end)),
      ]);
    }
    for (const name of names) if (of[name]) rows(root, name, of[name], (row) => row.key ?? row.id, CELLS[name](root));
    await askDeliveries(root);
  }

  // What changes seldom, or only who sets it may read.
  async function askOnce(root) {
    for (const kind of ["policy", "rota", "team", "silence", "inhibition"]) slot(root, `new-${kind}`).hidden = !isKeeper();
    slot(root, "new-contact").hidden = false;
    slot(root, "network-card").hidden = !isAdmin();
    const [plant, people, network] = await Promise.all([call("plant"), isKeeper() ? call("people") : null, isAdmin() ? call("notifications/network") : null]);
    lineshaft.notifyForms.learn({ plant, people: people?.items });
    if (network) put(slot(root, "network"), network.document.entries.join(", ") || t("told.network.none"));
    document.getElementById("told-zones").replaceChildren(...(Intl.supportedValuesOf?.("timeZone") ?? []).map((zone) => el("option", { value: zone })));
    return ask(root);
  }

  async function askDeliveries(root) {
    const [found, away] = await Promise.all([call("notifications?limit=100"), call("notifications/circuits")]);
    if (!root.isConnected || !found || !away) return;
    rows(root, "deliveries", found.items, (row) => row.id, (row) => [
      cell("at", lineshaft.when(row.created)), cell("who", row.name), cell("channel", t(`told.channel.${row.channel}`)),
      cell("what", `${kind(row.kind)} (${lineshaft.number(row.count)})`), cell("state", state(row)),
    ]);
    slot(root, "told-replay").hidden = !found.items.some((row) => row.dead && !row.delivered);
    list(slot(root, "circuits"), away.items, {
      id: (row) => `${row.channel}/${row.target}`,
      make: () => el("li"),
      update: (node, row) => put(node, t("told.circuit", { target: row.target, when: lineshaft.when(row.opened), why: row.why })),
    });
  }

  async function post(path, said) {
    const done = await lineshaft.call(`/api/v1/${path}`, { method: "POST", body: path.endsWith("test") ? undefined : { ids: [] } });
    if (done && said) lineshaft.say(t(said));
  }

  function mount(root) {
    const on = (name, act) => slot(root, name).addEventListener("click", async () => {
      await act();
      ask(root);
    });
    on("told-test", () => post("notifications/test", "told.test.sent"));
    on("told-seen", () => post("inbox/seen"));
    on("told-replay", () => post("notifications/replay", "told.replay.done"));
    on("told-permit", () => Notification.requestPermission());
    const edit = async (kind, path) => {
      const row = path ? await call(path) : null;
      if (row || !path) lineshaft.notifyEdit(root, kind, row, () => askOnce(root));
    };
    for (const kind of ["policy", "rota", "team", "contact", "silence", "inhibition"]) slot(root, `new-${kind}`).onclick = () => edit(kind);
    slot(root, "edit-preference").onclick = () => edit("preference", "preference");
    slot(root, "edit-network").onclick = () => edit("network", "notifications/network");
    slot(root, "told-permit").hidden = !("Notification" in window) || Notification.permission !== "default";
    askOnce(root);
    const timer = setInterval(() => (root.isConnected ? document.hidden || ask(root) : clearInterval(timer)), EVERY_MS);
  }

  // The bell: how many messages I have not seen; what is new is said once, and by the system where it is permitted.
  async function ring() {
    const bell = document.getElementById("bell-count");
    if (!bell || (document.hidden && !("Notification" in window && Notification.permission === "granted"))) return;
    const mine = await call("inbox");
    if (!mine) return;
    const fresh = mine.items.filter((row) => !row.seen);
    put(bell, fresh.length ? lineshaft.number(fresh.length) : "");
    for (const row of seen === null ? [] : fresh.filter((one) => !seen.has(one.id)).slice(0, 3)) {
      lineshaft.say(title(row.body));
      if ("Notification" in window && Notification.permission === "granted")
        new Notification(title(row.body), { tag: row.id });
    }
    seen = new Set(mine.items.map((row) => row.id));
  }
  setInterval(ring, EVERY_MS);
  setTimeout(ring, 1000);

  lineshaft.pages = lineshaft.pages || {};
  lineshaft.pages.notifications = { mount };
})();
