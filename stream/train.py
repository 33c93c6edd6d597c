"""Learns from the stored past when machines fail: `lineshaft train`.

Scores, minutes of readings and labels go through the flow's own indicators; the learner is tried on a later
part of the past than it has seen (`lineshaft.detect.prognosis.trial`), and the model it makes joins the
others as a challenger: it is watched in the shadow, and speaks when a person makes it the champion.
"""

import argparse
import hashlib
import os
import sys
from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np

from lineshaft import logs, target
from lineshaft.clock import Clock, system_clock, to_datetime
from lineshaft.detect.prognosis.failure import ModelError, pack
from lineshaft.detect.prognosis.indicators import MINUTE_US, NAMES, QUANTITIES, Indicators, Seen
from lineshaft.detect.prognosis.trial import DAY_US, FaultOf, Learned, Rows, train
from lineshaft.settings import SettingsError
from lineshaft.store import history, labels, models
from lineshaft.store.database import Connection, ConnectionLost, connect
from lineshaft.store.models import Trained

NAME: Final = "failure"
TARGET: Final = 0.7
"""Precision that forewarnings are to have, where nobody says another."""
ROWS: Final = 200_000
"""To learn from, about, at most: more take longer and say the same again."""
LEAST_STEP_MIN: Final = 10
STATEMENT_TIMEOUT_S: Final = 600


class TrainError(Exception):
    """It cannot be done; the text says why, and what would help."""


def learn(conn: Connection, kind: str, precision: float) -> tuple[Trained, Learned]:
    """Learn from what is stored of a kind's machines; nothing is written.

    Raises:
        TrainError: there is nothing to learn from.
        ModelError: there is too little.
    """
    keys = history.machines(conn, kind)
    kept = history.span(conn, keys)
    if kept is None:
        raise TrainError(f"nothing is stored of machines of kind {kind!r}: name another with --kind")
    row_of = {key: row for row, key in enumerate(keys)}
    faults = [
        FaultOf(row_of[fault.machine], fault.began_us, fault.ended_us)
        for fault in labels.faults(conn, kind)
        if fault.machine in row_of
    ]
    days = range(kept[0] // DAY_US, kept[1] // DAY_US + 1)
    step_min = max(LEAST_STEP_MIN, len(keys) * len(days) * history.MINUTES // ROWS)
    rows = _rows(conn, keys, days, faults, step_min)
    learned = train(rows, faults, NAMES, step_min * MINUTE_US, precision)
    packed = pack(learned.model)
    trained = Trained(
        name=NAME,
        kind=kind,
        span_from_us=kept[0],
        span_to_us=kept[1],
        features=list(learned.model.columns),
        metrics=learned.model.metrics,
        threshold=learned.threshold,
        target=precision,
        sha256=hashlib.sha256(packed).hexdigest(),
        artefact=packed,
    )
    return trained, learned


def _rows(
    conn: Connection, keys: Sequence[str], days: range, faults: Sequence[FaultOf], step_min: int
) -> Rows:
    """The indicators of all machines every few minutes, from the first day to the last."""
    indicators = Indicators()
    indicators.grow(len(keys))
    parts: list[Rows] = []
    for day in days:
        past = history.day(conn, keys, QUANTITIES, day * DAY_US)
        heard = past.heard
        for minute in np.flatnonzero(heard.any(axis=0)).tolist():
            end_us = day * DAY_US + (minute + 1) * MINUTE_US
            for fault in faults:
                if end_us - MINUTE_US < fault.ended_us <= end_us:
                    indicators.repair(fault.machine, fault.ended_us)
            row = np.flatnonzero(heard[:, minute]).astype(np.int32)
            at_us = np.full(len(row), end_us)
            x = indicators.step(row, at_us, _seen(past, row, minute)).x
            if minute % step_min == 0:
                parts.append(Rows(row, at_us, x))
    if not parts:
        raise TrainError("nothing is stored of these machines by the minute")
    machine = np.concatenate([part.machine for part in parts])
    at_us, x = np.concatenate([part.at_us for part in parts]), np.concatenate([part.x for part in parts])
    order = np.lexsort((at_us, machine))
    return Rows(machine[order], at_us[order], x[order])


def _seen(past: history.Minutes, row: np.ndarray[Any, np.dtype[np.int32]], minute: int) -> Seen:
    return Seen(
        score=past.score[row, minute],
        health=past.health[row, minute],
        zone=past.zone[row, minute],
        beyond=past.beyond[row, minute],
        running=past.running[row, minute],
        level=past.level[row, minute],
    )


def main(
    arguments: Sequence[str] | None = None,
    environ: Mapping[str, str] = os.environ,
    clock: Clock = system_clock,
) -> int:
    """Run the command; 0 a model was added, 1 it could not be, 2 not understood."""
    options = _parser().parse_args(arguments)
    logs.configure("train", "WARNING")
    try:
        where = target.find(options.data_dir, environ)
        with connect(
            where.url, schema=where.schema, application="lineshaft train", timeout_s=STATEMENT_TIMEOUT_S
        ) as conn:
            trained, learned = learn(conn, options.kind, options.precision)
            label = "not kept"
            if not options.dry_run:
                label = models.add(conn, trained, by="cli", why=options.why, now_us=clock())
    except (TrainError, ModelError, SettingsError, OSError, *ConnectionLost) as error:
        sys.stderr.write(f"lineshaft: {error}\n")
        return 1
    sys.stdout.write(_told(label, trained, learned))
    return 0


def _told(label: str, trained: Trained, learned: Learned) -> str:
    """What came of it, for people."""
    got = learned.model.metrics

    def share(name: str) -> str:
        return "-" if got[name] is None else f"{got[name]:.2f}"

    lead = "-" if got["lead_s"] is None else f"{got['lead_s'] / 3600:.1f} h"
    low, high = to_datetime(trained.span_from_us), to_datetime(trained.span_to_us)
    return (
        f"{label}: {len(trained.artefact):,} bytes, from {low:%Y-%m-%d} to {high:%Y-%m-%d},"
        f" {got['faults_learned']} faults\n"
        f"on the last part, which it had not seen: {got['found']} of {got['faults']} faults found,"
        f" precision {share('precision')}, recall {share('recall')}, median lead {lead},"
        f" false alarms per machine-week {share('false_alarms_week')}\n"
        f"it warns from P(fails within 24 h) = {learned.threshold:.3f}\n"
    )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="lineshaft train",
        description="Learn from the stored past and its labels when machines fail; adds a challenger.",
    )
    target.add_argument(parser)
    add = parser.add_argument
    add("--kind", default="*", help="machine kind to learn of (default: all together)")
    add("--precision", type=float, default=TARGET, help=f"of forewarnings, to aim at (default: {TARGET})")
    add("--why", default="trained", help="noted with the model")
    add("--dry-run", action="store_true", help="tell how good it would be, and keep nothing")
    return parser


if __name__ == "__main__":
    sys.exit(main())
