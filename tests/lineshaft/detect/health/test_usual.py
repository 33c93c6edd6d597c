import numpy as np

from lineshaft.detect.health.basis import PEERS, first_score, peers, speaker
from lineshaft.detect.health.usual import Deviations, Matter, Usual, matter
from lineshaft.domain.readings import Bytes8, Floats

QUANTITIES = ("temperature", "vibration", "current")
LEVEL, NOISE = np.array([60.0, 1.5, 40.0]), np.array([0.2, 0.05, 0.6])
PLACES = 4


class Bench:
    """Some machines, a window at a time."""

    def __init__(self, machines: int = 1) -> None:
        self.rng = np.random.default_rng(2)
        self.row = np.arange(machines, dtype=np.int32)
        self.usual = Usual(2 * PLACES)
        self.usual.grow(machines)
        its = matter(QUANTITIES, PLACES)
        self.its = Matter(*(np.tile(column, (machines, 1)) for column in its))
        self.mode = np.zeros(machines, np.uint8)

    def x(self, change: Floats | None = None) -> Floats:
        found = np.full((len(self.row), 2 * PLACES), np.nan)
        noise = self.rng.normal(size=(len(self.row), len(LEVEL)))
        found[:, 0:6:2] = LEVEL + NOISE * noise + (0.0 if change is None else change)
        found[:, 1:6:2] = np.sqrt(NOISE) * self.rng.uniform(0.8, 1.2, size=noise.shape)
        return found

    def see(self, x: Floats, mode: Bytes8 | None = None, weight: float = 0.0) -> Deviations:
        does = self.mode if mode is None else mode
        found = self.usual.deviate(self.row, does, x, self.its)
        self.usual.learn(self.row, does, found.x, np.full(len(self.row), weight))
        return found

    def live(self, windows: int) -> Deviations:
        for _ in range(windows):
            found = self.see(self.x(), weight=1.0)
        return found


def test_before_it_knows_anything_nothing_deviates() -> None:
    found = Bench().see(Bench().x())
    assert np.isnan(found.z).all()
    assert not found.clear.any()


def test_deviations_are_signed_and_say_what_matters() -> None:
    bench = Bench()
    bench.live(600)
    for _ in range(20):
        found = bench.see(bench.x(np.array([-8.0, 0.0, 6.0])))
    assert found.z[0, 0] < -4.0
    assert abs(found.z[0, 2]) < 2.0
    assert found.clear[0].tolist() == [True, False, True, False]


def test_what_is_odd_but_does_not_matter_is_not_clear() -> None:
    bench = Bench()
    bench.live(1_400)
    for _ in range(20):
        found = bench.see(bench.x(np.array([0.0, 0.2, 0.0])))
    assert abs(found.change[0, 1]) < 1.0
    assert not found.clear.any()


def test_an_hour_of_well_windows_is_never_clear() -> None:
    bench = Bench()
    assert not any(bench.live(1).clear.any() for _ in range(720))


def test_a_housing_that_cools_after_a_stop_is_on_its_way_and_not_odd() -> None:
    bench = Bench()
    bench.live(400)
    for window in range(120):
        mode = np.full(1, 2 if window < 60 else 0, np.uint8)
        warm = 20.0 * np.exp(-(window - 60) / 60.0) if window >= 60 else 0.0
        found = bench.see(bench.x(np.array([warm, 0.0, 0.0])), mode, weight=1.0)
        assert not found.clear.any()


def test_heat_that_grows_after_a_stop_is_odd() -> None:
    bench = Bench()
    bench.live(400)
    for window in range(90):
        mode = np.full(1, 2 if window < 10 else 0, np.uint8)
        found = bench.see(bench.x(np.array([0.3 * max(window - 10, 0), 0.0, 0.0])), mode)
    assert found.clear[0, 0]


def test_a_new_machine_is_compared_with_its_sisters() -> None:
    bench = Bench(5)
    change = np.zeros((5, 3))
    change[4] = [0.0, 3.0, 30.0]
    for _ in range(40):
        bench.see(bench.x(change), weight=1.0)
    at = (bench.row, bench.mode)
    found = peers(bench.usual, np.zeros(5, np.int32), at, bench.x(change), bench.its)
    assert found.sisters.tolist() == [4] * 5
    assert speaker(bench.usual.windows(*at), found.sisters).tolist() == [PEERS] * 5
    assert found.z[4, 2] > 5
    nothing = np.zeros(5, np.uint8)
    score = first_score(nothing, nothing, found.z)
    assert score[4] > 0.3
    assert (score[:4] == 0.0).all()


def test_machines_of_other_kinds_are_no_sisters() -> None:
    bench = Bench(5)
    for _ in range(40):
        bench.see(bench.x(), weight=1.0)
    at = (bench.row, bench.mode)
    found = peers(bench.usual, np.array([0, 0, 1, 1, -1], np.int32), at, bench.x(), bench.its)
    assert found.sisters.tolist() == [1, 1, 1, 1, 0]
    assert np.isnan(found.z).all()
