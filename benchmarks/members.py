"""Would the ensemble be better with one member more? Asked on the sets that choices are made on alone.

    python -m benchmarks.members --data FOLDER [--json]

SKAB valve1: outliers and changepoints as they are, by each candidate alone, and by both. NAB artificial and
AWS: the score that `lineshaft score` prints, with the candidate as a further look. Candidates see what the
ensemble sees, deviations from each machine's own past (`lineshaft.detect.state.baseline`), and each is held
to the same rules: its own past makes its episodes and its ranks. Those of `river` are shared by all machines
of a set, as by those of a kind; without the package they are left out. A clock that sees nothing is asked
as well: where it does as well as a candidate, the candidate tells nothing either.
"""

import argparse
import importlib.util
import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final, Protocol

import numpy as np

from benchmarks.scoreboard import nab, skab
from lineshaft.detect.state.baseline import WARM, View
from lineshaft.detect.state.conformal import Conformal
from lineshaft.detect.state.ensemble import Teller
from lineshaft.detect.state.episodes import Episodes
from lineshaft.detect.state.news import BLOCK, BLOCKS, GRAIN, LOOKS, OLD, RANKED
from lineshaft.domain.readings import Floats, Ints32

KEPT_VARIANCE: Final = 0.9
"""Of the components that T² is taken of; what they leave is Q."""
SLACK: Final = 0.5
"""Standard deviations a CUSUM forgives a window: it is set for shifts of one."""
MEMORY: Final = 720
SIX: Final = len(LOOKS) + 1
"""Looks of news, how rare a value is among them."""


class Candidate(Protocol):
    """One more look at windows."""

    def take(self, row: Ints32, view: View) -> Floats:
        """A statistic of each window, larger where odder, made before the window is learned."""


class Components:
    """T² of the main components of the deviations, or Q, what these leave (Jackson and Mudholkar, 1979)."""

    def __init__(self, machines: int, features: int, *, residual: bool) -> None:
        self.residual = residual
        self.covariance = np.tile(np.eye(features), (machines, 1, 1))
        self.seen = np.zeros(machines)

    def take(self, row: Ints32, view: View) -> Floats:
        """See `Candidate`."""
        z = np.clip(view.z, -1e3, 1e3)
        values, vectors = np.linalg.eigh(self.covariance[row])
        share = np.cumsum(values[:, ::-1], axis=1)[:, ::-1] / values.sum(axis=1, keepdims=True)
        main = share - values / values.sum(axis=1, keepdims=True) < KEPT_VARIANCE
        along = np.einsum("nfk,nf->nk", vectors, z)
        used = ~main if self.residual else main
        weighed = along**2 if self.residual else along**2 / np.maximum(values, 1e-3)
        found: Floats = (weighed * used).sum(axis=1) / np.maximum(used.sum(axis=1), 1)
        self.seen[row] += 1
        rate = 1.0 / np.minimum(self.seen[row] + 10.0, MEMORY)[:, None, None]
        near = np.clip(z, -3, 3)
        self.covariance[row] += rate * (near[:, :, None] * near[:, None, :] - self.covariance[row])
        return found


class Cusum:
    """The largest of the features' two-sided cumulative sums (Page, Biometrika 41, 1954)."""

    def __init__(self, machines: int, features: int) -> None:
        self.sums = np.zeros((machines, 2, features))

    def take(self, row: Ints32, view: View) -> Floats:
        """See `Candidate`."""
        z = np.clip(view.z, -10, 10)
        both = np.stack([z, -z], axis=1) - SLACK
        self.sums[row] = np.clip(self.sums[row] + both, 0.0, 1e4)
        largest: Floats = np.square(self.sums[row]).max(axis=(1, 2))
        return largest


class HalfSpaces:
    """River's half-space trees (Tan, Ting, Liu, IJCAI 2011), shared by all machines."""

    def __init__(self, machines: int, features: int) -> None:
        from river.anomaly import HalfSpaceTrees  # noqa: PLC0415 - only where it is asked for

        del machines
        self.names = [str(at) for at in range(features)]
        self.trees: Any = HalfSpaceTrees(seed=7)  # untyped

    def take(self, row: Ints32, view: View) -> Floats:
        """See `Candidate`."""
        del row
        found = []
        for z in (0.5 + 0.5 * np.tanh(view.z / 6.0)).tolist():
            x = dict(zip(self.names, z, strict=True))
            found.append(self.trees.score_one(x))
            self.trees.learn_one(x)
        steep: Floats = np.exp(8.0 * np.array(found)) / np.exp(4.0)
        return steep


class Drifts:
    """River's drift detectors, one a machine, fed the ensemble's own statistic: where they see a change."""

    def __init__(self, machines: int, name: str) -> None:
        from river import drift  # noqa: PLC0415 - likewise

        self.each = [getattr(drift, name)() for _ in range(machines)]

    def take(self, row: Ints32, statistic: Floats) -> list[bool]:
        """Whether a change begins with these windows."""
        found = []
        for machine, value in zip(row.tolist(), np.log1p(statistic).tolist(), strict=True):
            self.each[machine].update(value)
            found.append(bool(self.each[machine].drift_detected))
        return found


def candidates(machines: int, features: int) -> dict[str, Candidate]:
    """By name."""
    found: dict[str, Candidate] = {"cusum": Cusum(machines, features)}
    if features > 1:
        found["pca t2"] = Components(machines, features, residual=False)
        found["pca q"] = Components(machines, features, residual=True)
    if importlib.util.find_spec("river"):
        found["half-space trees"] = HalfSpaces(machines, features)
    return found


class Clock:
    """A changepoint every so many windows, whatever they show."""

    def __init__(self, machines: int, every: int) -> None:
        self.windows, self.every = np.zeros(machines, np.int64), every

    def take(self, row: Ints32, statistic: Floats) -> list[bool]:
        """See `Drifts`."""
        del statistic
        self.windows[row] += 1
        found: list[bool] = (self.windows[row] % self.every == 0).tolist()
        return found


def drifts(machines: int) -> dict[str, Drifts | Clock]:
    """By name."""
    names = ("ADWIN", "PageHinkley") if importlib.util.find_spec("river") else ()
    clocks = {f"clock of {every}": Clock(machines, every) for every in (60, 120)}
    return {**clocks, **{name: Drifts(machines, name) for name in names}}


class Further:
    """The score of news with one look more, as `lineshaft.detect.state.news` makes it of six."""

    def __init__(self, machines: int) -> None:
        self.newer, self.older = Conformal(1, RANKED), Conformal(1)
        for ranks in (self.newer, self.older):
            ranks.grow(machines)
        self.largest = np.zeros((machines, BLOCKS))

    def take(self, row: Ints32, six: Floats, statistic: Floats, windows: Floats) -> Floats:
        """Worth of windows, of which the six looks' mean decimal places are known."""
        ranks = [one.look(row, statistic[:, None]) for one in (self.newer, self.older)]
        for one, found in zip((self.newer, self.older), ranks, strict=True):
            one.learn(row, found.at, np.ones(len(row)))
        ranked = (ranks[0].ranked + ranks[1].ranked)[:, 0] / 2.0
        decimals = (SIX * six + np.floor(ranked / GRAIN + 1e-9) * GRAIN) / (SIX + 1)
        worth = np.where(decimals > self.largest[row].max(axis=1) + GRAIN, 1.0, OLD)
        block = (windows // BLOCK % BLOCKS).astype(int)
        before = np.where(windows % BLOCK == 0, 0.0, self.largest[row, block])
        self.largest[row, block] = np.maximum(before, decimals)
        return np.where(windows >= WARM, worth * (1.0 - np.exp2(-np.minimum(decimals, 50.0))), 0.0)


class Rig:
    """Files of one rig, all judged together, and what each candidate says of their rows."""

    def __init__(self, files: Sequence[Path]) -> None:
        read = sorted(map(skab.read, files), key=lambda one: -len(one[0]))
        self.x, self.odd, self.change = zip(*read, strict=True)
        count, features = len(read), self.x[0].shape[1]
        self.detector, self.members, self.drifts = (
            Teller(features), candidates(count, features), drifts(count),
        )  # fmt: skip
        self.episodes = {name: Episodes() for name in self.members}
        for one in (self.detector, *self.episodes.values()):
            one.grow(count)
        self.names = ("ensemble", *self.members, *self.drifts)
        self.said = {name: [np.zeros((2, len(x)), bool) for x in self.x] for name in self.names}
        """Alarms and changepoints of each file's rows."""

    def judge(self, at: int) -> None:
        """A row of each file that is as long."""
        row = np.arange(sum(len(x) > at for x in self.x), dtype=np.int32)
        x, told = np.stack([self.x[one][at] for one in row]), np.full(len(row), at < skab.NORMAL_ROWS)
        judged, look = self.detector.score_many(row, x), self.detector._look(row, x)  # noqa: SLF001 - its very view
        self._say("ensemble", at, judged.alarm, judged.changepoint)
        for name, member in self.members.items():
            statistic, windows = member.take(row, look.view), look.view.windows
            course = self.episodes[name].look(row, statistic, windows)
            self.episodes[name].learn(row, course, statistic, (windows, told))
            self._say(name, at, course.alarm, course.began | course.ended)
        for name, its in self.drifts.items():
            self._say(name, at, np.zeros(len(row), bool), its.take(row, look.statistic[:, 1]))
        self.detector.learn_many(row, x, np.where(told, 0.0, judged.score))

    def _say(self, name: str, at: int, alarm: Any, change: Any) -> None:
        for one, (is_alarm, is_change) in enumerate(zip(alarm, change, strict=True)):
            self.said[name][one][:, at] = is_alarm, is_change

    def figures(self, said: Sequence[Any]) -> dict[str, float]:
        """What SKAB's own measures make of it."""
        rows = slice(skab.NORMAL_ROWS, None)
        runs = [
            skab.Run("valve1", odd[rows], change[rows], one[0][rows], one[1][rows])
            for odd, change, one in zip(self.odd, self.change, said, strict=True)
        ]
        return {**skab.outliers(runs), "changepoints_nab": float(skab.changepoints(runs))}


def valve1(folder: Path) -> dict[str, dict[str, float]]:
    """SKAB valve1, by what raises alarms and changepoints."""
    rig = Rig(sorted((folder / "valve1").glob("*.csv*")))
    for at in range(len(rig.x[0])):
        rig.judge(at)
    own = rig.said["ensemble"]
    found = {"ensemble": rig.figures(own)}
    for name in rig.names[1:]:
        found[f"{name} alone"] = rig.figures(rig.said[name])
        both = [np.logical_or(a, b) for a, b in zip(own, rig.said[name], strict=True)]
        found[f"ensemble or {name}"] = rig.figures(both)
    return found


def chosen_on(folder: Path) -> dict[str, float]:
    """NAB's artificial and AWS series: the standard score, and with each candidate as a further look."""
    corpus = {key: one for key, one in nab.read(folder).items() if key.split("/")[0] in nab.CHOSEN_ON}
    keys = sorted(corpus, key=lambda key: -len(corpus[key].value))
    worths = {key: nab.worth(len(corpus[key].value), corpus[key].windows) for key in keys}
    detector, members = Teller(1), candidates(len(keys), 1)
    detector.grow(len(keys))
    further = {name: Further(len(keys)) for name in members}
    said = {name: {key: np.zeros(len(corpus[key].value)) for key in keys} for name in ("ensemble", *members)}
    for at in range(len(corpus[keys[0]].value)):
        row = np.arange(sum(len(corpus[key].value) > at for key in keys), dtype=np.int32)
        x = np.array([[corpus[keys[one]].value[at]] for one in row])
        judged, (look, news) = detector.score_many(row, x), detector._hear(row, x)  # noqa: SLF001 - likewise
        scores = {"ensemble": detector.news_many(row, x)}
        for name, member in members.items():
            statistic, windows = member.take(row, look.view), look.view.windows.astype(np.float64)
            scores[name] = further[name].take(row, news.decimals, statistic, windows)
        for name, some in scores.items():
            for one in row.tolist():
                said[name][keys[one]][at] = some[one]
        told = np.array([at < worths[keys[one]].probation for one in row])
        detector.learn_many(row, x, np.where(told, 0.0, judged.score))
    return {name: nab.figures(worths, scores)["standard"] for name, scores in said.items()}


SETS: Final[Mapping[str, tuple[str, Callable[[Path], Mapping[str, Any]]]]] = {
    "SKAB valve1": ("skab/data", valve1),
    "NAB artificial and AWS": ("nab", chosen_on),
}


def main() -> None:
    """Measure, and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, required=True, help="folder with the sets")
    parser.add_argument("--json", action="store_true")
    told = parser.parse_args()
    found = {name: measure(told.data / where) for name, (where, measure) in SETS.items()}
    if told.json:
        print(json.dumps(found))
        return
    for name, figures in found.items():
        print(name)
        for what, value in figures.items():
            print(f"    {what:34} {value}")


if __name__ == "__main__":
    main()
