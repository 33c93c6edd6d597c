// Geofences: seen by all, drawn by planners. A click on the map sets a point; nothing holds before it is saved.
(function () {
  "use strict";
  const lineshaft = (window.lineshaft = window.lineshaft || {});
  const { el, list, mark, put, slot, t } = lineshaft;
  const DAY_MS = 86_400_000;
  const AGAIN_MS = 30_000;
  const PLANNERS = ["planner", "admin"];
  let fences = [];
  let chosen = null; // key of the fence that is looked at or changed
  let draft = null; // what is being drawn
  let asked = -Infinity;

  const mayDraw = () => PLANNERS.includes(window.lineshaftStart?.me?.role);
  const number = (value, decimals = 0) => lineshaft.number(value, decimals);
  const cell = (column, ...inside) => el("td", { "data-label": t(`column.${column}`) }, ...inside);

  function shapes() {
    const drawn = fences.filter((row) => !(draft && draft.key === row.key)).map((row) => ({ ...row, chosen: row.key === chosen }));
    if (draft?.points.length) drawn.push({ ...draft, chosen: true, corners: true });
    return drawn.flatMap((row) => {
      const properties = { key: row.key, name: row.name, chosen: row.chosen };
      const corners = row.corners ? row.points.map((point) => lineshaft.map.point(point, {})) : [];
      const ring = row.points.map(([lat, lon]) => [lon, lat]);
      if (row.kind === "circle") return [lineshaft.map.point(row.points[0], { ...properties, radius: row.radius_m }), ...corners];
      if (row.points.length < 2) return corners;
      const geometry = row.kind === "polygon" && row.points.length > 2
        ? { type: "Polygon", coordinates: [[...ring, ring[0]]] } : { type: "LineString", coordinates: ring };
      return [{ type: "Feature", properties, geometry }, ...corners];
    });
  }

  const draw = () => lineshaft.map.put("fences-shapes", shapes());

  function showList(root) {
    slot(root, "fences-none").hidden = fences.length > 0;
    list(slot(root, "fences"), fences, {
      id: (row) => `${row.key}-${row.version}`,
      make: (row) => el("tr", {},
        cell("name", el("button.link", { type: "button", onclick: () => lineshaft.chooseFence(row.key) }, row.name)),
        cell("shape", t(`fence.${row.kind}`)),
        cell("size", row.kind === "polygon" ? t("fence.corners", { n: number(row.points.length) }) : t("metres", { n: number(row.radius_m) })),
        cell("dwell", lineshaft.rough(row.dwell_s)), cell("version", number(row.version)), cell("by", row.by)),
      update: (node, row) => mark(node, "aria-current", row.key === chosen ? "true" : null),
    });
  }

  function showVisits(root, rows) {
    slot(root, "visits-none").hidden = rows.length > 0;
    const names = new Map(lineshaft.state.rows("vehicles").map((row) => [row.key, lineshaft.name(row.name)]));
    list(slot(root, "visits"), rows, {
      id: (row) => `${row.vehicle}-${row.fence}-${row.entered}-${row.departed}`,
      make: (row) => el("tr", {},
        cell("vehicle", el("a", { href: `/vehicles/${encodeURIComponent(row.vehicle ?? "")}` }, names.get(row.vehicle) ?? row.vehicle ?? lineshaft.DASH)),
        cell("fence", row.name), cell("from", lineshaft.when(row.entered)),
        cell("lasted", row.departed ? lineshaft.rough((row.departed - row.entered) / 1000) : t("visit.there"))),
      update() {},
    });
  }

  const freshKey = (name) => {
    const base = name.normalize("NFKD").replace(/[^A-Za-z0-9]+/g, "-").replace(/^-+|-+$/g, "").slice(0, 40).toLowerCase() || "fence";
    for (let n = 1; ; n += 1) {
      const key = n === 1 ? base : `${base}-${n}`;
      if (!fences.some((row) => row.key === key)) return key;
    }
  };

  function showForm(root) {
    const box = slot(root, "drawing");
    box.hidden = !mayDraw();
    if (box.hidden) return;
    const form = slot(root, "form");
    const held = draft ?? { key: null, name: "", kind: "circle", points: [], radius_m: 300, dwell_s: 180 };
    const field = (name, control) => el("label.field-row", {}, t(`fence.${name}`), control);
    const name = el("input.field", { name: "name", maxlength: 200, required: true, value: held.name });
    const kind = el("select.field", { name: "kind" }, ...box.dataset.kinds.split(" ").map((one) =>
      el("option", { value: one, selected: one === held.kind }, t(`fence.${one}`))));
    const radius = el("input.field", { name: "radius", type: "number", min: 50, max: 200000, step: 10, value: held.radius_m || 300 });
    const dwell = el("input.field", { name: "dwell", type: "number", min: 0, max: 1440, step: 1, value: held.dwell_s / 60 });
    const points = el("span.quiet", { "data-slot": "points" }, t("fence.points", { n: number(held.points.length) }));
    const heed = () => {
      draft = { ...held, ...draft, name: name.value, kind: kind.value, radius_m: Number(radius.value), dwell_s: Number(dwell.value) * 60 };
      if (draft.kind === "circle") draft.points = draft.points.slice(-1);
      draw();
    };
    for (const control of [name, kind, radius, dwell]) control.addEventListener("input", heed);
    const button = (what, onclick, disabled) => el("button.button", { type: "button", onclick, disabled }, t(`fence.${what}`));
    form.replaceChildren(field("name", name), field("kind", kind), field("radius", radius), field("dwell", dwell), points,
      el("div.row", {}, button("undo", () => { if (draft) draft.points = draft.points.slice(0, -1); draw(); showForm(root); }, !held.points.length),
        button("cancel", () => { draft = null; chosen = null; draw(); showForm(root); showList(root); }),
        held.key ? button("remove", () => remove(root, held.key)) : null,
        el("button.button", { type: "submit", disabled: !held.points.length }, t("fence.save"))));
    form.onsubmit = async (event) => {
      event.preventDefault();
      heed();
      const { kind: shape, points: drawn, dwell_s } = draft;
      const body = { name: draft.name.trim(), kind: shape, points: drawn, dwell_s: Number(dwell_s) };
      if (shape !== "polygon") body.radius_m = Number(draft.radius_m);
      const key = draft.key ?? freshKey(body.name);
      const saved = await lineshaft.call(`/api/v1/fences/${encodeURIComponent(key)}`, { method: "PUT", body });
      if (!saved) return;
      draft = null;
      chosen = saved.key;
      lineshaft.say(t("fence.saved"));
      await load(root);
      showForm(root);
    };
  }

  async function remove(root, key) {
    if (!window.confirm(t("fence.remove.sure"))) return;
    if (!(await lineshaft.call(`/api/v1/fences/${encodeURIComponent(key)}`, { method: "DELETE" }))) return;
    draft = null;
    chosen = null;
    await load(root);
    showForm(root);
  }

  async function load(root) {
    asked = performance.now();
    const to = Math.round(lineshaft.now()) + 1;
    const [held, visits] = await Promise.all([
      lineshaft.call("/api/v1/fences", { quiet: true }),
      lineshaft.call(`/api/v1/visits?from_ts=${to - DAY_MS}&to_ts=${to}`, { quiet: true }),
    ]);
    if (!root.isConnected || !held) return;
    fences = held.items;
    showList(root);
    showVisits(root, visits?.items ?? []);
    draw();
  }

  lineshaft.pages = lineshaft.pages || {};
  lineshaft.pages.fences = {
    topics: () => ["vehicles"],
    mount(root) {
      fences = [];
      draft = chosen = null;
      lineshaft.chooseFence = (key) => {
        chosen = key;
        const row = fences.find((one) => one.key === key);
        draft = row && mayDraw() ? { ...row, points: row.points.map((point) => [...point]) } : null;
        const map = lineshaft.map.of("fences");
        if (map && row) map.setView(row.points[0], Math.max(map.getZoom(), 11), { animate: false });
        draw();
        showList(root);
        showForm(root);
      };
      lineshaft.map.whenReady.fences = (map) => {
        draw();
        map.on("click", (event) => {
          if (!root.isConnected || !mayDraw()) return;
          const point = [Number(event.latlng.lat.toFixed(6)), Number(event.latlng.wrap().lng.toFixed(6))];
          const form = slot(root, "form");
          draft = draft ?? { key: null, name: form.elements.name.value, kind: form.elements.kind.value, points: [],
            radius_m: Number(form.elements.radius.value), dwell_s: Number(form.elements.dwell.value) * 60 };
          draft.points = draft.kind === "circle" ? [point] : [...draft.points, point];
          draw();
          showForm(root);
        });
      };
      showForm(root);
      load(root);
    },
    render(root) {
      if (!draft && performance.now() - asked > AGAIN_MS) load(root);
    },
  };
})();
