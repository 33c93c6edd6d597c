"""Chance without memory: random numbers that are a function of a seed and where they are asked for.

A generator with a state would have to be run through all of the past after a restart. A hash of (seed, place,
index) gives the same number whenever it is asked, in any order, for whole arrays at once.
"""

from zlib import crc32

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]
Hashes = NDArray[np.uint64]


def key(seed: int, *place: object) -> int:
    """A 64-bit key for a named place in a seeded world.

    >>> key(7, "plant", "pump-101") == key(7, "plant", "pump-101")
    True
    """
    text = "/".join(map(str, (seed, *place))).encode()
    return (crc32(text) << 32) | crc32(text[::-1], 0x9E3779B9)


def bits(place: ArrayLike, index: ArrayLike) -> Hashes:
    """Well-mixed 64 bits for each (place key, index): splitmix64's finaliser; broadcasts."""
    with np.errstate(over="ignore"):
        x = np.asarray(place, np.uint64) + np.asarray(index).astype(np.int64).astype(np.uint64) * np.uint64(
            0x9E3779B97F4A7C15
        )
        x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        return np.asarray(x ^ (x >> np.uint64(31)))


def uniform(place: ArrayLike, index: ArrayLike) -> Floats:
    """Uniform numbers above 0 and below 1.

    >>> values = uniform(key(7, "doc"), np.arange(10_000))
    >>> bool(abs(values.mean() - 0.5) < 0.01 and values.min() > 0.0 and values.max() < 1.0)
    True
    """
    return ((bits(place, index) >> np.uint64(11)).astype(np.float64) + 0.5) * 2.0**-53


def normal(place: ArrayLike, index: ArrayLike) -> Floats:
    """Standard normal numbers, by Box and Muller.

    >>> values = normal(key(7, "doc"), np.arange(10_000))
    >>> round(float(values.std()), 1), abs(round(float(values.mean()), 1))
    (1.0, 0.0)
    """
    radius = np.sqrt(-2.0 * np.log(uniform(place, index)))
    turn = 2.0 * np.pi * uniform(np.asarray(place, np.uint64) ^ np.uint64(0xA5A5A5A5A5A5A5A5), index)
    return np.asarray(radius * np.cos(turn))


def wander(place: ArrayLike, at: ArrayLike, span: float) -> Floats:
    """Smooth noise of about unit size that forgets itself after `span`: lattice normals, eased between.

    Args:
        place: key or keys.
        at: where, in the unit of `span`.
        span: distance between independent values.
    """
    position = np.asarray(at, np.float64) / span
    left = np.floor(position)
    share = position - left
    ease = share * share * (3.0 - 2.0 * share)
    index = left.astype(np.int64)
    return np.asarray(normal(place, index) * (1.0 - ease) + normal(place, index + 1) * ease)
