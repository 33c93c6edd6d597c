// The banner on every page: the three gravest that nobody has acknowledged; a group under one root counts as one.
(function () {
  "use strict";
  const lineshaft = (window.lineshaft = window.lineshaft || {});
  const { el, list, put, t } = lineshaft;
  const $ = (id) => document.getElementById(id);
  const CALLS = ["unacknowledged", "latched_unacknowledged"];

  lineshaft.showBanner = () => {
    if (!$("banner") || !lineshaft.state.has("alarms")) return;
    const { rows, lines } = lineshaft.groups.active();
    const top = rows.filter((row) => CALLS.includes(row.state)).sort(lineshaft.byUrgency).slice(0, 3);
    list($("banner-list"), top, {
      id: (row) => row.id,
      make: (row) =>
        el("a", { href: lineshaft.whereIs(row) }, el("span"), el("span.said"), el("span.quiet")),
      update(node, row) {
        if (node.dataset.priority !== String(row.priority)) {
          node.dataset.priority = row.priority; // a group's worst may change
          node.firstElementChild.replaceWith(lineshaft.shape(row.priority));
        }
        put(node.children[1], `${lineshaft.name(row.source_name)}: ${lineshaft.alarm(row)}`);
        lineshaft.age(node.children[2], row.raised);
      },
    });
    // Nobody is told that all is well by what nobody knows any more.
    const stale = document.documentElement.dataset.stale !== undefined;
    put($("banner-none"), top.length ? "" : stale ? t("banner.stale") : rows.length ? t("banner.acked") : t("banner.none"));
    put($("banner-more"), lines ? t("banner.more", { n: lines }) : t("nav.alarms"));
    announce(top);
  };

  // A screen reader is told once of each new critical or high alarm, not of ticking values.
  const announced = new Set();
  let first = true;
  function announce(rows) {
    const fresh = rows.filter((row) => row.priority <= 2 && !announced.has(row.id));
    for (const row of fresh) announced.add(row.id);
    if (!first && fresh.length) {
      put($("announce"), fresh.map((row) => `${lineshaft.name(row.source_name)}: ${lineshaft.alarm(row)}`).join(". "));
    }
    first = false;
  }
})();
