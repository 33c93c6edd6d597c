import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import test from "node:test";
import vm from "node:vm";

const window = {};
const file = new URL("../../../dashboard/assets/js/bands.js", import.meta.url);
vm.runInContext(readFileSync(file, "utf8"), vm.createContext({ window }));
const { bands, isLearning } = window.lineshaft;
const AXES = { temp: "y", vib: "y2", "@score": "y4" };
const SPAN = { from: 1000, now: 9000, offset: 100 };
const alarm = (other) => ({
  id: "a", rule: "threshold:vib", priority: 2, state: "unacknowledged", raised: 2000, updated: 2000, cleared: null,
  arguments: { signal: "vib" }, ...other,
});

test("an active alarm lasts from when it was raised until now, in the row of its signal", () => {
  const [band] = bands([alarm()], AXES, SPAN);
  assert.deepEqual([band.x0, band.x1, band.yref, band.label.text], [2100, 9100, "y2 domain", "2"]);
});

test("an alarm that was cleared ends there", () => {
  assert.equal(bands([alarm({ cleared: 3000, state: "returned" })], AXES, SPAN)[0].x1, 3100);
});

test("what is unusual is marked at the score, and what has no row on all of them", () => {
  const rows = [
    alarm({ rule: "anomaly", arguments: {} }),
    alarm({ id: "b", rule: "stale", arguments: { signal: null } }),
    alarm({ id: "c", rule: "zone", arguments: { zone: "C" } }),
  ];
  const where = (axes) => bands(rows, axes, SPAN).map((band) => band.yref).join();
  assert.equal(where({ ...AXES, "@vibration": "y2" }), "y4 domain,paper,y2 domain");
  assert.equal(where(AXES), "y4 domain,paper,paper");
});

test("what was over before the range is not drawn", () => {
  assert.equal(bands([alarm({ raised: 500, cleared: 900, state: "normal" })], AXES, SPAN).length, 0);
});

test("a machine is being learned while its score is nothing but 0", () => {
  assert.equal(isLearning([], 200_000), false);
  assert.equal(isLearning([[190_000, 0], [195_000, 0]], 200_000), true);
  assert.equal(isLearning([[190_000, 0.1], [195_000, 0]], 200_000), false);
  assert.equal(isLearning([[10_000, 0.1], [195_000, 0]], 200_000), true);
  assert.equal(isLearning([[10_000, 0]], 200_000), false);
});
