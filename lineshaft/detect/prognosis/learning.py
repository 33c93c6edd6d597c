"""Learns the probability of failing from rows with known ends: the only part that needs scikit-learn.

Gradient-boosted trees (Friedman, Annals of Statistics 29, 2001) with small leaves and slow steps, for
failures are rare; products, differences and ratios of pairs of columns beside the columns themselves, for
physics is made of them (power, stress, a difference of temperatures), and trees cut along one axis at a time.
Where there are many columns only the telling ones are paired.
"""

from collections.abc import Mapping, Sequence
from itertools import combinations
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from sklearn.ensemble import HistGradientBoostingClassifier

from lineshaft.detect.prognosis.failure import FailureModel, ModelError, Pair, Trees, sigmoid, with_pairs
from lineshaft.domain.readings import Floats

Bools = NDArray[np.bool_]

LEAST_FAILURES: Final = 3
"""Rows of each class; below, nothing is learned."""
PAIRED: Final = 8
"""Columns that are paired at most: 28 pairs, 84 features."""
SEED: Final = 1
BOOSTING: Final[Mapping[str, Any]] = {
    "max_iter": 150,
    "learning_rate": 0.05,
    "max_leaf_nodes": 15,
    "min_samples_leaf": 5,
    "l2_regularization": 1.0,
    "early_stopping": False,  # it would hold back a part of the few failures, by chance
}
"""Chosen on the first 70 % of AI4I."""
PLATT_STEPS: Final = 50


def learn(
    x: Floats,
    fails: Bools,
    columns: Sequence[str],
    horizons_s: Sequence[float],
    known: Bools | None = None,
) -> FailureModel:
    """A model of rows whose end is known.

    Args:
        x: (rows, columns); NaN is missing.
        fails: (rows, horizons): whether it failed within each.
        columns: their names.
        horizons_s: ascending.
        known: (rows, horizons): whether that is known; by default it is.

    Raises:
        ModelError: too few rows fail, or too few do not, within a horizon.
    """
    known = np.ones_like(fails) if known is None else known
    pairs = _pairs(x[known[:, -1]], fails[known[:, -1], -1])
    wide = with_pairs(x, pairs)
    return FailureModel(
        columns=tuple(columns),
        pairs=pairs,
        horizons_s=tuple(horizons_s),
        trees=tuple(_boosted(wide[its], y[its]) for y, its in zip(fails.T, known.T, strict=True)),
        calibration=((1.0, 0.0),) * len(horizons_s),
        metrics={},
    )


def calibrated(margin: Floats, fails: Bools) -> tuple[float, float]:
    """Slope and offset that make log odds honest, from rows the trees have not seen (Platt, 1999).

    The targets are smoothed as Platt says, so that a few rows without an error promise no certainty.
    """
    positive, negative = float(fails.sum()), float((~fails).sum())
    if not positive or not negative:
        return 1.0, 0.0
    target = np.where(fails, (positive + 1) / (positive + 2), 1 / (negative + 2))
    at = np.array([1.0, 0.0])
    for _ in range(PLATT_STEPS):  # Newton's, halved until it helps (Lin, Lin and Weng, 2007)
        p = sigmoid(at[0] * margin + at[1])
        w = np.maximum(p * (1 - p), 1e-12)
        gradient = np.array([(p - target) @ margin, (p - target).sum()])
        hessian = np.array([[w @ margin**2, w @ margin], [w @ margin, w.sum()]]) + 1e-9 * np.eye(2)
        move, now = np.linalg.solve(hessian, gradient), _loss(at, margin, target)
        size = 1.0
        while size > 1e-6 and _loss(at - size * move, margin, target) > now:
            size /= 2
        at -= size * move
        if np.abs(gradient).max() < 1e-6 * len(margin):
            break
    slope, offset = at.tolist()
    # Log odds that fall while the trees' rise would turn every answer round: then they say nothing.
    return (slope, offset) if slope > 0 else (0.0, float(np.log(positive / negative)))


def _loss(at: Floats, margin: Floats, target: Floats) -> float:
    """Cross entropy of a line of log odds."""
    odds = at[0] * margin + at[1]
    return float((np.logaddexp(0, odds) - target * odds).sum())


def _boosted(x: Floats, fails: Bools) -> Trees:
    if min(fails.sum(), (~fails).sum()) < LEAST_FAILURES:
        raise ModelError(
            f"{int(fails.sum())} of {len(fails)} rows fail; expected at least {LEAST_FAILURES} of each"
        )
    # The library cannot take a column without a value; a constant one splits nothing.
    x = np.where(np.isnan(x).all(axis=0), 0.0, x)
    model = HistGradientBoostingClassifier(random_state=SEED, **BOOSTING).fit(x, fails)
    return trees_of(model)


def trees_of(model: HistGradientBoostingClassifier) -> Trees:
    """The trees as tables of ours."""
    nodes = [predictors[0].nodes for predictors in model._predictors]  # noqa: SLF001 - there is no public way
    sizes = np.array([len(one) for one in nodes])
    starts = np.concatenate([[0], np.cumsum(sizes)[:-1]])
    table, base = np.concatenate(nodes), np.repeat(starts, sizes)
    leaf, own = table["is_leaf"].astype(np.bool_), np.arange(len(table))
    return Trees(
        feature=np.where(leaf, 0, table["feature_idx"]).astype(np.int32),
        threshold=np.where(leaf, 0.0, table["num_threshold"]),
        missing_left=table["missing_go_to_left"].astype(np.bool_),
        left=np.where(leaf, own, base + table["left"]).astype(np.int32),
        right=np.where(leaf, own, base + table["right"]).astype(np.int32),
        value=np.where(leaf, table["value"], 0.0),
        roots=starts.astype(np.int32),
        baseline=float(np.ravel(model._baseline_prediction)[0]),  # noqa: SLF001 - likewise
        depth=int(table["depth"].max()),
    )


def _pairs(x: Floats, fails: Bools) -> tuple[Pair, ...]:
    """Pairs of the columns that tell most; all of them where they are few."""
    which = [*range(x.shape[1])]
    if x.shape[1] > PAIRED:
        telling = [-abs(_separation(x[:, at], fails)) for at in range(x.shape[1])]
        which = sorted(np.argsort(telling, kind="stable")[:PAIRED].tolist())
    return tuple(Pair(left, right) for left, right in combinations(which, 2))


def _separation(values: Floats, fails: Bools) -> float:
    """How far a column ranks failing rows apart from others: area under the curve less one half."""
    known = ~np.isnan(values)
    values, fails = values[known], fails[known]
    positive, negative = int(fails.sum()), int((~fails).sum())
    if not positive or not negative:
        return 0.0
    _, place, counts = np.unique(values, return_inverse=True, return_counts=True)
    rank = (np.cumsum(counts) - (counts - 1) / 2)[place]
    return float((rank[fails].sum() - positive * (positive + 1) / 2) / (positive * negative) - 0.5)
