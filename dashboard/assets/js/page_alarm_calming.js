// Settings that would have calmed an alarm that calls too often, tried on its own history; as a draft for who tunes.
(function () {
  "use strict";
  const lineshaft = (window.lineshaft = window.lineshaft || {});
  const { el, slot, t } = lineshaft;
  const WRITERS = ["maintainer", "supervisor", "admin"];
  const number = (value, decimals = 0) => lineshaft.number(value, decimals);

  const says = (one) => t("calming.says", {
    before: number(one.calls_before), after: number(one.calls_after), saved: lineshaft.percent(one.saved),
    n: number(one.readings), from: lineshaft.date(one.from_ts),
  });

  function facts(one) {
    return [
      ["calming.calls", t("calming.calls.n", { before: number(one.calls_before), after: number(one.calls_after), saved: lineshaft.percent(one.saved) })],
      ["calming.true", one.true_alarms ? t("calming.true.n", { n: number(one.true_alarms), s: number(one.delay_s) }) : t("calming.true.none")],
      ["calming.deadband", t("calming.deadband.n", { n: number(one.deadband_percent, 1) })],
      ["calming.on", t("span.s", { n: number(one.on_s) })],
      ["calming.off", t("span.s", { n: number(one.off_s) })],
      ["calming.tried", t("calming.tried.n", { n: number(one.readings), from: lineshaft.date(one.from_ts) })],
    ].flatMap(([name, said]) => [el("dt", {}, t(name)), el("dd", {}, said)]);
  }

  async function draft(one, button) {
    button.disabled = true;
    const saved = await lineshaft.call("/api/v1/rules", { method: "POST", body: { document: one.document, why: says(one) } });
    button.disabled = false;
    if (!saved) return;
    const link = el("a", { href: `/rules?rule=${encodeURIComponent(saved.rule.id)}` }, t("calming.open"));
    button.replaceWith(el("span", {}, t("calming.drafted", { n: String(saved.rule.draft) }), " ", link));
    link.focus();
  }

  function show(box, one, rule) {
    const title = el("h3", { tabindex: "-1" }, `${one.source} · ${lineshaft.signal(rule.split(":")[1])}`);
    const button = el("button.button", { type: "button" }, t("calming.draft"));
    button.addEventListener("click", () => draft(one, button));
    const may = WRITERS.includes(window.lineshaftStart?.me?.role);
    box.replaceChildren(title, el("dl.facts", {}, ...facts(one)), el("p.quiet", {}, t("calming.draft.what")), may ? button : "");
    title.focus();
  }

  async function ask(root, button) {
    const { calm: source, rule } = button.dataset;
    const box = slot(root, "calming");
    const { fromTs, toTs } = slot(root, "performance").dataset;
    const query = new URLSearchParams({ source, rule, from_ts: fromTs, to_ts: toTs });
    button.disabled = true;
    box.replaceChildren(el("p.quiet", {}, t("calming.trying")));
    const found = await lineshaft.call(`/api/v1/alarm-suggestions?${query}`);
    button.disabled = false;
    if (!root.isConnected) return;
    if (found?.items.length) show(box, found.items[0], rule);
    else box.replaceChildren(el("p", {}, found ? `${source}: ${t("calming.none")}` : ""));
  }

  lineshaft.calming = (root) => {
    for (const button of root.querySelectorAll("[data-calm]")) button.addEventListener("click", () => ask(root, button));
  };
})();
