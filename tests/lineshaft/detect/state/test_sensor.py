import numpy as np

from lineshaft.detect.state.sensor import FAULTS, Check, Seen, Sensors
from lineshaft.domain.readings import Bytes8, Floats

MACHINES, SIGNALS, READINGS = 2, 4, 5
ROW = np.arange(MACHINES, dtype=np.int32)
LEVEL, NOISE = np.array([58.0, 1.0, 36.0, 1480.0]), np.array([0.15, 0.08, 0.35, 1.5])
RUN = np.zeros(MACHINES, np.uint8)


class Bench:
    """Two machines of four signals, a window at a time; the first one is tampered with."""

    def __init__(self) -> None:
        self.rng = np.random.default_rng(4)
        self.sensors = Sensors(SIGNALS)
        self.sensors.grow(MACHINES)
        self.now = 0

    def values(self) -> Floats:
        """(machines, readings, signals), rounded as devices do."""
        noise = self.rng.normal(size=(MACHINES, READINGS, SIGNALS)) * NOISE
        return (LEVEL + noise).round(2)

    def show(self, values: Floats, mode: Bytes8 = RUN, impossible: Floats | None = None) -> Check:
        self.now += 5_000_000
        count = np.isfinite(values).sum(axis=1).astype(np.float64)
        some = count > 0
        filled = np.where(some[:, None, :], values, 0.0)
        level = np.where(some, np.nanmedian(filled, axis=1), np.nan)
        off = np.abs(filled - np.nan_to_num(level)[:, None, :])
        spread = np.where(some, 1.4826 * np.nanmedian(off, axis=1), np.nan)
        low, high = (np.where(some, edge(filled, axis=1), np.nan) for edge in (np.nanmin, np.nanmax))
        bad = np.zeros_like(count) if impossible is None else impossible
        return self.sensors.check(
            ROW, mode, np.full(MACHINES, self.now), Seen(level, spread, low, high, count, bad)
        )

    def live(self, windows: int) -> Check:
        for _ in range(windows):
            found = self.show(self.values())
        return found


def words(found: Check) -> list[list[str]]:
    return [[FAULTS[code] for code in row] for row in found.fault.tolist()]


WELL = [[""] * SIGNALS] * MACHINES


def test_an_hour_of_well_sensors_shows_no_fault() -> None:
    bench = Bench()
    assert all(words(bench.show(bench.values())) == WELL for _ in range(1_000))


def test_a_frozen_signal_is_found_within_a_minute_and_doubted_at_once() -> None:
    bench = Bench()
    bench.live(100)
    for window in range(12):
        values = bench.values()
        values[0, :, 0] = 58.03
        found = bench.show(values)
        if window == 1:
            assert found.doubt[0].tolist() == [True, False, False, False]
    assert words(found) == [["frozen", "", "", ""], [""] * 4]
    assert words(bench.live(2)) == WELL


def test_a_setpoint_that_never_moves_is_not_frozen() -> None:
    bench = Bench()
    for _ in range(150):
        values = bench.values()
        values[:, :, 3] = 1480.0
        assert words(bench.show(values)) == WELL


def test_a_machine_at_rest_is_not_frozen() -> None:
    bench = Bench()
    bench.live(200)
    for _ in range(60):
        values = bench.values()
        values[0, :, 1:] = 0.0
        assert words(bench.show(values, np.array([2, 0], np.uint8))) == WELL


def test_lost_readings_are_missing_and_are_back_some_time_after_they_came_back() -> None:
    bench = Bench()
    bench.live(100)
    for _ in range(8):
        values = bench.values()
        values[0, 1:, 2] = np.nan
        found = bench.show(values)
    assert words(found) == [["", "", "missing", ""], [""] * 4]
    assert words(bench.live(12)) == WELL


def test_a_signal_that_speaks_seldom_is_not_missing_between_its_readings() -> None:
    bench = Bench()
    for window in range(200):
        values = bench.values()
        if window % 4:
            values[:, :, 1] = np.nan
        else:
            values[:, 1:, 1] = np.nan
        assert words(bench.show(values)) == WELL


def test_spikes_are_the_sensors_while_a_shock_to_the_machine_is_not() -> None:
    bench = Bench()
    bench.live(100)
    for window in range(24):
        values = bench.values()
        if window % 3 == 0:
            values[0, window % 5, 1] += 20.0
            values[1, 2] += 40 * NOISE  # felt by all of them
        found = bench.show(values)
    assert words(found) == [["", "spiking", "", ""], [""] * 4]


def test_more_noise_is_not_spikes() -> None:
    bench = Bench()
    bench.live(100)
    for _ in range(100):
        values = bench.values()
        values[0, :, 1] += bench.rng.normal(size=READINGS) * 0.4
        assert words(bench.show(values)) == WELL


def test_impossible_values_are_out_of_range() -> None:
    bench = Bench()
    bench.live(50)
    bad = np.zeros((MACHINES, SIGNALS))
    bad[1, 3] = 2
    for _ in range(2):
        found = bench.show(bench.values(), impossible=bad)
    assert words(found) == [[""] * 4, ["", "", "", "range"]]


def test_a_drift_is_held_until_it_is_said_to_be_over() -> None:
    bench = Bench()
    bench.live(20)
    drifting = np.zeros((MACHINES, SIGNALS), np.bool_)
    drifting[0, 0] = True
    bench.sensors.hold(ROW, np.full(MACHINES, bench.now), drifting)
    found = bench.live(3)
    assert words(found)[0][0] == "drift"
    assert found.doubt[0, 0]
    bench.sensors.hold(ROW, np.full(MACHINES, bench.now), ~drifting & drifting)
    assert words(bench.live(1)) == WELL
