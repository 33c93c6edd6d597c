"""What a waveform says: its shape, the power in its bands, and the lines of a bearing in its envelope.

For devices that send a stretch of samples of acceleration. Who sends the RMS itself, as most do, needs
none of it. Formulas are those of domain facts 4.5; the envelope's analysis is that of Randall and Antoni,
Mechanical Systems and Signal Processing 25, 2011.
"""

from typing import NamedTuple

import numpy as np

from lineshaft.domain.readings import Floats

HARMONICS = 3
"""Multiples of a bearing frequency that are looked at: a damage's impacts are short, so there are several."""
TOLERANCE = 0.02
"""Share by which a line may be off: rolling elements slip by one or two per cent."""
VELOCITY_BAND_HZ = (10.0, 1000.0)
"""The band of ISO 20816-3 above 600 turns a minute."""


class Shape(NamedTuple):
    """A waveform without its time."""

    rms: float
    peak: float
    crest: float
    """Peak over RMS; 0 of silence."""
    kurtosis: float
    """3 of noise; above 4 there are impacts. Falls again when damage is everywhere."""
    autocorrelation: float
    """Of neighbouring samples."""


class Bearing(NamedTuple):
    """A rolling bearing."""

    rollers: int
    roller_mm: float
    pitch_mm: float
    contact_deg: float = 0.0


class BearingHz(NamedTuple):
    """How often a bearing's parts meet damage, in events a second."""

    outer: float
    """A roller passes a place of the outer ring (BPFO)."""
    inner: float
    """A roller passes a place of the inner ring (BPFI)."""
    roller: float
    """A roller turns (BSF)."""
    cage: float
    """The cage turns (FTF)."""


def bearing_hz(bearing: Bearing, shaft_hz: float) -> BearingHz:
    """The frequencies of a bearing whose inner ring turns with the shaft.

    The example is SKF's 6205-2RS, with the factors its data sheet gives.

    >>> found = bearing_hz(Bearing(9, 7.94, 39.04), 1.0)
    >>> [round(hz, 3) for hz in found]
    [3.585, 5.415, 2.357, 0.398]
    """
    ratio = bearing.roller_mm / bearing.pitch_mm * np.cos(np.radians(bearing.contact_deg))
    half = bearing.rollers / 2.0 * shaft_hz
    return BearingHz(
        outer=float(half * (1.0 - ratio)),
        inner=float(half * (1.0 + ratio)),
        roller=float(bearing.pitch_mm / (2.0 * bearing.roller_mm) * shaft_hz * (1.0 - ratio**2)),
        cage=float(shaft_hz / 2.0 * (1.0 - ratio)),
    )


def shape(samples: Floats) -> Shape:
    """The shape of some samples, their mean taken off.

    >>> square = np.tile([1.0, 1.0, -1.0, -1.0], 100)
    >>> [round(float(value), 2) for value in shape(square)]
    [1.0, 1.0, 1.0, 1.0, 0.0]
    """
    x = samples - samples.mean()
    square = float(np.mean(x * x))
    rms, peak = float(np.sqrt(square)), float(np.abs(x).max())
    if square == 0.0:
        return Shape(0.0, 0.0, 0.0, 0.0, 0.0)
    together = float(np.sum(x[1:] * x[:-1]) / np.sum(x * x))
    return Shape(rms, peak, peak / rms, float(np.mean(x**4)) / square**2, together)


def band_power(samples: Floats, rate_hz: float, edges_hz: Floats) -> Floats:
    """Mean square of the samples in each band between neighbouring edges.

    >>> second = np.arange(1000) / 1000.0
    >>> tone = np.sqrt(2) * np.sin(2 * np.pi * 50 * second)
    >>> band_power(tone, 1000.0, np.array([0.0, 40.0, 60.0, 500.0])).round(3).tolist()
    [0.0, 1.0, 0.0]
    """
    power, hz = _spectrum(samples, rate_hz)
    band = np.searchsorted(edges_hz, hz, side="right") - 1
    inside = (band >= 0) & (band < len(edges_hz) - 1)
    return np.asarray(np.bincount(band[inside], power[inside], len(edges_hz) - 1), np.float64)


def velocity_rms(
    acceleration: Floats, rate_hz: float, band_hz: tuple[float, float] = VELOCITY_BAND_HZ
) -> float:
    """Velocity RMS in mm/s of acceleration in m/s2, as the vibration zones take it.

    Integrated in the spectrum, where a sensor's offset cannot run away; the rate is above twice the band.

    >>> second = np.arange(4000) / 4000.0
    >>> round(velocity_rms(np.sin(2 * np.pi * 100 * second), 4000.0), 4)
    1.1254
    """
    power, hz = _spectrum(acceleration, rate_hz)
    inside = (hz >= band_hz[0]) & (hz <= band_hz[1])
    return float(1000.0 * np.sqrt(np.sum(power[inside] / (2.0 * np.pi * hz[inside]) ** 2)))


def envelope(samples: Floats, rate_hz: float, band_hz: tuple[float, float]) -> Floats:
    """How large the oscillation within a band is at each sample: the amplitude of the analytic signal."""
    spectrum = np.fft.fft(samples - samples.mean())
    hz = np.fft.fftfreq(len(samples), 1.0 / rate_hz)
    one_side = np.where((hz >= band_hz[0]) & (hz <= band_hz[1]), 2.0, 0.0)
    return np.asarray(np.abs(np.fft.ifft(spectrum * one_side)))


def bearing_lines(samples: Floats, rate_hz: float, hz: BearingHz, band_hz: tuple[float, float]) -> BearingHz:
    """How far each bearing frequency stands out of the envelope's spectrum: 1 is not at all.

    Args:
        samples: of acceleration, many turns of the shaft.
        rate_hz: samples a second.
        hz: the frequencies to look for.
        band_hz: where the structure rings when it is hit; commonly a few kHz.
    """
    power, line_hz = _spectrum(envelope(samples, rate_hz, band_hz), rate_hz)
    # An envelope has no lines above the width of the band it was made of.
    level = np.median(power[1:][line_hz[1:] < band_hz[1] - band_hz[0]]) + np.finfo(np.float64).tiny
    return BearingHz(*(_stands_out(power, line_hz, one) / float(level) for one in hz))


def _stands_out(power: Floats, line_hz: Floats, hz: float) -> float:
    """The geometric mean, over a frequency and its multiples, of the largest line near each.

    Not the mean: a multiple of one part's frequency often lies near one of another's.
    """
    found = []
    for order in range(1, HARMONICS + 1):
        near = np.abs(line_hz - order * hz) <= np.maximum(TOLERANCE * order * hz, line_hz[1])
        if near.any():
            found.append(float(power[near].max()))
    return float(np.exp(np.mean(np.log(np.maximum(found, np.finfo(np.float64).tiny))))) if found else 0.0


def _spectrum(samples: Floats, rate_hz: float) -> tuple[Floats, Floats]:
    """Mean square at each frequency; all together that of the samples without their mean."""
    x = samples - samples.mean()
    power = 2.0 * np.abs(np.fft.rfft(x) / len(x)) ** 2
    if len(x) % 2 == 0:
        power[-1] /= 2.0
    return np.asarray(power), np.asarray(np.fft.rfftfreq(len(x), 1.0 / rate_hz), np.float64)
