// Run by tests/dashboard/test_js.py: node --test tests/dashboard/js
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import test from "node:test";
import vm from "node:vm";

const window = { lineshaft: { word: (_, key) => key } };
const context = vm.createContext({ window });
const file = new URL("../../../dashboard/assets/js/groups.js", import.meta.url);
vm.runInContext(readFileSync(file, "utf8"), context);
const { fold, keyOf, line } = window.lineshaft.groups;

const group = (id, shown, more = {}) => ({
  id, shown, unseen: shown, calling: shown, priority: 2, since: 5, root: "air-1", root_name: "Air", kind: "compressed_air", ...more,
});
const ids = (rows) => JSON.parse(JSON.stringify(rows.map((row) => row.id))); // of another realm
const alarm = (id, group_key = null) => ({ id, group_key });

test("what is in a group stands below its line, what is in none beside it", () => {
  const { rows, of } = fold([alarm("a", "g"), alarm("b"), alarm("c", "g")], [group("g", 2)]);
  assert.deepEqual(ids(rows), ["group:g", "b"]);
  assert.deepEqual(ids(of.get("g")), ["a", "c"]);
});

test("a group is there before its alarms are, and an alarm whose group nobody knows stays in reach", () => {
  const { rows } = fold([alarm("a", "gone")], [group("g", 900)]);
  assert.deepEqual(ids(rows), ["group:g", "a"]);
});

test("the last alarm of a group is an alarm again, where it is known", () => {
  assert.deepEqual(ids(fold([alarm("a", "g")], [group("g", 1)]).rows), ["a"]);
  assert.deepEqual(ids(fold([], [group("g", 1)]).rows), ["group:g"]);
});

test("a line asks for as much as its alarms do, and says its worst priority", () => {
  assert.equal(line(group("g", 3)).state, "unacknowledged");
  assert.equal(line(group("g", 3, { calling: 0 })).state, "returned");
  assert.equal(line(group("g", 3, { calling: 0, unseen: 0 })).state, "acknowledged");
  assert.equal(line(group("g", 3)).priority, 2);
  assert.equal(keyOf(line(group("g", 3)).id), "g");
  assert.equal(keyOf("0f0e6c3c-55a1-5a57-9f0e-2f6f6f3f1d11"), null);
});
