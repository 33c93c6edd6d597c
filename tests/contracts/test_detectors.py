"""Every registered detector is held to the same contract, without a test written for it."""

import pickle
from collections.abc import Callable

import numpy as np
import pytest

from lineshaft.detect import DETECTORS, Detector
from lineshaft.domain.readings import Floats

FEATURES = 6
ROWS = np.arange(4, dtype=np.int32)
Make = Callable[[int], Detector]

pytestmark = pytest.mark.parametrize("make", DETECTORS.values(), ids=list(DETECTORS))


def normal(steps: int, seed: int = 7) -> Floats:
    """(steps, machines, features) of correlated noise around levels of very different size."""
    rng = np.random.default_rng(seed)
    shared = rng.normal(size=(steps, len(ROWS), 1))
    own = rng.normal(size=(steps, len(ROWS), FEATURES))
    levels = np.array([40.0, 2.0, 0.1, 1500.0, 7.0, 60.0])
    return levels * (1 + 0.03 * (0.6 * shared + 0.8 * own))


def run(detector: Detector, windows: Floats) -> Floats:
    """Score before learning, window by window; (steps, machines) of scores."""
    detector.grow(len(ROWS))
    scores = []
    for x in windows:
        judged = detector.score_many(ROWS, x)
        detector.learn_many(ROWS, x, judged.score)
        scores.append(judged.score)
    return np.array(scores)


def test_scores_before_it_has_learned_anything(make: Make) -> None:
    detector = make(FEATURES)
    detector.grow(len(ROWS))
    judged = detector.score_many(ROWS, normal(1)[0])
    assert judged.score.tolist() == [0.0] * len(ROWS)
    assert judged.share.shape == (len(ROWS), FEATURES)
    assert judged.probability.tolist() == [1.0] * len(ROWS)
    assert not judged.alarm.any()
    assert not judged.changepoint.any()


def test_does_not_change_what_it_is_given_nor_itself_by_scoring(make: Make) -> None:
    detector = make(FEATURES)
    run(detector, normal(60))
    x, rows = normal(1, 3)[0], ROWS.copy()
    before, kept = pickle.dumps(detector), x.copy()
    score = detector.score_many(rows, x).score
    assert pickle.dumps(detector) == before
    detector.learn_many(rows, x, score)
    assert (x == kept).all()
    assert (rows == ROWS).all()


def test_survives_a_missing_and_a_new_feature(make: Make) -> None:
    detector = make(FEATURES)
    windows = normal(200)
    windows[:100, :, 5] = np.nan
    windows[50:, 1, 0] = np.nan
    windows[120, 2] = np.nan
    scores = run(detector, windows)
    assert np.isfinite(scores).all()
    assert scores[120, 2] == 0.0
    assert np.median(scores[150:]) < 0.4


def test_is_deterministic_and_its_copy_goes_on_alone(make: Make) -> None:
    one, two = make(FEATURES), make(FEATURES)
    run(one, normal(50))
    run(two, normal(50))
    copy = pickle.loads(pickle.dumps(one))  # noqa: S301 - our own bytes
    more = normal(30, 11)
    assert (run(one, more) == run(two, more)).all()
    assert (run(copy, more) == run(make_like(make, normal(50)), more)).all()


def make_like(make: Make, windows: Floats) -> Detector:
    detector = make(FEATURES)
    run(detector, windows)
    return detector


def test_its_memory_is_bounded(make: Make) -> None:
    detector = make(32)
    detector.grow(64)
    sizes = []
    for steps in (30, 60):
        for x in np.random.default_rng(1).normal(size=(steps, 64, 32)):
            rows = np.arange(64, dtype=np.int32)
            detector.learn_many(rows, x, detector.score_many(rows, x).score)
        sizes.append(len(pickle.dumps(detector)))
    assert abs(sizes[1] - sizes[0]) < 1000
    assert sizes[1] / 64 < 64_000


def test_scores_are_low_on_normal_and_stay_below_one_on_anything(make: Make) -> None:
    detector = make(FEATURES)
    scores = run(detector, normal(900))
    assert np.quantile(scores[300:], 0.999) < 0.7
    wild = detector.score_many(ROWS, normal(1)[0] * 1e9).score
    assert ((wild > 0.9) & (wild < 1.0)).all()


@pytest.mark.parametrize("feature", range(FEATURES))
@pytest.mark.parametrize("kind", ["step", "drift"])
def test_ranks_an_injected_fault_above_normal_and_names_it(make: Make, feature: int, kind: str) -> None:
    windows = normal(700, seed=feature)
    size = np.ones(300) * 1.25 if kind == "step" else 1 + np.linspace(0, 0.35, 300)
    windows[400:, 2, feature] *= size
    detector = make(FEATURES)
    scores = run(detector, windows)
    faulty, fine = scores[420:, 2], scores[420:, [0, 1, 3]]
    pairs = (faulty[:, None, None] > fine[None]).mean()
    assert pairs > (0.95 if kind == "step" else 0.85)
    assert detector.score_many(ROWS, windows[-1]).share[2].argmax() == feature


def test_does_not_take_a_fault_for_normal_within_minutes(make: Make) -> None:
    windows = normal(1000)
    windows[800:, 0, 1] *= 1.5
    scores = run(make(FEATURES), windows)
    assert scores[990:, 0].min() > 0.6
