// Notifications: who is told of what, and what became of it; and the bell on every page.
(function () {
  "use strict";
  const lineshaft = (window.lineshaft = window.lineshaft || {});
  const { el, list, put, slot, t } = lineshaft;
  const EVERY_MS = 5000;
  const cell = (column, ...inside) => el("td", { "data-label": t(`column.told.${column}`) }, ...inside);
  const call = (path) => lineshaft.call(`/api/v1/${path}`, { quiet: true });
  const kind = (name) => (lineshaft.has(`told.kind.${name}`) ? t(`told.kind.${name}`) : name);
  let seen = null; // ids that were there at the last look; null: before the first

  function title(body) {
    const alarm = body.alarms?.[0];
    if (body.count === 1 && alarm) {
      const name = alarm.name ? lineshaft.name(alarm.name) : alarm.source;
      return t("told.one", { kind: kind(body.kind), machine: name || alarm.source, rule: alarm.rule });
    }
    return body.kind === "test" ? kind("test") : t("told.many", { kind: kind(body.kind), n: lineshaft.number(body.count) });
  }

  function state(row) {
    if (row.delivered) return t("told.delivered", { when: lineshaft.when(row.delivered), n: lineshaft.number(row.attempts) });
    if (row.dead) return t("told.dead", { why: row.error || lineshaft.DASH });
    return row.error ? t("told.again", { when: lineshaft.when(row.next_try), why: row.error }) : t("told.waiting");
  }

  const who = (to) => to.map((one) => `${t(`told.kind_of.${one.kind}`)} ${one.key}`).join(", ") || lineshaft.DASH;

  function scope(of) {
    const parts = [...(of?.assets ?? []), ...(of?.rules ?? []), ...(of?.shifts ?? [])];
    return t("told.scope", { what: parts.join(", ") || t("told.all"), n: String(of?.priority ?? 4) });
  }

  function rows(root, name, items, key, cells) {
    const none = slot(root, `${name}-none`);
    if (none) none.hidden = items.length > 0;
    list(slot(root, name), items, {
      id: key,
      make: (row) => el("tr", {}, ...cells(row)),
      update: (node, row) => node.replaceChildren(...cells(row)),
    });
  }

  function showPolicies(root, items) {
    rows(root, "policies", items, (row) => row.key, ({ key, document: policy }) => [
      cell("policy", el("b", {}, policy.name || key), policy.enabled === false ? ` (${t("told.off")})` : ""),
      cell("alarms", scope(policy.scope)),
      cell("who", who(policy.to ?? [])),
      cell("pace", t("told.pace", { wait: String(policy.wait_s ?? 1), every: lineshaft.span((policy.interval_s ?? 300) * 1000) })),
      cell("escalation", (policy.escalation ?? []).map((step) =>
        t("told.step", { span: lineshaft.span(step.after_s * 1000), who: who(step.to) })).join("; ") || lineshaft.DASH),
    ]);
  }

  async function ask(root) {
    const [mine, policies, onCall] = await Promise.all([call("inbox"), call("policies"), call("on-call")]);
    if (!root.isConnected) return;
    slot(root, "told-error").hidden = Boolean(mine && policies && onCall);
    if (mine) rows(root, "inbox", mine.items, (row) => row.id, (row) => [
      cell("at", lineshaft.when(row.at)),
      cell("what", row.seen ? el("span", {}, title(row.body)) : el("b", {}, title(row.body))),
    ]);
    if (policies) showPolicies(root, policies.items);
    if (onCall) {
      slot(root, "on-call-none").hidden = onCall.items.length > 0;
      list(slot(root, "on-call"), onCall.items, {
        id: (row) => row.rota,
        make: () => el("li"),
        update: (node, row) => put(node, t("told.on_call.row", { rota: row.rota, person: row.person })),
      });
    }
    await askDeliveries(root);
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
    slot(root, "told-permit").hidden = !("Notification" in window) || Notification.permission !== "default";
    ask(root);
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
