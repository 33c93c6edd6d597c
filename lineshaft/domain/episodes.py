"""Which of the past is like the present: pure, no input or output."""

from collections.abc import Mapping
from math import sqrt

MODE_SHARE = 0.5
"""Of the likeness, for the same failure mode; the rest is for the same signals."""
LIKE = 0.4
"""From here on two episodes are said to be alike."""


def likeness(
    mode: str | None, shares: Mapping[str, float], other_mode: str | None, other_shares: Mapping[str, float]
) -> float:
    """How alike two episodes are, 0 … 1: the same failure mode, and the cosine of what contributed.

    >>> likeness("bearing", {"vib": 1.0}, "bearing", {"vib": 0.5})
    1.0
    >>> likeness("bearing", {"vib": 1.0}, "leak", {"pressure": 1.0}), likeness(None, {}, None, {})
    (0.0, 0.0)
    """
    same = MODE_SHARE if mode is not None and mode == other_mode else 0.0
    if not shares or not other_shares:
        # Nobody knows which signals it were: a mode found by a person says enough.
        return 2 * same * MODE_SHARE
    return same + (1 - MODE_SHARE) * _cosine(shares, other_shares)


def _cosine(a: Mapping[str, float], b: Mapping[str, float]) -> float:
    length = sqrt(sum(v * v for v in a.values())) * sqrt(sum(v * v for v in b.values()))
    return sum(value * b.get(name, 0.0) for name, value in a.items()) / length if length else 0.0
