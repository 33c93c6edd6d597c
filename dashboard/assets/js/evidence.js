// What speaks for an alarm and what to do about it, in words: beside the alarm, and on the order made of it.
(function () {
  "use strict";
  const lineshaft = (window.lineshaft = window.lineshaft || {});

  const change = (one) => lineshaft.t("why.evidence", {
    signal: lineshaft.signal(one.signal), change: lineshaft.word("change", one.change), size: lineshaft.number(one.size, 1),
  });

  // Of what was thought of the machine then; the likeliest failure modes with the signals that speak for each.
  function ofScore(score) {
    const { percent, t, word } = lineshaft;
    const found = [t("work.evidence.health", { health: lineshaft.short(score.health), score: lineshaft.number(score.score, 2), when: lineshaft.when(score.ts) })];
    for (const one of score.diagnosis.slice(0, 3)) {
      const why = (one.evidence ?? []).slice(0, 3).map(change).join(" · ");
      found.push(t(why ? "work.evidence.mode_of" : "work.evidence.mode", { mode: word("failure_mode", one.mode), share: percent(one.likelihood), why }));
    }
    const odd = score.contributors.slice(0, 4).map((one) => `${lineshaft.signal(one.signal)} ${percent(one.share)}`).join(", ");
    if (odd) found.push(t("work.evidence.signals", { signals: odd }));
    if (score.p_fail_24h !== null) found.push(t("work.evidence.fail", { share: percent(score.p_fail_24h) }));
    return found;
  }

  function lines({ alarm, score }) {
    const { t, word } = lineshaft;
    const mode = alarm.arguments?.mode;
    const found = [t("work.evidence.alarm", { what: lineshaft.alarm(alarm), when: lineshaft.date(alarm.raised) })];
    if (mode && !score?.diagnosis.some((one) => one.mode === mode)) found.push(t("work.evidence.then", { mode: word("failure_mode", mode) }));
    return score ? found.concat(ofScore(score)) : found;
  }

  // As the rule says, else as the diagnosis advises, else what usually helps.
  function advice({ alarm, advice: advised }) {
    const told = alarm.arguments?.action;
    if (told?.en || told?.zh) return lineshaft.name(told);
    if (advised && advised !== "none") return lineshaft.word("advice", advised);
    const usual = `action.${alarm.rule.split(":")[0]}`;
    return lineshaft.t(lineshaft.has(usual) ? usual : "action.default");
  }

  lineshaft.evidence = { advice, change, lines };
})();
