"""How good arrival times are, by the commands anyone can run, on real trips of taxis or one's own.

    python -m benchmarks.eta [--data FOLDER | --trips TRIPS.csv] [--kind direct] [--json] [--write-docs]

Trips that end in the first 70 % of the time span are learned from (`lineshaft eta fit`), those that begin
later asked about (`lineshaft eta predict`) 0, 2, 5, 10, 15 and 25 minutes after their start, each with its
fixes up to then: never at shares of a trip, for how long it has lasted would then tell how long it lasts.
MARE is the sum of all errors over the sum of all times left. Beside it, learned from the same trips: straight
distance over mean speed, the lane's mean less the time driven, and the mean of the ten nearest trips.
"""

import argparse
import csv
import io
import json
import os
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any, Final

import numpy as np
from scipy.spatial import cKDTree

from benchmarks import figures
from benchmarks.eta_trips import (
    AFTER_MIN,
    KINDS,
    Questions,
    cabs,
    questions,
    split,
    write_questions,
    write_tracks,
)
from benchmarks.ledger import replaced
from lineshaft.detect.eta.neighbours import plane
from lineshaft.detect.eta.packing import unpack
from lineshaft.detect.eta.tracks import Moments, Tracks, course, moments
from lineshaft.domain.geometry import distance_m
from lineshaft.domain.readings import Floats
from stream import eta
from stream.trips import read_trips

ROOT: Final = Path(__file__).parent.parent
RESULTS: Final = ROOT / "benchmarks" / "eta.json"
WHERE: Final = "tracks/cabspotting/dev"
DOCS: Final = ROOT / "docs" / "arrival-times.md"
MARKS: Final = "<!-- eta: written by --write-docs -->", "<!-- end of eta -->"
ASKED_TIMES: Final = 200
"""Questions that are asked one by one, for what one costs."""
GOAL: Final = "Goals: MAE 108 s (floor 118 s), MARE 18.5 %, coverage 77-83 %, at each horizon 75-85 %."
CELL_KM: Final = 1.0
NEAREST: Final = 10
Found = dict[str, Any]


def main(words: Sequence[str] | None = None) -> int:
    """Measure, print, and keep where asked; 1 without data."""
    told = _parser().parse_args(words)
    try:
        tracks = read_trips(told.trips).tracks if told.trips else cabs(told.data / WHERE)
    except (OSError, ValueError) as error:
        print(error, file=sys.stderr)
        return 1
    found = {
        "machine": figures.machine(),
        "commit": figures.commit(),
        "source": str(told.trips.name) if told.trips else "cabspotting",
        "kinds": {kind: measure(tracks, kind) for kind in told.kind},
    }
    print(json.dumps(found, indent=1) if told.json else table(found))
    if told.write_docs:
        written(found, RESULTS, DOCS, (table, MARKS))
    return 0


def written(
    found: Found, results: Path, page: Path, shown: tuple[Callable[[Found], str], tuple[str, str]]
) -> None:
    """Keep figures, and put them between their marks on a page."""
    as_text, marks = shown
    results.write_text(json.dumps(found, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    page.write_text(replaced(page.read_text(encoding="utf-8"), as_text(found), marks), encoding="utf-8")


def measure(tracks: Tracks, kind: str) -> Found:
    """One kind of trips: the commands' figures and the baselines'."""
    learned, asked_of = split(tracks, kind)
    asked = questions(asked_of)
    began = time.monotonic()
    times, cost = commanded(learned, asked_of, asked)
    seconds = round(time.monotonic() - began, 1)
    return {
        "what": KINDS[kind][0],
        "learned": len(learned.names),
        "asked_of": len(asked_of.names),
        "seconds": seconds,
        **cost,
        **graded(asked, times[:, 1], (times[:, 0], times[:, 2])),
        "baselines": {
            name: graded(asked, said) for name, said in baselines(learned, asked_of, asked).items()
        },
    }


def commanded(learned: Tracks, asked_of: Tracks, asked: Questions) -> tuple[Floats, Found]:
    """P10, P50 and P90 of the questions by `lineshaft eta`, (questions, 3); and what the model costs."""
    with tempfile.TemporaryDirectory(prefix="lineshaft-eta-") as temporary:
        folder = Path(temporary)
        trips, model, queries, tracks, out = (
            folder / name for name in ("trips.csv", "model", "queries.csv", "tracks.csv", "eta.csv")
        )
        write_tracks(trips, learned)
        write_questions(queries, asked, asked_of)
        # Nothing after the last question about a trip is given away.
        until = np.full(len(asked_of.names), -np.inf)
        np.maximum.at(until, asked.trip, asked.ts)
        write_tracks(tracks, asked_of, until)
        commands = (
            ["fit", str(trips), "-o", str(model)],
            ["predict", str(model), str(queries), "--tracks", str(tracks), "--out", str(out)],
        )
        for words in commands:
            with redirect_stdout(io.StringIO()):
                if eta.main(words):
                    raise RuntimeError(f"lineshaft eta {words[0]} failed")
        with out.open(newline="", encoding="utf-8") as lines:
            rows = sorted(csv.DictReader(lines), key=lambda row: int(row["query_id"]))
        said = np.array([[float(row[name]) for name in ("p10", "p50", "p90")] for row in rows])
        return said, costs(model.read_bytes(), asked_of, asked)


def costs(packed: bytes, asked_of: Tracks, asked: Questions) -> Found:
    """Bytes of the model, and milliseconds a question that comes alone; the median."""
    model, whole = unpack(packed), course(asked_of)
    every = moments(whole, asked.trip, asked.ts, (asked.dest_lat, asked.dest_lon), (asked.lat, asked.lon))
    took = []
    for at in np.linspace(0, len(asked.trip) - 1, ASKED_TIMES).astype(int).tolist():
        one = Moments(*(column[at : at + 1] for column in every))
        began = time.perf_counter()
        model.predict(one)
        took.append(time.perf_counter() - began)
    return {"model_bytes": len(packed), "ms_a_question": round(float(np.median(took)) * 1000, 2)}


def graded(asked: Questions, said: Floats, ends: tuple[Floats, Floats] | None = None) -> Found:
    """Errors in seconds, all and by minutes after the start; coverage where there is an interval."""

    def of(rows: Any) -> Found:
        off, real = np.abs(said[rows] - asked.left_s[rows]), asked.left_s[rows]
        found: Found = {
            "n": len(real),
            "mean_s": round(float(real.mean()), 1),
            "mae_s": round(float(off.mean()), 1),
            "mare": round(float(off.sum() / real.sum()), 4),
        }
        if ends:
            low, high = ends[0][rows], ends[1][rows]
            found["coverage"] = round(float(((low <= real) & (real <= high)).mean()), 4)
            found["width_s"] = round(float((high - low).mean()), 1)
        return found

    by = {str(one): np.flatnonzero(asked.after_min == one) for one in AFTER_MIN}
    return {**of(slice(None)), "after_min": {one: of(rows) for one, rows in by.items() if len(rows)}}


def baselines(learned: Tracks, asked_of: Tracks, asked: Questions) -> dict[str, Floats]:
    """What simple rules say, learned from the same trips."""
    past = questions(learned)
    pace = past.left_s.sum() / _straight(past).sum()
    onto = plane((float(np.median(learned.lat)), float(np.median(learned.lon))))
    lanes: dict[tuple[int, ...], list[float]] = {}
    begun = past.after_min == 0
    cells = _cells(onto, past)
    for cell, lasts in zip(cells[begun].tolist(), past.left_s[begun].tolist(), strict=True):
        lanes.setdefault(tuple(cell), []).append(lasts)
    starts = asked_of.start[asked.trip]
    whole = asked._replace(lat=asked_of.lat[starts], lon=asked_of.lon[starts])
    means = [float(np.mean(lanes.get(tuple(cell), [np.nan]))) for cell in _cells(onto, whole).tolist()]
    expected = np.where(np.isnan(means), _straight(whole) * pace, means)
    ends, theirs = (
        np.column_stack([*onto(one.lat, one.lon), *onto(one.dest_lat, one.dest_lon)]) for one in (asked, past)
    )
    _, near = cKDTree(theirs).query(ends, k=NEAREST)
    return {
        "distance / speed": _straight(asked) * pace,
        "lane mean": np.maximum(expected - (asked.ts - asked_of.ts[starts]), 30.0),
        "10 nearest": past.left_s[near].mean(axis=1),
    }


def _straight(of: Questions) -> Floats:
    return distance_m(of.lat, of.lon, of.dest_lat, of.dest_lon)


def _cells(onto: Any, of: Questions) -> Any:
    places = (*onto(of.lat, of.lon), *onto(of.dest_lat, of.dest_lon))
    return np.floor(np.column_stack(places) / CELL_KM).astype(int)


def table(found: Found) -> str:
    """The figures as Markdown."""
    lines = [
        f"{found['source']}, commit {found['commit']}. {GOAL}",
        "",
        "| trips | by | questions | mean left s | MAE s | MARE | P10-P90 | "
        + " | ".join(f"{one} min" for one in AFTER_MIN)
        + " |",
        "|---|---|--:|--:|--:|--:|--:|" + "--:|" * len(AFTER_MIN),
    ]
    for kind, one in found["kinds"].items():
        for name, grades in (("**Lineshaft**", one), *one["baselines"].items()):
            covered = f"{grades['coverage']:.1%}" if "coverage" in grades else ""
            each = [_cell(grades["after_min"].get(str(after))) for after in AFTER_MIN]
            lines.append(
                f"| {kind} | {name} | {grades['n']:,} | {grades['mean_s']:.0f} | {grades['mae_s']:.1f} | "
                f"{grades['mare']:.1%} | {covered} | " + " | ".join(each) + " |"
            )
    lines += [
        "",
        *(f"*{kind}*: {one['what']}." + _cost(one) for kind, one in found["kinds"].items()),
    ]
    return "\n".join(lines)


def _cost(one: Found) -> str:
    if "model_bytes" not in one:  # measured before it was looked at
        return ""
    return f" The model has {one['model_bytes'] / 1e6:.1f} MB; one question takes {one['ms_a_question']} ms."


def _cell(grades: Found | None) -> str:
    if grades is None:
        return ""
    return f"{grades['mae_s']:.0f}" + (f" ({grades['coverage']:.0%})" if "coverage" in grades else "")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.eta", description=__doc__.split("\n")[0])
    beside = os.environ.get("LINESHAFT_DATA", str(ROOT.parent / "shared" / "data"))
    parser.add_argument("--data", type=Path, default=Path(beside), help=f"folder that has {WHERE}")
    parser.add_argument("--trips", type=Path, help="one's own past trips: trip_id,ts,lat,lon")
    parser.add_argument("--kind", nargs="+", choices=KINDS, default=list(KINDS), help="which trips")
    parser.add_argument("--json", action="store_true", help="JSON instead of a table")
    parser.add_argument("--write-docs", action="store_true", help="keep the figures, put them into the docs")
    return parser


if __name__ == "__main__":
    sys.exit(main())
