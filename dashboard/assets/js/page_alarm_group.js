// A group of alarms beside the list: what is thought to be behind them, why, and each of them to be seen to.
(function () {
  "use strict";
  const lineshaft = (window.lineshaft = window.lineshaft || {});
  const { el, list, mark, put, slot, t } = lineshaft;
  const MOST = 200; // in a panel; all stand in the list

  const named = (shares) =>
    Object.entries(shares ?? {}).map(([key, share]) => `${key} ${lineshaft.percent(share)}`).join(", ");

  function facts(group) {
    const { why } = group;
    const since = el("span", {}, lineshaft.date(group.since), " · ");
    const age = el("span");
    lineshaft.age(age, group.since);
    since.append(age);
    return [
      ["detail.state", lineshaft.alarmStanding({ group })],
      ["detail.since", since],
      ["detail.over", group.until === null ? null : lineshaft.date(group.until)],
      ["group.root", `${lineshaft.name(group.root_name)} (${lineshaft.word("group.kind", group.kind)})`],
      ["detail.why", t("group.why", { n: lineshaft.number(why.sources), of: lineshaft.number(why.of), s: lineshaft.number(why.within_s) })],
      ["group.chance", why.expected === undefined ? null : t("group.chance.n", { n: lineshaft.short(why.expected) })],
      ["group.sure", lineshaft.percent(group.confidence)],
      ["group.others", named(why.others)],
    ].filter(([, said]) => said !== null && said !== "");
  }

  function child(row) {
    const open = () => lineshaft.alarmDetail.open(document.querySelector("[data-page=alarms]"), row.id, row, true);
    const ack = el("button.button.ack", { type: "button", "aria-label": `${t("ack.do")}: ${lineshaft.name(row.source_name)}` }, t("ack.short"));
    ack.addEventListener("click", () => lineshaft.askAck([row.id]));
    return el("li.wrong", {}, el("span"),
      el("div.what", {}, el("button.button.plain", { type: "button", onclick: open }, lineshaft.name(row.source_name)),
        el("div", { "data-slot": "said" }), el("div.quiet", { "data-slot": "how" })),
      el("div.side", {}, ack));
  }

  function update(node, row) {
    if (node.firstElementChild.dataset.priority !== String(row.priority)) node.firstElementChild.replaceWith(lineshaft.shape(row.priority));
    put(slot(node, "said"), lineshaft.alarm(row));
    put(slot(node, "how"), lineshaft.alarmStanding(row));
    node.querySelector(".ack").hidden = !lineshaft.isUnseen(row) || !lineshaft.mayAck();
  }

  function draw(root, key) {
    const group = lineshaft.groups.known(key);
    if (!group) return lineshaft.alarmDetail.close(root); // none of its alarms is to be done any more
    lineshaft.groups.whole(key);
    const box = slot(root, "detail");
    const text = JSON.stringify([group, lineshaft.mayAck()]);
    if (box.of !== text) {
      box.of = text;
      slot(root, "detail-title").replaceChildren(lineshaft.shape(group.priority), ` ${lineshaft.name(group.root_name)}`);
      put(slot(root, "detail-message"), lineshaft.alarm(lineshaft.groups.line(group)));
      mark(slot(root, "detail-advice"), "hidden", true);
      slot(root, "detail-evidence").replaceChildren();
      slot(root, "detail-facts").replaceChildren(...facts(group).flatMap(([name, said]) => [el("dt", {}, t(name)), el("dd", {}, said)]));
      slot(root, "detail-links").replaceChildren();
      const all = el("button.button", { type: "button", "data-act": "ack-group" }, t("ack.all", { n: lineshaft.number(group.unseen) }));
      all.addEventListener("click", () => lineshaft.groups.ack(key));
      slot(root, "detail-acts").replaceChildren(...(group.unseen && lineshaft.mayAck() ? [all] : []));
    }
    put(slot(root, "detail-heading"), t("group.children", { n: lineshaft.number(group.shown) }));
    const rows = lineshaft.groups.children(key).sort(lineshaft.byUrgency).slice(0, MOST);
    list(slot(root, "detail-journal"), rows, { id: (row) => row.id, make: child, update });
  }

  lineshaft.alarmGroup = { draw };
})();
