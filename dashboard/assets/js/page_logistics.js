// Logistics: map and list show the same selection; exceptions first; the view never jumps on an update.
(function () {
  "use strict";
  const lineshaft = (window.lineshaft = window.lineshaft || {});
  const { el, list, mark, put, slot, t } = lineshaft;
  const ORDER = { late: 0, silent: 1, risk: 2, none: 3, time: 4 };
  let chosen = null; // vehicle key
  let filters = new Set();
  let drawn = "";

  // What the map draws with; dash-leaflet finds these by name.
  window.lineshaftMap = Object.assign(window.lineshaftMap || {}, {
    baseStyle: (feature) => ({ className: `map-${feature.properties.what}`, interactive: false }),
    routeStyle: () => ({ className: "map-route", interactive: false }),
    trailStyle: () => ({ className: "map-trail", interactive: false }),
    stop: (feature, place) =>
      window.L.marker(place, {
        interactive: false,
        keyboard: false,
        icon: window.L.divIcon({ className: "map-stop", html: el("span", {}, feature.properties.name), iconSize: [8, 8] }),
      }),
    vehicle(feature, place) {
      const row = feature.properties;
      if (row.crowd) return lineshaft.map.dot(row, place);
      const arrow = document.createElement("div");
      arrow.className = "arrow";
      // North is up and a bearing turns clockwise from it, as CSS turns.
      arrow.style.transform = `rotate(${row.heading ?? 0}deg)`;
      mark(arrow, "data-promise", row.promise);
      mark(arrow, "data-moving", row.moving || null);
      mark(arrow, "data-chosen", row.chosen || null);
      return window.L.marker(place, {
        title: row.title,
        alt: row.title,
        keyboard: false, // the list is the keyboard's way in
        zIndexOffset: row.chosen ? 2000 : 100 * (5 - ORDER[row.promise]),
        icon: window.L.divIcon({ className: "arrow-box", html: arrow, iconSize: [24, 24] }),
      });
    },
    eachVehicle: (feature, layer) => layer.on("click", () => choose(feature.properties.key, { from: "map" })),
  });

  function rows() {
    const shipments = new Map();
    for (const row of lineshaft.state.rows("shipments")) {
      const held = shipments.get(row.vehicle);
      if (!held || (row.state === "underway" && held.state !== "underway")) shipments.set(row.vehicle, row);
    }
    const vehicles = lineshaft.state.rows("vehicles");
    const known = new Map(vehicles.map((row) => [row.key, row]));
    const all = lineshaft.state.rows("shipments").map((shipment) => {
      const vehicle = known.get(shipment.vehicle) ?? null;
      return { id: shipment.id, shipment, vehicle, promise: lineshaft.promise(shipment, vehicle) };
    });
    const free = vehicles.filter((row) => !shipments.has(row.key));
    return { all, free, vehicles, shipments };
  }

  // What has arrived stays in the list for an hour; counts, filters and colours are of what can still be helped.
  const isOpen = (shipment) => shipment.state === "planned" || shipment.state === "underway";

  function showRow(node, { shipment, vehicle, promise }) {
    mark(node.querySelector(".sign"), "data-promise", promise);
    put(slot(node, "reference"), shipment.reference || shipment.id);
    put(slot(node, "customer"), shipment.customer);
    put(slot(node, "promise"), t(`promise.${promise}`));
    const trusted = promise !== "silent" && shipment.eta_p50;
    put(slot(node, "eta"), !isOpen(shipment) ? t("arrived.at", { time: lineshaft.when(shipment.arrived) })
      : trusted ? lineshaft.when(shipment.eta_p50) : lineshaft.DASH);
    put(slot(node, "between"), isOpen(shipment) && trusted
      ? t("eta.between", { from: lineshaft.minute(shipment.eta_p10), to: lineshaft.minute(shipment.eta_p90) }) : "");
    put(slot(node, "planned"), t("planned.at", { time: lineshaft.when(shipment.promised ?? shipment.planned_arrival) }));
    mark(slot(node, "open"), "href", `/shipments/${encodeURIComponent(shipment.id)}`);
    put(slot(node, "deviation"), !isOpen(shipment) || !trusted ? "" : lineshaft.lateWords(shipment));
    put(slot(node, "left"), shipment.remaining_m !== null && shipment.state === "underway"
      ? t("left.km", { n: lineshaft.number(shipment.remaining_m / 1000) }) : t(`shipment.${shipment.state}`));
    put(slot(node, "vehicle"), vehicle ? lineshaft.name(vehicle.name) : lineshaft.vehicle(shipment.vehicle));
    const ping = slot(node, "ping");
    lineshaft.age(ping, vehicle?.ts ?? null, vehicle?.every_ms);
    mark(node, "aria-current", chosen && shipment.vehicle === chosen ? "true" : null);
  }

  const makeRow = (row) =>
    el("li", {},
      el("button.shipment", { type: "button", onclick: () => choose(row.shipment.vehicle, { from: "list" }) },
        el("span.sign"),
        el("span.who", {}, el("b", { "data-slot": "reference" }), el("span.quiet", { "data-slot": "customer" }),
          el("span.quiet", {}, el("span", { "data-slot": "vehicle" }), " · ", el("span", { "data-slot": "left" }), " · ",
            el("span", { "data-slot": "ping", "data-age-text": "seen.ago", "data-aging": "" }))),
        el("span.eta", {}, el("b", { "data-slot": "eta" }), el("span.quiet", { "data-slot": "between" }),
          el("span.quiet", { "data-slot": "planned" })),
        el("span.how", {}, el("span", { "data-slot": "promise" }), el("b", { "data-slot": "deviation" }))),
      el("a.shipment-open", { "data-slot": "open", href: `/shipments/${encodeURIComponent(row.shipment.id)}`,
        "aria-label": t("shipment.open", { id: row.shipment.reference || row.shipment.id }) }, "›"));

  function showList(root, { all, free }) {
    const count = (name) => all.filter((row) => isOpen(row.shipment) && row.promise === name).length;
    for (const name of Object.keys(ORDER)) put(root.querySelector(`[data-promise-count="${name}"]`), String(count(name)));
    const sorted = all
      .filter((row) => !filters.size || (isOpen(row.shipment) && filters.has(row.promise)))
      .sort((a, b) => (!isOpen(a.shipment)) - (!isOpen(b.shipment)) ||
        ORDER[a.promise] - ORDER[b.promise] || (b.shipment.late_ms ?? 0) - (a.shipment.late_ms ?? 0) ||
        String(a.id).localeCompare(b.id));
    list(slot(root, "shipments"), sorted, {
      id: (row) => row.id,
      make: makeRow,
      update(node, row) {
        showRow(node, row);
      },
    });
    slot(root, "shipments-none").hidden = sorted.length > 0;
    put(slot(root, "shipments-none"), all.length ? t("shipments.none.filter") : t("shipments.none.hint"));
    list(slot(root, "free"), filters.size ? [] : free, {
      id: (row) => row.key,
      make: (row) =>
        el("li", {}, el("button.shipment.free", { type: "button", onclick: () => choose(row.key, { from: "list" }) },
          el("b", { "data-slot": "name" }), el("span.quiet", { "data-slot": "trip" }),
          el("span.quiet", { "data-slot": "ping", "data-age-text": "seen.ago", "data-aging": "" }))),
      update(node, row) {
        put(slot(node, "name"), lineshaft.name(row.name));
        put(slot(node, "trip"), row.trip_state ? t(`trip.${row.trip_state}`) : t("trip.never"));
        lineshaft.age(slot(node, "ping"), row.ts, row.every_ms);
        mark(node, "aria-current", chosen === row.key ? "true" : null);
      },
    });
    slot(root, "free-title").hidden = !free.length || filters.size > 0;
  }

  function showMap(root, { vehicles, shipments }) {
    const features = vehicles
      .filter((row) => row.lat !== null)
      .map((row) => {
        const shipment = shipments.get(row.key);
        const silent = lineshaft.isSilent(row);
        const promise = silent ? "silent" : shipment && isOpen(shipment) ? lineshaft.promise(shipment, row) : "time";
        return {
          type: "Feature",
          geometry: { type: "Point", coordinates: [row.lon, row.lat] },
          properties: {
            key: row.key, promise, heading: Math.round(row.heading_deg ?? 0), chosen: chosen === row.key,
            moving: row.trip_state === "MOVING" && !silent, title: `${lineshaft.name(row.name)} · ${t(`promise.${promise}`)}`,
          },
        };
      })
      .filter((feature) => !filters.size || filters.has(feature.properties.promise));
    const moving = vehicles.filter((row) => row.trip_state === "MOVING" && !lineshaft.isSilent(row)).length;
    put(slot(root, "moving"), `${moving}${t("of")}${vehicles.length}`);
    const map = lineshaft.map.of("map");
    const crowd = lineshaft.map.isCrowd(map, features.map(({ geometry: { coordinates: [lon, lat] } }) => [lat, lon]));
    if (crowd) for (const feature of features) feature.properties.crowd = true;
    // Redrawing 40 arrows costs 20 ms: only when one of them changed.
    const picture = JSON.stringify(features);
    if (picture === drawn || !document.getElementById("map")) return;
    drawn = picture;
    window.dash_clientside.set_props("map-vehicles", { data: { type: "FeatureCollection", features } });
  }

  function show(root) {
    if (!lineshaft.state.has("vehicles") || !lineshaft.state.has("shipments")) return;
    const known = rows();
    showList(root, known);
    showMap(root, known);
  }

  async function choose(key, { from, quiet } = {}) {
    const root = document.querySelector("[data-page='logistics']");
    if (!root) return;
    chosen = chosen === key && !quiet ? null : key;
    const query = chosen ? `?vehicle=${encodeURIComponent(chosen)}` : "";
    history.replaceState(history.state, "", `/logistics${query}`);
    show(root);
    const day = slot(root, "day-link");
    day.hidden = !chosen;
    mark(day, "href", chosen ? `/vehicles/${encodeURIComponent(chosen)}` : "/logistics");
    const node = root.querySelector(".list-card [aria-current='true']");
    if (from === "map") node?.scrollIntoView({ block: "nearest" });
    const trail = { type: "FeatureCollection", features: [] };
    const row = lineshaft.state.rows("vehicles").find((vehicle) => vehicle.key === chosen);
    if (row?.lat !== undefined && row?.lat !== null) {
      if (from !== "map") {
        window.dash_clientside.set_props("map", {
          viewport: { center: [row.lat, row.lon], zoom: 9, transition: "setView" },
        });
      }
      const to = Math.round(lineshaft.now());
      const path = `/api/v1/vehicles/${encodeURIComponent(chosen)}/trail?from_ts=${to - 3_600_000}&to_ts=${to}`;
      const answer = await lineshaft.call(path, { quiet: true });
      const line = (answer?.lat ?? []).map((lat, index) => [answer.lon[index], lat]);
      if (line.length > 1) trail.features.push({ type: "Feature", properties: {}, geometry: { type: "LineString", coordinates: line } });
    }
    window.dash_clientside.set_props("map-trail", { data: trail });
  }

  lineshaft.pages = lineshaft.pages || {};
  lineshaft.pages.logistics = {
    topics: () => ["vehicles", "shipments"],
    mount(root) {
      chosen = null;
      lineshaft.map.whenReady.map = (map) => map.on("moveend", () => root.isConnected && show(root));
      filters = new Set();
      drawn = "";
      for (const chip of root.querySelectorAll("[data-promise-filter]")) {
        chip.addEventListener("click", () => {
          const name = chip.dataset.promiseFilter;
          if (!filters.delete(name)) filters.add(name);
          mark(chip, "aria-pressed", filters.has(name));
          show(root);
        });
      }
      for (const tab of root.querySelectorAll("[data-show-tab]")) {
        tab.addEventListener("click", () => {
          mark(root.querySelector(".logistics"), "data-tab", tab.dataset.showTab);
          for (const other of root.querySelectorAll("[data-show-tab]")) mark(other, "aria-pressed", other === tab);
          window.dispatchEvent(new Event("resize")); // Leaflet measures a map only when told
        });
      }
    },
    render(root, changed) {
      if (!changed || changed.has("vehicles") || changed.has("shipments")) show(root);
      if (!root.dataset.chose && lineshaft.state.has("vehicles") && lineshaft.state.has("shipments")) {
        root.dataset.chose = "1";
        const asked = lineshaft.state.rows("shipments").find((row) => row.id === root.dataset.shipment);
        const key = asked?.vehicle ?? root.dataset.vehicle;
        if (key) setTimeout(() => choose(key, { from: "address", quiet: true }), 300);
      }
    },
  };
})();
