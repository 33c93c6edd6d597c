// One vehicle: live facts, a day of it on the map with a slider, its trips, stops and visits.
(function () {
  "use strict";
  const lineshaft = (window.lineshaft = window.lineshaft || {});
  const { el, list, mark, put, slot, t } = lineshaft;
  const DAY_MS = 86_400_000;
  const AGAIN_MS = 30_000;
  let day = 0; // 0 today, -1 yesterday …
  let way = null;
  let asked = -Infinity;
  let playing = null;
  let fitted = "";

  const number = (value, decimals = 0) => lineshaft.number(value, decimals);
  const cell = (column, ...inside) => el("td", { "data-label": t(`column.${column}`) }, ...inside);
  const kmh = (ms) => (ms === null || ms === undefined ? lineshaft.DASH : t("kmh", { n: number(ms * 3.6) }));
  const lasted = (ms) => lineshaft.rough(ms / 1000);
  const span = () => {
    const start = new Date(lineshaft.now());
    start.setHours(0, 0, 0, 0);
    start.setDate(start.getDate() + day);
    const end = new Date(start);
    end.setDate(end.getDate() + 1);
    return [start.getTime(), Math.min(end.getTime(), Math.round(lineshaft.now()) + 1)];
  };

  function showNow(root) {
    const row = lineshaft.state.rows("vehicles").find((one) => one.key === root.dataset.key);
    if (!row) return;
    const silent = lineshaft.isSilent(row);
    put(slot(root, "fact-state"), silent ? t("promise.silent") : row.trip_state ? t(`trip.${row.trip_state}`) : t("trip.never"));
    put(slot(root, "fact-since"), row.state_since ? lineshaft.when(row.state_since) : lineshaft.DASH);
    put(slot(root, "fact-speed"), silent ? lineshaft.DASH : kmh(row.speed_ms));
    put(slot(root, "fact-odometer"), row.odometer_m === null ? lineshaft.DASH : t("km", { n: number(row.odometer_m / 1000) }));
    put(slot(root, "fact-shipment"), row.shipment ? row.shipment.reference || row.shipment.id : lineshaft.DASH);
    const seen = slot(root, "fact-seen");
    mark(seen, "data-age-text", "ago");
    lineshaft.age(seen, row.ts, row.every_ms);
  }

  function showLegs(root, legs) {
    slot(root, "legs-none").hidden = legs.length > 0;
    const trips = legs.filter((leg) => leg.kind === "trip");
    put(slot(root, "legs-sum"), trips.length ? t("vehicle.legs.sum", {
      n: number(trips.length), km: number(trips.reduce((sum, leg) => sum + leg.way_m, 0) / 1000) }) : "");
    list(slot(root, "legs"), legs, {
      id: (leg) => `${leg.began}-${leg.ended}`,
      make: (leg) => el("tr", {}, cell("leg", t(`leg.${leg.kind}`)), cell("from", lineshaft.when(leg.began)),
        cell("lasted", lasted(leg.ended - leg.began)), cell("way", leg.kind === "trip" ? t("km", { n: number(leg.way_m / 1000, 1) }) : lineshaft.DASH),
        cell("fastest", leg.kind === "trip" ? kmh(leg.fastest_ms) : lineshaft.DASH),
        cell("idle", leg.idle_s === null ? t("unknown") : leg.idle_s ? lineshaft.rough(leg.idle_s) : lineshaft.DASH)),
      update() {},
    });
    lineshaft.map.put("vehicle-stops", legs.filter((leg) => leg.kind === "stop").map((leg) =>
      lineshaft.map.point([leg.lat, leg.lon], { what: "halt", title: `${lineshaft.when(leg.began)} · ${lasted(leg.ended - leg.began)}` })));
  }

  function showVisits(root, visits) {
    slot(root, "visits-none").hidden = visits.length > 0;
    list(slot(root, "visits"), visits, {
      id: (row) => `${row.fence}-${row.entered}-${row.departed}`,
      make: (row) => el("tr", {}, cell("fence", row.name), cell("from", lineshaft.when(row.entered)),
        cell("lasted", row.departed ? lasted(row.departed - row.entered) : t("visit.there"))),
      update() {},
    });
  }

  function showWords(root, words) {
    slot(root, "words-none").hidden = words.length > 0;
    list(slot(root, "words"), words, {
      id: (row) => row.name,
      make: (row) => el("tr", {}, cell("signal", el("span.code", {}, row.name)), cell("value", el("span")), cell("said", el("span", { "data-age-text": "ago" }))),
      update(node, row) {
        put(node.children[1].firstElementChild, row.text ?? number(row.value, 2));
        lineshaft.age(node.children[2].firstElementChild, row.ts, 60_000);
      },
    });
  }

  // Where the slider stands: the fix at or before that moment.
  function showAt(root) {
    const slider = document.getElementById("vehicle-slider");
    if (!way?.ts.length || !slider) return;
    const [from, to] = [way.ts[0], way.ts[way.ts.length - 1]];
    const at = from + ((to - from) * Number(slider.value)) / 1000;
    let index = way.ts.findIndex((ts) => ts > at) - 1;
    if (index < 0) index = way.ts.length - 1;
    put(slot(root, "at"), lineshaft.when(way.ts[index]));
    put(slot(root, "at-speed"), kmh(way.speed_ms[index]));
    lineshaft.map.put("vehicle-spot", [lineshaft.map.point([way.lat[index], way.lon[index]], {
      key: root.dataset.key, promise: "time", heading: Math.round(way.heading_deg[index] ?? 0), chosen: true,
      moving: (way.speed_ms[index] ?? 0) > 0.8, title: lineshaft.when(way.ts[index]) })]);
  }

  function showWay(root) {
    const line = way.lat.map((lat, index) => [lat, way.lon[index]]);
    lineshaft.map.put("vehicle-way", line.length > 1 ? [lineshaft.map.line(line)] : []);
    const map = lineshaft.map.of("vehicle");
    const which = `${root.dataset.key}/${day}`;
    if (map && line.length && fitted !== which) {
      fitted = which;
      map.fitBounds(window.L.latLngBounds(line).pad(0.1), { animate: false, maxZoom: 13 });
    }
    slot(root, "play").disabled = line.length < 2;
    showAt(root);
  }

  async function load(root) {
    asked = performance.now();
    const [from, to] = span();
    put(slot(root, "day"), new Intl.DateTimeFormat(document.documentElement.lang, { dateStyle: "medium" }).format(from));
    root.querySelector("[data-step-day='1']").disabled = day >= 0;
    const key = encodeURIComponent(root.dataset.key);
    const query = `from_ts=${from}&to_ts=${to}`;
    const [found, legs, visits, words] = await Promise.all([
      lineshaft.call(`/api/v1/vehicles/${key}/way?${query}`, { quiet: true }),
      lineshaft.call(`/api/v1/vehicles/${key}/legs?${query}`, { quiet: true }),
      lineshaft.call(`/api/v1/visits?vehicle=${key}&${query}`, { quiet: true }),
      lineshaft.call(`/api/v1/vehicles/${key}/words`, { quiet: true }),
    ]);
    if (!root.isConnected || !found) return;
    way = found;
    showLegs(root, legs?.items ?? []);
    showVisits(root, visits?.items ?? []);
    showWords(root, words?.items ?? []);
    showWay(root);
  }

  function play(root) {
    const slider = document.getElementById("vehicle-slider");
    if (playing) {
      clearInterval(playing);
      playing = null;
    } else {
      if (Number(slider.value) >= 1000) slider.value = 0;
      playing = setInterval(() => {
        slider.value = Number(slider.value) + 2;
        showAt(root);
        if (Number(slider.value) >= 1000 || !root.isConnected) play(root);
      }, 100);
    }
    put(slot(root, "play"), t(playing ? "vehicle.pause" : "vehicle.play"));
  }

  lineshaft.pages = lineshaft.pages || {};
  lineshaft.pages.vehicle = {
    topics: () => ["vehicles"],
    mount(root) {
      day = 0;
      way = null;
      fitted = "";
      if (playing) clearInterval(playing);
      playing = null;
      for (const button of root.querySelectorAll("[data-step-day]"))
        button.addEventListener("click", () => {
          day = Math.min(0, day + Number(button.dataset.stepDay));
          load(root);
        });
      slot(root, "play").addEventListener("click", () => play(root));
      const slider = document.getElementById("vehicle-slider");
      slider?.setAttribute("aria-label", t("vehicle.when"));
      root.addEventListener("input", (event) => event.target.id === "vehicle-slider" && showAt(root));
      lineshaft.map.whenReady.vehicle = () => way && root.isConnected && showWay(root);
      load(root);
    },
    render(root) {
      showNow(root);
      if (day === 0 && !playing && performance.now() - asked > AGAIN_MS) load(root);
    },
  };
})();
