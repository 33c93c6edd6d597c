import numpy as np
import pytest

from lineshaft.detect.advice import Condition, advise
from lineshaft.detect.health.diagnosis import Sign, diagnose, signatures
from lineshaft.domain.failure_modes import FAILURE_MODES, modes_of
from lineshaft.domain.machines import KINDS
from lineshaft.domain.readings import Floats
from lineshaft.domain.signals import SIGNALS

PLACES = 16
QUANTITIES = {
    kind.key: tuple(one.quantity for one in kind.signals if one.quantity not in {"state", "count"})
    for kind in KINDS.values()
}


def seen(kind: str, **change: float) -> Floats:
    """Deviations of a machine: `temperature=5.0` of its level, `vibration_spread=4.0` of its spread."""
    z = np.full(2 * PLACES, np.nan)
    z[: 2 * len(QUANTITIES[kind])] = 0.3
    for name, size in change.items():
        quantity, _, part = name.partition("_")
        z[2 * QUANTITIES[kind].index(quantity) + (part == "spread")] = size
    return z


def modes(kind: str, **change: float) -> list[str]:
    of = signatures(modes_of(KINDS[kind].failure_modes), QUANTITIES[kind], PLACES)
    return [one.mode for one in diagnose(of, seen(kind, **change))]


def test_nothing_is_wrong_with_a_machine_that_is_as_usual() -> None:
    assert modes("pump") == []


@pytest.mark.parametrize(
    ("kind", "mode", "change"),
    [
        ("motor", "bearing", {"vibration": 20.0, "vibration_spread": 9.0, "temperature": 6.0}),
        ("motor", "unbalance", {"vibration": 20.0}),
        ("motor", "misalignment", {"vibration": 15.0, "current": 6.0, "temperature": 4.0}),
        ("motor", "overheating", {"temperature": 9.0}),
        ("pump", "cavitation", {"pressure": -8.0, "flow": -6.0, "vibration_spread": 9.0}),
        ("pump", "blockage", {"pressure": 6.0, "flow": -8.0}),
        ("press", "valve leak", {"pressure": -8.0, "cycle": 9.0}),
        ("conveyor", "belt slip", {"speed": -9.0, "current": -6.0, "temperature": 5.0}),
        ("conveyor", "overload", {"load": 6.0, "current": 9.0, "temperature": 4.0}),
        ("cnc", "tool wear", {"load": 5.0, "current": 8.0, "vibration": 6.0}),
    ],
)
def test_each_mode_is_known_by_its_signs(kind: str, mode: str, change: dict[str, float]) -> None:
    assert modes(kind, **change)[0] == mode


def test_an_early_fault_has_its_candidates_before_it_is_decided() -> None:
    assert {"bearing", "unbalance"} <= set(modes("motor", vibration=5.0))


def test_what_no_failure_does_alone_is_the_sensors() -> None:
    of = signatures(modes_of(KINDS["motor"].failure_modes), QUANTITIES["motor"], PLACES)
    first = diagnose(of, seen("motor", temperature=-6.0))[0]
    assert first.mode == "sensor"
    assert first.likelihood > 0.7
    assert first.signs == (Sign(QUANTITIES["motor"].index("temperature"), "down", 6.0),)


def test_missing_signals_neither_speak_for_nor_against() -> None:
    of = signatures(modes_of(()), ("vibration",), PLACES)
    z = np.full(2 * PLACES, np.nan)
    assert diagnose(of, z) == []
    z[0] = 9.0
    assert diagnose(of, z)[0].mode in {"bearing", "unbalance", "misalignment", "looseness"}


def test_likelihoods_of_all_hypotheses_are_one_together() -> None:
    of = signatures(modes_of(()), QUANTITIES["pump"], PLACES)
    found = diagnose(of, seen("pump", vibration=7.0, temperature=4.0), most=99)
    assert 0.9 < sum(one.likelihood for one in found) <= 1.0


def test_every_mode_names_quantities_and_kinds_name_modes_that_there_are() -> None:
    for mode in FAILURE_MODES.values():
        assert {change.quantity for change in mode.changes} <= set(SIGNALS)
        assert all(0 < change.shows < 1 for change in mode.changes)
    for kind in KINDS.values():
        assert set(kind.failure_modes) <= set(FAILURE_MODES)


def test_each_mode_of_a_kind_can_be_seen_in_its_signals() -> None:
    for kind in KINDS.values():
        for key in kind.failure_modes:
            assert any(change.quantity in QUANTITIES[kind.key] for change in FAILURE_MODES[key].changes)


def test_advice_is_to_look_where_nothing_is_likely_and_to_plan_where_time_is_short() -> None:
    assert advise(Condition(55.0, alarm=True)) == "inspect"
    assert advise(Condition(90.0, alarm=False, remaining_s=3_600.0)) == "plan"
    assert advise(Condition(100.0, alarm=False, sensor_faults=1)) == "check_sensor"
