"""`lineshaft rul fit TRAIN.csv … | predict MODEL TEST.csv …`: remaining life from one's own export.

`fit` learns from machines that were run until they failed: each one's last row is its end. `predict` says
after each row of other machines how many rows they have left, from what was known by then.
"""

import argparse
import csv
import hashlib
import sys
from collections.abc import Sequence
from pathlib import Path

from lineshaft.detect.prognosis.failure import ModelError
from lineshaft.detect.prognosis.rul import RulModel, pack, unpack
from stream.histories import HistoryError, read
from stream.model_file import opened


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; 0 when it did what was asked, 1 when it could not, 2 when it was not understood."""
    told = _parser().parse_args(arguments)
    try:
        sys.stdout.write(_fit(told) if told.command == "fit" else _predict(told))
    except (HistoryError, ModelError, OSError) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


def _fit(told: argparse.Namespace) -> str:
    from lineshaft.detect.prognosis.rul_fit import fit  # noqa: PLC0415 - only learning needs scikit-learn

    history = read(told.file, told.unit, told.cycle, drop=told.drop)
    model = fit(history.unit, history.x, history.columns, told.cap, told.seed)
    model.metrics.update(unit=told.unit, cycle=told.cycle)
    packed = pack(model)
    told.out.write_bytes(packed)
    return (
        f"{told.out}: learned from {len(history.names)} machines, {len(history.x)} rows, "
        f"{len(model.columns)} columns, {len(model.regimes.centre)} operating regime(s)\n"
        f"on machines held out: RMSE {model.metrics['rmse']:.2f}, "
        f"near the end {model.metrics['rmse_end']:.2f}, "
        f"between P10 and P90 {model.metrics['coverage']:.0%}\n"
        f"sha256 {hashlib.sha256(packed).hexdigest()}\n"
    )


def _predict(told: argparse.Namespace) -> str:
    model = opened(told, unpack)
    unit, cycle = _names(told, model)
    history = read(told.file, unit, cycle, model.columns)
    life = model.predict(history.unit, history.x)
    with told.out.open("w", newline="", encoding="utf-8") as out:
        writer = csv.writer(out)
        writer.writerow(("unit", "cycle", "p10", "p50", "p90"))
        # As the rows stand in the file.
        for at in history.place.argsort():
            numbers = (f"{one[at]:.3f}" for one in life)
            writer.writerow((history.names[history.unit[at]], history.cycle_text[at], *numbers))
    return f"{told.out}: {len(history.x)} rows of {len(history.names)} machines\n"


def _names(told: argparse.Namespace, model: RulModel) -> tuple[str, str]:
    """The columns of machine and cycle: those learned with, unless others are named."""
    return told.unit or model.metrics["unit"], told.cycle or model.metrics["cycle"]


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="lineshaft rul",
        description="Remaining life from histories of machines that were run to failure.",
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    fit = commands.add_parser("fit", help="learn from machines whose last row is their failure")
    fit.add_argument("file", type=Path, metavar="TRAIN.csv")
    fit.add_argument("--unit", required=True, metavar="COL", help="column that names the machine")
    fit.add_argument("--cycle", required=True, metavar="COL", help="column that orders its rows")
    fit.add_argument("--out", required=True, type=Path, metavar="MODEL")
    fit.add_argument(
        "--drop", action="append", default=[], metavar="COL", help="do not learn from this column"
    )
    fit.add_argument(
        "--cap", type=_positive, default=125.0, help="longer lives are not told apart, in rows (default: 125)"
    )
    fit.add_argument("--seed", type=int, default=1, help="of all chance in it (default: 1)")
    predict = commands.add_parser("predict", help="rows left, after each row")
    predict.add_argument("model", type=Path, metavar="MODEL")
    predict.add_argument("file", type=Path, metavar="TEST.csv")
    predict.add_argument("--out", required=True, type=Path, metavar="RUL.csv")
    predict.add_argument("--unit", metavar="COL", help="default: as learned")
    predict.add_argument("--cycle", metavar="COL", help="default: as learned")
    predict.add_argument("--sha256", help="of the model, as `fit` said; any other is refused")
    return parser


def _positive(text: str) -> float:
    number = float(text)
    if not 1.0 <= number < 1e9:
        raise argparse.ArgumentTypeError(f"{text}: expected 1 or more")
    return number


if __name__ == "__main__":
    sys.exit(main())
