"""What a tried rule listens to, a slice of time for all its machines at once, as arrays.

A COPY hands over each row by itself, and a signal by itself would read every page of the table again; both
took longer than all else. So the server gathers each input's samples into arrays, slice by slice.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Any, Final, LiteralString

import numpy as np

from lineshaft.clock import to_datetime
from lineshaft.domain.machines import STATES, machine_state
from lineshaft.domain.readings import Ints64
from lineshaft.domain.rules.document import SCORES
from lineshaft.domain.rules.history import Series
from lineshaft.domain.rules.plan import Input
from lineshaft.store.arrays import load_columns
from lineshaft.store.database import Connection, Cursor

Heard = tuple[str, Input]
"""A machine, and what of it."""
Span = tuple[int, int]

STATE: Final = Input("state")
KNOWN_FOR_US: Final = 7 * 86_400_000_000
"""So long before a span a machine's last word of its state is looked for."""

_READINGS: Final[LiteralString] = """
    SELECT signal_id, array_agg(ts), array_agg(value) FROM reading
    WHERE signal_id = ANY(%(ids)s) AND quality < 2 AND ts >= %(from)s AND ts < %(to)s GROUP BY signal_id
"""
_SCORES: Final[LiteralString] = """
    SELECT device_id, array_agg(ts), array_agg(value) FROM (
        SELECT device_id, ts, CASE %(name)s
            WHEN 'score' THEN score::float8 WHEN 'probability' THEN probability::float8
            WHEN 'health' THEN health::float8 WHEN 'p_fail_24h' THEN p_fail_24h::float8
            WHEN 'remaining_s' THEN rul_p50_s WHEN 'anomaly' THEN anomaly::int::float8
            WHEN 'zone' THEN nullif(strpos('ABCD', zone), 0)::float8 END AS value
        FROM score WHERE device_id = ANY(%(ids)s) AND ts >= %(from)s AND ts < %(to)s) AS said
    WHERE value IS NOT NULL GROUP BY device_id
"""
_STATES: Final[LiteralString] = """
    SELECT signal_id, value, array_agg(ts) FROM reading_text
    WHERE signal_id = ANY(%(ids)s) AND ts >= %(from)s AND ts < %(to)s GROUP BY signal_id, value
"""
_EVENTS: Final[LiteralString] = """
    SELECT device_id, code, array_agg(ts) FROM event
    WHERE device_id = ANY(%(ids)s) AND ts >= %(from)s AND ts < %(to)s GROUP BY device_id, code
"""
_RAISES: Final[LiteralString] = """
    SELECT m.source, m.rule, array_agg(j.at) FROM alarm_journal j JOIN alarm m USING (alarm_id)
    WHERE m.source = ANY(%(ids)s) AND j.event IN ('raise', 'reraise', 'escalate')
      AND j.at >= %(from)s AND j.at < %(to)s GROUP BY m.source, m.rule
"""
_BEFORE: Final[LiteralString] = """
    SELECT a.key, said.value FROM asset a JOIN device USING (asset_id) JOIN signal s USING (device_id)
    CROSS JOIN LATERAL (SELECT value FROM reading_text t WHERE t.signal_id = s.signal_id
                        AND t.ts >= %(from)s AND t.ts < %(to)s ORDER BY t.ts DESC LIMIT 1) AS said
    WHERE a.key = ANY(%(ids)s) AND s.name = 'state'
"""


@dataclass(slots=True)
class Wanted:
    """Which inputs of which machines are to be read, by the numbers they have in the tables."""

    signals: dict[int, Heard] = field(default_factory=dict)
    states: dict[int, Heard] = field(default_factory=dict)
    """Of the signals that say a machine's state."""
    scores: dict[str, dict[int, Heard]] = field(default_factory=dict)
    """What the models say → device → whose input it is."""
    events: dict[int, str] = field(default_factory=dict)
    """Device → machine."""
    counts: dict[tuple[str, str], list[Input]] = field(default_factory=dict)
    """(machine, `events` or `raises`) → what is counted there."""

    @classmethod
    def of(cls, conn: Connection, inputs: Collection[Heard]) -> "Wanted":
        """Those of some inputs; what was never heard has no number and is left out."""
        rows = conn.execute(
            "SELECT a.key, d.device_id, s.name, s.signal_id FROM asset a JOIN device d USING (asset_id)"
            " LEFT JOIN signal s USING (device_id) WHERE a.key = ANY(%s)",
            ([*{machine for machine, _ in inputs}],),
        ).fetchall()
        found = cls()
        for machine, one in inputs:
            if one.what in {"events", "raises"}:
                found.counts.setdefault((machine, one.what), []).append(one)
        for machine, device, name, signal in rows:
            found._number(machine, device, (name, signal), inputs)
        return found

    def _number(self, machine: str, device: int, signal: tuple[str, int], inputs: Collection[Heard]) -> None:
        """Put down the numbers of a device, and of one of its signals, where somebody listens to them."""
        name, number = signal
        heard = machine, Input("signal", name)
        if heard in inputs:
            self.signals[number] = heard
        if name == STATE.what and (machine, STATE) in inputs:
            self.states[number] = machine, STATE
        if (machine, "events") in self.counts:
            self.events[device] = machine
        for score in SCORES:
            if (machine, Input("score", score)) in inputs:
                self.scores.setdefault(score, {})[device] = machine, Input("score", score)

    def read(self, conn: Connection, span: Span) -> dict[Heard, Series]:
        """The samples of a slice of time, in the order of time; inputs without any are left out."""
        cursor = conn.cursor(binary=True)
        load_columns(cursor)
        found: dict[Heard, list[Series]] = {}
        for heard, series in self._parts(cursor, span):
            found.setdefault(heard, []).append(series)
        return {heard: _in_order(parts) for heard, parts in found.items()}

    def _parts(self, cursor: Cursor, span: Span) -> Iterator[tuple[Heard, Series]]:
        for signal, ts_us, value in _asked(cursor, _READINGS, self.signals, span):
            yield self.signals[signal], Series(ts_us, value)
        for name, devices in self.scores.items():
            for device, ts_us, value in _asked(cursor, _SCORES, devices, span, name):
                yield devices[device], Series(ts_us, value)
        for signal, text, ts_us in _asked(cursor, _STATES, self.states, span):
            state = machine_state(text)
            if state is not None:
                yield self.states[signal], Series(ts_us, np.full(len(ts_us), float(STATES.index(state))))
        for device, code, ts_us in _asked(cursor, _EVENTS, self.events, span):
            yield from self._counted((self.events[device], "events"), code, ts_us)
        raising = [machine for machine, what in self.counts if what == "raises"]
        for machine, rule, ts_us in _asked(cursor, _RAISES, raising, span):
            yield from self._counted((machine, "raises"), rule, ts_us)

    def _counted(self, where: tuple[str, str], name: str, ts_us: Ints64) -> Iterator[tuple[Heard, Series]]:
        for one in self.counts.get(where, ()):
            if fnmatchcase(name, one.name):
                yield (where[0], one), Series(ts_us, np.ones(len(ts_us)))


def states_before(conn: Connection, machines: Sequence[str], at_us: int) -> dict[str, str]:
    """What machines had said of their state at an instant; those that said nothing lately are left out."""
    asked = {"ids": [*machines], "from": to_datetime(at_us - KNOWN_FOR_US), "to": to_datetime(at_us)}
    said = {machine: machine_state(text) for machine, text in conn.execute(_BEFORE, asked)}
    return {machine: state for machine, state in said.items() if state is not None}


def _asked(
    cursor: Cursor, query: LiteralString, ids: Iterable[int | str], span: Span, name: str = ""
) -> Iterator[tuple[Any, ...]]:
    wanted = [*ids]
    if wanted:
        asked = {"ids": wanted, "name": name, "from": to_datetime(span[0]), "to": to_datetime(span[1])}
        yield from cursor.execute(query, asked)


def _in_order(parts: Sequence[Series]) -> Series:
    ts_us, value = parts[0]
    if len(parts) > 1:
        ts_us, value = (np.concatenate(column) for column in zip(*parts, strict=True))
    if (ts_us[1:] < ts_us[:-1]).any():
        order = np.argsort(ts_us, kind="stable")
        ts_us, value = ts_us[order], value[order]
    return Series(ts_us, value)
