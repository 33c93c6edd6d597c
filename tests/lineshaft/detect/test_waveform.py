import numpy as np
import pytest

from lineshaft.detect.waveform import Bearing, bearing_hz, bearing_lines, shape, velocity_rms
from lineshaft.domain.readings import Floats

RATE_HZ = 20_000.0
SHAFT_HZ = 29.0
BEARING = Bearing(rollers=9, roller_mm=7.94, pitch_mm=39.04)


def knocks(hz: float, seconds: float = 2.0, noise: float = 0.3) -> Floats:
    """Acceleration of a housing that rings at 3 kHz each time it is hit."""
    time_s = np.arange(int(seconds * RATE_HZ)) / RATE_HZ
    since_s = time_s % (1.0 / hz)
    ringing = np.exp(-since_s * 800.0) * np.sin(2 * np.pi * 3_000.0 * since_s)
    return 4.0 * ringing + np.random.default_rng(3).normal(0.0, noise, len(time_s))


@pytest.mark.parametrize("part", ["outer", "inner"])
def test_damage_stands_out_at_its_own_bearing_frequency(part: str) -> None:
    hz = bearing_hz(BEARING, SHAFT_HZ)
    lines = bearing_lines(knocks(getattr(hz, part)), RATE_HZ, hz, (2_000.0, 4_000.0))
    others = [value for name, value in lines._asdict().items() if name != part]
    assert getattr(lines, part) > 5 * max(others)


def test_nothing_stands_out_of_noise() -> None:
    noise = np.random.default_rng(5).normal(size=int(2 * RATE_HZ))
    assert max(bearing_lines(noise, RATE_HZ, bearing_hz(BEARING, SHAFT_HZ), (2_000.0, 4_000.0))) < 40


def test_impacts_have_a_high_crest_and_kurtosis_and_noise_has_not() -> None:
    hit, quiet = shape(knocks(20.0, noise=0.05)), shape(np.random.default_rng(1).normal(size=40_000))
    assert hit.kurtosis > 10
    assert hit.crest > 5
    assert quiet.kurtosis == pytest.approx(3.0, abs=0.1)


def test_silence_has_no_shape_rather_than_an_error() -> None:
    assert shape(np.zeros(64)) == (0.0, 0.0, 0.0, 0.0, 0.0)


def test_velocity_counts_what_lies_in_its_band_and_no_offset() -> None:
    time_s = np.arange(20_000) / RATE_HZ
    inside = np.sin(2 * np.pi * 50 * time_s)
    outside = 5.0 * np.sin(2 * np.pi * 4_000 * time_s)
    assert velocity_rms(inside + outside + 9.81, RATE_HZ) == pytest.approx(
        1000 / (2 * np.pi * 50) / np.sqrt(2), rel=1e-3
    )
