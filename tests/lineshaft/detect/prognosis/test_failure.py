"""A learned model: what it says, that it says the same unpacked, and that broken bytes are refused."""

import hashlib
import io
import json
from dataclasses import replace

import numpy as np
import pytest
from sklearn.ensemble import HistGradientBoostingClassifier

from lineshaft.detect.prognosis import learning
from lineshaft.detect.prognosis.failure import FailureModel, ModelError, pack, unpack, with_pairs
from lineshaft.detect.prognosis.learning import Bools, calibrated, learn
from lineshaft.domain.readings import Floats

DAY_S = 86_400.0


def sample(rows: int = 700, seed: int = 1) -> tuple[Floats, Bools]:
    """Torque times speed above a limit fails: neither column alone says it."""
    rng = np.random.default_rng(seed)
    x = rng.uniform(1, 10, (rows, 3))
    x[rng.random((rows, 3)) < 0.02] = np.nan
    power = x[:, 0] * x[:, 1]
    return x, np.column_stack([power > 60, power > 45])


@pytest.fixture(scope="module")
def model() -> FailureModel:
    learned = learn(*sample(), ("torque", "speed", "wear"), (DAY_S, 7 * DAY_S))
    return replace(learned, metrics={"precision": 0.9})


def test_a_product_of_columns_is_found(model: FailureModel) -> None:
    x, fails = sample(seed=2)
    said = model.probability(x) > 0.5
    assert (said == fails).mean() > 0.95


def test_a_longer_horizon_is_never_less_likely(model: FailureModel) -> None:
    p = model.probability(sample(seed=3)[0])
    assert (p[:, 1] >= p[:, 0]).all()
    assert p.min() >= 0
    assert p.max() <= 1


def test_the_tables_answer_as_the_library_does() -> None:
    x, fails = sample()
    theirs = HistGradientBoostingClassifier(random_state=1, **learning.BOOSTING).fit(x, fails[:, 0])
    ours = learning.trees_of(theirs)
    np.testing.assert_allclose(ours.margin(x), theirs.decision_function(x), atol=1e-9)


def test_unpacked_it_says_the_same_and_packs_the_same(model: FailureModel) -> None:
    packed = pack(model)
    again = unpack(packed, hashlib.sha256(packed).hexdigest())
    x = sample(seed=4)[0]
    np.testing.assert_array_equal(again.probability(x), model.probability(x))
    assert again.metrics == {"precision": 0.9}
    assert pack(again) == packed


def test_bytes_that_were_changed_are_refused(model: FailureModel) -> None:
    packed = bytearray(pack(model))
    sha256 = hashlib.sha256(packed).hexdigest()
    packed[len(packed) // 2] ^= 1
    with pytest.raises(ModelError, match="sha256"):
        unpack(bytes(packed), sha256)


@pytest.mark.parametrize("junk", [b"", b"PK\x03\x04rubbish", b"\x80\x04N.", b"{}"])
def test_junk_is_refused(junk: bytes) -> None:
    with pytest.raises(ModelError, match="no model"):
        unpack(junk, hashlib.sha256(junk).hexdigest())


@pytest.mark.parametrize(("table", "entry"), [("left_0", 10**6), ("feature_1", -1), ("roots_0", -5)])
def test_tables_that_point_outside_are_refused(model: FailureModel, table: str, entry: int) -> None:
    with np.load(io.BytesIO(pack(model))) as arrays:
        tables = dict(arrays)
    tables[table][0] = entry
    out = io.BytesIO()
    np.savez_compressed(out, **tables)
    with pytest.raises(ModelError, match="contradict"):
        unpack(out.getvalue(), hashlib.sha256(out.getvalue()).hexdigest())


def test_another_format_is_refused(model: FailureModel) -> None:
    with np.load(io.BytesIO(pack(model))) as arrays:
        tables = dict(arrays)
    header = json.loads(tables["header"].tobytes()) | {"format": 2}
    tables["header"] = np.frombuffer(json.dumps(header).encode(), np.uint8)
    out = io.BytesIO()
    np.savez_compressed(out, **tables)
    with pytest.raises(ModelError, match="format 2, expected 1"):
        unpack(out.getvalue(), hashlib.sha256(out.getvalue()).hexdigest())


def test_too_few_failures_are_said() -> None:
    x, fails = sample(50)
    with pytest.raises(ModelError, match="0 of 50 rows fail"):
        learn(x, np.zeros_like(fails), ("a", "b", "c"), (DAY_S, 7 * DAY_S))


def test_many_columns_are_paired_by_what_they_tell() -> None:
    x, fails = sample()
    noise = np.random.default_rng(5).normal(size=(len(x), 20))
    pairs = learning._pairs(np.hstack([noise, x]), fails[:, 0])
    assert len(pairs) == 28
    assert (20, 21) in pairs
    assert with_pairs(np.hstack([noise, x]), pairs).shape[1] == 23 + 84


def test_calibration_makes_overconfident_odds_honest() -> None:
    rng = np.random.default_rng(6)
    margin = rng.normal(size=4000)
    fails = rng.random(4000) < 1 / (1 + np.exp(-margin))
    slope, offset = calibrated(3 * margin + 2, fails)
    assert slope == pytest.approx(1 / 3, rel=0.1)
    assert offset == pytest.approx(-2 / 3, rel=0.2)
    assert calibrated(margin, np.zeros(4000, np.bool_)) == (1.0, 0.0)
    turned = calibrated(margin, ~fails)
    assert turned[0] == 0.0
