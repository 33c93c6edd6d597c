// How an order is closed: what was found, asked for in the order a technician knows it.
(function () {
  "use strict";
  const lineshaft = (window.lineshaft = window.lineshaft || {});
  const { el, t } = lineshaft;

  // Closing: the verdict first, because it is what the alarms learn from; the rest as big buttons to choose from.
  // `send` says what was found, and gives the order as it is then.
  lineshaft.orderClosing = (order, codes, send) => {
    const alarmed = order.kind === "corrective";
    const { field } = lineshaft.orders;
    const pick = (name, rows, chosen, required) =>
      el("fieldset.picks", {}, el("legend", {}, t(`close.${name}`)),
        ...rows.map(([value, words]) => el("label.pick", {}, el("input", { type: "radio", name, value, required, checked: value === chosen }), el("span", {}, words))));
    const named = (family) => codes[family].map((one) => [one.key, lineshaft.name(one.name)]);
    const verdict = pick("verdict", ["true", "false", "no_fault_found"].map((one) => [one, t(`close.verdict.${one}`)]), "", alarmed);
    const thought = order.evidence?.score?.diagnosis?.[0]?.mode;
    const likely = [...codes.modes].sort((a, b) => (b.key === thought) - (a.key === thought));
    const select = (name, rows) => lineshaft.orders.choice(name, [["", t("close.none")], ...rows], "");
    const mode = select("mode", likely.map((one) => [one.key, lineshaft.name(one.name) + (one.key === thought ? ` – ${t("close.thought")}` : "")]));
    const cause = select("cause", named("causes"));
    const action = pick("action", named("actions"), alarmed ? "" : "inspected", alarmed);
    const down = el("input.field", { name: "down", type: "number", min: 0, step: 1, inputmode: "numeric" });
    const found = el("textarea.field", { name: "found", maxlength: 4000, rows: 3 });
    const open = order.check_lines.filter((row) => row.done === null).length;
    lineshaft.orders.ask(`${t("work.do.close")}: ${lineshaft.orders.label(order)}`, [
      open ? el("p.bad", {}, t("close.checks", { n: open })) : null,
      verdict, field(t("close.mode"), mode), field(t("close.cause"), cause), action,
      field(t("close.down"), down, t("close.down.unit")), field(t("close.found"), found),
    ].filter(Boolean), t("work.do.close"), async (form) => {
      const chosen = new FormData(form);
      const body = { verdict: chosen.get("verdict") || null, action: chosen.get("action") || null, mode: mode.value || null, cause: cause.value || null, found: found.value.trim(),
        down_min: down.value === "" ? null : Number(down.value) };
      const done = await send(body);
      if (done) lineshaft.say(t(body.verdict ? "close.learned" : "close.done", { n: lineshaft.orders.label(order) }));
      return Boolean(done);
    });
  };
})();
