// What all maps share: the map itself in hand, and vehicles drawn so that a thousand of them cost no more than a few.
(function () {
  "use strict";
  const lineshaft = (window.lineshaft = window.lineshaft || {});
  // Up to so many in view each vehicle is an arrow (22 ms for 40, 78 ms for 300); beyond, a circle on a canvas (23 ms for 1,000).
  const ARROWS = 300;
  const held = {}; // name of a map → Leaflet's map, as soon as something is drawn on it
  let canvas = null;

  const COLOURS = { late: "--p1", risk: "--p2", silent: "--quiet", none: "--quiet", time: "--text" };
  // A canvas knows no variables: what a token is, in the present scheme, an element has to say.
  function token(name) {
    const probe = document.createElement("span");
    probe.style.color = `var(${name})`;
    document.body.append(probe);
    const colour = getComputedStyle(probe).color;
    probe.remove();
    return colour;
  }
  let colours = { scheme: "" };
  function colourOf(promise) {
    const scheme = getComputedStyle(document.documentElement).colorScheme + matchMedia("(prefers-color-scheme: dark)").matches;
    if (colours.scheme !== scheme) colours = { scheme };
    colours[promise] ??= token(COLOURS[promise] ?? "--quiet");
    return colours[promise];
  }

  lineshaft.map = {
    ARROWS,
    of: (name) => (held[name]?._container?.isConnected ? held[name] : null),
    whenReady: {}, // name → called with the map once it is there
    // Whether those in view are too many for arrows.
    isCrowd(map, places) {
      if (!map) return places.length > ARROWS;
      const box = map.getBounds().pad(0.1);
      let seen = 0;
      for (const place of places) if (box.contains(place) && ++seen > ARROWS) return true;
      return false;
    },
    dot(row, place) {
      canvas = canvas || window.L.canvas({ padding: 0.3 });
      const colour = colourOf(row.promise);
      const alert = row.promise === "late" || row.promise === "risk";
      return window.L.circleMarker(place, {
        renderer: canvas, radius: row.chosen ? 9 : alert ? 7 : 4, color: colour, weight: row.chosen ? 4 : 2,
        fillColor: colour, fillOpacity: row.promise === "silent" ? 0 : row.moving ? 0.9 : 0.35, interactive: true,
      });
    },
    line: (points) => ({ type: "Feature", properties: {}, geometry: { type: "LineString", coordinates: points.map(([lat, lon]) => [lon, lat]) } }),
    point: ([lat, lon], properties) => ({ type: "Feature", properties, geometry: { type: "Point", coordinates: [lon, lat] } }),
    collection: (features) => ({ type: "FeatureCollection", features }),
    put: (id, features) =>
      document.getElementById(id.startsWith("map") ? "map" : id.split("-")[0] + "-map") &&
      window.dash_clientside.set_props(id, { data: lineshaft.map.collection(features) }),
  };

  const hold = (name) => (feature, layer) =>
    layer.on("add", () => {
      if (held[name] === layer._map) return;
      held[name] = layer._map;
      lineshaft.map.whenReady[name]?.(layer._map);
    });

  window.lineshaftMap = Object.assign(window.lineshaftMap || {}, {
    holdMap: hold("map"),
    holdVehicle: hold("vehicle"),
    holdFences: hold("fences"),
    wayStyle: () => ({ className: "map-trail", interactive: false }),
    stopDot: (feature, place) =>
      window.L.circleMarker(place, { className: `map-${feature.properties.what}`, radius: feature.properties.size || 6 }).bindTooltip(feature.properties.title || ""),
    fenceStyle: (feature) => ({ className: feature.properties.chosen ? "map-fence chosen" : "map-fence" }),
    // A circle's radius is metres on the ground; GeoJSON knows points only.
    fencePoint: (feature, place) =>
      feature.properties.radius
        ? window.L.circle(place, { radius: feature.properties.radius, className: feature.properties.chosen ? "map-fence chosen" : "map-fence" })
        : window.L.circleMarker(place, { radius: 5, className: "map-corner" }),
    eachFence: (feature, layer) => {
      if (feature.properties.name) layer.bindTooltip(feature.properties.name);
      layer.on("click", () => feature.properties.key && lineshaft.chooseFence?.(feature.properties.key));
    },
  });
})();
