"""Learns remaining life from machines that were run until they failed: the part that needs scikit-learn."""

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from sklearn.ensemble import HistGradientBoostingRegressor
from sklearn.linear_model import Ridge
from threadpoolctl import threadpool_limits

from lineshaft.detect.prognosis import regimes
from lineshaft.detect.prognosis.failure import ModelError, Trees
from lineshaft.detect.prognosis.intervals import band
from lineshaft.detect.prognosis.learning import trees_of
from lineshaft.detect.prognosis.rul import Member, RulModel, seen, steady
from lineshaft.detect.prognosis.trajectory import bounds
from lineshaft.domain.readings import Floats, Ints64

Bools = NDArray[np.bool_]

CAP: Final = 125.0
"""Cycles; what C-MAPSS's users agreed on (Heimes, PHM 2008). Other fleets give their own."""
PARTS: Final = 5
"""Of the machines; each learner has not seen one."""
TIMES: Final = 4
"""Learners for each part left out."""
ROWS: Final = 8_000
"""A learner is shown at most; neighbouring rows say much the same."""
LEAST_MACHINES: Final = 10
DIRECTIONS: Final = 6
"""Slowly changing directions looked along, at most."""
SLOW: Final = 1.4
"""Total over noise variance of a direction that is worth following."""
NEAR: Final = (1.0, 0.4)
"""Shares of the cap at which life is cut before the directions that tell it are fitted: all, and the end."""
BOOSTING: Final[dict[str, Any]] = {
    "max_iter": 100,
    "learning_rate": 0.08,
    "max_leaf_nodes": 15,
    "min_samples_leaf": 40,
    "l2_regularization": 5.0,
    "max_features": 0.3,
    "max_depth": 6,  # keeps an answer quick: all rows walk as far as the deepest tree
    "early_stopping": False,
}


def fit(unit: Ints64, x: Floats, columns: Sequence[str], cap: float = CAP, seed: int = 1) -> RulModel:
    """A model of machines whose last row is their failure.

    Args:
        unit: the machine of each row; a machine's rows stand together, in order.
        x: (rows, columns); NaN is missing.
        columns: their names.
        cap: longer lives are not told apart.
        seed: of all chance in it.

    Raises:
        ModelError: too few machines, or nothing that changes.
    """
    if len(bounds(unit)) < LEAST_MACHINES:
        raise ModelError(f"{len(bounds(unit))} machines; at least {LEAST_MACHINES} are needed")
    # Its threads wait for one another by spinning: beside other work one is far quicker than several.
    with threadpool_limits(1):
        return _fit(unit, x, tuple(columns), cap, seed)


def _fit(unit: Ints64, x: Floats, columns: tuple[str, ...], cap: float, seed: int) -> RulModel:
    spans = bounds(unit)
    left = np.concatenate([np.arange(end - begin - 1.0, -1.0, -1.0) for begin, end in spans])
    life = np.concatenate([np.linspace(0.0, 1.0, end - begin) for begin, end in spans])
    found = regimes.find(x, life, seed)
    if not np.isfinite(found.spread).any():
        raise ModelError("no column changes")
    z = steady(unit, found.deviation(x))
    y = np.minimum(left, cap)
    part = _parts(unit, seed)
    members, blind = [], np.zeros(len(y))
    for out in range(PARTS):
        shown = part != out
        directions = _directions(unit, z, y, shown)
        features = seen(unit, z, directions)
        seeds = [seed + out + PARTS * time for time in range(TIMES)]
        trees = _mean([trees_of(_boosted(features, y, shown, one)) for one in seeds])
        blind[~shown] = trees.margin(features[~shown])
        members.append(Member(directions, trees))
    # A moment is as likely to be asked about as a machine stopped at any time in its last cap · 1.2 rows.
    weight = np.clip((left + 1) / (1.2 * cap), 0.05, 1.0)
    model = RulModel(columns, cap, found, tuple(members), band(blind, y, weight, cap), {})
    low, middle, high = model.life(blind)
    model.metrics.update(
        machines=len(spans),
        rows=len(y),
        regimes=len(found.centre),
        rmse=float(np.sqrt(np.mean((middle - y) ** 2))),
        rmse_end=float(np.sqrt(np.mean((middle - y)[left < 1.2 * cap] ** 2))),
        coverage=float(np.average((low <= y) & (y <= high), weights=weight)),
    )
    return model


def _parts(unit: Ints64, seed: int) -> Ints64:
    """The part that each row's machine is in; parts have as many machines, give or take one."""
    spans = bounds(unit)
    part = np.random.default_rng(seed).permutation(len(spans)) % PARTS
    return np.repeat(part, [end - begin for begin, end in spans])


def _directions(unit: Ints64, z: Floats, y: Floats, shown: Bools) -> Floats:
    """(columns, series): the slowly changing directions, and those that tell the time left.

    Slow against noisy: generalised eigenvectors of all variance over that of steps from row to row (maximum
    autocorrelation factors: Switzer and Green, 1984). Noise has variance 1 along them, whatever the columns'
    units.
    """
    rows = z[shown]
    step = np.diff(rows, axis=0)[np.diff(unit[shown]) == 0]
    noise = step.T @ step / (2 * len(step))
    noise += np.eye(len(noise)) * 1e-3 * np.trace(noise) / len(noise)
    size, turn = np.linalg.eigh(noise)
    white = turn / np.sqrt(size)
    slow, axes = np.linalg.eigh(white.T @ np.cov(rows.T) @ white)
    count = int(np.clip((slow > SLOW).sum(), 1, DIRECTIONS))
    telling = [Ridge(50.0).fit(rows, np.minimum(y[shown], share * y.max())).coef_ for share in NEAR]
    scaled = [one / max(np.sqrt(one @ noise @ one), 1e-12) for one in telling]
    return np.column_stack([white @ axes[:, ::-1][:, :count], *scaled])


def _boosted(features: Floats, y: Floats, shown: Bools, seed: int) -> HistGradientBoostingRegressor:
    rows = np.flatnonzero(shown)
    stride = -(-len(rows) // ROWS)
    rows = rows[seed % stride :: stride]
    return HistGradientBoostingRegressor(random_state=seed, **BOOSTING).fit(features[rows], y[rows])


def _mean(found: list[Trees]) -> Trees:
    """One table whose answer is the mean of the others'."""
    starts = np.cumsum([0, *(len(trees.value) for trees in found[:-1])]).tolist()
    together = list(zip(found, starts, strict=True))
    return Trees(
        feature=np.concatenate([trees.feature for trees in found]),
        threshold=np.concatenate([trees.threshold for trees in found]),
        missing_left=np.concatenate([trees.missing_left for trees in found]),
        left=np.concatenate([trees.left + np.int32(start) for trees, start in together]),
        right=np.concatenate([trees.right + np.int32(start) for trees, start in together]),
        value=np.concatenate([trees.value for trees in found]) / len(found),
        roots=np.concatenate([trees.roots + np.int32(start) for trees, start in together]),
        baseline=float(np.mean([trees.baseline for trees in found])),
        depth=max(trees.depth for trees in found),
    )
