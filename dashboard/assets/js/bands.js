// What is drawn into a machine's trends: alarms, usual ranges, modes. No input or output: tests/dashboard/js.
(function () {
  "use strict";
  const lineshaft = (window.lineshaft = window.lineshaft || {});
  // The fills of tokens.css, so thin that the line stays the darkest; the number says the priority, too.
  const FILL = { 1: "179,0,27", 2: "242,142,43", 3: "255,224,102", 4: "126,87,168" };

  // An alarm belongs to the row of its signal, what is unusual to the score's, a failure to come to the
  // health's, a vibration zone to the vibration's
  // ("@vibration", where there is one); all else to the whole machine.
  const ROWS = { anomaly: "@score", failure: "@health", zone: "@vibration" };
  const axisOf = (row, axes) => axes[row.arguments?.signal] ?? axes[ROWS[row.rule]];

  // A row that is normal again without a time of its own ended when it was last touched.
  const endOf = (row, now) => row.cleared ?? (row.state === "normal" ? row.updated : now);

  // Alarm rows → plotly shapes. `axes`: trace name → "y2"; `from`, `now` in ms; `offset`: plotly's zone is UTC.
  function bands(rows, axes, { from, now, offset }) {
    return rows
      .filter((row) => endOf(row, now) >= from && row.raised <= now)
      .sort((a, b) => a.raised - b.raised)
      .map((row) => {
        const axis = axisOf(row, axes);
        return {
          type: "rect",
          name: `alarm:${row.id}`,
          layer: "below",
          xref: "x",
          x0: row.raised + offset,
          x1: endOf(row, now) + offset,
          yref: axis ? `${axis} domain` : "paper",
          y0: 0,
          y1: 1,
          fillcolor: `rgba(${FILL[row.priority]},0.28)`,
          line: { width: 1, color: "#5b6770" },
          label: { text: String(row.priority), textposition: "top left", font: { size: 12 } },
        };
      });
  }

  // Where a signal usually lies, behind its line.
  const usualBand = (row, axis) => ({
    type: "rect",
    name: `usual:${row.signal}`,
    layer: "below",
    xref: "paper",
    x0: 0,
    x1: 1,
    yref: axis,
    y0: row.low,
    y1: row.high,
    fillcolor: "rgba(128,138,146,0.2)",
    line: { width: 0 },
  });

  // Darker is busier; red is a fault. The word stands in what is wide enough for it, and in what one points at.
  const DOES = {
    RUN: "rgba(91,103,112,0.45)", MODE1: "rgba(91,103,112,0.45)", MODE2: "rgba(91,103,112,0.35)",
    MODE3: "rgba(91,103,112,0.28)", SETUP: "rgba(91,103,112,0.22)", MAINT: "rgba(63,88,115,0.4)",
    DOWN: "rgba(179,0,27,0.4)",
  }; // prettier-ignore
  const LATIN_PX = 8;
  const HAN_PX = 14;
  const wide = (words) => [...words].reduce((sum, one) => sum + (one > "\u2e80" ? HAN_PX : LATIN_PX), 6);

  // The trace of modes → its stretches as plotly shapes. `range` in ms is `px` wide.
  function ribbon(trace, { range, px }, words) {
    if (!trace) return [];
    const points = trace.x.map((ts, index) => [ts, trace.customdata[index]]);
    const gap = Math.max(trace.meta, (3 * range) / 400);
    return lineshaft.stretches(points, gap).map(({ from, to, mode }) => ({
      type: "rect",
      name: `mode:${mode}`,
      layer: "below",
      xref: "x",
      x0: from,
      x1: to,
      yref: `${trace.yaxis} domain`,
      y0: 0,
      y1: 1,
      fillcolor: DOES[mode] ?? "rgba(91,103,112,0.1)",
      line: { width: 1, color: "#5b6770" },
      label: ((to - from) / range) * px > wide(words(mode)) ? { text: words(mode), textposition: "middle center", font: { size: 12 } } : {},
    }));
  }

  // A machine whose score was nothing but 0 for two minutes, or ever since there is one, is still being learned:
  // a detector that knows its machine now and then finds a window a little odd.
  const LEARNING_MS = 120_000;
  function isLearning(points, now) {
    const recent = points.filter(([ts, score]) => ts > now - LEARNING_MS && score !== null);
    return recent.length > 0 && recent.every(([, score]) => score === 0);
  }

  Object.assign(lineshaft, { bands, isLearning, ribbon, usualBand });
})();
