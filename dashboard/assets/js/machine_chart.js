// The trends of a machine's page: points are appended, alarms, usual ranges and the mode ribbon drawn in.
(function () {
  "use strict";
  const lineshaft = (window.lineshaft = window.lineshaft || {});
  const { slot, t } = lineshaft;
  const HOUR_S = 3600;
  // What a live row says of each trace of the chain, as dashboard/charts/scores.py shows the past.
  const JUDGED = {
    "@health": (row) => row.health,
    "@score": (row) => row.score,
    "@fail24h": (row) => times(row.p_fail_24h, 100),
    "@fail7d": (row) => times(row.p_fail_7d, 100),
    "@rul50": (row) => times(row.rul_p50_s, 1 / HOUR_S),
    "@rul10": (row) => times(row.rul_p10_s, 1 / HOUR_S),
    "@rul90": (row) => times(row.rul_p90_s, 1 / HOUR_S),
  };
  const times = (value, by) => (value === null || value === undefined ? null : value * by);

  // New points wait here until the next tick; the figure's own last time says what is new.
  let waiting = new Map();
  let paused = false;
  let lastMove = 0;
  let usual = [];
  const plot = () => {
    const node = document.querySelector("#trend .js-plotly-plot");
    return node?.data && window.Plotly ? node : null;
  };

  function wait(name, points) {
    if (!waiting.has(name)) waiting.set(name, []);
    waiting.get(name).push(...points);
  }

  lineshaft.points = (message) => {
    const source = message.t === "snapshot" ? message.data : (message.rows ?? [])[0];
    if (!source) return;
    for (const [signal, points] of Object.entries(source.points ?? {})) wait(signal, points);
    // What a silent machine scored last says nothing of now.
    if (!source.ts || source.score === null || (source.state ?? "OFFLINE") === "OFFLINE") return;
    for (const [name, value] of Object.entries(JUDGED)) wait(name, [[source.ts, value(source)]]);
    if (source.mode) wait("@mode", [[source.ts, 0, source.mode]]);
  };

  // A score is of a window: between two windows only a change is new.
  const WINDOW_MS = 5000;
  function judged(points, last, value) {
    const kept = [];
    for (const point of points) {
      if (point[1] === value && point[0] < last + WINDOW_MS) continue;
      kept.push(point);
      [last, value] = point;
    }
    return kept;
  }

  // Nothing heard for long is a hole and no line, as in what the server drew.
  function holed(points, last, gap) {
    const all = [];
    for (const [ts, value] of points) {
      if (last && ts - last > gap) all.push([last + 1, null]);
      all.push([ts, value]);
      last = ts;
    }
    return all;
  }

  function extend(root) {
    const node = plot();
    if (!node) return;
    listen(node, root);
    const offset = Number(root.dataset.offset);
    const fresh = { x: [], y: [] };
    const traces = [];
    const axes = {};
    node.data.forEach((trace, index) => {
      const last = trace.x.length ? trace.x[trace.x.length - 1] - offset : 0;
      let points = (waiting.get(trace.name) ?? []).filter(([ts]) => ts > last).sort((a, b) => a[0] - b[0]);
      if (trace.name === "@mode") return extendModes(node, index, points, offset);
      if (trace.name.startsWith("@")) points = judged(points, last, trace.y[trace.y.length - 1]);
      if (!points.length) return;
      points = holed(points, last, trace.meta);
      fresh.x.push(points.map(([ts]) => ts + offset));
      fresh.y.push(points.map(([, value]) => value));
      traces.push(index);
      stretch(node, trace, points, axes);
    });
    waiting = new Map();
    // 24 h at a point a second would be 86 400: the chart keeps what it was given and an hour more.
    if (traces.length) window.Plotly.extendTraces(node, fresh, traces, 4800);
    const now = lineshaft.now();
    if (now === null || performance.now() - lastMove < 900) return;
    lastMove = performance.now();
    showLearning(root, node, now, offset);
    const shapes = marks(root, node, now, offset);
    if (shapes) axes.shapes = shapes;
    if (!paused) axes["xaxis.range"] = [now + offset - Number(root.dataset.range), now + offset];
    if (Object.keys(axes).length) window.Plotly.relayout(node, axes);
  }

  // One point a window is enough; each carries its word.
  function extendModes(node, index, points, offset) {
    const last = points[points.length - 1];
    if (!last) return;
    const [ts, value, mode] = last;
    const said = { x: [[ts + offset]], y: [[value]], text: [[t(`state.${mode}`)]], customdata: [[mode]] };
    window.Plotly.extendTraces(node, said, [index], 4800);
  }

  // The machine's alarms of the range: the past is asked for, what lives comes with the live rows.
  let past = new Map();
  let asked = "none yet";
  let drawn = "";
  async function askAlarms(root, live) {
    const known = live.map((row) => row.id).sort().join(" ");
    if (known === asked) return;
    asked = known; // an alarm came or went: where one went, the API knows when it ended
    const path = `/api/v1/alarms?state=all&limit=200&source=${encodeURIComponent(root.dataset.key)}`;
    const said = await lineshaft.call(path, { quiet: true });
    if (!root.isConnected) return; // another machine is shown by now
    if (said) past = new Map(said.items.map((row) => [row.id, row]));
    else asked = "none yet";
  }

  // All shapes of the chart with alarms, usual ranges and modes as they are now; null where nothing moved.
  function marks(root, node, now, offset) {
    if (!lineshaft.state.has("alarms")) return null;
    const live = lineshaft.state.rows("alarms").filter((row) => row.source === root.dataset.key);
    askAlarms(root, live);
    const rows = [...new Map([...past, ...live.map((row) => [row.id, row])]).values()];
    const axes = Object.fromEntries(node.data.map((trace) => [trace.name, trace.yaxis]));
    const machine = lineshaft.state.one(`machine:${root.dataset.key}`);
    const shakes = machine?.signals?.find((row) => row.quantity === "vibration");
    if (shakes) axes["@vibration"] = axes[shakes.name];
    const range = Number(root.dataset.range);
    const found = [
      ...usual.filter((row) => axes[row.signal]).map((row) => lineshaft.usualBand(row, axes[row.signal])),
      ...lineshaft.bands(rows, axes, { from: now - range, now, offset }),
      ...lineshaft.ribbon(node.data.find((trace) => trace.name === "@mode"),
        { range, px: node._fullLayout?._size?.w ?? 300 }, (mode) => t(`state.${mode}`)),
    ];
    const text = JSON.stringify(found);
    if (text === drawn) return null;
    drawn = text;
    const ours = /^(alarm|usual|mode):/;
    return [...found, ...(node.layout.shapes ?? []).filter((shape) => !ours.test(shape.name ?? ""))];
  }

  function showLearning(root, node, now, offset) {
    const trace = node.data.find((one) => one.name === "@score");
    const points = trace ? trace.x.map((ts, index) => [ts - offset, trace.y[index]]) : [];
    slot(root, "learning").hidden = !lineshaft.isLearning(points, now);
  }

  // Limits and data fixed the axis; only a value outside it may widen it. The fan's edge may leave it.
  function stretch(node, trace, points, axes) {
    if (trace.name === "@rul90") return;
    const name = trace.yaxis.replace("y", "yaxis");
    const [low, high] = axes[`${name}.range`] ?? node.layout[name].range;
    const values = points.map(([, value]) => value).filter(Number.isFinite);
    const least = Math.min(low, ...values);
    const most = Math.max(high, ...values);
    if (least < low || most > high) axes[`${name}.range`] = [least, most];
  }

  function listen(node, root) {
    if (node.dataset.heard) return;
    node.dataset.heard = "1";
    node.on("plotly_relayout", (change) => {
      const keys = Object.keys(change);
      if (keys.some((key) => /^xaxis\d*\.range\[0\]/.test(key))) setPaused(root, true);
      else if (keys.some((key) => /^xaxis\d*\.autorange/.test(key))) setPaused(root, false);
    });
  }

  function setPaused(root, value) {
    paused = value;
    lastMove = 0;
    slot(root, "paused").hidden = !value;
  }

  function mount(root) {
    waiting = new Map();
    past = new Map();
    asked = "none yet";
    drawn = "[]";
    usual = [];
    paused = false;
    slot(root, "paused").addEventListener("click", () => setPaused(root, false));
  }

  lineshaft.chart = { extend, mount, setUsual: (rows) => (usual = rows) };
})();
