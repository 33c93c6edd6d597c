"""Who judges a machine: limits in its first minute, its peers in its first minutes, then its own past.

A machine nobody has seen before still has limits (vibration zones, the plant's limits, physics) and often has
sisters: machines of the same kind, doing the same. What a young machine shows is compared with where its
sisters usually are, in the spread between them; the own baseline takes over as it grows.
"""

from typing import NamedTuple

import numpy as np

from lineshaft.detect.health.usual import LIMIT, Matter, Usual, known
from lineshaft.detect.state.rows import within
from lineshaft.detect.tail import score_of, surprise
from lineshaft.domain.readings import Bytes8, Floats, Ints32

BASES = ("limits", "peers", "own")
"""Words for who speaks."""
LIMITS, PEERS, OWN = range(3)

OWN_WINDOWS = 120
"""Ten minutes of 5 s windows in a mode: then the machine's own past speaks."""
LEAST_PEERS = 3
PEER_WINDOWS = 24
"""Windows a machine must have learned to be a measure for others."""
PEER_LIMIT = 6.0
"""Spreads between machines beyond which one of them is odd: they differ by more than chance says."""
MAD_TO_SIGMA = 1.4826
LIMIT_DECIMALS = np.array([0.0, 3.0, 6.0])
"""By limits passed (none, inner, outer): decimal places of the probability, so that scores mean the same."""


class Peers(NamedTuple):
    """What the sisters of some machines show, beside what they show themselves."""

    sisters: Ints32
    """(windows,): sisters that know their usual."""
    z: Floats
    """(windows, features): signed, in spreads between sisters; NaN where they are too few."""


def peers(usual: Usual, group: Ints32, at: tuple[Ints32, Bytes8], x: Floats, its: Matter) -> Peers:
    """Compare machines with their sisters' usual.

    Args:
        usual: of all machines.
        group: of each of its rows: machines of one kind with the same signals in the same places; -1 none.
        at: the windows' rows and modes.
        x: (windows, features).
        its: (windows, signals) each.
    """
    row, mode = at
    count = np.zeros(len(row), np.int32)
    z = np.full(x.shape, np.nan)
    pairs = zip(group[row].tolist(), mode.tolist(), strict=True)
    for one, does in {pair for pair in pairs if pair[0] >= 0}:
        members = np.flatnonzero(group == one)
        members = members[usual.seen[members, does].max(axis=1, initial=0) >= PEER_WINDOWS]
        means = usual.mean[members][:, :, : x.shape[1]]
        largest = np.abs(means).max(axis=1, initial=0.0)
        for window in np.flatnonzero((group[row] == one) & (mode == does)).tolist():
            sisters = members != row[window]
            count[window] = np.count_nonzero(sisters)
            if count[window] >= LEAST_PEERS:
                full = median(largest[sisters])
                material = np.maximum(known(its.share[window]) * full[0::2], known(its.least[window]))
                # Sisters are never quite alike: what matters in one is a usual difference between two.
                floor = np.empty(len(full))
                floor[0::2], floor[1::2] = material, 0.5 * full[1::2]
                z[window] = _beside(means[sisters, does], x[window], floor)
    return Peers(count, z)


def _beside(means: Floats, x: Floats, floor: Floats) -> Floats:
    """One window's deviations from its sisters' means (sisters, features), in spreads between them."""
    middle = median(means)
    spread = MAD_TO_SIGMA * median(np.abs(means - middle))
    return within((x - middle) / np.maximum(np.maximum(spread, floor), 1e-9), -LIMIT, LIMIT)


def median(x: Floats) -> Floats:
    """Of each column; a fifth of the time of NumPy's own, which looks for NaN."""
    ordered = np.sort(x, axis=0)
    low, high = ordered[(len(x) - 1) // 2], ordered[len(x) // 2]
    middle: Floats = low if len(x) % 2 else (low + high) / 2
    return middle


def speaker(own_windows: Ints32, sisters: Ints32) -> Bytes8:
    """Who judges each machine: place in `BASES`.

    >>> speaker(np.array([0, 30, 30, 500]), np.array([0, 2, 3, 9])).tolist()
    [0, 0, 1, 2]
    """
    young = np.where(sisters >= LEAST_PEERS, PEERS, LIMITS)
    return np.where(own_windows >= OWN_WINDOWS, OWN, young).astype(np.uint8)


def first_score(beyond: Bytes8, zone: Bytes8, beside: Floats) -> Floats:
    """The score of machines that have no past of their own: from limits, zones and sisters.

    Args:
        beyond: 0 within its limits, 1 beyond an inner one, 2 beyond an outer one.
        zone: 0 not measured, 1 A … 4 D; C is taken as an inner limit, D as an outer one.
        beside: (windows, features) deviations from sisters, NaN where there are none.

    >>> first_score(np.array([0, 1]), np.array([1, 2]), np.full((2, 2), np.nan)).round(2).tolist()
    [0.0, 0.5]
    """
    passed = np.maximum(beyond, within(zone.astype(np.int64) - 2, 0, 2))
    decimals = LIMIT_DECIMALS[passed]
    farthest = known(np.abs(beside)).max(axis=1, initial=0.0)
    # As many spreads as are usual between sisters say nothing.
    far = farthest > PEER_LIMIT / 2
    if far.any():
        decimals = np.maximum(decimals, np.where(far, surprise(farthest - PEER_LIMIT / 2), 0.0))
    return score_of(decimals)
