// What a rule would have raised in the past: how far the trial is, a way to stop it, and what came of it.
(function () {
  "use strict";
  const lineshaft = (window.lineshaft = window.lineshaft || {});
  const { el, put, slot, t } = lineshaft;
  const DAY_MS = 86_400_000;
  const SHOWN = 20;
  const number = (value) => lineshaft.number(value, 0);
  let days = 30;
  let running = null; // what stops it

  // Server-sent events of a POST, which EventSource cannot ask for: each is one line of JSON.
  async function* events(answer) {
    let rest = "";
    for await (const part of answer.body.pipeThrough(new TextDecoderStream())) {
      const lines = (rest + part).split("\n\n");
      rest = lines.pop();
      for (const line of lines) yield JSON.parse(line.replace(/^data: /, ""));
    }
  }

  function bar(root, document, blame) {
    const span = el("select.field", { "aria-label": t("rules.trial.span"), disabled: Boolean(running) },
      ...root.dataset.days.split(" ").map((n) => el("option", { value: n, selected: Number(n) === days }, t("rules.days", { n }))));
    span.addEventListener("change", () => { days = Number(span.value); });
    const go = running ? el("button.button", { type: "button", onclick: () => running.abort() }, t("rules.trial.stop"))
      : el("button.button", { type: "button", onclick: () => run(root, document, blame) }, t("rules.try"));
    slot(root, "trial-bar").replaceChildren(span, go);
  }

  async function run(root, document, blame) {
    running = new AbortController();
    bar(root, document, blame);
    const done = el("progress", { max: 1, "aria-label": t("rules.trying") });
    const says = el("span.quiet", {}, t("rules.trying"));
    slot(root, "trial").replaceChildren(el("p.row", {}, done, says));
    const to = Math.round(lineshaft.now());
    try {
      const answer = await fetch("/api/v1/rules/backtest", {
        method: "POST", signal: running.signal, headers: { accept: "text/event-stream", "content-type": "application/json" },
        body: JSON.stringify({ document: document(), from_ts: to - days * DAY_MS, to_ts: to }),
      });
      if (answer.status === 401) return lineshaft.toLogin();
      if (!answer.ok) return failed(root, (await answer.json().catch(() => ({}))).error, blame);
      for await (const one of events(answer)) {
        if (!root.isConnected) return running.abort();
        if (one.error) failed(root, one.error, blame);
        else if (one.trial) show(root, one.trial);
        else if (one.waiting) put(says, t("rules.trial.waiting"));
        else {
          done.value = one.done;
          put(says, `${t("rules.trying")} ${lineshaft.percent(one.done)}`);
        }
      }
    } catch (error) {
      if (error.name === "AbortError") slot(root, "trial").replaceChildren(el("p.quiet", {}, t("rules.trial.stopped")));
      else failed(root, { message: t("error.unreachable") }, blame);
    } finally {
      running = null;
      if (root.isConnected) bar(root, document, blame);
    }
  }

  function failed(root, error, blame) {
    const key = `rules.trial.error.${error?.code}`;
    if (error?.code === "invalid" && blame(error.message)) return slot(root, "trial").replaceChildren(el("p.field-error", {}, t("rules.wrong")));
    slot(root, "trial").replaceChildren(el("p.field-error", {}, lineshaft.has(key) ? t(key) : error?.message ?? t("error.failed")));
  }

  function show(root, found) {
    const line = (key, value) => [el("dt", {}, t(`rules.trial.${key}`)), el("dd", {}, value)];
    const faults = (rows) => (rows.length ? rows.map((one) => `${one.machine} ${lineshaft.when(one.from)}${one.mode ? ` (${lineshaft.word("failure_mode", one.mode)})` : ""}`).join(", ") : number(0));
    const raised = (one) => el("li", {}, lineshaft.shape(one.priority), ` ${one.machine} · ${lineshaft.when(one.raised)}`,
      ` – ${one.cleared ? lineshaft.when(one.cleared) : t("rules.trial.open")}`, one.suppressed ? ` · ${lineshaft.word("suppressed", one.suppressed)}` : "");
    slot(root, "trial").replaceChildren(
      el("p.rule-sum", {}, t(found.calls ? "rules.trial.sum" : "rules.trial.sum.none", { n: number(found.calls), day: lineshaft.number(found.a_day, 1) })),
      ...(found.calls ? [daily(found)] : []),
      el("dl.facts", {}, ...line("raises", t("rules.trial.raises.n", { n: number(found.raises), suppressed: number(found.suppressed) })),
        ...line("load", t("rules.trial.load.n", { n: number(found.calls), day: lineshaft.number(found.a_day, 1), most: number(found.busiest_10min) })),
        ...line("floods", number(found.floods.length)), ...line("chattering", number(found.chattering)),
        ...line("caught", number(found.caught.length)), ...line("missed", faults(found.missed)),
        ...line("machines", found.by_machine.map(([key, n]) => `${key} ${number(n)}`).join(", ") || lineshaft.DASH)),
      el("p.quiet", {}, t("rules.trial.took", { n: number(found.readings), machines: number(found.machines), s: lineshaft.number(found.took_s, 1) })),
      ...(found.listed.length ? [el("details", {}, el("summary", {}, t("rules.trial.last", { n: number(Math.min(SHOWN, found.listed.length)) })),
        el("ul.plain", {}, ...found.listed.slice(-SHOWN).reverse().map(raised)))] : []));
  }

  // Calls a day as bars, so that one bad day does not hide in an average.
  function daily(found) {
    const of = new Map(found.by_day);
    const [first, last] = [Math.floor(found.from_ts / DAY_MS), Math.floor((found.to_ts - 1) / DAY_MS)];
    const counts = Array.from({ length: last - first + 1 }, (_, n) => [(first + n) * DAY_MS, of.get((first + n) * DAY_MS) ?? 0]);
    const most = Math.max(1, ...counts.map(([, n]) => n));
    const bars = counts.map(([ts, n]) => el("i", { title: `${lineshaft.date(ts)}: ${number(n)}`, class: n ? "on" : null }));
    counts.forEach(([, n], at) => { bars[at].style.height = `${Math.round((100 * n) / most)}%`; });
    return el("div.rule-days", { role: "img", "aria-label": t("rules.trial.days", { most: number(most) }) }, ...bars);
  }

  lineshaft.ruleTrial = { bar, clear: (root) => { running?.abort(); slot(root, "trial").replaceChildren(); } };
})();
