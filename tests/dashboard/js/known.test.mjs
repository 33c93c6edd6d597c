// Run by tests/dashboard/test_js.py: node --test tests/dashboard/js
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import test from "node:test";
import vm from "node:vm";

const window = {};
const context = vm.createContext({ window });
const file = new URL("../../../dashboard/assets/js/known.js", import.meta.url);
vm.runInContext(readFileSync(file, "utf8"), context);
const { LiveState, ServerTime, Snapshots, backoff } = window.lineshaft;
const plain = (value) => JSON.parse(JSON.stringify(value));

const snapshot = (seq, data, epoch = "a") => ({ t: "snapshot", topic: "alarms", epoch, seq, ts: 1, data });
const delta = (seq, rows, gone = [], epoch = "a") => ({ t: "delta", topic: "alarms", epoch, seq, ts: 2, rows, gone });

test("a delta changes, adds and removes rows of its snapshot", () => {
  const state = new LiveState();
  state.take(snapshot(4, [{ id: "1", n: 1 }, { id: "2", n: 1 }]));
  assert.deepEqual(plain(state.take(delta(5, [{ id: "1", n: 2 }, { id: "3", n: 1 }], ["2"]))), { changed: ["alarms"], resync: [], fetch: [] });
  assert.deepEqual(plain(state.rows("alarms")), [{ id: "1", n: 2 }, { id: "3", n: 1 }]);
});

test("a gap asks for a snapshot and changes nothing", () => {
  const state = new LiveState();
  state.take(snapshot(4, [{ id: "1", n: 1 }]));
  assert.deepEqual(plain(state.take(delta(6, [{ id: "1", n: 9 }]))), { changed: [], resync: ["alarms"], fetch: [] });
  assert.equal(state.rows("alarms")[0].n, 1);
});

test("what is older than the snapshot is ignored", () => {
  const state = new LiveState();
  state.take(snapshot(4, [{ id: "1", n: 1 }]));
  assert.deepEqual(plain(state.take(delta(4, [{ id: "1", n: 0 }]))), { changed: [], resync: [], fetch: [] });
  assert.equal(state.rows("alarms")[0].n, 1);
});

test("another server's words are never mixed with the first one's", () => {
  const state = new LiveState();
  state.take(snapshot(4, [{ id: "1" }]));
  assert.deepEqual(plain(state.take(delta(5, [{ id: "2" }], [], "b")).resync), ["alarms"]);
  assert.equal(state.has("alarms"), false);
  state.take(snapshot(1, [{ id: "9" }], "b"));
  assert.deepEqual(plain(state.rows("alarms")), [{ id: "9" }]);
});

test("a delta before its snapshot is ignored", () => {
  const state = new LiveState();
  assert.deepEqual(plain(state.take(delta(5, [{ id: "1" }]))), { changed: [], resync: [], fetch: [] });
});

test("a topic of one object keeps what a delta does not say", () => {
  const state = new LiveState();
  state.take({ t: "snapshot", topic: "kpi", epoch: "a", seq: 1, ts: 1, data: { a: 1, b: 2 } });
  state.take({ t: "delta", topic: "kpi", epoch: "a", seq: 2, ts: 2, rows: [{ b: 3 }], gone: [] });
  assert.deepEqual(plain(state.one("kpi")), { a: 1, b: 3 });
});

const resync = { t: "resync", topic: "alarms", epoch: "a", ts: 1 };

test("what is too large for the line is fetched, and what came meanwhile follows it", () => {
  const state = new LiveState();
  assert.deepEqual(plain(state.take(resync)), { changed: [], resync: [], fetch: ["alarms"] });
  state.take(delta(4, [{ id: "1", n: 4 }]));
  state.take(delta(5, [{ id: "1", n: 5 }]));
  assert.equal(state.has("alarms"), false);
  assert.deepEqual(plain(state.take(snapshot(4, [{ id: "1", n: 4 }]))), { changed: ["alarms"], resync: [], fetch: [] });
  assert.equal(state.rows("alarms")[0].n, 5);
  assert.deepEqual(plain(state.take(delta(6, [{ id: "1", n: 6 }])).changed), ["alarms"]);
});

test("what was missed while a snapshot was fetched is asked for again", () => {
  const state = new LiveState();
  state.take(resync);
  state.take(delta(7, [{ id: "1", n: 7 }]));
  assert.deepEqual(plain(state.take(snapshot(4, [{ id: "1", n: 4 }])).resync), ["alarms"]);
});

test("a topic is fetched by its name, one request at a time, and again where that failed", async () => {
  const asked = [];
  const answers = [null, { t: "snapshot", seq: 1 }, { t: "snapshot", seq: 2 }];
  const heard = [];
  const get = async (path) => {
    asked.push(path);
    return answers[asked.length - 1];
  };
  const snapshots = new Snapshots(get, (message) => heard.push(message.seq));
  await snapshots.ask("machine:pump 1");
  assert.deepEqual(asked, ["/api/live/snapshot?topic=machine%3Apump%201"]);
  assert.deepEqual(heard, []);
  await snapshots.again(["machine:pump 1"]);
  assert.deepEqual(heard, [1]);
  await snapshots.again(["machine:pump 1"]);
  assert.equal(asked.length, 2); // nothing is wanted any more
  const first = snapshots.ask("alarms");
  await snapshots.ask("alarms"); // said anew while the first is on its way
  await first;
  assert.equal(asked.length, 3);
  await snapshots.again(["kpi"]); // nobody shows it any more
  assert.equal(asked.length, 3);
  assert.deepEqual(heard, [1, 2]);
});

test("waits grow to 15 s and never end", () => {
  const still = () => 0.5;
  assert.equal(backoff(0, still), 500);
  assert.equal(backoff(3, still), 4000);
  assert.equal(backoff(10_000, still), 15_000);
  assert.ok(backoff(0, () => 0) >= 375 && backoff(0, () => 1) <= 625);
});

test("the server's time goes on by the monotonic clock and takes the least delayed message", () => {
  let monotonic = 100;
  const time = new ServerTime(() => monotonic);
  assert.equal(time.now(), null);
  time.hear(1_000_100);
  monotonic = 300;
  time.hear(1_000_250); // came 50 ms late: the first one knew better
  assert.equal(time.now(), 1_000_300);
  monotonic = 400;
  time.hear(990_000); // the server's clock was set back
  assert.equal(time.now(), 990_000);
});
