// What the alarm grid calls by name. Its inline strings run in a sandbox without Date or String, so all is here.
(function () {
  "use strict";
  const now = () => window.lineshaft;
  window.dashAgGridFunctions = Object.assign(window.dashAgGridFunctions || {}, {
    alarmText: ({ data }) =>
      data ? now().alarm(data) + (data.children ? ` (${now().t("alarm.children", { n: data.children })})` : "") : "",
    alarmSource: ({ data }) => (data ? now().name(data.source_name) : ""),
    alarmState: ({ data }) => (data ? now().alarmStanding(data) : ""),
    alarmWhen: ({ value }) => now().when(value),
    alarmWho: ({ data }) => [data?.acked_by, data?.comment].filter(Boolean).join(": "),
    alarmOpen: ({ data }) => Boolean(data) && now().isUnseen(data) && now().mayAck(),
    alarmIsAt: ({ data }) => Boolean(data) && now().alarmIsAt?.(data.id),
    // Whatever the list is sorted by, the alarms of an open group stand below it.
    alarmsTogether: ({ nodes }) => {
      const under = new Map();
      for (const one of nodes) if (one.data.under) under.set(one.data.under, [...(under.get(one.data.under) ?? []), one]);
      if (!under.size) return;
      const ordered = nodes.filter((one) => !one.data.under).flatMap((one) => [one, ...(under.get(one.data.id) ?? [])]);
      nodes.splice(0, nodes.length, ...ordered);
    },
    // One number that sorts: state group, then priority, then the newest first.
    alarmRank: ({ data }) =>
      data
        ? (data.state === "normal" ? 0 : now().stateOrder(data.state) * 1e15 + data.priority * 1e14) - data.raised
        : 0,
  });

  const node = (...parts) => window.React.createElement(...parts);
  window.dashAgGridComponentFunctions = Object.assign(window.dashAgGridComponentFunctions || {}, {
    AlarmShape: ({ value }) =>
      node("span", {
        className: "shape", "data-priority": value, role: "img", "aria-label": now().t(`priority.${value}`),
      }, value),
    // Without children React leaves the text to the ticker of ages.
    AlarmAge: ({ value }) => node("span", { "data-age": value, key: value }),
    AlarmSource: ({ data, value }) =>
      data.group
        ? node("button", {
            className: "button plain group-turn", type: "button", "aria-expanded": String(Boolean(data.isOpen)),
            onClick: () => now().turnGroup(data.group.id),
          }, value)
        : node("a", { href: now().whereIs(data), className: data.under ? "under" : undefined }, value),
    AlarmAck: ({ data }) =>
      now().isUnseen(data) && now().mayAck()
        ? node("button", {
            className: "button ack", type: "button", "aria-label": `${now().t("ack.do")}: ${now().name(data.source_name)}`,
            onClick: () => (data.group ? now().groups.ack(data.group.id) : now().askAck([data.id])),
          }, data.group ? now().t("ack.all", { n: now().number(data.group.unseen) }) : now().t("ack.do"))
        : null,
  });
})();
