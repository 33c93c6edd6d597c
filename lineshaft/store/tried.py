"""Tries a rule on the stored past: reads what it listens to, and asks it by the code that the live flow runs.

Readings come for some hundred signals at once, as arrays: a signal by itself would read every page of the
table again.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from lineshaft.clock import SECOND_US, from_datetime, monotonic_clock, to_datetime
from lineshaft.domain.plant import Plant, from_document
from lineshaft.domain.rules.document import Rule
from lineshaft.domain.rules.history import Series, verdicts
from lineshaft.domain.rules.scoping import covers, places
from lineshaft.domain.rules.targets import Known, Target, targets
from lineshaft.domain.rules.trial import KnownFault, Trial, Trying
from lineshaft.store import tried_inputs
from lineshaft.store.arrays import load_columns
from lineshaft.store.database import Connection

MOST_READINGS: Final = 60_000_000
"""In one trial; more take longer than anybody waits."""
AT_ONCE: Final = 10_000_000
"""Readings held at once, about."""
LONGEST_S: Final = 300.0
Span = tuple[int, int]
Progress = Callable[[float], None]


class TrialError(Exception):
    """The rule cannot be tried; the text says why, and what would help."""


def try_rule(conn: Connection, rule: Rule, span: Span, progress: Progress = lambda _: None) -> Trial:
    """What a rule would have raised within a span of the past; nothing is written.

    Raises:
        TrialError: there is nothing to try it on, or too much.
    """
    begun_us = monotonic_clock()
    plant = _plant(conn)
    wanted = [
        (machine, target) for machine in _machines(plant, rule) for target in targets(rule, span[0], machine)
    ]
    if not wanted:
        raise TrialError("no machine in the scope has the signals that the rule asks for")
    signals = _signals(conn, [target for _, target in wanted])
    groups = _groups(conn, wanted, signals, span)
    trying, done = Trying(span), 0
    for group in groups:
        if (monotonic_clock() - begun_us) / SECOND_US > LONGEST_S:
            raise TrialError(f"it takes longer than {LONGEST_S:.0f} s: try fewer days or a narrower scope")
        past = _readings(
            conn, sorted({signals[key] for _, one in group for key in _keys(one, signals)}), span
        )
        for _, target in group:
            _try_one(conn, target, (signals, past), span, trying)
            done += 1
        progress(done / len(wanted))
    result = trying.done(_faults(conn, span))
    took_s = (monotonic_clock() - begun_us) / SECOND_US
    return replace(result, took_s=round(took_s, 2))


def _try_one(
    conn: Connection,
    target: Target,
    known: tuple[dict[tuple[str, str], int], dict[int, Series]],
    span: Span,
    trying: Trying,
) -> None:
    signals, past = known
    machine, series = target.place.machine, {}
    for one in target.plan.inputs:
        if one.what == "signal":
            series[one] = past.get(signals.get((machine, one.name), -1), _EMPTY)
        else:
            series[one] = tried_inputs.other(conn, machine, one, span)
    count = sum(len(series[one].ts_us) for one in series if one.what == "signal")
    trying.add(machine, target.rule_key, count, verdicts(target.plan, target.place, series, span))


_EMPTY: Final = Series(np.empty(0, np.int64), np.empty(0))


def _plant(conn: Connection) -> Plant:
    row = conn.execute("SELECT document FROM plant ORDER BY version DESC LIMIT 1").fetchone()
    if row is None:
        raise TrialError("no plant is described yet: `lineshaft plant apply` does that")
    return from_document(row[0])


def _machines(plant: Plant, rule: Rule) -> Iterator[Known]:
    where = places(plant)
    for machine in plant.machines.values():
        if covers(rule.scope, where[machine.key]):
            quantities = {one.name: one.quantity for one in machine.signals}
            yield Known(where[machine.key], quantities, {one.name: one.unit for one in machine.signals})


def _keys(target: Target, known: dict[tuple[str, str], int]) -> list[tuple[str, str]]:
    keys = [(target.place.machine, one.name) for one in target.plan.inputs if one.what == "signal"]
    return [key for key in keys if key in known]


def _signals(conn: Connection, wanted: Sequence[Target]) -> dict[tuple[str, str], int]:
    """(machine, signal) → its id."""
    rows = conn.execute(
        "SELECT a.key, s.name, s.signal_id FROM asset a"
        " JOIN device d USING (asset_id) JOIN signal s USING (device_id) WHERE a.key = ANY(%s)",
        ([one.place.machine for one in wanted],),
    ).fetchall()
    return {(key, name): signal_id for key, name, signal_id in rows}


Wanted = tuple[Known, Target]


def _groups(
    conn: Connection, wanted: list[Wanted], signals: dict[tuple[str, str], int], span: Span
) -> list[list[Wanted]]:
    """The targets in groups whose readings are held at once, by what the minutes' rollup counts."""
    ids = sorted({signals[key] for _, one in wanted for key in _keys(one, signals)})
    counted: dict[int, int] = dict(
        conn.execute(
            "SELECT signal_id, sum(n)::bigint FROM reading_1h WHERE signal_id = ANY(%s) AND bucket >= %s"
            " AND bucket < %s GROUP BY 1",
            (ids, to_datetime(span[0]), to_datetime(span[1])),
        ).fetchall()
    )
    total = sum(counted.values())
    if total > MOST_READINGS:
        raise TrialError(f"{total:,} readings are too many: try fewer days or a narrower scope")
    groups: list[list[Wanted]] = [[]]
    held: set[int] = set()
    for one in wanted:
        mine = {signals[key] for key in _keys(one[1], signals)}
        if groups[-1] and sum(counted.get(key, 0) for key in held | mine) > AT_ONCE:
            groups.append([])
            held = set()
        groups[-1].append(one)
        held |= mine
    return groups


def _readings(conn: Connection, ids: list[int], span: Span) -> dict[int, Series]:
    """Signal id → its readings of the span, in the order of time.

    As an array a signal and column: a COPY hands over each row by itself, which took longer than all else.
    """
    cursor = conn.cursor(binary=True)
    load_columns(cursor)
    cursor.execute(
        "SELECT signal_id, array_agg(ts), array_agg(value) FROM reading"
        " WHERE signal_id = ANY(%s) AND quality < 2 AND ts >= %s AND ts < %s GROUP BY signal_id",
        (ids, to_datetime(span[0]), to_datetime(span[1])),
    )
    return {signal_id: _in_order(ts_us, value) for signal_id, ts_us, value in cursor}


def _in_order(ts_us: NDArray[np.int64], value: NDArray[np.float64]) -> Series:
    if (ts_us[1:] < ts_us[:-1]).any():
        order = np.argsort(ts_us, kind="stable")
        ts_us, value = ts_us[order], value[order]
    return Series(ts_us, value)


def _faults(conn: Connection, span: Span) -> list[KnownFault]:
    rows = conn.execute(
        "SELECT machine, began, ended, mode FROM label WHERE verdict = 'true' AND withdrawn IS NULL"
        " AND ended >= %s AND began < %s ORDER BY began",
        (to_datetime(span[0]), to_datetime(span[1])),
    ).fetchall()
    return [
        KnownFault(key, from_datetime(began), from_datetime(ended), mode) for key, began, ended, mode in rows
    ]
