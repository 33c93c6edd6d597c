import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import test from "node:test";
import vm from "node:vm";

const texts = {
  "alarm.high": "{signal} high: {value} {unit}, limit {threshold} {unit}",
  "alarm.anomaly": "Unusual behaviour, mostly {signals}",
  "alarm.stale": "No new value of {signal} for over {threshold} s",
  "alarm.stale.device": "No data for over {threshold} s",
  "alarm.rule.value": "{name}: {signal} {value} {unit}, limit {threshold} {unit}",
  "rule.threshold": "Limit",
  "rule.of": "{rule}: {of}",
  "signal.temp": "Temperature",
  "signal.vib": "Vibration",
};
const window = { lineshaft: {}, lineshaftStart: { texts } };
const context = vm.createContext({ window, document: { documentElement: { lang: "en" } }, Intl });
vm.runInContext(readFileSync(new URL("../../../dashboard/assets/js/format.js", import.meta.url), "utf8"), context);
const { alarm, rule } = window.lineshaft;

test("an alarm says what the server says of it", () => {
  const hot = { signal: "temp", unit: "Cel" };
  assert.equal(alarm({ message: "alarm.high", value: 91.5, threshold: 85, arguments: hot }), "Temperature high: 91.5 °C, limit 85 °C");
  assert.equal(alarm({ message: "alarm.high", value: 91.5, threshold: 85, arguments: { signal: "x9" } }), "x9 high: 91.5, limit 85");
  const shares = [{ signal: "temp", share: 0.6 }, { signal: "vib", share: 0.3 }];
  assert.equal(alarm({ message: "alarm.anomaly", arguments: { contributors: shares } }), "Unusual behaviour, mostly Temperature, Vibration");
  assert.equal(alarm({ message: "alarm.stale", threshold: 60, arguments: { signal: "" } }), "No data for over 60 s");
  const own = { name: { en: "Hot", zh: "过热" }, ...hot };
  assert.equal(alarm({ message: "alarm.rule.value", value: 91, threshold: 85, arguments: own }), "Hot: Temperature 91 °C, limit 85 °C");
});

test("a rule is called by its kind and its signal", () => {
  assert.equal(rule("threshold:temp"), "Limit: Temperature");
  assert.equal(rule("threshold"), "Limit");
  assert.equal(rule("new:one"), "new: one");
});
