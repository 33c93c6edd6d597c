// Words, numbers and times as people read them. Unknown is always a dash, never 0.
(function () {
  "use strict";
  const lineshaft = (window.lineshaft = window.lineshaft || {});
  const DASH = "–";
  const texts = () => window.lineshaftStart?.texts || {};

  const language = () => document.documentElement.lang || "en";

  // The text of a key with its {parameters}; a key without a text shows itself, so that it is noticed.
  function t(key, parameters) {
    const text = texts()[key];
    if (text === undefined) return key;
    return text.replace(/\{(\w+)\}/g, (_, name) => parameters?.[name] ?? DASH);
  }

  const has = (key) => texts()[key] !== undefined;

  // A name is plain text or {en, zh}.
  function name(words) {
    if (words === null || words === undefined) return DASH;
    if (typeof words !== "object") return String(words);
    return (language().startsWith("zh") ? words.zh : words.en) || words.en || words.zh || DASH;
  }

  // "temp" → "Temperature"; an unknown signal keeps the name its device gave it.
  const signal = (key) => (has(`signal.${key}`) ? t(`signal.${key}`) : String(key ?? DASH));

  // A vehicle's name by its key; one that came after this page keeps its key.
  const vehicle = (key) => name(window.lineshaftStart?.vehicles?.[key] ?? key);

  const formats = new Map();
  function number(value, decimals = 0) {
    if (value === null || value === undefined || !Number.isFinite(value)) return DASH;
    const key = `${language()}/${decimals}`;
    if (!formats.has(key)) {
      formats.set(
        key,
        new Intl.NumberFormat(language(), { minimumFractionDigits: decimals, maximumFractionDigits: decimals }),
      );
    }
    return formats.get(key).format(value);
  }

  // As many decimals as a reader needs of a number that has none prescribed.
  function short(value) {
    if (value === null || value === undefined || !Number.isFinite(value)) return DASH;
    const size = Math.abs(value);
    return number(value, size >= 100 || Number.isInteger(value) ? 0 : size >= 10 ? 1 : 2);
  }

  const UNITS = { Cel: "°C", "r/min": "rpm", "m/s2": "m/s²", "kW.h": "kWh", "N.m": "N·m", 1: "" };
  const unit = (ucum) => UNITS[ucum] ?? ucum ?? "";

  // A span in its two largest useful units: "42 s", "6 min", "3 h 05", "4 d".
  function span(ms) {
    if (ms === null || ms === undefined || !Number.isFinite(ms)) return DASH;
    const seconds = Math.max(0, Math.floor(ms / 1000));
    if (seconds < 60) return t("span.s", { n: seconds });
    const minutes = Math.floor(seconds / 60);
    if (minutes < 60) return t("span.min", { n: minutes });
    const hours = Math.floor(minutes / 60);
    if (hours < 24) return t("span.h", { n: hours, m: String(minutes % 60).padStart(2, "0") });
    return t("span.d", { n: Math.floor(hours / 24) });
  }

  // A forecast, no finer than it is known: "40 min", "5 h", "3 d".
  function rough(seconds) {
    if (seconds === null || seconds === undefined || !Number.isFinite(seconds)) return DASH;
    if (seconds < 5400) return t("span.min", { n: number(seconds / 60) });
    if (seconds < 3 * 86_400) return t("span.hours", { n: number(seconds / 3600) });
    return t("span.d", { n: number(seconds / 86_400) });
  }

  // A probability in whole per cent; where it is not 0 it never reads 0.
  const percent = (share) =>
    share > 0 && share < 0.005 ? "< 1 %" : share === null || share === undefined ? DASH : `${number(100 * share)} %`;

  // A failure mode, an advice: one that came after this page keeps its key.
  const word = (group, key) => (has(`${group}.${key}`) ? t(`${group}.${key}`) : String(key ?? DASH));

  const clocks = new Map();
  function inPlant(ts, options) {
    if (!Number.isFinite(ts)) return DASH;
    const zone = window.lineshaftStart?.zone || "UTC";
    const key = `${language()}/${zone}/${JSON.stringify(options)}`;
    if (!clocks.has(key)) {
      clocks.set(key, new Intl.DateTimeFormat(language(), { ...options, timeZone: zone, hourCycle: "h23" }));
    }
    return clocks.get(key).format(ts);
  }
  const clock = (ts) => inPlant(ts, { hour: "2-digit", minute: "2-digit", second: "2-digit" });
  const minute = (ts) => inPlant(ts, { hour: "2-digit", minute: "2-digit" });
  const date = (ts) =>
    inPlant(ts, { year: "numeric", month: "2-digit", day: "2-digit", hour: "2-digit", minute: "2-digit" });
  const day = (ts) => inPlant(ts, { year: "numeric", month: "2-digit", day: "2-digit" });

  // Within today the time is enough; else the date comes with it.
  function when(ts) {
    const now = lineshaft.now?.();
    return now && day(ts) === day(now) ? minute(ts) : date(ts);
  }

  // What an alarm says. Its words are in the catalogue, its values in its arguments.
  function alarm(row) {
    const given = row.arguments || {};
    const words = { ...given };
    for (const [key, value] of Object.entries(given)) if (typeof value === "number") words[key] = short(value);
    words.value = short(row.value);
    words.threshold = short(row.threshold);
    if (given.unit === "min") words.value = number(row.value); // nobody plans by tenths of a minute
    words.signal = signal(given.signal);
    words.unit = unit(given.unit);
    if (given.name) words.name = name(given.name); // of a rule that people wrote, in both languages
    words.signals = (given.contributors ?? []).map((share) => signal(share.signal)).join(", ") || DASH;
    if (given.fault) words.fault = t(`fault.${given.fault}`);
    const whole = row.message === "alarm.stale" && !given.signal ? "alarm.stale.device" : row.message;
    return t(whole, words).replace(/ +/g, " ").replace(/[\s\u00a0]+(?=[,，。;]|$)/g, "").trim();
  }

  // What a rule is called: "threshold:temp" → "Limit: Temperature".
  function rule(key) {
    const [family, ...of] = String(key).split(":");
    const name = word("rule", family);
    const about = of.map(signal).join(language().startsWith("zh") ? "、" : ", ");
    return about ? t("rule.of", { rule: name, of: about }) : name;
  }

  Object.assign(lineshaft, {
    DASH, alarm, clock, date, has, language, minute, name, number, percent, rough, rule, short, signal, span, t, unit, vehicle, when,
    word,
  });
})();
