// A small drawing of how something went: a band, lines, and levels it is held against. SVG, no library.
(function () {
  "use strict";
  const lineshaft = (window.lineshaft = window.lineshaft || {});
  const H = 190;
  const PAD = { left: 64, right: 8, top: 10, bottom: 22 };

  function svg(tag, attributes, ...children) {
    const node = document.createElementNS("http://www.w3.org/2000/svg", tag);
    for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
    node.append(...children);
    return node;
  }

  // Round steps that cut a span into four to eight.
  const STEPS = [1, 2, 5, 10, 15, 30, 60, 120, 180, 360, 720, 1440, 2880, 10080];
  const everyMin = (ms, most = 6) => STEPS.find((step) => ms / 60_000 / step <= most) ?? 10080;

  // Round values: of times in minutes, of numbers in ones, twos and fives.
  function ticksOf(low, high, time) {
    const raw = (high - low) / 4;
    const power = 10 ** Math.floor(Math.log10(raw));
    const step = time ? everyMin(high - low, 5) * 60_000 : ([1, 2, 5].find((one) => one * power >= raw) ?? 10) * power;
    const found = [];
    for (let value = Math.ceil(low / step) * step; value <= high; value += step) found.push(value);
    return found;
  }

  // The extent of what is drawn; levels count, so that a limit is in the picture.
  function extent({ band = [], lines = [], levels = [] }) {
    const xs = [...band.map((one) => one.x), ...lines.flat().map((one) => one.x)];
    const ys = [...band.flatMap((one) => [one.low, one.high]), ...lines.flat().map((one) => one.y), ...levels.map((one) => one.y)];
    const [x0, x1, y0, y1] = [Math.min(...xs), Math.max(...xs), Math.min(...ys), Math.max(...ys)];
    const slack = (y1 - y0 || Math.abs(y1) || 1) * 0.08;
    return { x0, x1: x1 > x0 ? x1 : x0 + 1, y0: y0 - slack, y1: y1 + slack };
  }

  // `what`: {band: [{x, low, high}], lines: [[{x, y}]], levels: [{y, words, bad}], y: value → words, label}
  lineshaft.historyChart = (box, what) => {
    const W = Math.max(280, box.clientWidth || 720); // drawn at its own size, so that words keep theirs
    const drawn = JSON.stringify([W, what.band?.length, what.band?.at(-1), what.lines?.map((one) => [one.length, one.at(-1)]), what.levels, lineshaft.language()]);
    if (box.dataset.drawn === drawn) return;
    box.dataset.drawn = drawn;
    const { x0, x1, y0, y1 } = extent(what);
    const x = (value) => PAD.left + ((value - x0) / (x1 - x0)) * (W - PAD.left - PAD.right);
    const y = (value) => H - PAD.bottom - ((value - y0) / (y1 - y0)) * (H - PAD.top - PAD.bottom);
    const at = (px, py) => `${px.toFixed(1)},${py.toFixed(1)}`;
    const root = svg("svg", { viewBox: `0 0 ${W} ${H}`, role: "img", "aria-label": what.label });
    for (const value of ticksOf(y0, y1, what.time)) {
      root.append(svg("line", { class: "grid", x1: PAD.left, x2: W - PAD.right, y1: y(value), y2: y(value) }),
        svg("text", { class: "tick", x: PAD.left - 6, y: y(value) + 4, "text-anchor": "end" }, what.y(value)));
    }
    const step = everyMin(x1 - x0, W < 500 ? 4 : 8) * 60_000;
    for (let ts = Math.ceil(x0 / step) * step; ts <= x1; ts += step) {
      if (x(ts) > W - 24) continue;
      root.append(svg("text", { class: "tick", x: x(ts), y: H - 6, "text-anchor": "middle" }, lineshaft.minute(ts)));
    }
    const band = what.band ?? [];
    if (band.length > 1) {
      const upper = band.map((one) => at(x(one.x), y(one.high)));
      const lower = band.map((one) => at(x(one.x), y(one.low))).reverse();
      root.append(svg("polygon", { class: "band", points: [...upper, ...lower].join(" ") }));
    }
    for (const line of what.lines ?? []) root.append(svg("polyline", { class: "line", points: line.map((one) => at(x(one.x), y(one.y))).join(" ") }));
    for (const level of what.levels ?? []) {
      root.append(svg("line", { class: "level", x1: PAD.left, x2: W - PAD.right, y1: y(level.y), y2: y(level.y) }),
        svg("text", { class: "level-words", x: W - PAD.right - 2, y: y(level.y) - 4, "text-anchor": "end" }, level.words));
    }
    box.replaceChildren(root);
  };
})();
