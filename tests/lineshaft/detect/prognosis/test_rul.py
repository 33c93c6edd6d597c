from functools import cache

import numpy as np
import pytest

from lineshaft.detect.prognosis.failure import ModelError
from lineshaft.detect.prognosis.rul import RulModel, pack, unpack
from lineshaft.detect.prognosis.rul_fit import fit
from lineshaft.domain.readings import Floats, Ints64

CAP = 40.0
COLUMNS = ("a", "b", "c", "load")


def fleet(seed: int, machines: int, regimes: int = 1) -> tuple[Ints64, Floats, Floats]:
    """Machines that wear and fail: unit, columns and rows left."""
    rng = np.random.default_rng(seed)
    units, rows, left = [], [], []
    for unit in range(machines):
        life = int(rng.integers(60, 110))
        worn = np.exp((np.arange(life) - life) / 14.0)
        regime = rng.integers(0, regimes, life)
        noise = rng.normal(0, 0.08, (life, 3))
        signals = np.outer(worn, [1.0, -0.8, 0.5]) + noise
        signals = signals * (1 + 0.2 * regime[:, None]) + 30.0 * regime[:, None]
        rows.append(np.column_stack([signals, 10.0 * regime]))
        units.append(np.full(life, unit))
        left.append(np.arange(life - 1.0, -1.0, -1.0))
    return np.concatenate(units), np.vstack(rows), np.concatenate(left)


@cache
def learned(regimes: int = 1) -> RulModel:
    unit, x, _ = fleet(1, 25, regimes)
    return fit(unit, x, COLUMNS, CAP)


def rmse(model: RulModel, regimes: int) -> float:
    unit, x, left = fleet(2, 15, regimes)
    return float(np.sqrt(np.mean((model.predict(unit, x).p50 - np.minimum(left, CAP)) ** 2)))


def test_machines_not_seen_are_told_within_some_rows() -> None:
    assert rmse(learned(), 1) < 5.0


def test_regimes_are_found_and_cost_little() -> None:
    assert len(learned(4).regimes.centre) == 4
    assert rmse(learned(4), 4) < 5.5


def test_wear_is_no_regime() -> None:
    assert len(learned().regimes.centre) == 1


def test_four_in_five_true_lives_are_between_p10_and_p90() -> None:
    unit, x, left = fleet(3, 40)
    life, real = learned().predict(unit, x), np.minimum(left, CAP)
    assert 0.7 < np.mean((life.p10 <= real) & (real <= life.p90)) < 0.9
    assert (life.p10 <= life.p50).all()
    assert (life.p50 <= life.p90).all()


def test_a_row_knows_nothing_of_later_rows_nor_of_other_machines() -> None:
    unit, x, _ = fleet(4, 3)
    whole = learned().predict(unit, x)
    mine = np.flatnonzero(unit == 1)[:30]
    alone = learned().predict(unit[mine], x[mine])
    for part, full in zip(alone, whole, strict=True):
        np.testing.assert_allclose(part, full[mine], rtol=0, atol=1e-9)


def test_missing_values_stand_as_they_were_last() -> None:
    unit, x, _ = fleet(5, 2)
    gaps, held = x.copy(), x.copy()
    gaps[10:13, 1], held[10:13, 1] = np.nan, x[9, 1]
    for one, other in zip(learned().predict(unit, gaps), learned().predict(unit, held), strict=True):
        np.testing.assert_array_equal(one, other)
    gaps[0] = np.nan
    assert np.isfinite(learned().predict(unit, gaps).p50).all()


def test_read_back_it_says_the_same() -> None:
    unit, x, _ = fleet(6, 2)
    again = unpack(pack(learned()))
    assert again.metrics == learned().metrics
    for one, other in zip(again.predict(unit, x), learned().predict(unit, x), strict=True):
        np.testing.assert_array_equal(one, other)


def test_learned_twice_it_is_the_same() -> None:
    unit, x, _ = fleet(1, 25)
    assert pack(fit(unit, x, COLUMNS, CAP)) == pack(learned())


@pytest.mark.parametrize("at", [3, 15, 40, 300, -1])
def test_one_changed_byte_is_refused(at: int) -> None:
    packed = bytearray(pack(learned()))
    packed[at] ^= 1
    with pytest.raises(ModelError):
        unpack(bytes(packed))


@pytest.mark.parametrize("packed", [b"", b"lineshaft-rul\n", b"lineshaft-rul\n2 00\nPK"])
def test_what_is_no_model_is_refused(packed: bytes) -> None:
    with pytest.raises(ModelError):
        unpack(packed)


def test_too_few_machines_are_refused() -> None:
    unit, x, _ = fleet(7, 4)
    with pytest.raises(ModelError, match="4 machines; at least 10"):
        fit(unit, x, COLUMNS)


def test_columns_that_never_change_are_refused() -> None:
    unit, x, _ = fleet(8, 12)
    with pytest.raises(ModelError, match="no column changes"):
        fit(unit, np.ones_like(x), COLUMNS)
