// Maintenance in figures: each with its n and interval, over the days and groups chosen.
(function () {
  "use strict";
  const lineshaft = (window.lineshaft = window.lineshaft || {});
  const { el, list, number, percent, put, slot, t } = lineshaft;
  const { cell } = lineshaft.orders;

  const hours = (value) => (value === null ? lineshaft.DASH : t("figure.hours", { n: lineshaft.short(value) }));
  const between = (range, show) => (range.low === null && range.high === null ? t("figure.n", { n: range.n })
    : t("figure.between", { n: range.n, low: range.low === null ? "0" : show(range.low), high: range.high === null ? "∞" : show(range.high) }));

  function showFigures(root, said) {
    const { figures: f, tally } = said.plant;
    const b = said.backlog;
    const fill = (name, value, note) => {
      put(slot(root, `figure-${name}`), value);
      put(slot(root, `figure-${name}-note`), note);
    };
    fill("mtbf", hours(f.mtbf_h.value), between(f.mtbf_h, hours));
    fill("mttr", hours(f.mttr_h.value), between(f.mttr_h, hours));
    fill("availability", f.availability === null ? lineshaft.DASH : `${number(100 * f.availability, 2)} %`, t("figure.down", { h: hours(tally.down_h), of: hours(tally.observed_h) }));
    fill("planned", percent(f.planned_share), t("figure.labour", { p: hours(tally.preventive_h), c: hours(tally.corrective_h) }));
    fill("compliance", percent(f.compliance.value), between(f.compliance, percent));
    fill("cost", `${number(tally.cost)} ${said.currency}`, t("figure.cost.note"));
    fill("backlog", b.weeks === null ? hours(b.hours) : t("figure.weeks", { n: lineshaft.short(b.weeks) }),
      t("figure.backlog.note", { orders: number(b.orders), h: hours(b.hours), overdue: number(b.overdue), none: number(b.unestimated) }));
    const rows = said.rows.filter((row) => row.tally.failures || row.tally.cost || row.tally.due || row.tally.corrective_h || row.tally.preventive_h);
    slot(root, "figures-none").hidden = rows.length > 0;
    list(slot(root, "figures"), rows, {
      id: (row) => row.key,
      make: () => el("tr", {}, ...["machine", "failures", "mtbf", "mttr", "availability", "down", "planned", "cost"].map((name) => cell(name, el("span")))),
      update(node, row) {
        const one = row.figures;
        const words = [lineshaft.has(`kind.${row.key}`) ? t(`kind.${row.key}`) : lineshaft.name(row.name), number(row.tally.failures),
          `${hours(one.mtbf_h.value)} ${row.tally.failures < 10 ? between(one.mtbf_h, hours) : ""}`, `${hours(one.mttr_h.value)} ${between(one.mttr_h, hours)}`,
          one.availability === null ? lineshaft.DASH : `${number(100 * one.availability, 2)} %`, hours(row.tally.down_h), percent(one.planned_share), number(row.tally.cost)];
        words.forEach((said, n) => put(node.children[n].firstChild, said));
      },
    });
  }

  async function ask(root, get) {
    const now = Math.floor(lineshaft.now() ?? Date.now());
    const days = Number(slot(root, "figures-days").value);
    const said = await get(`maintenance/figures?by=${slot(root, "figures-by").value}&from_ts=${now - days * 86_400_000}&to_ts=${now}`);
    if (said) showFigures(root, said);
    return Boolean(said);
  }

  function mount(root, again) {
    for (const name of ["figures-days", "figures-by"]) slot(root, name).addEventListener("change", again);
  }

  lineshaft.upkeepTabs = { ...lineshaft.upkeepTabs, figures: { ask, mount } };
})();
