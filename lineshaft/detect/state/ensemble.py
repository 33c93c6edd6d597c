"""All members' evidence made one judgement: score, probability, contributing features, alarm, changepoint.

How far single windows are off (level) and how far their smoothed values (lasting) say how the machine is:
each is made a p-value by its own past, and the small shifts that last begin and end episodes. What is news is
told apart (`news`), by looks that forget as they go; the flow does not ask for it, and does not pay for it.
"""

from typing import Any, NamedTuple

import numpy as np

from lineshaft.detect.state.base import Bools, Judgement
from lineshaft.detect.state.baseline import WARM, Baseline, View
from lineshaft.detect.state.conformal import Conformal, Surprise
from lineshaft.detect.state.episodes import Course, Episodes, calm
from lineshaft.detect.state.ewma import Ewma, Smooth
from lineshaft.detect.state.news import Looked, News
from lineshaft.detect.state.regimes import Regimes
from lineshaft.detect.state.rows import Rows
from lineshaft.detect.tail import probability_of, score_of
from lineshaft.domain.readings import Floats, Ints32

MEMBERS = ("level", "lasting")
LASTING = MEMBERS.index("lasting")
ODD_WEIGHT, ALARM_WEIGHT = 0.02, 0.005
"""Least weight that a window is learned with, and in an episode: a new normal becomes normal in days."""


_KEPT_FOR_A_MOMENT = {"_looked", "_heard"}


class _Look(NamedTuple):
    """What one look at some windows found."""

    row: Ints32
    x: Floats
    view: View
    statistic: Floats
    """(windows, members)."""
    smooth: Smooth
    usual: Surprise
    course: Course
    changed: Bools
    """Whether a new regime begins."""


class Ensemble(Rows):
    """A model row of 32 features costs 7 kB.

    Windows may be narrower than what there is room for: places behind were never measured.
    """

    model = "ensemble-1"

    def __init__(self, features: int) -> None:
        self.features = features
        self.baseline = Baseline(features)
        self.ewma = Ewma(features)
        self.usual = Conformal(len(MEMBERS))
        """Of windows outside episodes."""
        self.episodes = Episodes()
        self.regimes = Regimes(features)
        self._looked: _Look | None = None

    def __getstate__(self) -> dict[str, Any]:
        """Without the last look: it is only kept to spare learning a second one."""
        return {**vars(self), **dict.fromkeys(_KEPT_FOR_A_MOMENT & vars(self).keys())}

    def score_many(self, row: Ints32, x: Floats) -> Judgement:
        """See `Detector`."""
        look = self._look(row, x)
        warm = (look.view.windows >= WARM) & np.logical_or.reduce(look.view.known, axis=1)
        # Two looks at the same window: half the tail probability each.
        decimals = np.maximum.reduce(look.usual.whole, axis=1) - np.log10(2.0)
        parts = np.maximum(look.smooth.parts, 0.0)
        total = np.add.reduce(parts, axis=1)[:, None]
        course = look.course
        return Judgement(
            score=np.where(warm, np.maximum(score_of(decimals), 1e-6), 0.0),
            probability=np.where(warm, probability_of(decimals), 1.0),
            share=np.where(total > 0, parts / np.where(total > 0, total, 1.0), 0.0),
            alarm=course.alarm,
            changepoint=course.began | course.ended | (look.changed & warm),
        )

    def learn_many(self, row: Ints32, x: Floats, score: Floats) -> None:
        """See `Detector`; a window of score 0 is known to be normal, whatever it looks like."""
        look, self._looked = self._look(row, x), None
        view, lasting = look.view, look.statistic[:, LASTING]
        told = score <= 0
        alarm = look.course.alarm & ~told
        quiet = np.where(told, 1.0, np.maximum(calm(look.course, lasting), ODD_WEIGHT))
        weight = np.where(alarm, ALARM_WEIGHT, quiet)
        counts = np.where(alarm | (view.windows < WARM), 0.0, 1.0)
        self.usual.learn(row, look.usual.at, counts)
        self.episodes.learn(row, look.course, lasting, (view.windows, told))
        self.regimes.learn(row, look.smooth.now, look.changed)
        self.ewma.learn(row, view, look.smooth, weight)
        self.baseline.learn(row, view, weight)

    def _look(self, row: Ints32, x: Floats) -> _Look:
        if self._looked is not None and self._looked.row is row and self._looked.x is x:
            return self._looked
        view = self.baseline.view(row, x)
        smooth = self.ewma.look(row, view)
        statistic = np.empty((len(row), len(MEMBERS)))
        statistic[:, 0] = np.add.reduce(view.z * view.z, axis=1) / view.width
        statistic[:, LASTING] = smooth.distance
        self._looked = _Look(
            row, x, view, statistic, smooth,
            self.usual.look(row, statistic),
            self.episodes.look(row, smooth.distance, view.windows),
            self.regimes.look(row, smooth.now, smooth.scale, view.windows),
        )  # fmt: skip
        return self._looked


class Teller(Ensemble):
    """The ensemble that also says how much news a window is; that takes thrice the memory, and the time."""

    def __init__(self, features: int) -> None:
        super().__init__(features)
        self.news = News(features)
        self._heard: tuple[_Look, Looked] | None = None

    def news_many(self, row: Ints32, x: Floats) -> Floats:
        """How much news windows are, from 0 to below 1; changes nothing. Called before they are learned."""
        look, news = self._hear(row, x)
        return np.where(look.view.windows >= WARM, self.news.worth(row, news), 0.0)

    def learn_many(self, row: Ints32, x: Floats, score: Floats) -> None:
        """See `Ensemble`."""
        look, news = self._hear(row, x)
        self._heard = None
        self.news.learn(row, look.view, news)
        super().learn_many(row, x, score)

    def _hear(self, row: Ints32, x: Floats) -> tuple[_Look, Looked]:
        look = self._look(row, x)
        if self._heard is None or self._heard[0] is not look:
            self._heard = (look, self.news.look(row, look.view))
        return self._heard
