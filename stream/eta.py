"""`lineshaft eta fit TRIPS.csv -o MODEL | predict MODEL QUERIES.csv --tracks FILE --out eta.csv`.

`fit` learns from past trips: each one's last fix is its arrival. `predict` says how many seconds trips under
way have left, P10, P50 and P90; of each, only the fixes up to the question's time are looked at.
"""

import argparse
import csv
import hashlib
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from lineshaft.detect.eta.model import EtaModel, Times
from lineshaft.detect.eta.packing import pack, unpack
from lineshaft.detect.eta.tracks import Tracks, course, fix_at, moments
from lineshaft.detect.prognosis.failure import ModelError
from stream.model_file import opened
from stream.trips import Questions, TripsError, read_questions, read_trips


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; 0 when it did what was asked, 1 when it could not, 2 when it was not understood."""
    told = _parser().parse_args(arguments)
    try:
        sys.stdout.write(_fit(told) if told.command == "fit" else _predict(told))
    except (TripsError, ModelError, OSError) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


def answers(model: EtaModel, questions: Questions, tracks: Tracks | None) -> Times:
    """Remaining seconds, an element a question.

    Raises:
        TripsError: of a trip neither its place nor a fix by then is known.
    """
    empty = Tracks((), np.zeros(1, np.int64), np.empty(0), np.empty(0), np.empty(0))
    found = course(tracks or empty)
    place = {name: at for at, name in enumerate(found.tracks.names)}
    trip = np.array([place.get(name, -1) for name in questions.trips], np.int64)
    lat, lon = questions.lat.copy(), questions.lon.copy()
    lost = np.isnan(lat) | np.isnan(lon)
    if lost.any():
        at = np.where(trip >= 0, fix_at(found, np.maximum(trip, 0), questions.ts), -1) if place else trip
        known = lost & (at >= 0)
        lat[known], lon[known] = found.tracks.lat[at[known]], found.tracks.lon[at[known]]
        if (lost & ~known).any():
            name = questions.names[int(np.argmax(lost & ~known))]
            raise TripsError(f"question {name}: no place, and no fix of its trip by then")
    dest = questions.dest_lat, questions.dest_lon
    return model.predict(moments(found, trip, questions.ts, dest, (lat, lon)))


def _fit(told: argparse.Namespace) -> str:
    from lineshaft.detect.eta.learning import fit  # noqa: PLC0415 - only learning needs scikit-learn

    read = read_trips(told.file)
    try:
        model = fit(read.tracks, told.seed)
    except ModelError as error:
        raise ModelError(f"{told.file}: {error}") from error
    packed = pack(model)
    told.out.write_bytes(packed)
    worth = ""
    if "mae_s" in model.metrics:
        worth = (
            f"on the last fifth, held back: MAE {model.metrics['mae_s']:.0f} s, "
            f"{model.metrics['mare']:.1%} of the time left, "
            f"between P10 and P90 {model.metrics['coverage']:.0%}\n"
        )
    by = "trees over neighbours" if model.ends else "neighbours alone: too few trips for more"
    return (
        f"{told.out}: learned from {model.metrics['trips']} trips, {len(read.tracks.ts)} fixes "
        f"({read.left_out} rows left out), {by}\n{worth}sha256 {hashlib.sha256(packed).hexdigest()}\n"
    )


def _predict(told: argparse.Namespace) -> str:
    model = opened(told, unpack)
    questions = read_questions(told.file)
    tracks = read_trips(told.tracks, legs=False).tracks if told.tracks else None
    times = answers(model, questions, tracks)
    with told.out.open("w", newline="", encoding="utf-8") as out:
        writer = csv.writer(out)
        writer.writerow(("query_id", "p10", "p50", "p90"))
        for name, *three in zip(questions.names, *times, strict=True):
            writer.writerow((name, *(f"{one:.1f}" for one in three)))
    return f"{told.out}: {len(questions.names)} questions about {len(set(questions.trips))} trips\n"


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="lineshaft eta", description="Arrival times from one's own tracks.")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    fit = commands.add_parser("fit", help="learn from trips that are over; the last fix is the arrival")
    fit.add_argument("file", type=Path, metavar="TRIPS.csv", help="columns trip_id,ts,lat,lon and maybe stop")
    fit.add_argument("-o", "--out", required=True, type=Path, metavar="MODEL")
    fit.add_argument("--seed", type=int, default=1, help="of all chance in it (default: 1)")
    predict = commands.add_parser("predict", help="seconds left, P10, P50 and P90")
    predict.add_argument("model", type=Path, metavar="MODEL")
    predict.add_argument(
        "file", type=Path, metavar="QUERIES.csv", help="query_id,trip_id,ts,lat,lon,dest_lat,dest_lon"
    )
    predict.add_argument(
        "--tracks", type=Path, metavar="FILE", help="fixes of the trips so far: trip_id,ts,lat,lon"
    )
    predict.add_argument("--out", required=True, type=Path, metavar="eta.csv", help="query_id,p10,p50,p90")
    predict.add_argument("--sha256", help="refuse a model with another one")
    return parser


if __name__ == "__main__":
    sys.exit(main())
