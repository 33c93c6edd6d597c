"""Remaining time of a trip, learned from past ones: what is kept, and its answer.

What neighbours took (`neighbours`) is the first word; boosted trees say by how much this trip will differ,
from where and when it is, and how it went until now; and how wrong both were on later trips than those
learned from makes the interval (`bands`). Each part is left out where too few trips were there to learn it.

Nothing here is a pickle: a model is arrays, so it can be read without running anything that is in it.
"""

from dataclasses import dataclass
from typing import Any, Final, NamedTuple

import numpy as np

from lineshaft.detect.eta.bands import Bands
from lineshaft.detect.eta.neighbours import FEW, LEAST_M, MANY, Neighbours, local_hour, plane
from lineshaft.detect.eta.tracks import Moments
from lineshaft.detect.prognosis.failure import Trees
from lineshaft.domain.geometry import distance_m
from lineshaft.domain.readings import Floats, Ints64

MOST_RATIO: Final = 30.0
"""Of what neighbours took; no forecast goes further from it."""


class Times(NamedTuple):
    """Seconds until arrival, an element a question."""

    p10: Floats
    p50: Floats
    p90: Floats


class Seen(NamedTuple):
    """Questions as the learned parts see them."""

    features: Floats
    """(questions, features); NaN is unknown."""
    base_s: Floats
    """What neighbours say."""


@dataclass(slots=True, frozen=True)
class EtaModel:
    """Arrival times of one fleet's trips."""

    centre: tuple[float, float]
    """Degrees; the plane of the neighbours touches here."""
    neighbours: Neighbours
    trees: tuple[Trees, Trees, Trees] | None
    """Logarithm of real over base at P10 and P90, real over base at P50: in this order P10, P50, P90."""
    bands: Bands
    metrics: dict[str, Any]
    """What it was worth on later trips than those it was learned from."""

    def predict(self, asked: Moments) -> Times:
        """Remaining seconds at moments, from what was known then."""
        found = self.seen(asked)
        if self.trees is None:
            nothing = np.zeros(len(found.base_s))
            return self.times(asked, found.base_s, nothing, nothing + 1.0, nothing)
        p10, p50, p90 = (trees.margin(found.features) for trees in self.trees)
        return self.times(asked, found.base_s, p10, p50, p90)

    def times(self, asked: Moments, base_s: Floats, p10: Floats, p50: Floats, p90: Floats) -> Times:
        """Answers from what the trees say; arguments after `base_s` as in `trees`."""
        low, high = self.bands.around(asked.elapsed_s, p10, p90)
        middle = np.clip(p50, 1 / MOST_RATIO, MOST_RATIO)
        limit = np.log(MOST_RATIO)
        low, high = np.exp(np.clip(low, -limit, limit)), np.exp(np.clip(high, -limit, limit))
        return Times(base_s * np.minimum(low, middle), base_s * middle, base_s * np.maximum(high, middle))

    def seen(self, asked: Moments, fold: Ints64 | None = None) -> Seen:
        """Features and first word of questions; `fold` as in `Neighbours.ask`."""
        return seen(asked, self.centre, self.neighbours, fold)


def seen(
    asked: Moments, centre: tuple[float, float], neighbours: Neighbours, fold: Ints64 | None = None
) -> Seen:
    """Features and first word of questions; `fold` as in `Neighbours.ask`."""
    onto = plane(centre)
    x, y = onto(asked.lat, asked.lon)
    to_x, to_y = onto(asked.dest_lat, asked.dest_lon)
    from_x, from_y = onto(asked.start_lat, asked.start_lon)
    hour = local_hour(asked.ts, asked.lon)
    left_m = distance_m(asked.lat, asked.lon, asked.dest_lat, asked.dest_lon)
    gone_m = distance_m(asked.start_lat, asked.start_lon, asked.lat, asked.lon)
    whole_m = distance_m(asked.start_lat, asked.start_lon, asked.dest_lat, asked.dest_lon)
    here, there, begin = (np.column_stack(two) for two in ((x, y), (to_x, to_y), (from_x, from_y)))
    ahead = neighbours.ask(np.hstack([here, there]), hour, FEW, fold)
    wide = neighbours.ask(np.hstack([here, there]), hour, MANY, fold)
    behind = neighbours.ask(np.hstack([begin, here]), hour, FEW, fold)
    whole = neighbours.ask(np.hstack([begin, there]), hour, FEW, fold)
    base_s = np.exp((ahead.log_pace + ahead.log_pace_now) / 2) * (left_m + LEAST_M)
    usual_s = np.exp(behind.log_pace_now) * (gone_m + LEAST_M)
    whole_s = np.exp(whole.log_pace_now) * (whole_m + LEAST_M)
    back_x, back_y = onto(asked.heading_lat, asked.heading_lon)
    toward, course = np.arctan2(to_y - y, to_x - x), np.arctan2(y - back_y, x - back_x)
    pace = asked.recent_m / np.maximum(asked.recent_s, 1.0)
    columns = [
        x, y, to_x, to_y, to_x - x, to_y - y, left_m, np.abs(to_x - x) + np.abs(to_y - y),
        np.cos(toward), np.sin(toward), hour % 24, hour, hour // 24,
        asked.elapsed_s, asked.driven_m, gone_m, whole_m, asked.stale_s, *pace.T,
        asked.net_m / np.maximum(asked.recent_s[:, 0], 1.0), np.cos(toward - course),
        np.log(np.maximum(asked.elapsed_s, 20.0) / usual_s), whole_s - asked.elapsed_s, whole_s, base_s,
        *ahead, *wide, *behind[:3], *whole[:3],
    ]  # fmt: skip
    return Seen(np.column_stack(columns), base_s)


FEATURES: Final = 44
"""Columns of `Seen.features`."""
