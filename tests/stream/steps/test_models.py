"""Models in a shard: who speaks, what a swap changes, and who is forewarned by whom."""

import pickle

import numpy as np
import pytest

from lineshaft.detect.prognosis.failure import ModelError
from lineshaft.detect.prognosis.indicators import NAMES, Minutes
from model_rows import row, saying
from stream.steps.models import HELD, Models

NOW_US = 1_795_000_000_000_000
MINUTE_US = 60_000_000


def minutes(*scores: float, at_us: int = NOW_US) -> Minutes:
    x = np.full((len(scores), len(NAMES)), np.nan)
    x[:, NAMES.index("score_10m")] = scores
    return Minutes(np.arange(len(scores), dtype=np.int32), np.full(len(scores), at_us), x)


def taught(*bodies: bytes) -> Models:
    models = Models()
    for pos, body in enumerate(bodies, 1):
        models.take(body, NOW_US, pos)
    return models


def test_without_a_model_nobody_speaks() -> None:
    found = Models().predict(minutes(0.1, 0.2), ["pump", "pump"], 1)
    assert np.isnan(found.p_24h).all()
    assert found.model.tolist() == ["", ""]


def test_a_champion_speaks_of_its_kind_and_one_for_all_of_the_others() -> None:
    models = taught(row(saying(0.9), kind="pump", version=4), row(saying(0.2)))
    found = models.predict(minutes(0.1, 0.1), ["pump", "press"], 1)
    assert found.p_24h.tolist() == pytest.approx([0.9, 0.2])
    assert (found.p_7d > found.p_24h).all()
    assert found.model.tolist() == ["failure-pump-4", "failure-all-1"]
    assert not found.is_advisory.any()


def test_a_challenger_is_watched_and_does_not_speak() -> None:
    models = taught(row(saying(0.2)), row(saying(0.9), version=2, role="challenger"))
    found = models.predict(minutes(0.1), ["pump"], 5)
    assert found.p_24h.tolist() == pytest.approx([0.2])
    [one] = models.forewarnings
    assert (one.model, one.role, one.device, one.ended_us) == ("failure-all-2", "challenger", 0, None)


def test_a_new_champion_retires_the_old_one_and_a_rollback_brings_it_back() -> None:
    first, second = row(saying(0.2)), row(saying(0.9), version=2)
    models = taught(first, second)
    assert list(models.held) == ["failure-all-2"]
    assert models.predict(minutes(0.1), ["pump"], 3).model.tolist() == ["failure-all-2"]
    models.take(first, NOW_US, 4)
    found = models.predict(minutes(0.1), ["pump"], 5)
    assert (found.model.tolist(), found.p_24h.tolist()) == (["failure-all-1"], pytest.approx([0.2]))


def test_a_demoted_champion_goes_on_speaking_as_advice() -> None:
    models = taught(row(saying(0.9)), row(saying(0.9), role="advisory"))
    found = models.predict(minutes(0.1), ["pump"], 3)
    assert found.p_24h.tolist() == pytest.approx([0.9])
    assert found.is_advisory.tolist() == [True]
    models.take(row(saying(0.3), version=2), NOW_US, 4)
    found = models.predict(minutes(0.1), ["pump"], 5)
    assert (found.model.tolist(), found.is_advisory.tolist()) == (["failure-all-2"], [False])


def test_a_forewarning_begins_once_and_ends_once_below_half_its_threshold() -> None:
    models = taught(row(saying(0.9, above=0.5)))
    told = []
    for minute, score in enumerate((0.1, 0.8, 0.9, 0.9, 0.2, 0.2)):
        models.predict(minutes(score, 0.1, at_us=NOW_US + minute * MINUTE_US), ["pump", "pump"], minute)
        told += [(one.began_us, one.ended_us) for one in models.forewarnings]
        models.forewarnings.clear()
    assert told == [(NOW_US + MINUTE_US, None), (NOW_US + MINUTE_US, NOW_US + 4 * MINUTE_US)]


def test_a_row_that_comes_again_changes_nothing_and_a_model_that_goes_ends_its_forewarnings() -> None:
    models = taught(row(saying(0.9)))
    models.predict(minutes(0.9), ["pump"], 1)
    models.take(row(saying(0.9)), NOW_US, 2)
    models.predict(minutes(0.9), ["pump"], 3)
    assert [one.ended_us for one in models.forewarnings] == [None]
    models.take(row(saying(0.9), role="retired"), NOW_US + 5, 4)
    assert [one.ended_us for one in models.forewarnings] == [None, NOW_US + 5]
    assert models.held == {}


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"sha256": "0" * 64}, "sha256"),
        ({"artefact": "!!"}, "base64"),
        ({"threshold": 0}, "threshold"),
        ({"role": "king"}, "no model row"),
        ({"version": "1"}, "no model row"),
    ],
)
def test_a_row_that_cannot_be_used_leaves_the_champion_where_it_is(
    change: dict[str, object], says: str
) -> None:
    models = taught(row(saying(0.2)))
    with pytest.raises(ModelError, match=says):
        models.take(row(saying(0.9), **({"version": 2} | change)), NOW_US, 2)
    assert models.predict(minutes(0.1), ["pump"], 3).p_24h.tolist() == pytest.approx([0.2])


def test_a_model_that_asks_for_what_nobody_measures_is_refused() -> None:
    with pytest.raises(ModelError, match="phase_of_the_moon"):
        taught(row(saying(0.9, column="phase_of_the_moon")))


def test_models_do_not_pile_up() -> None:
    models = taught(*[row(saying(0.9), version=n, role="challenger") for n in range(1, HELD + 5)])
    assert len(models.held) == HELD
    assert "failure-all-1" not in models.held


def test_a_kept_state_goes_on_the_same() -> None:
    models = taught(row(saying(0.9, above=0.5)))
    models.predict(minutes(0.8), ["pump"], 1)
    again = pickle.loads(pickle.dumps(models))  # noqa: S301 - our own bytes
    for one in (models, again):
        one.predict(minutes(0.1, at_us=NOW_US + MINUTE_US), ["pump"], 2)
    assert again.forewarnings == models.forewarnings
    assert len(again.forewarnings) == 2
