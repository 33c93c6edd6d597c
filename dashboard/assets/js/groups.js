// Alarms under one probable root as one line among those that stand alone. `fold` has no input or output, and is
// tested by tests/dashboard/js; the rest asks for those of a group that the live list is too short for.
(function () {
  "use strict";
  const lineshaft = (window.lineshaft = window.lineshaft || {});
  const PREFIX = "group:";
  const AGAIN_MS = 5000;
  const PAGE = 500;
  let fetched = new Map(); // group → {at, rows}

  // A group as a row of the list of what is to be done: the words, signs and ranks of alarms hold for it too.
  function line(group) {
    const state = group.calling ? "unacknowledged" : group.unseen ? "returned" : "acknowledged";
    return {
      id: PREFIX + group.id, group, state, priority: group.priority, raised: group.since, source: group.root,
      source_name: group.root_name, site: group.site, rule: "group", message: "alarm.group", value: null, threshold: null,
      arguments: { n: group.shown, cause: lineshaft.word("group.kind", group.kind) }, count: group.shown, children: 0,
    };
  }

  // {rows: groups and what is in none, of: group → its alarms}. A group of which one alarm is left is that alarm again.
  function fold(alarms, groups) {
    const of = new Map(groups.map((group) => [group.id, []]));
    const alone = [];
    for (const row of alarms) (of.get(row.group_key) ?? alone).push(row);
    const isOne = (group) => group.shown === 1 && of.get(group.id).length === 1;
    const lines = groups.map((group) => (isOne(group) ? of.get(group.id)[0] : line(group)));
    return { rows: [...lines, ...alone], of };
  }

  const known = (key) => lineshaft.state.rows("groups").find((group) => group.id === key) ?? null;
  const live = (key) => lineshaft.state.rows("alarms").filter((row) => row.group_key === key);

  // Those of its alarms that are to be done, as far as they are known here.
  function children(key) {
    const now = live(key);
    const shown = known(key)?.shown ?? 0;
    if (now.length >= shown) return now;
    const rows = new Map((fetched.get(key)?.rows ?? []).map((row) => [row.id, row]));
    for (const row of now) rows.set(row.id, row);
    return [...rows.values()];
  }

  // Asks for those that the live list has no room for; now and then again, for as long as somebody looks.
  async function whole(key) {
    const before = fetched.get(key);
    if (live(key).length >= (known(key)?.shown ?? 0)) return false;
    if (before && performance.now() - before.at < AGAIN_MS) return false;
    fetched.set(key, { at: performance.now(), rows: before?.rows ?? [] });
    const rows = [];
    let cursor = null;
    do {
      const query = new URLSearchParams({ state: "active", group: key, limit: String(PAGE), ...(cursor ? { cursor } : {}) });
      const page = await lineshaft.call(`/api/v1/alarms?${query}`, { quiet: true });
      if (!page) return false;
      rows.push(...page.items);
      cursor = page.next;
    } while (cursor);
    fetched.set(key, { at: performance.now(), rows });
    return true;
  }

  // The active list as people see it, and how many lines that is, of which the live list may hold the first ones only.
  function active() {
    const groups = lineshaft.state.rows("groups");
    const { rows, of } = fold(lineshaft.state.rows("alarms"), groups);
    const counts = lineshaft.state.one("kpi")?.alarms;
    const all = counts ? [1, 2, 3, 4].reduce((sum, n) => sum + (counts[n] ?? 0), 0) : 0;
    const inside = groups.reduce((sum, group) => sum + group.shown, 0);
    return { rows, of, lines: Math.max(rows.length, all - inside + groups.length) };
  }

  async function ack(key) {
    fetched.delete(key);
    await whole(key);
    const ids = children(key).filter(lineshaft.isUnseen).map((row) => row.id);
    if (ids.length) lineshaft.askAck(ids);
  }

  lineshaft.groups = {
    ack, active, children, fold, forget: () => (fetched = new Map()), known, line, whole,
    keyOf: (id) => (id?.startsWith(PREFIX) ? id.slice(PREFIX.length) : null),
  };
})();
