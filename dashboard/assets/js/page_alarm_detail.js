// One alarm beside the list: what it is, what to do about it, and all that happened to it.
(function () {
  "use strict";
  const lineshaft = (window.lineshaft = window.lineshaft || {});
  const { el, mark, put, slot, t } = lineshaft;
  const OPEN = ["unacknowledged", "acknowledged", "returned", "latched_unacknowledged", "latched_acknowledged"];
  const UNSEEN = ["unacknowledged", "returned", "latched_unacknowledged"];
  // Act → the states it is for; the server has the last word (lineshaft/domain/alarm_states.py TRANSITIONS).
  const ACTS = {
    ack: UNSEEN,
    unack: ["acknowledged", "latched_acknowledged"],
    reset: ["latched_acknowledged"],
    shelve: [...OPEN, "suppressed", "shelved", "normal"],
    unshelve: ["shelved"],
    "out-of-service": [...OPEN, "suppressed", "shelved", "normal"],
    return: ["out_of_service"],
    comment: [...OPEN, "shelved", "suppressed", "out_of_service", "normal"],
  };
  const NEEDS_WHY = ["unack", "shelve", "out-of-service", "comment"];
  const MAINTAINERS = ["maintainer", "admin"];
  // A line may be written without a change of the row: the flow is some positions behind what people do.
  const AGAIN_MS = 3000;
  let shown = null;
  let heard = ""; // the row as the list had it
  let askedAt = -Infinity;
  let asks = 0;
  let done = () => {};

  lineshaft.isUnseen = (row) => UNSEEN.includes(row.state);
  lineshaft.mayAct = (act, row) => {
    const needs = act === "out-of-service" || act === "return";
    const role = window.lineshaftStart?.me?.role;
    return ACTS[act].includes(row.state) && (needs ? MAINTAINERS.includes(role) : lineshaft.mayAck());
  };

  // What its state means to who looks: until when, by whom, why.
  lineshaft.alarmStanding = (row) => {
    if (row.group) return t(row.group.unseen ? "group.unseen" : "group.seen", { n: lineshaft.number(row.group.unseen), all: lineshaft.number(row.group.shown) });
    if (row.state === "shelved" && row.shelved) {
      return t("alarm.shelved.until", { time: lineshaft.when(row.shelved.until), by: row.shelved.by });
    }
    if (row.state === "out_of_service" && row.out_of_service) {
      return t("alarm.out_of_service.by", { time: lineshaft.when(row.out_of_service.at), by: row.out_of_service.by });
    }
    if (row.state === "suppressed") return t("alarm.suppressed.why", { why: lineshaft.word("suppressed", row.suppressed) });
    return t(`alarm.${row.state}`);
  };

  let asking = null;
  lineshaft.askAct = (act, row) => {
    asking = { act, row };
    const dialog = document.getElementById("act-dialog");
    put(slot(dialog, "act-heading"), t(`act.${act}`));
    put(slot(dialog, "act-what"), `${lineshaft.name(row.source_name)}: ${lineshaft.alarm(row)}`);
    slot(dialog, "act-shelving").hidden = act !== "shelve";
    slot(dialog, "act-missing").hidden = true;
    put(slot(dialog, "act-why"), t(NEEDS_WHY.includes(act) ? "act.why" : "act.why.maybe"));
    dialog.querySelector("textarea").value = "";
    dialog.showModal();
    dialog.querySelector("textarea").focus();
  };

  async function send(root) {
    const dialog = document.getElementById("act-dialog");
    const why = dialog.querySelector("textarea").value.trim();
    const { act, row } = asking;
    slot(dialog, "act-missing").hidden = Boolean(why) || !NEEDS_WHY.includes(act);
    if (!why && NEEDS_WHY.includes(act)) return;
    const [long, ends] = dialog.querySelectorAll("select");
    const bodies = {
      ack: { comment: why, seen_pos: row.seen_pos },
      comment: { comment: why },
      shelve: { minutes: Number(long.value), reason: why, one_shot: ends.value === "condition" },
    };
    dialog.close();
    const path = `/api/v1/alarms/${encodeURIComponent(row.id)}/${act}`;
    if (await lineshaft.call(path, { method: "POST", body: bodies[act] ?? { reason: why } })) lineshaft.say(t("act.done"));
    done();
    await refresh(root, null, true);
  }

  function mount(root, after) {
    shown = null;
    heard = "";
    done = after;
    slot(root, "detail-close").addEventListener("click", () => close(root));
    slot(document.getElementById("act-dialog"), "act-go").addEventListener("click", () => send(root));
  }

  function close(root) {
    shown = null;
    heard = "";
    slot(root, "detail").hidden = true;
    mark(root, "data-detail", null);
  }

  async function open(root, id, row, focus) {
    shown = id;
    heard = "";
    await refresh(root, row ?? null, true);
    if (shown !== id || !root.isConnected) return;
    slot(root, "detail").hidden = false;
    mark(root, "data-detail", true);
    if (focus) slot(root, "detail-title").focus();
  }

  // Draws what has changed: at once where the row in the list has, else calmly; a row that is in no list is asked for.
  async function refresh(root, row = null, now = false) {
    const id = shown;
    if (!id) return;
    if (lineshaft.groups.keyOf(id)) return lineshaft.alarmGroup.draw(root, lineshaft.groups.keyOf(id));
    const isNew = row !== null && row !== undefined && JSON.stringify(row) !== heard;
    if (!now && !isNew && performance.now() - askedAt < AGAIN_MS) return;
    askedAt = performance.now();
    if (isNew) heard = JSON.stringify(row);
    const mine = (asks += 1);
    const path = `/api/v1/alarms/${encodeURIComponent(id)}`;
    const [whole, history, evidence] = await Promise.all([
      row ?? lineshaft.call(path, { quiet: true }), lineshaft.call(`${path}/history`, { quiet: true }),
      isNew || now ? lineshaft.call(`${path}/evidence`, { quiet: true }) : undefined,
    ]);
    if (mine !== asks || shown !== id || !root.isConnected || !whole) return;
    draw(root, whole);
    if (history) drawJournal(root, history.items);
    if (evidence !== undefined) advise(root, evidence);
  }

  // What is thought of the machine it is at, and what to do; of what is over only what speaks of then.
  function advise(root, evidence) {
    const box = slot(root, "detail-advice");
    box.hidden = !evidence || evidence.alarm.state === "normal";
    if (evidence) put(box, `${t("verdict.advice")}: ${lineshaft.evidence.advice(evidence)}`);
    slot(root, "detail-evidence").replaceChildren(...(evidence ? lineshaft.evidence.lines(evidence).slice(1) : []).map((line) => el("li", {}, line)));
  }

  // Buttons are left alone where nothing has changed: somebody may be on one of them.
  function draw(root, row) {
    const text = JSON.stringify([row, Object.keys(ACTS).filter((act) => lineshaft.mayAct(act, row))]);
    const box = slot(root, "detail");
    if (box.of === text) return;
    box.of = text;
    slot(root, "detail-title").replaceChildren(lineshaft.shape(row.priority), ` ${lineshaft.name(row.source_name)}`);
    put(slot(root, "detail-message"), lineshaft.alarm(row));
    slot(root, "detail-facts").replaceChildren(...facts(row).flatMap(([name, said]) => [el("dt", {}, t(name)), el("dd", {}, said)]));
    slot(root, "detail-links").replaceChildren(...links(row));
    const acts = Object.keys(ACTS).filter((act) => lineshaft.mayAct(act, row));
    slot(root, "detail-acts").replaceChildren(...acts.map((act) => {
      const button = el("button.button", { type: "button", "data-act": act }, t(`act.${act}`));
      button.addEventListener("click", () => lineshaft.askAct(act, row));
      return button;
    }));
  }

  function drawJournal(root, journal) {
    put(slot(root, "detail-heading"), t("detail.journal"));
    lineshaft.list(slot(root, "detail-journal"), journal.map((entry, n) => ({ ...entry, n })), {
      id: (entry) => JSON.stringify(entry), make: line, update() {},
    });
  }

  function facts(row) {
    const unit = lineshaft.unit(row.arguments?.unit);
    const figure = (value) => (value === null ? null : `${lineshaft.short(value)} ${unit}`.trim());
    const kept = row.shelved?.why ?? row.out_of_service?.why ?? null;
    const since = el("span", {}, lineshaft.date(row.raised), " · ");
    const age = el("span");
    lineshaft.age(age, row.raised);
    since.append(age);
    const why = (row.arguments?.contributors ?? []).map((one) => `${lineshaft.signal(one.signal)} ${lineshaft.percent(one.share)}`).join(", ");
    return [
      ["detail.state", lineshaft.alarmStanding(row)],
      ["detail.since", since],
      ["detail.over", row.active || row.cleared === null ? null : lineshaft.date(row.cleared)],
      ["detail.condition", t(row.active ? "detail.condition.on" : "detail.condition.off") + (row.latched ? ` · ${t("detail.latched")}` : "")],
      ["detail.value", figure(row.value)],
      ["detail.limit", figure(row.threshold)],
      ["detail.rule", lineshaft.rule(row.rule)],
      ["detail.why", why || (row.arguments?.mode ? lineshaft.word("failure_mode", row.arguments.mode) : null)],
      ["detail.times", row.count > 1 ? String(row.count) : null],
      ["detail.seen", row.acked_by ? `${row.acked_by}, ${lineshaft.date(row.acked)}` : null],
      ["detail.comment", row.comment],
      ["detail.kept", kept],
      ["detail.children", row.children ? String(row.children) : null],
    ].filter(([, said]) => said !== null && said !== undefined && said !== "");
  }

  function links(row) {
    // The shortest range of the machine's trends that still shows where it began.
    const hours = (lineshaft.now() - row.raised) / 3_600_000;
    const range = hours < 0.2 ? "15m" : hours < 0.9 ? "1h" : hours < 7.5 ? "8h" : "24h";
    const where = lineshaft.whereIs(row);
    const found = [
      el("a.button", { href: `${where}${where.startsWith("/machines/") ? `?range=${range}` : ""}` }, t("detail.machine")),
      el("a.button", { href: `/alarms?show=history&source=${encodeURIComponent(row.source)}` }, t("detail.same")),
    ];
    if (row.group_key) found.push(el("a.button", { href: `/alarms?open=group:${encodeURIComponent(row.group_key)}` }, t("detail.group")));
    if (row.cause) found.push(el("a.button", { href: `/alarms?open=${encodeURIComponent(row.cause)}` }, t("detail.cause")));
    if (lineshaft.mayOrder?.() ?? lineshaft.mayAck()) {
      const button = el("button.button", { type: "button", "data-act": "order" }, t("act.order"));
      button.addEventListener("click", () => order(row, button));
      if (!row.source.includes("/")) found.push(button);
    }
    return found;
  }

  async function order(row, button) {
    button.disabled = true;
    const said = await lineshaft.call("/api/v1/work-orders", { method: "POST", body: { alarm_id: row.id } });
    button.disabled = false;
    if (said?.id) lineshaft.go(`/work-orders/${encodeURIComponent(said.id)}`);
  }

  function line(entry) {
    const who = entry.by === "stream" ? t("event.stream") : entry.by;
    const note = entry.refused ? t(`refused.${entry.refused}`) : entry.comment ? lineshaft.word(entry.event === "clear" ? "ended" : "suppressed", entry.comment) : "";
    return el("li", {},
      el("span.quiet", {}, lineshaft.date(entry.at)), " ",
      el("b", {}, lineshaft.word("event", entry.event)), ` ${who}`, note ? el("div.quiet", {}, note) : null);
  }

  lineshaft.alarmDetail = { open, close, mount, refresh, shown: () => shown };
})();
