"""What is news: rare, and odder by a grain than all of the last while."""

import numpy as np

from lineshaft.detect.state.ensemble import Teller
from lineshaft.detect.state.shape import Shape

ROW = np.zeros(1, np.int32)


def news(values: np.ndarray) -> np.ndarray:
    teller, said = Teller(1), []
    teller.grow(1)
    for value in values:
        x = np.array([[value]])
        judged = teller.score_many(ROW, x)
        said.append(teller.news_many(ROW, x)[0])
        teller.learn_many(ROW, x, judged.score)
    return np.array(said)


def test_a_value_is_rare_on_the_side_where_less_of_the_past_is() -> None:
    shape = Shape(2)
    shape.grow(1)
    for value in [0.0] * 40 + [1.0] * 59:
        shape.learn(ROW, np.array([[value, -value]]))
    high, low = shape.rare(ROW, np.array([[1.5, -1.5]]))[0]
    assert round(high, 2) == round(low, 2) == 2.3
    # The same as most of the past, and as its largest: half of its like lie beyond it.
    assert round(shape.rare(ROW, np.array([[1.0, 0.0]]))[0, 0], 2) == 0.52


def test_the_same_again_is_less_news_than_the_first_time() -> None:
    values = np.random.default_rng(2).normal(size=700)
    values[500] = values[520] = 12.0
    said = news(values)
    assert said[500] > 0.7
    assert said[500] > said[520]
    assert said[520] <= 0.6


def test_a_step_is_news_once() -> None:
    values = np.random.default_rng(2).normal(size=700)
    values[500:] += 9.0
    said = news(values)
    assert said[500] == said[400:].max()
    assert (said[510:600] <= 0.6).all()
