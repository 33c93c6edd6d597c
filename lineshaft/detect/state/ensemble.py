"""All members' evidence made one judgement: score, probability, contributing features, alarm, changepoint.

How far single windows are off (level) and how far their smoothed values (lasting) say how the machine is:
each is made a p-value by its own past, and the small shifts that last begin and end episodes. What is news is
told apart (`news`), by looks that forget as they go.
"""

from typing import Any, NamedTuple

import numpy as np

from lineshaft.detect.state.base import Bools, Judgement
from lineshaft.detect.state.baseline import WARM, Baseline, View
from lineshaft.detect.state.conformal import Conformal
from lineshaft.detect.state.episodes import Episodes
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


class _Look(NamedTuple):
    """What one look at some windows found."""

    row: Ints32
    x: Floats
    view: View
    statistic: Floats
    """(windows, members)."""
    smooth: Smooth
    decimals: Floats
    """(windows,): -log10 of how often a normal window is as odd."""
    news: Looked


class Ensemble(Rows):
    """A model row of 32 features costs 14 kB, of one 15 kB: what is kept of shapes fills the budget."""

    model = "ensemble-1"

    def __init__(self, features: int) -> None:
        self.features = features
        self.baseline = Baseline(features)
        self.ewma = Ewma(features)
        self.usual = Conformal(len(MEMBERS))
        """Of windows outside episodes."""
        self.episodes = Episodes()
        self.regimes = Regimes(features)
        self.news = News(features)
        self._looked: _Look | None = None

    def __getstate__(self) -> dict[str, Any]:
        """Without the last look: it is only kept to spare learning a second one."""
        return {**vars(self), "_looked": None}

    def score_many(self, row: Ints32, x: Floats) -> Judgement:
        """See `Detector`."""
        look = self._look(row, x)
        warm = (look.view.windows >= WARM) & look.view.known.any(axis=1)
        decimals = look.decimals
        parts = np.maximum(look.smooth.parts, 0.0)
        total = parts.sum(axis=1, keepdims=True)
        course = self.episodes.look(row, look.statistic[:, LASTING], look.view.windows)
        return Judgement(
            score=np.where(warm, np.maximum(score_of(decimals), 1e-6), 0.0),
            probability=np.where(warm, probability_of(decimals), 1.0),
            share=np.where(total > 0, parts / np.where(total > 0, total, 1.0), 0.0),
            alarm=course.alarm,
            changepoint=course.began | course.ended | (self._changed(look) & warm),
        )

    def news_many(self, row: Ints32, x: Floats) -> Floats:
        """How much news windows are, from 0 to below 1; changes nothing. Called before they are learned."""
        look = self._look(row, x)
        return np.where(look.view.windows >= WARM, self.news.worth(row, look.news), 0.0)

    def learn_many(self, row: Ints32, x: Floats, score: Floats) -> None:
        """See `Detector`; a window of score 0 is known to be normal, whatever it looks like."""
        look, self._looked = self._look(row, x), None
        view, lasting = look.view, look.statistic[:, LASTING]
        told = score <= 0
        alarm = self.episodes.look(row, lasting, view.windows).alarm & ~told
        calm = np.where(told, 1.0, np.maximum(self.episodes.calm(row, lasting), ODD_WEIGHT))
        weight = np.where(alarm, ALARM_WEIGHT, calm)
        self.news.learn(row, view, look.news)
        warm = np.where(view.windows >= WARM, 1.0, 0.0)
        self.usual.learn(row, look.statistic, np.where(alarm, 0.0, warm))
        self.episodes.learn(row, lasting, view.windows, told)
        self.regimes.learn(row, look.smooth.now, self._changed(look))
        self.ewma.learn(row, view, weight)
        self.baseline.learn(row, view, weight)

    def _changed(self, look: _Look) -> Bools:
        return self.regimes.look(look.row, look.smooth.now, look.smooth.scale, look.view.windows)

    def _look(self, row: Ints32, x: Floats) -> _Look:
        if self._looked is not None and self._looked.row is row and self._looked.x is x:
            return self._looked
        view = self.baseline.view(row, x)
        smooth = self.ewma.look(row, view)
        level = np.square(view.z).sum(axis=1) / view.width
        statistic = np.column_stack([level, smooth.distance])
        # Two looks at the same window: half the tail probability each.
        decimals = self.usual.look(row, statistic).whole.max(axis=1) - np.log10(2.0)
        self._looked = _Look(row, x, view, statistic, smooth, decimals, self.news.look(row, view))
        return self._looked
