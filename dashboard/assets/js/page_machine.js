// One machine: what is thought of it and why, values on their limits, and its alarms.
(function () {
  "use strict";
  const lineshaft = (window.lineshaft = window.lineshaft || {});
  const { el, list, mark, percent, put, rough, slot, t, word } = lineshaft;

  function showSignal(node, row, faults) {
    const text = row.quantity === "state";
    const value = slot(node, "value");
    if (text) put(value, row.text === null ? lineshaft.DASH : t(`state.${row.text}`));
    else put(value, row.text ?? lineshaft.number(row.value, row.decimals));
    put(slot(node, "bad"), row.quality ? "?" : "");
    const fault = faults.find((one) => one.signal === row.name);
    const said = slot(node, "fault");
    said.hidden = !fault;
    put(said, fault ? t("sensor.not_believed", { fault: t(`fault.${fault.fault}`) }) : "");
    lineshaft.age(slot(node, "age"), row.ts, row.every_ms, ".signal");
    const bar = slot(node, "limits");
    if (!bar) return;
    const [low, high] = bar.dataset.scale.split(" ").map(Number);
    const now = bar.querySelector(".now");
    now.hidden = row.value === null;
    if (row.value === null) return;
    now.style.left = `${place(row.value, low, high)}%`;
    const out = (row.high !== null && row.value > row.high) || (row.low !== null && row.value < row.low);
    mark(bar, "data-out", out || null);
  }

  const place = (value, low, high) => Math.max(0, Math.min(100, (100 * (value - low)) / (high - low)));

  // The usual range on a signal's bar.
  function showUsual(root, rows) {
    for (const row of rows) {
      const bar = slot(root.querySelector(`[data-signal="${CSS.escape(row.signal)}"]`), "limits");
      if (!bar) continue;
      const [low, high] = bar.dataset.scale.split(" ").map(Number);
      const band = bar.querySelector(".usual") ?? bar.insertBefore(el("i.usual"), bar.querySelector(".now"));
      const left = place(row.low, low, high);
      band.style.left = `${left}%`;
      band.style.width = `${Math.max(0.5, place(row.high, low, high) - left)}%`;
    }
  }

  // The answer: what to do, how it is, how soon it fails. Of a silent machine nothing of it holds.
  function showVerdict(root, row, offline) {
    const key = offline ? null : (row.advice ?? (row.basis ? "none" : null));
    const advice = slot(root, "advice");
    put(advice, key ? word("advice", key) : lineshaft.DASH);
    mark(advice, "data-advice", key);
    const likely = (row.diagnosis ?? [])[0];
    put(slot(root, "because"), !offline && likely ? t("verdict.because", { mode: word("failure_mode", likely.mode), share: percent(likely.likelihood) })
      : !offline && row.anomaly ? t("verdict.odd") : "");
    put(slot(root, "basis"), offline || !row.basis ? lineshaft.DASH : word("basis", row.basis));
    for (const [name, value] of [["24h", row.p_fail_24h], ["7d", row.p_fail_7d]]) {
      const node = slot(root, `fail-${name}`);
      put(node, offline ? lineshaft.DASH : percent(value));
      mark(node, "data-likely", !offline && value >= 0.5 && isSure(row) ? true : null);
    }
    put(slot(root, "fail-by"), offline ? "" : failBy(row));
    showLeft(root, row, offline);
  }

  // A trend alone may be the day's work; what is odd as well, or what a trained model foresees, is more.
  const isTrained = (row) => Boolean(row.models?.failure) && row.models.failure !== row.models.remaining;
  const isSure = (row) => isTrained(row) || lineshaft.risk(row)?.reason !== "hint";

  function failBy(row) {
    if (row.p_fail_24h === null) return t("fail.nobody");
    const label = row.models?.failure;
    if (!isTrained(row)) {
      const words = t("fail.by.remaining", { model: row.models?.remaining ?? label ?? lineshaft.DASH });
      return isSure(row) ? words : `${t("fail.unconfirmed")} ${words}`;
    }
    const model = lineshaft.past.model(label);
    if (!model) return t("fail.by", { model: label });
    return t("fail.by.since", { model: label, role: t(`role_of.${model.role}`), when: lineshaft.when(model.since) });
  }

  function showLeft(root, row, offline) {
    const known = !offline && row.rul_p50_s !== null && row.rul_p50_s !== undefined;
    // What is odd may well be on its way down; it is only that there is no trend to reckon from.
    const odd = row.anomaly || (row.health ?? 100) < 60;
    const none = odd ? "left.unknown" : "left.none";
    put(slot(root, "left"), known ? rough(row.rul_p50_s) : offline || !row.basis ? lineshaft.DASH : t(none));
    mark(slot(root, "left"), "data-none", known ? null : true);
    const how = { low: rough(row.rul_p10_s), high: rough(row.rul_p90_s), when: lineshaft.clock(row.ts) };
    put(slot(root, "left-how"), known ? t("left.how", how) : offline || !row.basis ? "" : t(`${none}.how`, how));
    const bar = slot(root, "fan");
    bar.hidden = !known;
    if (!known) return;
    const fan = lineshaft.fan(row.rul_p10_s, row.rul_p50_s, row.rul_p90_s);
    bar.children[0].style.left = `${fan.left}%`;
    bar.children[0].style.width = `${fan.width}%`;
    bar.children[1].style.left = `${fan.middle}%`;
  }

  function showWhy(root, row, offline) {
    put(slot(root, "score"), offline ? lineshaft.DASH : lineshaft.number(row.score, 2));
    put(slot(root, "chance"), offline ? lineshaft.DASH : chance(row.probability));
    put(slot(root, "zone"), row.zone && !offline ? t(`zone.${row.zone}`) : lineshaft.DASH);
    put(slot(root, "mode"), row.mode && !offline ? t(`state.${row.mode}`) : lineshaft.DASH);
    put(slot(root, "evidence"), row.evidence_from ? t("why.since", { when: lineshaft.when(row.evidence_from) }) : lineshaft.DASH);
    put(slot(root, "model"), [...new Set(Object.values(row.models ?? {}))].join(", ") || row.model || lineshaft.DASH);
    put(slot(root, "basis-long"), row.basis && !offline ? t(`basis_long.${row.basis}`) : lineshaft.DASH);
    const modes = offline ? [] : (row.diagnosis ?? []).slice(0, 3);
    list(slot(root, "modes"), modes, {
      id: (one) => one.mode,
      make: () => el("li", {}, el("div.share", {}, el("b"), el("span.meter", {}, el("i")), el("span.number")), el("div.quiet")),
      update(node, one) {
        const [name, bar, number] = node.firstChild.children;
        put(name, word("failure_mode", one.mode));
        bar.firstChild.style.width = `${Math.round(100 * one.likelihood)}%`;
        put(number, percent(one.likelihood));
        put(node.children[1], (one.evidence ?? []).slice(0, 4).map(lineshaft.evidence.change).join(" · "));
      },
    });
    slot(root, "modes-none").hidden = modes.length > 0;
    const shares = offline ? [] : (row.contributors ?? []).slice(0, 4);
    list(slot(root, "contributors"), shares, {
      id: (one) => one.signal,
      make: () => el("li.share", {}, el("span"), el("span.meter", {}, el("i")), el("span.number")),
      update(node, one) {
        put(node.children[0], lineshaft.signal(one.signal));
        node.children[1].firstChild.style.width = `${Math.round(100 * one.share)}%`;
        put(node.children[2], percent(one.share));
      },
    });
    slot(root, "contributors-none").hidden = shares.length > 0;
  }

  // "1 in 2 500": such small probabilities say nothing as decimals.
  function chance(probability) {
    if (probability === null || probability === undefined) return lineshaft.DASH;
    if (probability >= 0.1) return t("why.chance.usual");
    if (probability < 1e-6) return t("why.chance.rare", { n: lineshaft.number(1e6) });
    return t("why.chance", { n: lineshaft.number(1 / probability) });
  }

  function showSensors(root, faults) {
    slot(root, "sensors-box").hidden = faults.length === 0;
    list(slot(root, "sensors"), faults, {
      id: (row) => `${row.signal}/${row.fault}`,
      make: () => el("li"),
      update: (node, row) =>
        put(node, t("sensor.since", { signal: lineshaft.signal(row.signal), fault: t(`fault.${row.fault}`), when: lineshaft.when(row.since) })),
    });
  }

  function showMachine(root, machine) {
    const offline = (machine.state ?? "OFFLINE") === "OFFLINE";
    const faults = machine.sensor_faults ?? [];
    lineshaft.showMachine(root, machine);
    lineshaft.age(slot(root, "seen"), machine.ts);
    showVerdict(root, machine, offline);
    showWhy(root, machine, offline);
    showSensors(root, faults);
    for (const row of machine.signals ?? []) {
      const node = root.querySelector(`[data-signal="${CSS.escape(row.name)}"]`);
      if (node) showSignal(node, row, faults);
    }
  }

  function showAlarms(root) {
    const rows = lineshaft.state.rows("alarms").filter((row) => row.source === root.dataset.key);
    lineshaft.showWrong(slot(root, "wrong"), rows.sort(lineshaft.byUrgency), { source: false });
    slot(root, "wrong-none").hidden = rows.length > 0;
  }

  // What is usual changes by the hour, and with what the machine does.
  const USUAL_MS = 300_000;
  let askedAt = -Infinity;
  let askedMode = null;
  async function askUsual(root, machine) {
    if (document.hidden || (machine.mode === askedMode && performance.now() - askedAt < USUAL_MS)) return;
    [askedAt, askedMode] = [performance.now(), machine.mode];
    const said = await lineshaft.call(`/api/v1/machines/${encodeURIComponent(root.dataset.key)}/usual`, { quiet: true });
    if (!said || !root.isConnected) return;
    lineshaft.chart.setUsual(said.signals);
    showUsual(root, said.signals);
  }

  lineshaft.pages = lineshaft.pages || {};
  lineshaft.pages.machine = {
    topics: (root) => [`machine:${root.dataset.key}`],
    mount(root) {
      askedAt = -Infinity;
      lineshaft.chart.mount(root);
      lineshaft.past.mount(root);
      lineshaft.upkeep.mount(root);
    },
    render(root, changed) {
      const topic = `machine:${root.dataset.key}`;
      const machine = lineshaft.state.one(topic);
      if (machine && (!changed || changed.has(topic))) showMachine(root, machine);
      if (lineshaft.state.has("alarms") && (!changed || changed.has("alarms"))) showAlarms(root);
      lineshaft.chart.extend(root);
      lineshaft.upkeep.ask(root);
      if (!machine) return;
      askUsual(root, machine);
      lineshaft.past.ask(root, machine, () => showMachine(root, machine));
    },
  };
})();
