"""Remaining life learned from machines that were run until they failed: what is kept, and its answer.

Rows are freed of their operating regime (`regimes`), projected on the directions in which machines change
slowly and on those that tell the end (`directions`, learned), followed over time (`trajectory`), and boosted
trees answer; the mean of several, each of which has not seen a part of the machines, is the forecast. How
wrong each was on the machines it had not seen makes the interval (`intervals`).

Nothing here is a pickle: a model is arrays, so it can be read without running anything that is in it.
"""

from dataclasses import dataclass
from typing import Any, Final, NamedTuple

import numpy as np

from lineshaft.detect.packed import Arrays, opened, seal, tree_arrays, tree_heads, trees_of
from lineshaft.detect.prognosis.failure import Trees, is_sound
from lineshaft.detect.prognosis.intervals import Band
from lineshaft.detect.prognosis.regimes import Regimes
from lineshaft.detect.prognosis.trajectory import FEATURES, bounds, courses
from lineshaft.domain.readings import Floats, Ints64

FORMAT: Final = 1
MAGIC: Final = b"lineshaft-rul\n"


class Member(NamedTuple):
    """One learner: the directions it looks along, and its trees."""

    directions: Floats
    """(columns, series)."""
    trees: Trees


class Life(NamedTuple):
    """Rows left until the end, an element a row, at most the model's cap."""

    p10: Floats
    p50: Floats
    p90: Floats


@dataclass(slots=True, frozen=True)
class RulModel:
    """Forecasts of remaining life, in the rows' own unit (cycles, hours)."""

    columns: tuple[str, ...]
    cap: float
    """Longer than this is not told apart: a new machine shows nothing yet."""
    regimes: Regimes
    members: tuple[Member, ...]
    band: Band
    metrics: dict[str, Any]
    """What it was worth on machines it had not seen."""

    def predict(self, unit: Ints64, x: Floats) -> Life:
        """Remaining life after each row, from its machine's rows up to it and nothing else.

        Args:
            unit: the machine of each row; a machine's rows stand together, in order.
            x: (rows, columns); NaN is missing.
        """
        z = steady(unit, self.regimes.deviation(x))
        found = [member.trees.margin(seen(unit, z, member.directions)) for member in self.members]
        return self.life(np.mean(found, axis=0))

    def life(self, forecast: Floats) -> Life:
        """The forecast with its interval."""
        low, high = self.band.around(forecast)
        return Life(low, np.clip(forecast, 0.0, self.cap), high)


def steady(unit: Ints64, z: Floats) -> Floats:
    """Deviations with the last known one where one is missing; 0, the usual, before the first."""
    if np.isfinite(z).all():
        return z
    filled = np.empty_like(z)
    for begin, end in bounds(unit):
        known = np.isfinite(z[begin:end])
        last = np.maximum.accumulate(np.where(known, np.arange(end - begin)[:, None], -1), axis=0)
        kept = np.take_along_axis(z[begin:end], np.maximum(last, 0), axis=0)
        filled[begin:end] = np.where(last >= 0, kept, 0.0)
    return filled


def seen(unit: Ints64, z: Floats, directions: Floats) -> Floats:
    """What a learner sees of each row: the courses along its directions, and the machine's age in rows."""
    age = np.concatenate([np.arange(1.0, end - begin + 1) for begin, end in bounds(unit)])
    return np.column_stack([courses(unit, z @ directions), age])


def pack(model: RulModel) -> bytes:
    """The model as bytes that name their format and hash; the same model gives the same bytes."""
    trees = [member.trees for member in model.members]
    header = {"columns": model.columns, "cap": model.cap, "metrics": model.metrics, **tree_heads(trees)}
    arrays = {f"regimes_{name}": value for name, value in model.regimes._asdict().items()}
    arrays |= {f"band_{name}": getattr(model.band, name) for name in ("start", "below", "above")}
    arrays |= {f"directions_{at}": member.directions for at, member in enumerate(model.members)}
    return seal(MAGIC, FORMAT, header, arrays | tree_arrays(trees))


def unpack(packed: bytes) -> RulModel:
    """What `pack` was given.

    Raises:
        ModelError: these bytes are no model, of another format, or not as they were written.
    """
    return opened(packed, (MAGIC, FORMAT, "remaining life"), _read, _is_sound)


def _read(header: dict[str, Any], arrays: Arrays) -> RulModel:
    return RulModel(
        columns=tuple(header["columns"]),
        cap=float(header["cap"]),
        regimes=Regimes(**{name: arrays[f"regimes_{name}"] for name in Regimes._fields}),
        members=tuple(
            Member(arrays[f"directions_{at}"], trees) for at, trees in enumerate(trees_of(header, arrays))
        ),
        band=Band(arrays["band_start"], arrays["band_below"], arrays["band_above"], float(header["cap"])),
        metrics=header["metrics"],
    )


def _is_sound(model: RulModel) -> bool:
    """Whether nothing would be read beyond its table."""
    width = len(model.columns)
    shapes = {model.regimes.centre.shape, model.regimes.usual.shape, model.regimes.spread.shape}
    return (
        len(shapes) == 1
        and model.regimes.centre.shape[1] == width == len(model.regimes.location) == len(model.regimes.scale)
        and len(model.band.start) == len(model.band.below) == len(model.band.above) > 0
        and len(model.members) > 0
        and all(
            member.directions.shape[0] == width
            and is_sound(member.trees, member.directions.shape[1] * FEATURES + 1)
            for member in model.members
        )
    )
