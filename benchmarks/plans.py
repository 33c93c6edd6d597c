"""How good are route plans? `python -m benchmarks.plans`: against best known, and against a lower bound.

RC208 (Solomon 1987, 100 customers) and its best known solution come with PyVRP's source distribution,
fetched by pip from the registry; the other instances are made here from a seed, and their gap to the bound
is shown.
"""

import argparse
import json
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

from lineshaft.planning import Problem, RoutePlan, Truck, Visit, solve

SOURCE = "pyvrp==0.14.1"
TENTHS = 10
"""Solomon's distances count to a tenth, cut off: the convention of the best known 776.1."""


def main() -> None:
    """Print each instance's way, what is best known, and the bound."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=15.0, help="for each instance")
    parser.add_argument("--seed", type=int, default=6)
    parser.add_argument("--sdist", type=Path, help="PyVRP's source archive, where it is at hand already")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    rows = [_solomon(options.sdist or _fetched(), options)]
    rows += [_made(n, options) for n in (20, 50, 100)]
    if options.json:
        print(json.dumps(rows))
        return
    print(f"{'instance':12} {'way':>9} {'best known':>11} {'above it':>9} {'bound':>9} {'gap':>7}  feasible")
    for row in rows:
        known = f"{row['known']:.1f}" if row["known"] else "-"
        above = f"{100 * row['above']:.2f} %" if row["known"] else "-"
        print(
            f"{row['name']:12} {row['way']:9.1f} {known:>11} {above:>9} {row['bound']:9.1f}"
            f" {100 * row['gap']:5.1f} %  {row['feasible']}"
        )


def _fetched() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="lineshaft-plans-"))
    wanted = ["download", "-q", "--no-deps", "--no-binary", "pyvrp", "-d", str(folder), SOURCE]
    subprocess.run([sys.executable, "-m", "pip", *wanted], check=True)
    return next(folder.glob("*.tar.gz"))


def _solomon(sdist: Path, options: argparse.Namespace) -> dict[str, Any]:
    from pyvrp import read  # noqa: PLC0415 - the extra that is measured

    with tempfile.TemporaryDirectory() as folder, tarfile.open(sdist) as archive:
        for name in ("RC208.vrp", "RC208.sol"):
            member = next(one for one in archive.getmembers() if one.name.endswith(f"tests/data/{name}"))
            content = archive.extractfile(member)
            Path(folder, name).write_bytes(content.read() if content else b"")
        instance = read(str(Path(folder, "RC208.vrp")), round_func="dimacs")
        known = float(Path(folder, "RC208.sol").read_text().split()[-1])
    fleet = instance.vehicle_type(0)
    depot = instance.depots()[0]
    visits = tuple(
        Visit(str(n), client.delivery[0], client.tw_early, client.tw_late, client.service_duration)
        for n, client in enumerate(instance.clients(), start=1)
    )
    trucks = (Truck("truck", fleet.capacity[0], fleet.num_available, depot.tw_early, depot.tw_late),)
    way, drive = (np.asarray(one) for one in (instance.distance_matrix(0), instance.duration_matrix(0)))
    problem = Problem(visits, trucks, way, drive, (depot.tw_early, depot.tw_late))
    return _row("RC208", solve(problem, options.seconds, options.seed), known)


def _made(n: int, options: argparse.Namespace) -> dict[str, Any]:
    """Clusters of stops within 60 km, two-hour appointments between 8 and 18 h, pallets for trucks of 18."""
    rng = np.random.default_rng(options.seed * 1000 + n)
    centres = rng.uniform(-60_000, 60_000, (max(n // 8, 2), 2))
    near = centres[rng.integers(len(centres), size=n)] + rng.normal(0, 4_000, (n, 2))
    place = np.vstack([[0.0, 0.0], near])
    way = np.hypot(*(place[:, None] - place[None, :]).transpose(2, 0, 1)).round().astype(np.int64)
    begins = rng.integers(8, 17, n) * 3_600
    visits = tuple(
        Visit(str(k), int(rng.integers(1, 7)), int(begins[k]), int(begins[k]) + 7_200, 1_200)
        for k in range(n)
    )
    problem = Problem(visits, (Truck("truck", 18, n),), way, (way / 16).astype(np.int64))
    return _row(f"made-{n}", solve(problem, options.seconds, options.seed), None)


def _row(name: str, plan: RoutePlan, known: float | None) -> dict[str, Any]:
    scale = TENTHS if known else 1_000  # tenths, or kilometres
    way = plan.way_m / scale
    return {
        "name": name, "way": way, "known": known, "above": way / known - 1 if known else None,
        "bound": plan.bound_m / scale, "gap": plan.gap, "feasible": plan.feasible,
    }  # fmt: skip


if __name__ == "__main__":
    main()
