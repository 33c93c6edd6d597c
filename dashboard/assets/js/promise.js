// How a shipment stands against what was promised; the same rule on Overview and Logistics.
(function () {
  "use strict";
  const lineshaft = (window.lineshaft = window.lineshaft || {});
  const { t } = lineshaft;
  // The alarm "late" uses the same 15 minutes.
  const LATE_MS = 15 * 60_000;

  // As the server counts them: 10 intervals without a fix, but not under a minute, because of tunnels.
  lineshaft.isSilent = (vehicle) => {
    const now = lineshaft.now();
    if (!vehicle.ts || now === null) return true;
    return now - vehicle.ts > Math.max(60_000, 10 * (vehicle.every_ms || 5000));
  };

  // late: expected over 15 min late · risk: the slow tenth is · time: not even that · silent: its truck says
  // nothing, so no expectation holds · none: nothing to expect from yet.
  lineshaft.promise = (row, vehicle) => {
    if (row.state === "arrived") {
      return row.arrived && row.planned_arrival && row.arrived > row.planned_arrival + LATE_MS ? "late" : "time";
    }
    if (row.state === "underway" && vehicle && lineshaft.isSilent(vehicle)) return "silent";
    if (!row.eta_p50) return "none";
    if (!row.planned_arrival) return "time";
    if (row.eta_p50 > row.planned_arrival + LATE_MS) return "late";
    if (row.eta_p90 > row.planned_arrival + LATE_MS) return "risk";
    return "time";
  };

  lineshaft.lateWords = (row) => {
    if (!row.eta_p50 || !row.planned_arrival) return lineshaft.DASH;
    const late = row.eta_p50 - row.planned_arrival;
    if (Math.abs(late) < 60_000) return t("late.exact");
    return t(late > 0 ? "late.by" : "early.by", { span: lineshaft.span(Math.abs(late)) });
  };
})();
