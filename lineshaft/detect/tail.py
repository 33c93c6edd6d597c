"""From a statistic to a score that does not saturate: through the tail probability under "normal".

The probability itself is useless to a screen (0.999999 and 0.999999999 look alike) and underflows; its
logarithm is neither. Score = surprise / (surprise + 3), surprise = -log10 p: one window in a thousand by
chance scores 0.50, one in a million 0.67, one in a billion 0.75.
"""

import numpy as np

from lineshaft.domain.readings import Floats

HALF_SURPRISE = 3.0
"""Decimal places of a tail probability that score one half."""


def surprise(t: Floats) -> Floats:
    """-log10 of the upper tail of the standard normal, for t of any size; below 0 it counts as 0.

    Börjesson and Sundberg's approximation (IEEE Trans. Comm. 27, 1979): within 1 % of Q(t) for t ≥ 0.

    >>> surprise(np.array([0.0, 3.0902, 6.0, 100.0])).round(2).tolist()
    [0.3, 3.0, 9.01, 2173.87]
    """
    t = np.maximum(t, 0.0)
    mills = (1 - 1 / np.pi) * t + np.sqrt(t * t + 2 * np.pi) / np.pi
    return np.asarray((t * t / 2 + np.log(mills) + np.log(2 * np.pi) / 2) / np.log(10))


def score_of(decimals: Floats) -> Floats:
    """The score of a surprise.

    >>> score_of(np.array([0.0, 3.0, 6.0, 9.0, 300.0])).round(2).tolist()
    [0.0, 0.5, 0.67, 0.75, 0.99]
    """
    decimals = np.maximum(decimals, 0.0)
    return np.asarray(decimals / (decimals + HALF_SURPRISE))


LEAST_PROBABILITY = 1e-300
"""What a float still tells from 0."""


def probability_of(decimals: Floats) -> Floats:
    """The tail probability of a surprise, never 0.

    >>> probability_of(np.array([-1.0, 3.0, 1e6])).tolist()
    [1.0, 0.001, 1e-300]
    """
    return np.asarray(np.maximum(10.0 ** -np.minimum(np.maximum(decimals, 0.0), 320.0), LEAST_PROBABILITY))
