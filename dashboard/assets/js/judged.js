// What is thought of machines, as ranks, stretches and shares. No input or output: tests/dashboard/js.
(function () {
  "use strict";
  const lineshaft = (window.lineshaft = window.lineshaft || {});
  const DAY_S = 86_400;
  const LIKELY = 0.5;
  const POOR = 35;
  const LOW = 60;

  // Why a machine deserves a look before others, the gravest reason alone; null: nothing is foreseen. `rank` 1 is
  // the gravest; `weight` orders within a rank, in coarse steps, so that rows do not change places at each score.
  // A trend alone may be the day's work: where nothing else is odd and nobody was warned (`warned`) it is a hint.
  function risk(row, warned = false) {
    if ((row.state ?? "OFFLINE") === "OFFLINE") return null; // what was foreseen of it says nothing of now
    const left = row.rul_p50_s ?? Infinity;
    const day = row.p_fail_24h ?? 0;
    const week = row.p_fail_7d ?? 0;
    const health = row.health ?? 100;
    const ill = Math.round((100 - health) / 10) / 10;
    const found = (rank, reason, weight) => ({ rank, reason, weight });
    const sure = warned || row.anomaly || health < LOW;
    const soon = Math.max(day, week) >= LIKELY || left <= 7 * DAY_S;
    if (soon && !sure) return found(6, "hint", 0);
    if (day >= LIKELY || left <= DAY_S) return found(1, "day", Math.max(Math.round(day * 10) / 10, left <= DAY_S ? 1 - left / DAY_S / 10 : 0));
    if (health < POOR) return found(2, "poor", ill);
    if (week >= LIKELY || left <= 7 * DAY_S) return found(3, "week", Math.round(Math.max(week, day) * 10) / 10);
    if (row.anomaly) return found(4, "odd", ill);
    if (health < LOW) return found(5, "low", ill);
    return null;
  }

  // An alarm's place among them: critical beside what fails within a day, low beside poor health to come.
  const ALARM_RANK = { 1: 1, 2: 2, 3: 4, 4: 5 };
  // What is over needs no more than to be acknowledged.
  const OVER = 3;
  const alarmRank = (alarm) => (alarm ? ALARM_RANK[alarm.priority] + (alarm.state === "returned" ? OVER : 0) : 9);
  const isOpen = (alarm) => alarm.state === "unacknowledged" || alarm.state === "returned";

  // What needs attention: each machine once, with its gravest alarm; and the alarms of all else, each by itself.
  function ranked(machines, alarms, byUrgency) {
    const of = new Map();
    for (const alarm of [...alarms].sort(byUrgency)) of.set(alarm.source, [...(of.get(alarm.source) ?? []), alarm]);
    const rows = [];
    for (const machine of machines) {
      const own = of.get(machine.key) ?? [];
      const foreseen = risk(machine, own.some((alarm) => alarm.rule === "failure"));
      of.delete(machine.key);
      if (!foreseen && !own.length) continue;
      rows.push({ id: machine.key, machine, foreseen, alarm: own[0] ?? null, more: Math.max(0, own.length - 1) });
    }
    for (const alarm of [...of.values()].flat()) rows.push({ id: alarm.id, machine: null, foreseen: null, alarm, more: 0 });
    const rank = (row) => Math.min(row.foreseen?.rank ?? 9, alarmRank(row.alarm));
    const open = (row) => (row.alarm && isOpen(row.alarm) ? 0 : 1);
    return rows.sort(
      (a, b) => rank(a) - rank(b) || open(a) - open(b) || (b.foreseen?.weight ?? 0) - (a.foreseen?.weight ?? 0) ||
        (b.alarm?.raised ?? 0) - (a.alarm?.raised ?? 0),
    );
  }

  // [ts, mode] points → stretches of one mode. Where nothing was heard for longer than `gap` there is none.
  function stretches(points, gap) {
    const found = [];
    for (const [ts, mode] of points) {
      const last = found[found.length - 1];
      if (last && ts - last.to <= gap) {
        last.to = ts;
        if (last.mode === mode) continue;
      }
      found.push({ from: ts, to: ts, mode });
    }
    return found.filter((one) => one.to > one.from);
  }

  // Where the ends and the middle of a remaining life stand on a bar that begins now, in per cent.
  function fan(low, middle, high) {
    const end = Math.max(high, middle) * 1.05 || 1;
    const place = (seconds) => Math.max(0, Math.min(100, (100 * seconds) / end));
    return { left: place(low), width: Math.max(1, place(high) - place(low)), middle: place(middle) };
  }

  Object.assign(lineshaft, { fan, isOpen, ranked, risk, stretches });
})();
