"""A vibration's growth: what comes and stays is a change, what grows by a zone is an alarm."""

import numpy as np

from lineshaft.detect.prognosis.growth import DANGER, EARLIEST, ZONE, Growth
from lineshaft.detect.state.base import Judgement

NAMES = ("de_rms", "de_peak", "nde_rms", "nde_peak", "temp")
ROW = np.zeros(1, np.int32)
LIVED = 1500


def alarms(x: np.ndarray, *, episode: bool = False, share: tuple[float, ...] = (1, 0, 0, 0, 0)) -> np.ndarray:
    growth = Growth(NAMES)
    growth.grow(1)
    judged = Judgement(
        np.zeros(1), np.ones(1), np.array([share], float), np.array([episode]), np.zeros(1, np.bool_)
    )
    return np.array([growth.alarm(ROW, one[None, :], judged)[0] for one in x])


def bearing(windows: int = LIVED) -> np.ndarray:
    """Well: noise of a few per cent, its peak of some more."""
    rng = np.random.default_rng(3)
    spread = np.array([0.04, 0.15, 0.04, 0.15, 0.01])
    return np.array([0.5, 2.0, 0.4, 1.6, 50.0]) * np.exp(spread * rng.normal(size=(windows, 5)))


def test_a_step_of_half_as_much_again_is_no_alarm_be_it_ever_so_sure() -> None:
    x = bearing()
    x[1200:, :4] *= 1.5
    assert not alarms(x, episode=True).any()


def test_growth_by_a_zone_is_an_alarm_in_its_third_window_and_until_it_is_gone_for_three() -> None:
    x = bearing()
    x[1200:1300, 0] *= 1.4 * ZONE
    found = np.flatnonzero(alarms(x))
    assert (found[0], found[-1], len(found)) == (1202, 1301, 100)


def test_a_peak_grows_before_the_rms_does() -> None:
    x = bearing()
    x[1200:, 1] *= 2.0 * ZONE
    assert np.flatnonzero(alarms(x))[0] == 1202


def test_the_young_are_given_a_margin_but_not_two_zones() -> None:
    x = bearing(400)
    x[250:, 0] *= 1.4 * ZONE
    assert not alarms(x).any()
    x[350:, 0] *= ZONE
    assert np.flatnonzero(alarms(x))[0] == 351


def test_one_knock_is_no_alarm_but_two_zones_in_two_windows_or_sensors_are() -> None:
    knock, again, both = bearing(), bearing(), bearing()
    knock[200, 0] *= 1.3 * DANGER
    again[200:202, 0] *= 1.3 * DANGER
    both[200, [0, 2]] *= 1.3 * DANGER
    assert not alarms(knock).any()
    assert np.flatnonzero(alarms(again)).tolist() == [201]
    assert np.flatnonzero(alarms(both)).tolist() == [200]


def test_what_became_quiet_while_it_ran_in_is_held_against_that() -> None:
    x = bearing()
    x[:, 0] *= 1.0 + 2.0 * np.exp(-np.arange(LIVED) / 40.0)
    x[1200:, 0] *= 1.4 * ZONE
    assert np.flatnonzero(alarms(x))[0] == 1202


def test_a_rest_is_nothing_to_grow_from() -> None:
    x = bearing()
    x[1050:1190, :4] *= 0.01
    x[1210:1230] = np.nan
    assert not alarms(x).any()


def test_the_youngest_are_not_judged() -> None:
    x = bearing(EARLIEST)
    x[70:, :4] *= 10.0
    assert not alarms(x).any()


def test_an_episode_of_other_columns_is_an_alarm_whatever_vibrations_do() -> None:
    assert alarms(bearing(3), episode=True, share=(0.2, 0.0, 0.2, 0.0, 0.6)).all()
    assert not alarms(bearing(3), episode=True, share=(0.5, 0.0, 0.1, 0.0, 0.4)).any()


def test_machines_are_judged_apart() -> None:
    growth = Growth(NAMES)
    growth.grow(2)
    judged = Judgement(
        np.zeros(2), np.ones(2), np.zeros((2, 5)), np.zeros(2, np.bool_), np.zeros(2, np.bool_)
    )
    x = np.stack([bearing(), bearing()])
    x[1, 200:, :4] *= 2 * DANGER
    found = np.array(
        [growth.alarm(np.arange(2, dtype=np.int32), one, judged) for one in x.transpose(1, 0, 2)]
    )
    assert not found[:, 0].any()
    assert np.flatnonzero(found[:, 1])[0] == 200
