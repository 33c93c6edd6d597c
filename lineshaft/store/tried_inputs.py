"""What a tried rule listens to beside readings: scores, the machine's words, events, other rules' raises."""

from typing import Any, Final, LiteralString

import numpy as np

from lineshaft.clock import from_datetime, to_datetime
from lineshaft.domain.machines import STATES, machine_state
from lineshaft.domain.rules.history import Series
from lineshaft.domain.rules.plan import Input
from lineshaft.store.database import Connection

_SCORES: Final[LiteralString] = """
    SELECT s.ts, CASE %(name)s
        WHEN 'score' THEN s.score::float8 WHEN 'probability' THEN s.probability::float8
        WHEN 'health' THEN s.health::float8 WHEN 'p_fail_24h' THEN s.p_fail_24h::float8
        WHEN 'remaining_s' THEN s.rul_p50_s WHEN 'anomaly' THEN s.anomaly::int::float8
        WHEN 'zone' THEN nullif(strpos('ABCD', s.zone), 0)::float8 END
    FROM score s JOIN device d USING (device_id) JOIN asset a USING (asset_id)
    WHERE a.key = %(key)s AND s.ts >= %(from)s AND s.ts < %(to)s ORDER BY s.ts
"""
_STATES: Final[LiteralString] = """
    SELECT t.ts, t.value
    FROM reading_text t JOIN signal s USING (signal_id) JOIN device d USING (device_id)
    JOIN asset a USING (asset_id)
    WHERE a.key = %(key)s AND s.name = 'state' AND t.ts >= %(from)s AND t.ts < %(to)s ORDER BY t.ts
"""
_EVENTS: Final[LiteralString] = """
    SELECT e.ts, 1.0::float8
    FROM event e JOIN device d USING (device_id) JOIN asset a USING (asset_id)
    WHERE a.key = %(key)s AND e.code LIKE %(like)s AND e.ts >= %(from)s AND e.ts < %(to)s ORDER BY e.ts
"""
_RAISES: Final[LiteralString] = """
    SELECT j.at, 1.0::float8
    FROM alarm_journal j JOIN alarm m USING (alarm_id)
    WHERE m.source = %(key)s AND m.rule LIKE %(like)s AND j.event IN ('raise', 'reraise', 'escalate')
      AND j.at >= %(from)s AND j.at < %(to)s ORDER BY j.at
"""
_QUERIES: Final = {"score": _SCORES, "state": _STATES, "events": _EVENTS, "raises": _RAISES}


def other(conn: Connection, machine: str, wanted: Input, span: tuple[int, int]) -> Series:
    """The samples of an input that is no signal."""
    like = wanted.name.replace("%", r"\%").replace("_", r"\_").replace("*", "%").replace("?", "_")
    asked = {
        "key": machine,
        "name": wanted.name,
        "like": like,
        "from": to_datetime(span[0]),
        "to": to_datetime(span[1]),
    }
    rows: list[tuple[Any, Any]] = conn.execute(_QUERIES[wanted.what], asked).fetchall()
    if wanted.what == "state":
        said = [(ts, machine_state(text)) for ts, text in rows]
        rows = [(ts, float(STATES.index(state))) for ts, state in said if state is not None]
    known = [(from_datetime(ts), value) for ts, value in rows if value is not None]
    return Series(
        np.array([ts for ts, _ in known], np.int64), np.array([value for _, value in known], np.float64)
    )
