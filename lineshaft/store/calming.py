"""What would calm a limit's alarm, from the readings that raised it."""

from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from lineshaft.clock import to_datetime
from lineshaft.domain.calming import suggest
from lineshaft.domain.plant import Signal, from_document
from lineshaft.domain.rules.delays import Delay, Limits
from lineshaft.domain.rules.raising import Settings
from lineshaft.domain.signals import quantity
from lineshaft.store.arrays import load_columns
from lineshaft.store.database import Connection

MOST: Final = 700_000
"""Readings tried, the latest: a week at 1 Hz, and some hundred settings are tried on each."""
ON_SAMPLES: Final = 2
BUILT_IN: Final = Delay(0.0, 10.0, ON_SAMPLES)
"""Of the built-in limits, as `stream.rules.threshold` has them (a test holds both together)."""


@dataclass(slots=True, frozen=True)
class Calming:
    """Settings that would have called less often, and what they would have done."""

    source: str
    signal: str
    readings: int
    from_ts: int
    """Of the first reading tried."""
    calls_before: int
    calls_after: int
    saved: float
    true_alarms: int
    delay_s: float
    """The longest by which a true alarm would have come later."""
    deadband_percent: float
    on_s: float
    off_s: float
    document: dict[str, Any]
    """A settings rule that says so, to be drafted."""


def calm(conn: Connection, source: str, signal: str, span: tuple[int, int]) -> Calming | None:
    """What is suggested for a limit of a machine's signal; None where there is nothing to calm."""
    row = conn.execute("SELECT document FROM plant ORDER BY version DESC LIMIT 1").fetchone()
    machine = from_document(row[0]).machines.get(source) if row else None
    said = next((one for one in machine.signals if one.name == signal), None) if machine else None
    if said is None:
        return None
    cursor = conn.cursor(binary=True)
    load_columns(cursor)
    cursor.execute(
        "SELECT array_agg(ts ORDER BY ts), array_agg(value ORDER BY ts) FROM (SELECT r.ts, r.value"
        " FROM reading AS r JOIN signal AS s USING (signal_id) JOIN device AS d USING (device_id)"
        " JOIN asset AS a USING (asset_id) WHERE a.key = %s AND s.name = %s AND r.quality < 2"
        " AND r.ts >= %s AND r.ts < %s ORDER BY r.ts DESC LIMIT %s) AS latest",
        (source, signal, to_datetime(span[0]), to_datetime(span[1]), MOST),
    )
    found = cursor.fetchone()
    if found is None or found[0] is None:
        return None
    ts_us, value = np.asarray(found[0], np.int64), np.asarray(found[1], np.float64)
    cases = [(limits, suggest(ts_us, value, Settings(limits, BUILT_IN))) for limits in _limits(said)]
    told = [(limits, one) for limits, one in cases if one]
    if not told:
        return None
    limits, best = max(told, key=lambda case: case[1].calls_before - case[1].calls_after)
    deadband = round(100 * best.settings.limits.deadband / (abs(limits.limits[0]) or 1.0), 2)
    delay = best.settings.delay
    return Calming(
        source, signal, len(ts_us), int(ts_us[0]) // 1000, best.calls_before, best.calls_after, best.saved,
        best.true_alarms, best.delay_s, deadband, delay.on_s, delay.off_s,
        {
            "kind": "settings",
            "id": f"calm-{source}-{signal}".lower().replace("_", "-")[:63],
            "name": {"en": f"Calmer {signal} of {source}", "zh": f"{source} {signal} 报警整定"},
            "of": "threshold",
            "scope": {"machine": [source], "signal": [signal]},
            "on_s": delay.on_s,
            "off_s": delay.off_s,
            "on_samples": delay.on_samples,
            "deadband_percent": deadband,
        },
    )  # fmt: skip


def _limits(signal: Signal) -> list[Limits]:
    """What is too high, and what is too low, from the milder limit."""
    slack = quantity(signal.quantity).deadband
    sides = ((True, (signal.high, signal.high_high)), (False, (signal.low, signal.low_low)))
    found = [(above, tuple(one for one in limits if one is not None)) for above, limits in sides]
    return [Limits(above, limits, slack * abs(limits[0])) for above, limits in found if limits]
