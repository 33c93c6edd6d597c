import pytest

from lineshaft.domain.machines import KINDS, VIBRATION_LIMITS, MachineKind, vibration_limits, vibration_zone
from lineshaft.domain.signals import SIGNALS


@pytest.mark.parametrize("kind", KINDS.values(), ids=list(KINDS))
def test_each_kind_names_known_quantities_and_ordered_limits(kind: MachineKind) -> None:
    assert kind.signals[0].name == "state"
    for signal in kind.signals:
        row = SIGNALS[signal.quantity]
        limits = [x for x in (signal.low_low, signal.low, signal.high, signal.high_high) if x is not None]
        assert limits == sorted(limits)
        assert all(row.low <= x <= row.high for x in limits)
        assert signal.unit == row.unit


def test_the_vibration_table_is_the_one_of_the_domain_facts() -> None:
    assert VIBRATION_LIMITS == {
        (1, "rigid"): (2.3, 4.5, 7.1),
        (1, "flexible"): (3.5, 7.1, 11.0),
        (2, "rigid"): (1.4, 2.8, 4.5),
        (2, "flexible"): (2.3, 4.5, 7.1),
    }


def test_zones_go_up_with_velocity_and_a_boundary_is_the_lower_zone() -> None:
    limits = vibration_limits("pump")
    assert limits is not None
    assert [vibration_zone(v, limits) for v in (0.5, 1.4, 1.41, 2.8, 4.5, 4.51)] == list("AABBCD")


def test_an_unknown_kind_has_no_zone() -> None:
    assert vibration_limits("thing of the user") is None
