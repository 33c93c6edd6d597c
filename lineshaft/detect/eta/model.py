"""Remaining time of a trip, learned from past ones: what is kept, and its answer.

What neighbours took (`neighbours`) is the first word; boosted trees say by how much this trip will differ,
from where and when it is, and how it went until now; and how wrong both were on later trips than those
learned from makes the interval (`bands`). Each part is left out where too few trips were there to learn it.

Several fits, each with chances of its own, answer together. Nothing here is a pickle: a model is arrays, so
it can be read without running anything that is in it.
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


class Member(NamedTuple):
    """One fit, with chances of its own: which stretches it keeps, what its trees are shown."""

    neighbours: Neighbours
    trees: Trees | None
    """Real time over the base's; None: the neighbours speak for themselves."""

    def middle_s(self, found: Seen) -> Floats:
        """The median, by this fit alone."""
        ratio = 1.0 if self.trees is None else self.trees.margin(found.features)
        middle_s: Floats = found.base_s * np.clip(ratio, 1 / MOST_RATIO, MOST_RATIO)
        return middle_s


@dataclass(slots=True, frozen=True)
class EtaModel:
    """Arrival times of one fleet's trips."""

    centre: tuple[float, float]
    """Degrees; the plane of the neighbours touches here."""
    members: tuple[Member, ...]
    """Their mean is the median: what each owes to chance cancels out (bagging: Breiman, 1996)."""
    ends: tuple[Trees, Trees] | None
    """Logarithm of real time over the first member's base at P10 and P90; None: that base itself."""
    bands: Bands
    metrics: dict[str, Any]
    """What the first member was worth on later trips than those it was learned from."""

    def predict(self, asked: Moments) -> Times:
        """Remaining seconds at moments, from what was known then."""
        first, *others = (seen(asked, self.centre, one.neighbours) for one in self.members)
        middle = np.mean(
            [one.middle_s(found) for one, found in zip(self.members, (first, *others), strict=True)], axis=0
        )
        low, high = (0.0, 0.0) if self.ends is None else (one.margin(first.features) for one in self.ends)
        return times(asked, middle, (np.log(first.base_s) + low, np.log(first.base_s) + high), self.bands)


def times(asked: Moments, middle_s: Floats, ends: tuple[Floats, Floats], bands: Bands) -> Times:
    """Answers with intervals that keep their promise; the median always lies inside.

    Args:
        asked: the questions.
        middle_s: the median.
        ends: logarithm of seconds at P10 and P90, before they were held against later trips.
        bands: by how much they are moved for it.
    """
    low, high = bands.around(asked.elapsed_s, *ends)
    middle, limit = np.log(middle_s), np.log(MOST_RATIO)
    return Times(
        np.exp(np.clip(low, middle - limit, middle)), middle_s, np.exp(np.clip(high, middle, middle + limit))
    )


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
