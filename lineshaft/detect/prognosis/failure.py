"""How likely a machine fails soon, by a model learned from labelled failures: what is kept, and its answer.

A learned model is kept as arrays of trees, not as a pickle: nothing in it can run, it answers the same under
each version of the library that learned it (`lineshaft.detect.prognosis.learning`), and to ask it takes numpy
alone. Its bytes are checked against their SHA-256 before they are read.
"""

import hashlib
import io
import json
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from lineshaft.domain.readings import Floats, Ints32

FORMAT: Final = 1
LARGEST_BYTES: Final = 2 << 20
"""Of a packed model: it travels in a row of the journal."""
LARGEST_UNPACKED: Final = 64 << 20
ROWS_AT_ONCE: Final = 512
"""Bounds the room a question takes."""
LEAST_DIVISOR: Final = 1e-9
"""A ratio to less is missing."""
_HEADER: Final = "header"


class ModelError(ValueError):
    """These bytes are no model that can be used; the text says why."""


class Pair(NamedTuple):
    """Two columns whose product, difference and ratio are features of their own: power is torque x speed."""

    left: int
    right: int


@dataclass(slots=True, frozen=True)
class Trees:
    """Boosted regression trees, all nodes in one table; a leaf is its own child."""

    feature: Ints32
    threshold: Floats
    """A value goes left up to it."""
    missing_left: NDArray[np.bool_]
    left: Ints32
    right: Ints32
    value: Floats
    roots: Ints32
    baseline: float
    depth: int

    def margin(self, x: Floats) -> Floats:
        """The sum of all trees' answers: log odds before they are calibrated.

        Args:
            x: (rows, features); NaN is missing.
        """
        parts = [self._margin(x[at : at + ROWS_AT_ONCE]) for at in range(0, len(x), ROWS_AT_ONCE)]
        return np.concatenate(parts) if parts else np.empty(0)

    def _margin(self, x: Floats) -> Floats:
        node = np.broadcast_to(self.roots, (len(x), len(self.roots)))
        rows = np.arange(len(x))[:, None]
        for _ in range(self.depth):
            value = x[rows, self.feature[node]]
            goes_left = np.where(np.isnan(value), self.missing_left[node], value <= self.threshold[node])
            node = np.where(goes_left, self.left[node], self.right[node])
        return np.asarray(self.baseline + self.value[node].sum(axis=1))


@dataclass(slots=True, frozen=True)
class FailureModel:
    """Probabilities of failing within some horizons, from named columns."""

    columns: tuple[str, ...]
    pairs: tuple[Pair, ...]
    horizons_s: tuple[float, ...]
    """Ascending."""
    trees: tuple[Trees, ...]
    """One a horizon."""
    calibration: tuple[tuple[float, float], ...]
    """One a horizon: slope and offset of the log odds."""
    metrics: dict[str, Any]
    """What it was worth on what it had not seen."""

    def probability(self, x: Floats) -> Floats:
        """P(fails within each horizon).

        Args:
            x: (rows, columns); NaN is missing.

        Returns:
            (rows, horizons), each in 0 … 1; a longer horizon is never less likely.
        """
        wide = with_pairs(x, self.pairs)
        found = [
            sigmoid(slope * trees.margin(wide) + offset)
            for trees, (slope, offset) in zip(self.trees, self.calibration, strict=True)
        ]
        return np.maximum.accumulate(np.column_stack(found), axis=1)


def sigmoid(x: Floats) -> Floats:
    """1 / (1 + e^-x), without overflow.

    >>> sigmoid(np.array([0.0, 1e9, -1e9])).tolist()
    [0.5, 1.0, 0.0]
    """
    return np.asarray(0.5 * (1 + np.tanh(0.5 * x)))


def with_pairs(x: Floats, pairs: Sequence[Pair]) -> Floats:
    """The columns, and behind them product, difference and ratio of each pair.

    >>> with_pairs(np.array([[6.0, 2.0]]), [Pair(0, 1)]).tolist()
    [[6.0, 2.0, 12.0, 4.0, 3.0]]
    """
    if not pairs:
        return x
    left, right = x[:, [pair.left for pair in pairs]], x[:, [pair.right for pair in pairs]]
    ratio = np.divide(left, right, out=np.full_like(left, np.nan), where=np.abs(right) > LEAST_DIVISOR)
    return np.hstack([x, left * right, left - right, ratio])


def pack(model: FailureModel) -> bytes:
    """The model as bytes; the same model gives the same bytes.

    Raises:
        ModelError: it is too large to travel.
    """
    header = {
        "format": FORMAT,
        "columns": model.columns,
        "pairs": model.pairs,
        "horizons_s": model.horizons_s,
        "calibration": model.calibration,
        "metrics": model.metrics,
        "baseline": [trees.baseline for trees in model.trees],
        "depth": [trees.depth for trees in model.trees],
    }
    arrays = {
        f"{name}_{at}": getattr(trees, name) for at, trees in enumerate(model.trees) for name in _ARRAYS
    }
    arrays[_HEADER] = np.frombuffer(json.dumps(header).encode(), np.uint8)
    out = io.BytesIO()
    np.savez_compressed(out, allow_pickle=False, **arrays)
    packed = out.getvalue()
    if len(packed) > LARGEST_BYTES:
        raise ModelError(f"{len(packed)} bytes, expected at most {LARGEST_BYTES}")
    return packed


_ARRAYS: Final = ("feature", "threshold", "missing_left", "left", "right", "value", "roots")


def unpack(packed: bytes, sha256: str) -> FailureModel:
    """What `pack` was given.

    Raises:
        ModelError: the hash does not match, or the bytes are no model.
    """
    found = hashlib.sha256(packed).hexdigest()
    if found != sha256:
        raise ModelError(f"sha256 is {found}, expected {sha256}")
    try:
        with zipfile.ZipFile(io.BytesIO(packed)) as archive:
            if sum(one.file_size for one in archive.infolist()) > LARGEST_UNPACKED:
                raise ModelError("it unpacks to more than a model holds")
        with np.load(io.BytesIO(packed), allow_pickle=False) as arrays:
            header = json.loads(arrays[_HEADER].tobytes())
            if header["format"] != FORMAT:
                raise ModelError(f"format {header['format']}, expected {FORMAT}")
            model = FailureModel(
                columns=tuple(header["columns"]),
                pairs=tuple(Pair(*pair) for pair in header["pairs"]),
                horizons_s=tuple(header["horizons_s"]),
                trees=tuple(
                    Trees(
                        **{name: arrays[f"{name}_{at}"] for name in _ARRAYS}, baseline=baseline, depth=depth
                    )
                    for at, (baseline, depth) in enumerate(
                        zip(header["baseline"], header["depth"], strict=True)
                    )
                ),
                calibration=tuple((slope, offset) for slope, offset in header["calibration"]),
                metrics=header["metrics"],
            )
    except (KeyError, TypeError, ValueError, OSError, zipfile.BadZipFile) as error:
        raise error if isinstance(error, ModelError) else ModelError(f"no model: {error}") from error
    _check(model)
    return model


def _check(model: FailureModel) -> None:
    """Refuse what would read beyond its tables."""
    width = len(model.columns) + 3 * len(model.pairs)
    sound = (
        len(model.trees) == len(model.calibration) == len(model.horizons_s) > 0
        and all(max(pair) < len(model.columns) and min(pair) >= 0 for pair in model.pairs)
        and all(is_sound(trees, width) for trees in model.trees)
    )
    if not sound:
        raise ModelError("its tables contradict one another")


def is_sound(trees: Trees, width: int) -> bool:
    """Whether no walk through trees of so many features reads beyond a table."""
    count = len(trees.value)
    tables = (trees.feature, trees.threshold, trees.missing_left, trees.left, trees.right)
    within = all(
        len(at) == 0 or (at.min() >= 0 and at.max() < size)
        for at, size in (
            (trees.feature, width),
            (trees.left, count),
            (trees.right, count),
            (trees.roots, count),
        )
    )
    return within and all(len(table) == count for table in tables) and 0 <= trees.depth <= count
