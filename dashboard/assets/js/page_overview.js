// Overview: what is wrong, where, since when. Tiles keep their places; only their words change.
(function () {
  "use strict";
  const lineshaft = (window.lineshaft = window.lineshaft || {});
  const { el, list, mark, put, slot, t } = lineshaft;
  const number = (value) => lineshaft.number(value);

  function level(health) {
    if (health === null || health === undefined) return null;
    return health < 35 ? "poor" : health < 60 ? "low" : "good";
  }

  // A machine's line on any page: state, since, health, alarms. `node` has the slots.
  lineshaft.showMachine = (node, row, warned = false) => {
    const known = row.state ?? "OFFLINE";
    mark(node, "data-state", known);
    mark(node, "data-alarm", row.alarms?.priority);
    const state = slot(node, "state");
    mark(state, "data-state", known);
    put(state, row.state === null ? t("state.NEVER") : t(`state.${known}`));
    const since = slot(node, "since");
    if (since && known === "OFFLINE") {
      mark(since, "data-age-text", "silent.for");
      lineshaft.age(since, row.ts);
    } else if (since) {
      mark(since, "data-age-text", "since");
      lineshaft.age(since, row.state_since);
    }
    const offline = known === "OFFLINE";
    const health = slot(node, "health");
    put(health, offline ? lineshaft.DASH : number(row.health));
    const bar = slot(node, "health-bar");
    if (bar) {
      mark(bar, "data-level", offline ? null : level(row.health));
      bar.firstElementChild.style.width = `${offline ? 0 : Math.max(0, Math.min(100, row.health ?? 0))}%`;
    }
    const alarm = slot(node, "alarm");
    if (alarm) {
      const priority = row.alarms?.priority;
      const shown = alarm.firstElementChild?.dataset.priority;
      if (String(priority ?? "") !== (shown ?? "")) alarm.replaceChildren(...(priority ? [lineshaft.shape(priority)] : []));
    }
    const foresight = slot(node, "risk");
    if (foresight) {
      const found = lineshaft.risk(row, warned);
      const shown = found && found.reason !== "hint";
      put(foresight, shown ? t(`risk.${found.reason}.short`) : "");
      foresight.hidden = !shown;
    }
    const fresh = slot(node, "fresh");
    // A score is made of 5 s of readings, however fast these come.
    if (fresh) lineshaft.age(fresh, row.ts, Math.max(row.every_ms ?? 0, 5000), "[data-machine]");
  };

  function kpi(root, name, value, detail, wrong) {
    const box = root.querySelector(`[data-kpi="${name}"]`);
    put(slot(box, "value"), value);
    put(slot(box, "detail"), detail);
    mark(box, "data-wrong", wrong ? true : null);
  }

  function showKpis(root) {
    const k = lineshaft.state.one("kpi");
    if (!k) return;
    const of = (part, whole) => `${number(part)}${t("of")}${number(whole)}`;
    kpi(root, "down", of(k.machines.down, k.machines.total), t("kpi.down.detail", { n: number(k.machines.alarming) }),
      k.machines.down > 0);
    kpi(root, "offline", of(k.machines.offline, k.machines.total), t("kpi.offline.detail"), k.machines.offline > 0);
    kpi(root, "alarms", number(k.alarms.unacked), "", k.alarms.unacked > 0);
    for (const priority of [1, 2, 3, 4]) put(root.querySelector(`[data-count="${priority}"]`), number(k.alarms[priority]));
    kpi(root, "late", of(k.shipments.late, k.shipments.underway), t("kpi.late.detail"), k.shipments.late > 0);
    kpi(root, "vehicles", of(k.vehicles.moving, k.vehicles.total), t("kpi.vehicles.detail", { n: number(k.vehicles.silent) }),
      false);
    kpi(root, "items", number(k.items.present), t("kpi.items.detail"), false);
    kpi(root, "rate", number(k.readings_s), t("kpi.rate.detail"), k.readings_s === 0);
  }

  function showMachines(root) {
    const known = new Set();
    const warned = new Set(lineshaft.state.rows("alarms").filter((row) => row.rule === "failure").map((row) => row.source));
    for (const row of lineshaft.state.rows("machines")) {
      const tile = root.querySelector(`[data-machine="${CSS.escape(row.key)}"]`);
      known.add(row.key);
      if (tile) lineshaft.showMachine(tile, row, warned.has(row.key));
    }
    for (const line of root.querySelectorAll("[data-line]")) {
      const rows = lineshaft.state.rows("machines").filter((row) => line.querySelector(`[data-machine="${CSS.escape(row.key)}"]`));
      const count = (state) => rows.filter((row) => (row.state ?? "OFFLINE") === state).length;
      const words = ["RUN", "IDLE", "SETUP", "MAINT", "DOWN", "OFFLINE"]
        .filter((state) => count(state))
        .map((state) => `${count(state)} ${t(`state.${state}`)}`);
      put(slot(line, "counts"), words.join(" · "));
    }
    // A machine was described or adopted meanwhile: its tile comes with the page.
    const missing = [...known].filter((key) => !root.querySelector(`[data-machine="${CSS.escape(key)}"]`));
    mark(root.querySelector("[data-slot='new']"), "hidden", missing.length ? null : true);
  }

  // A list of alarms with their Ack, on any page. `source: false` where the page is the source.
  lineshaft.showWrong = (box, rows, { source = true } = {}) => {
    list(box, rows, {
      id: (row) => row.id,
      make: (row) => {
        const button = lineshaft.ackButton(row);
        button.addEventListener("click", async () => {
          const group = lineshaft.groups.keyOf(row.id);
          if (group) return lineshaft.groups.ack(group);
          button.disabled = true;
          if (!(await lineshaft.ack([row.id]))) button.disabled = false;
        });
        return el("li.wrong", {}, lineshaft.shape(row.priority),
          el("div.what", {}, source ? el("a", { href: lineshaft.whereIs(row) }) : null,
            el("div", { "data-slot": "said" }), el("div.quiet", { "data-slot": "how" })),
          el("div.side", {}, el("span.quiet", { "data-slot": "age" }), button));
      },
      update(node, row) {
        if (source) put(node.querySelector("a"), lineshaft.name(row.source_name));
        put(slot(node, "said"), lineshaft.alarm(row));
        const by = row.acked_by ? t("alarm.acked.by", { by: row.acked_by }) : "";
        const how = row.state === "returned" ? t("alarm.returned.short") : by || lineshaft.alarmStanding(row);
        put(slot(node, "how"), row.state === "unacknowledged" ? "" : how);
        lineshaft.age(slot(node, "age"), row.raised);
        const open = lineshaft.isUnseen(row);
        node.querySelector("button").hidden = !open || !lineshaft.mayAck();
        mark(node, "data-open", open ? true : null);
      },
    });
  };

  // Why it stands there, in a word, and how long there is.
  function because({ machine, foreseen }) {
    if (!foreseen) return "";
    const mode = machine.failure_mode ? lineshaft.word("failure_mode", machine.failure_mode) : "";
    const share = foreseen.reason === "week" ? machine.p_fail_7d : machine.p_fail_24h;
    return [t(`risk.${foreseen.reason}`, { share: lineshaft.percent(share), health: number(machine.health) }), mode]
      .filter(Boolean).join(" · ");
  }

  const left = (machine) =>
    machine?.rul_p50_s === null || machine?.rul_p50_s === undefined ? "" : t("risk.left", { left: lineshaft.rough(machine.rul_p50_s) });

  function makeRisk() {
    const button = el("button.button.ack", { type: "button", title: t("ack.title") }, t("ack.short"));
    button.addEventListener("click", async () => {
      button.disabled = true;
      await lineshaft.ack([button.dataset.alarm]);
      button.disabled = false;
    });
    return el("li.wrong", {}, el("span", { "data-slot": "sign" }),
      el("div.what", {}, el("a"), el("b.reason", { "data-slot": "reason" }), el("div", { "data-slot": "said" }),
        el("div.quiet", { "data-slot": "how" })),
      el("div.side", {}, el("span", { "data-slot": "left" }), el("span.quiet", { "data-slot": "age" }), button));
  }

  function updateRisk(node, row) {
    const { alarm, machine } = row;
    const sign = slot(node, "sign");
    const shown = String(alarm?.priority ?? "none");
    if (sign.dataset.shown !== shown) {
      sign.dataset.shown = shown;
      sign.replaceChildren(alarm ? lineshaft.shape(alarm.priority) : el("span.foreseen", { role: "img", "aria-label": t("risk.foreseen") }, "!"));
    }
    const link = node.querySelector("a");
    put(link, lineshaft.name(machine?.name ?? alarm.source_name));
    mark(link, "href", machine ? `/machines/${encodeURIComponent(machine.key)}` : lineshaft.whereIs(alarm));
    const reason = slot(node, "reason");
    put(reason, because(row));
    reason.hidden = !reason.textContent;
    const more = row.more ? t("risk.more", { n: row.more }) : "";
    put(slot(node, "said"), alarm ? lineshaft.alarm(alarm) : "");
    put(slot(node, "how"), [how(alarm), more].filter(Boolean).join(" · "));
    put(slot(node, "left"), row.foreseen ? left(machine) : "");
    const since = slot(node, "age");
    since.hidden = !alarm;
    if (alarm) lineshaft.age(since, alarm.raised);
    const button = node.querySelector("button");
    mark(button, "data-alarm", alarm?.id);
    mark(button, "aria-label", `${t("ack.do")}: ${link.textContent}`);
    const open = Boolean(alarm) && lineshaft.isOpen(alarm);
    button.hidden = !open || !lineshaft.mayAck();
    mark(node, "data-open", open ? true : null);
  }

  function how(alarm) {
    if (!alarm || alarm.state === "unacknowledged") return "";
    if (alarm.state === "returned") return t("alarm.returned.short");
    return alarm.acked_by ? t("alarm.acked.by", { by: alarm.acked_by }) : t(`alarm.${alarm.state}`);
  }

  function showWrong(root) {
    const all = lineshaft.ranked(lineshaft.state.rows("machines"), lineshaft.state.rows("alarms"), lineshaft.byUrgency);
    const rows = all.slice(0, 7);
    list(slot(root, "wrong"), rows, { id: (row) => row.id, make: makeRisk, update: updateRisk });
    slot(root, "wrong-none").hidden = rows.length > 0;
    put(slot(root, "wrong-count"), all.length > rows.length ? t("wrong.count", { n: rows.length, all: all.length })
      : t("machine.alarms.all"));
  }

  function showShipments(root) {
    const all = lineshaft.state.rows("shipments").filter((row) => ["planned", "underway"].includes(row.state));
    const rows = all
      .filter((row) => ["late", "risk"].includes(lineshaft.promise(row)))
      .sort((a, b) => (b.late_ms ?? 0) - (a.late_ms ?? 0))
      .slice(0, 5);
    list(slot(root, "late"), rows, {
      id: (row) => row.id,
      make: (row) =>
        el("li.wrong", {}, el("span.sign", { "data-slot": "sign" }),
          el("div.what", {}, el("a", { href: `/logistics?shipment=${encodeURIComponent(row.id)}` }, row.reference || row.id),
            el("div.quiet", { "data-slot": "customer" })),
          el("div.side", { "data-slot": "late" })),
      update(node, row) {
        const promise = lineshaft.promise(row);
        mark(slot(node, "sign"), "data-promise", promise);
        mark(slot(node, "sign"), "title", t(`promise.${promise}`));
        put(slot(node, "customer"), [row.customer, row.vehicle && lineshaft.vehicle(row.vehicle)].filter(Boolean).join(" · "));
        put(slot(node, "late"), lineshaft.lateWords(row));
      },
    });
    const none = slot(root, "late-none");
    none.hidden = rows.length > 0;
    put(none, all.length ? t("late.none") : t("shipments.none"));
  }

  lineshaft.pages = lineshaft.pages || {};
  lineshaft.pages.overview = {
    topics: () => ["machines", "shipments"],
    render(root, changed) {
      const has = (topic) => lineshaft.state.has(topic) && (!changed || changed.has(topic));
      if (has("kpi")) showKpis(root);
      if (has("machines")) showMachines(root);
      if ((has("alarms") || has("machines")) && lineshaft.state.has("alarms") && lineshaft.state.has("machines")) showWrong(root);
      if (has("shipments")) showShipments(root);
    },
  };

  lineshaft.pages.machines = {
    topics: () => ["machines"],
    render(root, changed) {
      if (lineshaft.state.has("machines") && (!changed || changed.has("machines"))) showMachines(root);
    },
  };
})();
