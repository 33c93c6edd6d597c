"""How far a figure that was counted may be off: 95 % intervals of shares and of counts, honest for few."""

from math import exp, log, sqrt
from typing import Final

Z_95: Final = 1.959963984540054
"""97.5 % quantile of the normal distribution."""
SIDE: Final = 0.025
"""Chance beyond either end."""
UNDERFLOW: Final = 700.0
"""From about here exp(-mean) loses its digits, and at 745 it is 0: by logarithms."""


def wilson(hits: int, n: int) -> tuple[float, float]:
    """Wilson's score interval of a share (Wilson 1927; Brown, Cai, DasGupta 2001 recommend it for few).

    Args:
        hits: how many were so.
        n: of how many; at least 1.

    >>> [round(bound, 4) for bound in wilson(8, 10)]
    [0.4902, 0.9433]
    >>> wilson(0, 5)[0], wilson(5, 5)[1]
    (0.0, 1.0)
    """
    share, z2 = hits / n, Z_95 * Z_95
    middle = (share + z2 / (2 * n)) / (1 + z2 / n)
    half = Z_95 * sqrt(share * (1 - share) / n + z2 / (4 * n * n)) / (1 + z2 / n)
    # Rounding must not put the share itself outside: at 0 and 1 the bound is exactly there.
    return min(share, max(0.0, middle - half)), max(share, min(1.0, middle + half))


def poisson_mean(count: int, chance: float) -> float:
    """The mean at which `count` events or fewer have this chance.

    Half of χ² with 2 (count + 1) degrees of freedom. An even number of them makes χ² a sum of Poisson terms
    (Garwood 1936), so halving finds it without tables.

    >>> round(2 * poisson_mean(4, 0.025), 2), round(2 * poisson_mean(3, 0.975), 2)
    (20.48, 2.18)
    """
    low, high = 0.0, count + 10 * sqrt(count + 1) + 20
    for _ in range(100):
        middle = (low + high) / 2
        low, high = (middle, high) if _poisson_upto(count, middle) > chance else (low, middle)
    return (low + high) / 2


def _poisson_upto(count: int, mean: float) -> float:
    if mean > UNDERFLOW:
        return _poisson_upto_logs(count, mean)
    term = total = exp(-mean)
    for k in range(1, count + 1):
        term *= mean / k
        total += term
    return total


def _poisson_upto_logs(count: int, mean: float) -> float:
    logs, at = [-mean], -mean
    for k in range(1, count + 1):
        at += log(mean / k)
        logs.append(at)
    top = max(logs)
    return exp(top) * sum(exp(one - top) for one in logs)
