// One machine: values on their limits, trends that go on, and what its score is made of.
(function () {
  "use strict";
  const lineshaft = (window.lineshaft = window.lineshaft || {});
  const { el, list, mark, put, slot, t } = lineshaft;

  function showSignal(node, row) {
    const text = row.quantity === "state";
    const value = slot(node, "value");
    if (text) put(value, row.text === null ? lineshaft.DASH : t(`state.${row.text}`));
    else put(value, row.text ?? lineshaft.number(row.value, row.decimals));
    put(slot(node, "bad"), row.quality ? "?" : "");
    lineshaft.age(slot(node, "age"), row.ts, row.every_ms, ".signal");
    const bar = slot(node, "limits");
    if (!bar) return;
    const [low, high] = bar.dataset.scale.split(" ").map(Number);
    const now = bar.querySelector(".now");
    now.hidden = row.value === null;
    if (row.value === null) return;
    now.style.left = `${Math.max(0, Math.min(100, (100 * (row.value - low)) / (high - low)))}%`;
    const out = (row.high !== null && row.value > row.high) || (row.low !== null && row.value < row.low);
    mark(bar, "data-out", out || null);
  }

  function showMachine(root, machine) {
    lineshaft.showMachine(root, machine);
    lineshaft.age(slot(root, "seen"), machine.ts);
    put(slot(root, "score"), lineshaft.number(machine.score, 2));
    put(slot(root, "zone"), machine.zone ? t(`zone.${machine.zone}`) : lineshaft.DASH);
    put(slot(root, "model"), machine.model || lineshaft.DASH);
    for (const row of machine.signals ?? []) {
      const node = root.querySelector(`[data-signal="${CSS.escape(row.name)}"]`);
      if (node) showSignal(node, row);
    }
    const shares = (machine.contributors ?? []).slice(0, 4);
    list(slot(root, "contributors"), shares, {
      id: (row) => row.signal,
      make: () => el("li.share", {}, el("span"), el("span.meter", {}, el("i")), el("span.number")),
      update(node, row) {
        put(node.children[0], lineshaft.signal(row.signal));
        node.children[1].firstChild.style.width = `${Math.round(100 * row.share)}%`;
        put(node.children[2], `${lineshaft.number(100 * row.share)} %`);
      },
    });
    slot(root, "contributors-none").hidden = shares.length > 0;
  }

  function showAlarms(root) {
    const rows = lineshaft.state.rows("alarms").filter((row) => row.source === root.dataset.key);
    lineshaft.showWrong(slot(root, "wrong"), rows.sort(lineshaft.byUrgency), { source: false });
    slot(root, "wrong-none").hidden = rows.length > 0;
  }

  // The trend chart. New points wait here until the next tick; the figure's own last time says what is new.
  let waiting = new Map();
  let paused = false;
  let lastMove = 0;
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
    wait("@health", [[source.ts, source.health]]);
    wait("@score", [[source.ts, source.score]]);
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
    const x = [];
    const y = [];
    const traces = [];
    const axes = {};
    node.data.forEach((trace, index) => {
      const last = trace.x.length ? trace.x[trace.x.length - 1] - offset : 0;
      let fresh = (waiting.get(trace.name) ?? []).filter(([ts]) => ts > last).sort((a, b) => a[0] - b[0]);
      if (trace.name.startsWith("@")) fresh = judged(fresh, last, trace.y[trace.y.length - 1]);
      if (!fresh.length) return;
      fresh = holed(fresh, last, trace.meta);
      x.push(fresh.map(([ts]) => ts + offset));
      y.push(fresh.map(([, value]) => value));
      traces.push(index);
      stretch(node, index, fresh, axes);
    });
    waiting = new Map();
    // 24 h at a point a second would be 86 400: the chart keeps what it was given and an hour more.
    if (traces.length) window.Plotly.extendTraces(node, { x, y }, traces, 4800);
    const now = lineshaft.now();
    if (now === null || performance.now() - lastMove < 900) return;
    lastMove = performance.now();
    showLearning(root, node, now, offset);
    const shapes = marks(root, node, now, offset);
    if (shapes) axes.shapes = shapes;
    if (!paused) axes["xaxis.range"] = [now + offset - Number(root.dataset.range), now + offset];
    if (Object.keys(axes).length) window.Plotly.relayout(node, axes);
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

  // All shapes of the chart with the alarms as they are now; null where nothing moved.
  function marks(root, node, now, offset) {
    if (!lineshaft.state.has("alarms")) return null;
    const live = lineshaft.state.rows("alarms").filter((row) => row.source === root.dataset.key);
    askAlarms(root, live);
    const rows = [...new Map([...past, ...live.map((row) => [row.id, row])]).values()];
    const axes = Object.fromEntries(node.data.map((trace) => [trace.name, trace.yaxis]));
    const machine = lineshaft.state.one(`machine:${root.dataset.key}`);
    const shakes = machine?.signals?.find((row) => row.quantity === "vibration");
    if (shakes) axes["@vibration"] = axes[shakes.name];
    const found = lineshaft.bands(rows, axes, { from: now - Number(root.dataset.range), now, offset });
    const text = JSON.stringify(found);
    if (text === drawn) return null;
    drawn = text;
    return [...(node.layout.shapes ?? []).filter((shape) => !shape.name?.startsWith("alarm:")), ...found];
  }

  function showLearning(root, node, now, offset) {
    const trace = node.data.find((one) => one.name === "@score");
    const points = trace ? trace.x.map((ts, index) => [ts - offset, trace.y[index]]) : [];
    slot(root, "learning").hidden = !lineshaft.isLearning(points, now);
  }

  // Limits and data fixed the axis; only a value outside it may widen it.
  function stretch(node, index, fresh, axes) {
    const name = `yaxis${index ? index + 1 : ""}`;
    const [low, high] = node.layout[name].range;
    const values = fresh.map(([, value]) => value).filter(Number.isFinite);
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

  lineshaft.pages = lineshaft.pages || {};
  lineshaft.pages.machine = {
    topics: (root) => [`machine:${root.dataset.key}`],
    mount(root) {
      waiting = new Map();
      past = new Map();
      asked = "none yet";
      drawn = "[]";
      paused = false;
      slot(root, "paused").addEventListener("click", () => setPaused(root, false));
    },
    render(root, changed) {
      const topic = `machine:${root.dataset.key}`;
      const machine = lineshaft.state.one(topic);
      if (machine && (!changed || changed.has(topic))) showMachine(root, machine);
      if (lineshaft.state.has("alarms") && (!changed || changed.has("alarms"))) showAlarms(root);
      extend(root);
    },
  };
})();
