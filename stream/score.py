"""`lineshaft score FILE.csv …`: the production ensemble over one machine's export, row by row, causally.

Each row is a window of the machine, its columns the levels of its signals. A row is judged by what the rows
before it taught and only then learned, as in the live flow. The first rows may be told to be normal: they are
learned as such, and raise no alarm. Where no rows are, columns of vibrations (`de_rms`, `de_peak` and what
else begins with `de_`) raise one when the vibration has grown by a zone: every bearing changes as it runs in.
Rows are taken as they stand in the file.
"""

import argparse
import csv
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from lineshaft.detect.prognosis.growth import Growth
from lineshaft.detect.state.ensemble import Teller
from lineshaft.domain.readings import Floats

COLUMNS = ("time", "score", "probability", "alarm", "changepoint", "top1", "top2", "top3")
TOP = 3
MOST_COLUMNS = 64
"""More are not one machine's signals."""
SEPARATORS = ",;\t|"
_ROW = np.zeros(1, np.int32)


class ScoreError(Exception):
    """The file cannot be scored; the text says why."""


class Scored(NamedTuple):
    """What is said of one row."""

    score: float
    """How much news it is, from 0 to below 1."""
    probability: float
    """How often a normal row is as odd."""
    alarm: bool
    changepoint: bool
    share: Floats
    """(features,): what each column has to do with it."""


def score_rows(x: Floats, normal_rows: int, names: Sequence[str] = ()) -> Iterator[Scored]:
    """Judge rows in their order, (rows, features), NaN for what is missing; each before it is learned.

    Args:
        x: the rows.
        normal_rows: so many first ones are known to be normal.
        names: of the columns; without them none is a vibration's.
    """
    detector, growth = Teller(x.shape[1]), Growth(names or [""] * x.shape[1])
    detector.grow(1)
    growth.grow(1)
    for number, values in enumerate(x):
        one = values[None, :]
        judged, news = detector.score_many(_ROW, one), detector.news_many(_ROW, one)
        told = number < normal_rows
        alarm = judged.alarm if normal_rows else growth.alarm(_ROW, one, judged)
        detector.learn_many(_ROW, one, np.zeros(1) if told else judged.score)
        yield Scored(
            float(news[0]),
            float(judged.probability[0]),
            bool(alarm[0]) and not told,
            bool(judged.changepoint[0]) and not told,
            judged.share[0],
        )


def read(file: Path, time: str, drop: Sequence[str] = ()) -> tuple[list[str], list[str], Floats]:
    """Times as written, names of the columns scored, and (rows, columns); text cells are missing ones.

    Raises:
        ScoreError: it is not such a file.
    """
    try:
        text = file.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise ScoreError(f"{file}: {error}") from error
    head = text.partition("\n")[0]
    separator = max(SEPARATORS, key=head.count)
    rows = [row for row in csv.reader(text.splitlines(), delimiter=separator) if row]
    if len(rows) < 2:
        raise ScoreError(f"{file}: no rows below the header")
    names = [name.strip() for name in rows[0]]
    for name in (time, *drop):
        if name not in names:
            raise ScoreError(f"{file}: no column {name!r}; there are {', '.join(names)}")
    ragged = next((at for at, row in enumerate(rows[1:], 2) if len(row) != len(names)), None)
    if ragged is not None:
        raise ScoreError(f"{file}: line {ragged} has {len(rows[ragged - 1])} cells, the header {len(names)}")
    at = names.index(time)
    table = np.array([[_number(cell, separator) for cell in row] for row in rows[1:]])
    used = [
        n for n, name in enumerate(names) if n != at and name not in drop and np.isfinite(table[:, n]).any()
    ]
    if not used:
        raise ScoreError(f"{file}: no column of numbers beside {time!r}")
    if len(used) > MOST_COLUMNS:
        raise ScoreError(
            f"{file}: {len(used)} columns of numbers, at most {MOST_COLUMNS}; leave some out by --drop"
        )
    return [row[at] for row in rows[1:]], [names[n] for n in used], table[:, used]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; 0 when it did what was asked, 1 when it could not, 2 when it was not understood."""
    parser = _parser()
    told = parser.parse_args(arguments)
    if told.normal_rows < 0:
        parser.error("--normal-rows is 0 or more")
    try:
        times, names, x = read(told.file, told.time, told.drop)
        alarms = _write(told.out, times, names, score_rows(x, told.normal_rows, names))
    except (ScoreError, OSError) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    sys.stdout.write(f"{told.out}: {len(times)} rows of {len(names)} columns, {alarms} in alarm\n")
    return 0


def _write(file: Path, times: list[str], names: list[str], scored: Iterator[Scored]) -> int:
    alarms = 0
    with file.open("w", newline="", encoding="utf-8") as out:
        writer = csv.writer(out)
        writer.writerow(COLUMNS)
        for time, one in zip(times, scored, strict=True):
            alarms += one.alarm
            flags = (int(one.alarm), int(one.changepoint))
            writer.writerow(
                (time, f"{one.score:.6f}", f"{one.probability:.6g}", *flags, *_top(one.share, names))
            )
    return alarms


def _top(share: Floats, names: list[str]) -> list[str]:
    largest = np.argsort(-share, kind="stable")[:TOP]
    found = [names[at] if share[at] > 0 else "" for at in largest.tolist()]
    return found + [""] * (TOP - len(found))


def _number(cell: str, separator: str) -> float:
    cell = cell.strip()
    if separator != ",":
        cell = cell.replace(",", ".")
    try:
        value = float(cell)
    except ValueError:
        return np.nan
    return value if np.isfinite(value) else np.nan


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="lineshaft score",
        description="Scores, alarms and changepoints of one machine's export, row by row. Columns DE_rms and"
        " DE_peak, and what else begins with DE_, are taken for a vibration's; without normal rows they alarm"
        " when it has grown 2.5 times.",
    )
    parser.add_argument("file", type=Path, help="CSV with a header; comma, semicolon, tab or | between cells")
    parser.add_argument("--time", required=True, metavar="COL", help="column of the times; copied as it is")
    parser.add_argument(
        "--normal-rows", type=int, default=0, metavar="N", help="so many first rows are known to be normal"
    )
    parser.add_argument("--out", type=Path, required=True, help="CSV to write")
    parser.add_argument(
        "--drop", action="append", default=[], metavar="COL", help="leave a column out; may be repeated"
    )
    return parser


if __name__ == "__main__":
    sys.exit(main())
