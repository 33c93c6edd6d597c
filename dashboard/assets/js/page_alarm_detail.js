// One alarm beside the list: what it is, what to do about it, and all that happened to it.
(function () {
  "use strict";
  const lineshaft = (window.lineshaft = window.lineshaft || {});
  const { el, mark, put, slot, t } = lineshaft;
  const OPEN = ["unacknowledged", "acknowledged", "returned", "latched_unacknowledged", "latched_acknowledged"];
  const UNSEEN = ["unacknowledged", "returned", "latched_unacknowledged"];
  // Act → the states it is for; the server has the last word (lineshaft/domain/alarms.py TRANSITIONS).
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
  let shown = null;
  let drawn = "";
  let done = () => {};

  lineshaft.isUnseen = (row) => UNSEEN.includes(row.state);
  lineshaft.mayAct = (act, row) => {
    const needs = act === "out-of-service" || act === "return";
    const role = window.lineshaftStart?.me?.role;
    return ACTS[act].includes(row.state) && (needs ? MAINTAINERS.includes(role) : lineshaft.mayAck());
  };

  // What its state means to who looks: until when, by whom, why.
  lineshaft.alarmStanding = (row) => {
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
    drawn = "";
    done();
    await refresh(root, null);
  }

  function mount(root, after) {
    shown = null;
    drawn = "";
    done = after;
    slot(root, "detail-close").addEventListener("click", () => close(root));
    slot(document.getElementById("act-dialog"), "act-go").addEventListener("click", () => send(root));
  }

  function close(root) {
    shown = null;
    drawn = "";
    slot(root, "detail").hidden = true;
    mark(root, "data-detail", null);
  }

  async function open(root, id, row, focus) {
    shown = id;
    drawn = "";
    await refresh(root, row ?? null);
    if (shown !== id || !root.isConnected) return;
    slot(root, "detail").hidden = false;
    mark(root, "data-detail", true);
    if (focus) slot(root, "detail-title").focus();
  }

  // Draws it again when it has changed; a row that is not in the list is asked for.
  async function refresh(root, row) {
    const id = shown;
    if (!id || (row && JSON.stringify(row) === drawn)) return;
    if (row) drawn = JSON.stringify(row);
    const path = `/api/v1/alarms/${encodeURIComponent(id)}`;
    const [whole, history] = await Promise.all([
      row ?? lineshaft.call(path, { quiet: true }), lineshaft.call(`${path}/history`, { quiet: true }),
    ]);
    if (shown !== id || !root.isConnected || !whole) return;
    drawn = JSON.stringify(whole);
    draw(root, whole, history?.items ?? []);
  }

  function draw(root, row, journal) {
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
    slot(root, "detail-journal").replaceChildren(...journal.map(line));
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
      ["detail.rule", row.rule],
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
    const note = entry.refused ? t(`refused.${entry.refused}`) : entry.comment ? lineshaft.word("suppressed", entry.comment) : "";
    return el("li", {},
      el("span.quiet", {}, lineshaft.date(entry.at)), " ",
      el("b", {}, lineshaft.word("event", entry.event)), ` ${who}`, note ? el("div.quiet", {}, note) : null);
  }

  lineshaft.alarmDetail = { open, close, mount, refresh, shown: () => shown };
})();
