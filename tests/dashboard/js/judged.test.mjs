import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import test from "node:test";
import vm from "node:vm";

const window = { lineshaft: {} };
const context = vm.createContext({ window });
for (const file of ["judged.js", "bands.js"]) {
  vm.runInContext(readFileSync(new URL(`../../../dashboard/assets/js/${file}`, import.meta.url), "utf8"), context);
}
const { fan, ranked, ribbon, risk, stretches } = window.lineshaft;
const plain = (value) => JSON.parse(JSON.stringify(value));

const well = { key: "m", state: "RUN", health: 98, anomaly: false, p_fail_24h: null, p_fail_7d: null, rul_p50_s: null };
const alarm = (source, priority, state = "unacknowledged", raised = 1) => ({ id: `${source}/${priority}`, source, priority, state, raised });
const byUrgency = (a, b) => a.priority - b.priority || b.raised - a.raised;

test("a machine that is well, or silent, is at no risk that anybody knows of", () => {
  assert.equal(risk(well), null);
  assert.equal(risk({ ...well, state: "OFFLINE", p_fail_24h: 0.9, health: 5 }), null);
  assert.equal(risk({ ...well, state: null, health: 5 }), null);
});

test("the gravest reason is told: a day, poor health, a week, unusual, low health", () => {
  const reason = (more) => risk({ ...well, ...more })?.reason;
  assert.equal(reason({ p_fail_24h: 0.7, health: 10, anomaly: true }), "day");
  assert.equal(reason({ rul_p50_s: 3600, anomaly: true }), "day");
  assert.equal(reason({ health: 20, p_fail_7d: 0.9 }), "poor");
  assert.equal(reason({ rul_p50_s: 3 * 86400, anomaly: true }), "week");
  assert.equal(reason({ anomaly: true, health: 50 }), "odd");
  assert.equal(reason({ health: 50 }), "low");
});

test("a trend alone is a hint, until something else is odd or a warning was given", () => {
  const trend = { ...well, rul_p50_s: 3600, p_fail_24h: 1 };
  assert.equal(risk(trend).reason, "hint");
  assert.equal(risk(trend, true).reason, "day");
  const rows = ranked([{ ...trend, key: "trend" }, { ...well, key: "cold" }], [alarm("cold", 4)], byUrgency);
  assert.deepEqual(plain(rows.map((row) => row.id)), ["cold", "trend"]);
});

test("an alarm that is over stands behind what lasts", () => {
  const rows = ranked([{ ...well, key: "was" }, { ...well, key: "is" }], [alarm("was", 2, "returned"), alarm("is", 3)], byUrgency);
  assert.deepEqual(plain(rows.map((row) => row.id)), ["is", "was"]);
});

test("each machine stands once, by risk and its gravest alarm; what is no machine stands beside them", () => {
  const machines = [
    { ...well, key: "calm" },
    { ...well, key: "dying", p_fail_24h: 0.9, anomaly: true },
    { ...well, key: "odd", anomaly: true },
    { ...well, key: "hot" },
  ];
  const alarms = [alarm("odd", 3), alarm("hot", 2), alarm("hot", 4), alarm("truck", 2, "acknowledged"), alarm("dying", 3)];
  const rows = ranked(machines, alarms, byUrgency);
  assert.deepEqual(plain(rows.map((row) => [row.id, row.alarm?.priority, row.more])), [
    ["dying", 3, 0], ["hot", 2, 1], ["truck/2", 2, 0], ["odd", 3, 0],
  ]);
});

test("machines of the same risk do not change places while their health moves a little", () => {
  const rows = (a, b) => ranked([{ ...well, key: "a", anomaly: true, health: a }, { ...well, key: "b", anomaly: true, health: b }], [], byUrgency);
  assert.deepEqual(plain(rows(71, 69).map((row) => row.id)), plain(rows(69, 71).map((row) => row.id)));
});

test("a mode lasts until another begins, and nothing is drawn where nothing was heard", () => {
  const points = [[0, "RUN"], [5, "RUN"], [10, "IDLE"], [15, "IDLE"], [100, "RUN"], [105, "RUN"]];
  assert.deepEqual(plain(stretches(points, 20)), [
    { from: 0, to: 10, mode: "RUN" }, { from: 10, to: 15, mode: "IDLE" }, { from: 100, to: 105, mode: "RUN" },
  ]);
});

test("the ribbon says a mode in words where there is room", () => {
  const trace = { x: [0, 5000, 10000, 900000], customdata: ["RUN", "RUN", "IDLE", "IDLE"], meta: 1e6, yaxis: "y9" };
  const shapes = ribbon(trace, { range: 1_000_000, px: 600 }, (mode) => mode.toLowerCase());
  assert.deepEqual(plain(shapes.map((one) => [one.x0, one.x1, one.yref, one.label.text ?? null])), [
    [0, 10000, "y9 domain", null], [10000, 900000, "y9 domain", "idle"],
  ]);
  assert.deepEqual(plain(ribbon(undefined, { range: 1, px: 1 }, String)), []);
});

test("a fan stands on its bar from its lower to its upper end", () => {
  const { left, width, middle } = fan(10, 50, 95);
  assert.ok(left < middle && middle < left + width && left + width <= 100);
  assert.equal(fan(0, 0, 0).left, 0);
});
