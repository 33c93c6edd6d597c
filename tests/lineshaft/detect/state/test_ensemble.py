"""The ensemble on windows that are narrower than what it has room for, and its telling of news."""

import numpy as np

from lineshaft.detect.state.ensemble import Ensemble, Teller
from lineshaft.domain.readings import Floats

WIDE, NARROW, USED = 32, 16, 10
ROWS = np.arange(3, dtype=np.int32)


def windows(steps: int) -> Floats:
    """(steps, machines, features): noise, a spike, a step, and gaps; the places behind were never heard."""
    x = np.full((steps, len(ROWS), WIDE), np.nan)
    x[:, :, :USED] = 50 + np.random.default_rng(3).normal(size=(steps, len(ROWS), USED))
    x[200, 0, 4] += 300.0
    x[250:, 1, 2] += 6.0
    x[100:120, 2, 5] = np.nan
    return x


def test_narrow_windows_are_judged_as_wide_ones_with_nothing_behind_to_the_last_bit() -> None:
    wide, narrow = Ensemble(WIDE), Ensemble(WIDE)
    wide.grow(len(ROWS))
    narrow.grow(len(ROWS))
    for x in windows(400):
        one, two = wide.score_many(ROWS, x), narrow.score_many(ROWS, x[:, :NARROW])
        wide.learn_many(ROWS, x, one.score)
        narrow.learn_many(ROWS, x[:, :NARROW], two.score)
        assert (one.score == two.score).all()
        assert (one.probability == two.probability).all()
        assert (one.share[:, :NARROW] == two.share).all()
        assert (one.alarm == two.alarm).all()
        assert (one.changepoint == two.changepoint).all()


def test_news_is_told_without_changing_what_is_judged() -> None:
    plain, teller = Ensemble(WIDE), Teller(WIDE)
    plain.grow(len(ROWS))
    teller.grow(len(ROWS))
    news = []
    for x in windows(300):
        one, two = plain.score_many(ROWS, x), teller.score_many(ROWS, x)
        news.append(teller.news_many(ROWS, x))
        assert (one.score == two.score).all()
        plain.learn_many(ROWS, x, one.score)
        teller.learn_many(ROWS, x, two.score)
    assert np.array(news)[:, 0].argmax() == 200
