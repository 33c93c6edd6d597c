// How a shipment stands against what was promised; the same rule on Overview and Logistics.
(function () {
  "use strict";
  const lineshaft = (window.lineshaft = window.lineshaft || {});
  const { t } = lineshaft;
  // The alarm "late" uses the same 15 minutes.
  const LATE_MS = 15 * 60_000;
  // The alarm "risk" begins at the same probability.
  const RISK = 0.3;

  // As the server counts them: 10 intervals without a fix, but not under a minute, because of tunnels.
  lineshaft.isSilent = (vehicle) => {
    const now = lineshaft.now();
    if (!vehicle.ts || now === null) return true;
    return now - vehicle.ts > Math.max(60_000, 10 * (vehicle.every_ms || 5000));
  };

  // From then on it is late: the end of its appointment, or the planned arrival with some grace.
  const due = (row) =>
    row.promised ? row.promised + row.grace_ms : row.planned_arrival ? row.planned_arrival + LATE_MS : null;

  // late: expected after it is due · risk: likely enough to be · time: not even that · silent: its truck says
  // nothing, so no expectation holds · none: nothing to expect from yet.
  lineshaft.promise = (row, vehicle) => {
    if (row.state === "arrived" || row.state === "delivered") {
      return row.arrived && due(row) && row.arrived > due(row) ? "late" : "time";
    }
    if (row.state === "underway" && vehicle && lineshaft.isSilent(vehicle)) return "silent";
    if (!row.eta_p50) return "none";
    if (!due(row)) return "time";
    if (row.eta_p50 > due(row)) return "late";
    return row.late_p >= RISK ? "risk" : "time";
  };

  // Against what was promised: the end of the appointment, else the planned arrival.
  lineshaft.lateWords = (row) => {
    const promised = row.promised ?? row.planned_arrival;
    const comes = row.arrived ?? row.eta_p50;
    if (!comes || !promised) return lineshaft.DASH;
    const late = comes - promised;
    if (Math.abs(late) < 60_000) return t("late.exact");
    return t(late > 0 ? "late.by" : "early.by", { span: lineshaft.span(Math.abs(late)) });
  };
})();
