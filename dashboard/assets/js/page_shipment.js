// One shipment: its row lives by the hub; stops, history, cargo and alarms are asked for as the row changes.
(function () {
  "use strict";
  const lineshaft = (window.lineshaft = window.lineshaft || {});
  const { el, list, mark, put, slot, t } = lineshaft;
  const EVERY_MS = 10_000;
  const SOONEST_MS = 2_500;
  const RECEIVERS = ["warehouse", "planner", "admin"];
  const LINKERS = ["planner", "supervisor", "admin"];
  let journey = null;
  let asked = -Infinity;
  let seen = "";

  const may = (roles) => roles.includes(window.lineshaftStart?.me?.role);
  const at = (root) => `shipments/${encodeURIComponent(root.dataset.key)}`;
  const cell = (column, ...inside) => el("td", { "data-label": t(`column.${column}`) }, ...inside);
  const isOpen = (row) => row.state === "planned" || row.state === "underway";
  const instant = (ts) => (ts === null || ts === undefined ? lineshaft.DASH : lineshaft.when(ts));

  function rowOf(root) {
    return lineshaft.state.rows("shipments").find((row) => row.id === root.dataset.key) ?? journey?.shipment ?? null;
  }
  const vehicleOf = (row) => lineshaft.state.rows("vehicles").find((one) => one.key === row.vehicle) ?? null;

  async function ask(root) {
    if (document.hidden || lineshaft.link().state !== "live") return;
    asked = performance.now();
    const said = await lineshaft.call(`/api/v1/${at(root)}/journey`, { quiet: true });
    if (!root.isConnected) return;
    slot(root, "error").hidden = Boolean(said);
    if (!said) return;
    journey = said;
    lineshaft.age(slot(root, "refreshed"), lineshaft.now(), EVERY_MS, "[data-page]");
    show(root);
  }

  function show(root) {
    const row = rowOf(root);
    if (!row) return;
    showHead(root, row);
    if (!journey) return;
    showFacts(root, row);
    showHistory(root, row);
    showChanges(root);
    showStops(root);
    showConditions(root);
    showCargo(root);
    showAlarms(root);
    showProof(root, row);
  }

  // An arrival time whose truck says nothing is only the last that was known: it is not shown as one that holds.
  function showHead(root, row) {
    const vehicle = vehicleOf(row);
    const promise = row.state === "cancelled" ? "none" : lineshaft.promise(row, vehicle);
    mark(slot(root, "sign"), "data-promise", promise);
    put(slot(root, "promise"), row.state === "cancelled" ? t("shipment.cancelled") : t(`promise.${promise}`));
    put(slot(root, "state"), row.state === "cancelled" ? "" : ` · ${t(`shipment.${row.state}`)}`);
    const trusted = isOpen(row) && promise !== "silent" && row.eta_p50;
    put(slot(root, "eta"), !isOpen(row) ? (row.arrived ? t("arrived.at", { time: lineshaft.when(row.arrived) }) : lineshaft.DASH)
      : trusted ? lineshaft.when(row.eta_p50) : lineshaft.DASH);
    put(slot(root, "between"), trusted ? t("eta.tenths", { from: lineshaft.when(row.eta_p10), to: lineshaft.when(row.eta_p90) }) : "");
    put(slot(root, "deviation"), trusted || row.arrived ? lineshaft.lateWords(row) : "");
    put(slot(root, "against"), row.promised ? t(row.grace_ms ? "shipment.against.plan" : "shipment.against.appointment", {
      time: lineshaft.when(row.promised), grace: lineshaft.span(row.grace_ms) }) : t("shipment.against.none"));
    put(slot(root, "chance"), trusted && row.late_p !== null ? ` · ${t("shipment.chance", { share: lineshaft.percent(row.late_p) })}` : "");
    const lost = isOpen(row) && promise === "silent" && row.eta_p50;
    slot(root, "last-known-line").hidden = !lost;
    put(slot(root, "last-known"), lost ? t("shipment.last_known", { eta: lineshaft.when(row.eta_p50), time: lineshaft.when(row.eta_ts) }) : "");
    const age = slot(root, "eta-age");
    age.hidden = !isOpen(row) || !row.eta_ts;
    lineshaft.age(age, row.eta_ts, vehicle?.every_ms ? Math.max(vehicle.every_ms, 6_000) : 6_000);
  }

  function showFacts(root, row) {
    const vehicle = vehicleOf(row);
    const last = journey.stops.at(-1);
    put(slot(root, "fact-customer"), row.customer || lineshaft.DASH);
    put(slot(root, "fact-carrier"), row.carrier || lineshaft.DASH);
    put(slot(root, "fact-driver"), row.driver || lineshaft.DASH);
    put(slot(root, "fact-orders"), row.orders.join(", ") || lineshaft.DASH);
    put(slot(root, "fact-vehicle"), row.vehicle ? (vehicle ? lineshaft.name(vehicle.name) : lineshaft.vehicle(row.vehicle)) : lineshaft.DASH);
    put(slot(root, "fact-left"), row.state === "underway" && row.remaining_m !== null && vehicle && !lineshaft.isSilent(vehicle)
      ? t("left.km", { n: lineshaft.number(row.remaining_m / 1000) }) : lineshaft.DASH);
    put(slot(root, "fact-appointment"), last?.to_ms ? (last.from_ms ? t("eta.between", { from: lineshaft.when(last.from_ms), to: lineshaft.minute(last.to_ms) })
      : lineshaft.when(last.to_ms)) : lineshaft.DASH);
    for (const name of ["map-link", "vehicle-link"]) slot(root, name).hidden = !row.vehicle;
    if (!row.vehicle) return;
    mark(slot(root, "map-link"), "href", `/logistics?shipment=${encodeURIComponent(row.id)}`);
    mark(slot(root, "vehicle-link"), "href", `/vehicles/${encodeURIComponent(row.vehicle)}`);
  }

  function showHistory(root, row) {
    const etas = journey.etas;
    const enough = etas.length > 1;
    slot(root, "history-none").hidden = enough;
    slot(root, "history").hidden = !enough;
    if (!enough) return;
    const levels = row.promised ? [{ y: row.promised, words: t(row.grace_ms ? "shipment.level.plan" : "shipment.level.appointment", { time: lineshaft.minute(row.promised) }) }] : [];
    if (row.arrived) levels.push({ y: row.arrived, words: t("shipment.level.arrived", { time: lineshaft.minute(row.arrived) }) });
    lineshaft.historyChart(slot(root, "history"), {
      band: etas.map((one) => ({ x: one.ts, low: one.p10, high: one.p90 })),
      lines: [etas.map((one) => ({ x: one.ts, y: one.p50 }))],
      levels, y: lineshaft.minute, time: true, label: t("shipment.history.label"),
    });
  }

  // A place is a stop or a town; far from all of them it is where the map has it.
  function changeWords(one) {
    const change = `${one.minutes > 0 ? "+" : "\u2212"}${lineshaft.number(Math.abs(one.minutes))}`;
    const place = one.place ? lineshaft.name(one.place) : one.lat === null ? lineshaft.DASH : `${one.lat.toFixed(3)}, ${one.lon.toFixed(3)}`;
    const n = one.for_min === null ? "" : `${one.code === "eta.rest" && one.for_min < 0 ? "\u2212" : ""}${lineshaft.number(Math.abs(one.for_min))}`;
    return t(one.code, { change, n, place });
  }

  function showChanges(root) {
    slot(root, "eta-changes-none").hidden = journey.eta_changes.length > 0;
    list(slot(root, "eta-changes"), journey.eta_changes, {
      id: (one) => String(one.ts),
      make: (one) => el("li", {}, el("b", {}, changeWords(one)), el("span.quiet", {}, ` ${t("eta.told", { time: lineshaft.when(one.ts), eta: lineshaft.when(one.p50) })}`)),
      update() {},
    });
  }

  const stopName = (stop) => (lineshaft.language().startsWith("zh") && stop?.name_zh) || stop?.name || stop?.id || "";

  function showStops(root) {
    const stops = new Map(journey.stops.map((one) => [one.id, one]));
    list(slot(root, "stops"), journey.milestones, {
      id: (one) => `${one.stop}/${one.kind}`,
      make: (one) => {
        const stop = stops.get(one.stop);
        return el("tr", {}, cell("stop", el("b", {}, stop && one.kind !== "proof" ? stopName(stop) : lineshaft.DASH), stop?.kind && one.kind === "arrive" ? el("span.quiet", {}, ` ${t(`stop.${stop.kind}`)}`) : ""),
          cell("milestone", t(`milestone.${one.kind}`)), cell("intended", el("span")), cell("expected", el("span")), cell("actual", el("b")));
      },
      update(node, one) {
        const [, , planned, expected, actual] = [...node.children].map((td) => td.firstChild);
        const stop = stops.get(one.stop);
        const window = one.kind === "arrive" && stop?.from_ms && stop?.to_ms;
        put(planned, window ? t("eta.between", { from: lineshaft.when(stop.from_ms), to: lineshaft.minute(stop.to_ms) }) : instant(one.planned));
        const row = rowOf(root);
        const lost = row && lineshaft.promise(row, vehicleOf(row)) === "silent";
        put(expected, one.actual || lost ? lineshaft.DASH : instant(one.estimated));
        put(actual, instant(one.actual));
        mark(node, "data-done", one.actual ? "true" : null);
      },
    });
  }

  function showConditions(root) {
    slot(root, "conditions-box").hidden = !journey.conditions.length;
    list(slot(root, "conditions"), journey.conditions, {
      id: (one) => one.signal,
      make: () => el("div.condition", {}, el("h3"), el("p.quiet"), el("div.history-chart")),
      update(node, one) {
        const [head, said, box] = node.children;
        const unit = lineshaft.unit(one.unit);
        const value = (number) => `${lineshaft.short(number)} ${unit}`.trim();
        put(head, lineshaft.signal(one.signal));
        const bounds = [one.low !== null ? t("shipment.limit.low", { value: value(one.low) }) : "", one.high !== null ? t("shipment.limit.high", { value: value(one.high) }) : ""].filter(Boolean).join(" · ");
        const last = one.value.length ? `${t("shipment.condition.last", { value: value(one.value.at(-1)), time: lineshaft.when(one.ts.at(-1)) })} · ` : "";
        put(said, one.value.length ? `${last}${bounds}` : `${t("shipment.condition.none")} · ${bounds}`);
        box.hidden = one.value.length < 2;
        if (one.value.length < 2) return;
        const levels = [];
        if (one.low !== null) levels.push({ y: one.low, words: value(one.low) });
        if (one.high !== null) levels.push({ y: one.high, words: value(one.high) });
        lineshaft.historyChart(box, { lines: [one.ts.map((ts, n) => ({ x: ts, y: one.value[n] }))], levels, y: value,
          label: t("shipment.condition.label", { signal: lineshaft.signal(one.signal) }) });
      },
    });
  }

  function showCargo(root) {
    const units = journey.cargo;
    slot(root, "cargo-none").hidden = units.length > 0;
    const weight = units.reduce((sum, one) => sum + one.weight_kg, 0);
    put(slot(root, "cargo-sum"), units.length ? t("shipment.cargo.sum", { n: lineshaft.number(units.length), kg: lineshaft.number(weight) }) : "");
    const tags = new Map(journey.items.map((one) => [one.epc, one]));
    list(slot(root, "cargo"), units, {
      id: (one) => one.sscc,
      make: (one) => el("tr", {}, cell("sscc", one.epc ? el("a.code", { href: `/trace?q=${encodeURIComponent(one.epc)}` }, one.sscc) : el("span.code", {}, one.sscc)),
        cell("quantity", `${lineshaft.short(one.quantity)} ${one.unit}`), cell("weight", t("kg", { n: lineshaft.number(one.weight_kg) })), cell("place", el("span"))),
      update(node, one) {
        const tag = tags.get(one.epc);
        put(node.children[3].firstChild, tag ? t(tag.present ? "shipment.cargo.in" : "shipment.cargo.left", { zone: tag.zone, time: lineshaft.when(tag.since) }) : lineshaft.DASH);
      },
    });
  }

  function showAlarms(root) {
    slot(root, "alarms-none").hidden = journey.alarms.length > 0;
    list(slot(root, "alarms"), journey.alarms, {
      id: (one) => one.id,
      make: (one) => el("li.shipment-alarm", {}, lineshaft.shape(one.priority), el("span", {}, el("b"), el("span.quiet"))),
      update(node, one) {
        const [what, when] = node.children[1].children;
        put(what, lineshaft.alarm({ ...one, value: one.arguments.value, threshold: one.arguments.threshold }));
        put(when, ` ${lineshaft.when(one.raised)} – ${one.returned ? lineshaft.when(one.returned) : t("shipment.alarm.holds")}`);
        mark(node, "data-over", one.returned ? "true" : null);
      },
    });
  }

  function showProof(root, row) {
    const proof = journey.proof;
    slot(root, "proof-none").hidden = Boolean(proof);
    const box = slot(root, "proof");
    const shown = JSON.stringify([proof, lineshaft.language()]);
    if (box.dataset.shown !== shown) {
      box.dataset.shown = shown;
      const fact = (key, text) => el("div", {}, el("dt", {}, t(`proof.${key}`)), el("dd", {}, text));
      box.replaceChildren(...(proof ? [el("dl.facts", {}, fact("by", proof.by), fact("at", lineshaft.when(proof.at_ms)),
        fact("quantity", proof.quantity === null ? lineshaft.DASH : lineshaft.short(proof.quantity)), fact("damaged", lineshaft.short(proof.damaged)),
        fact("note", proof.note || lineshaft.DASH)),
        proof.file ? el("a.button", { href: `/api/v1/proof-files/${proof.file}`, target: "_blank", rel: "noopener" }, t("proof.file")) : null].filter(Boolean) : []));
    }
    list(slot(root, "complaints"), journey.complaints, { id: (one) => `${one.at}/${one.by}`,
      make: (one) => el("li", {}, el("b", {}, t("shipment.complaint")), ` ${one.what}`, el("span.quiet", {}, ` ${one.by} ${lineshaft.when(one.at)}`)), update() {} });
    slot(root, "do-prove").hidden = !may(RECEIVERS) || row.state === "delivered" || row.state === "cancelled";
    slot(root, "do-complain").hidden = !may(RECEIVERS) || row.state === "planned" || row.state === "cancelled";
    slot(root, "do-link").hidden = !may(LINKERS) || row.state === "cancelled";
  }

  function prove(root) {
    const { ask: form, field: labelled, send: post } = lineshaft.orders;
    const sum = journey.cargo.reduce((total, one) => total + one.quantity, 0);
    const by = el("input.field", { name: "by", required: true, maxlength: 200, autocomplete: "name" });
    const quantity = el("input.field", { name: "quantity", type: "number", min: 0, step: "any", inputmode: "decimal", value: sum || "" });
    const damaged = el("input.field", { name: "damaged", type: "number", min: 0, step: "any", inputmode: "decimal", value: 0 });
    const note = el("textarea.field", { name: "note", maxlength: 200, rows: 2 });
    const picture = el("input.field", { name: "picture", type: "file", accept: "image/*,application/pdf", capture: "environment" });
    form(t("shipment.do.prove"), [labelled(t("proof.by"), by), labelled(t("proof.quantity"), quantity), labelled(t("proof.damaged"), damaged),
      labelled(t("proof.note"), note), labelled(t("proof.picture"), picture)], t("shipment.do.prove"), async () => {
      const body = { by: by.value.trim(), at_ms: Math.round(lineshaft.now()), quantity: quantity.value === "" ? null : Number(quantity.value),
        damaged: Number(damaged.value) || 0, note: note.value.trim() };
      if (picture.files[0]) {
        const kept = await post("proof-files", { body: await lineshaft.smallerPicture(picture.files[0]) });
        if (!kept.said) return false;
        body.file = kept.said.key;
      }
      const done = await post(`${at(root)}/proof`, { body });
      if (!done.said) return false;
      lineshaft.say(t("proof.done"));
      setTimeout(() => root.isConnected && ask(root), 1500);
      return true;
    });
  }

  function complain(root) {
    const { ask: form, field: labelled, send: post } = lineshaft.orders;
    const what = el("textarea.field", { name: "what", required: true, maxlength: 200, rows: 3 });
    form(t("shipment.do.complain"), [labelled(t("shipment.complaint.what"), what)], t("shipment.do.complain"), async () => {
      const done = await post(`${at(root)}/complaints`, { body: { what: what.value.trim() } });
      if (done.said) ask(root);
      return Boolean(done.said);
    });
  }

  function makeLink(root) {
    const { ask: form, field: labelled, choice, send: post } = lineshaft.orders;
    const days = choice("days", [1, 3, 7, 14, 30].map((n) => [String(n), t("link.days", { n })]), "7");
    form(t("shipment.do.link"), [el("p.quiet", {}, t("link.about")), labelled(t("link.lasts"), days)], t("link.make"), async () => {
      const { said } = await post(`${at(root)}/tracking-links`, { body: { days: Number(days.value) } });
      if (!said) return false;
      const url = new URL(said.path, location.origin).href;
      navigator.clipboard?.writeText(url).then(() => lineshaft.say(t("link.copied")), () => {});
      showLinks(root);
      return true;
    });
  }

  async function showLinks(root) {
    if (!may(LINKERS)) return;
    const said = await lineshaft.call(`/api/v1/${at(root)}/tracking-links`, { quiet: true });
    if (!said || !root.isConnected) return;
    list(slot(root, "links"), said.items, {
      id: (one) => one.id,
      make(one) {
        const url = new URL(one.path, location.origin).href;
        const take = el("button.button", { type: "button" }, t("link.revoke"));
        take.addEventListener("click", async () => {
          await lineshaft.orders.send(`${at(root)}/tracking-links/${one.id}`, { method: "DELETE" });
          showLinks(root);
        });
        return el("li.tracking-link", {}, el("a", { href: url, target: "_blank", rel: "noopener noreferrer" }, t("link.of", { by: one.by })),
          el("span.quiet", {}, ` ${t("link.until", { time: lineshaft.date(one.expires) })} `), take);
      },
      update() {},
    });
  }

  lineshaft.pages = lineshaft.pages || {};
  lineshaft.pages.shipment = {
    topics: () => ["vehicles", "shipments"],
    mount(root) {
      [journey, asked, seen] = [null, -Infinity, ""];
      slot(root, "do-prove").addEventListener("click", () => prove(root));
      slot(root, "do-complain").addEventListener("click", () => complain(root));
      slot(root, "do-link").addEventListener("click", () => makeLink(root));
      showLinks(root);
    },
    render(root) {
      const row = rowOf(root);
      if (row) showHead(root, row);
      const now = performance.now();
      const version = row ? `${row.state}/${row.eta_ts}/${row.stops_done}` : "";
      if (now - asked > EVERY_MS || (version !== seen && now - asked > SOONEST_MS)) {
        seen = version;
        ask(root);
      }
    },
  };
})();
