"""Which failure mode fits what is seen: the changes it lets expect, against the deviations there are.

A naive Bayes classifier over three outcomes of each feature (down, as usual, up). A failure mode says how
often it shows a change; what it says nothing of stays as usual but for a few per cent. How surely a feature
went up is read off its deviation, so an early fault that shows only its first sign already has its
candidates, and the later signs decide between them. A sensor fault is one more hypothesis for each signal:
that one changes, either way, and nothing else does. So a temperature that falls alone is the sensor's (no
failure mode cools a machine), and one that rises alone may be either.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from lineshaft.domain.failure_modes import SENSOR, FailureMode
from lineshaft.domain.readings import Floats

STRAY = 0.04
"""Chance that a fault changes a feature its mode says nothing of, each way."""
CONTRARY = 0.005
"""Chance that a feature goes against what its mode says."""
SENSOR_OFTEN = 1.0
"""How common sensor faults are, all signals of a machine together, beside one failure mode."""
HALF, STEEP = 3.0, 1.2
"""A deviation of so many standard deviations is as likely a change as not; and how sharply that turns."""
SHOWN = 0.5
"""How surely something changed to be evidence."""
LEAST_LIKELIHOOD = 0.05

LEVEL, SPREAD = 0, 1


class Sign(NamedTuple):
    """One thing that speaks for a failure mode."""

    place: int
    """Of the signal."""
    change: str
    """up, down, wide or narrow."""
    size: float
    """In standard deviations."""


class Diagnosis(NamedTuple):
    """A failure mode that may be behind what is seen."""

    mode: str
    likelihood: float
    """Of all hypotheses together 1."""
    signs: tuple[Sign, ...]
    """Largest first."""


class Signatures(NamedTuple):
    """What is expected of a machine's features under each hypothesis."""

    keys: tuple[str, ...]
    """Failure modes, then `sensor` for each signal."""
    prior: Floats
    """(hypotheses,)"""
    chance: Floats
    """(hypotheses, features, 3): of down, as usual, up."""


def signatures(modes: Sequence[FailureMode], quantities: Sequence[str], places: int) -> Signatures:
    """The hypotheses of a machine with these failure modes and these signals, by place.

    Args:
        modes: what such a machine can have.
        quantities: of its signals.
        places: signals that a window has room for.
    """
    fits = [mode for mode in modes if any(change.quantity in quantities for change in mode.changes)]
    chance = np.tile([STRAY, 1.0 - 2.0 * STRAY, STRAY], (len(fits) + len(quantities), 2 * places, 1))
    for at, mode in enumerate(fits):
        for change in mode.changes:
            for place in (p for p, its in enumerate(quantities) if its == change.quantity):
                feature = 2 * place + (SPREAD if change.part == "spread" else LEVEL)
                rest = 1.0 - change.shows - CONTRARY
                up = [CONTRARY, rest, change.shows]
                chance[at, feature] = up if change.way == "up" else up[::-1]
    for place in range(len(quantities)):
        # Either way with equal right, and its spread may do anything.
        chance[len(fits) + place, 2 * place] = [0.48, 0.04, 0.48]
        chance[len(fits) + place, 2 * place + 1] = [0.3, 0.4, 0.3]
    prior = [mode.often for mode in fits] + [SENSOR_OFTEN / max(len(quantities), 1)] * len(quantities)
    keys = tuple(mode.key for mode in fits) + (SENSOR,) * len(quantities)
    return Signatures(keys, np.array(prior), chance)


def diagnose(of: Signatures, z: Floats, most: int = 3) -> list[Diagnosis]:
    """The hypotheses that fit one machine's deviations, likeliest first; none where nothing deviates.

    Args:
        of: the machine's hypotheses.
        z: (features,) signed deviations in standard deviations, NaN unknown.
        most: how many.
    """
    sure = outcomes(z)
    if not of.keys or sure[:, 1].min(initial=1.0) > 1.0 - SHOWN:
        return []
    fit = np.log(np.einsum("hfo,fo->hf", of.chance, sure)).sum(axis=1) + np.log(of.prior)
    share = np.exp(fit - fit.max())
    share /= share.sum()
    best = [int(at) for at in np.argsort(-share, kind="stable")[:most] if share[at] >= LEAST_LIKELIHOOD]
    return [Diagnosis(of.keys[at], float(share[at]), _signs(of.chance[at], sure, z)) for at in best]


def outcomes(z: Floats) -> Floats:
    """How surely features went down, stayed, or went up: (features, 3), rows sum to 1; unknown ones stay.

    >>> outcomes(np.array([0.0, 3.0, -9.0])).round(2).tolist()
    [[0.0, 1.0, 0.0], [0.0, 0.5, 0.5], [1.0, 0.0, 0.0]]
    """
    known = np.nan_to_num(z)
    sure = 1.0 / (1.0 + np.exp(-STEEP * (np.clip(np.abs(known), 0.0, 50.0) - HALF)))
    sure = np.where(np.abs(known) < 1.0, 0.0, sure)
    up, down = np.where(known > 0, sure, 0.0), np.where(known < 0, sure, 0.0)
    return np.stack([down, 1.0 - up - down, up], axis=1)


def _signs(chance: Floats, sure: Floats, z: Floats) -> tuple[Sign, ...]:
    """The changes that are both seen and expected."""
    found = []
    for feature in np.flatnonzero(sure[:, 1] < 1.0 - SHOWN).tolist():
        rises = bool(z[feature] > 0)
        if chance[feature, 2 if rises else 0] > STRAY:
            names = ("up", "down") if feature % 2 == LEVEL else ("wide", "narrow")
            found.append(Sign(feature // 2, names[0 if rises else 1], round(float(abs(z[feature])), 1)))
    return tuple(sorted(found, key=lambda sign: -sign.size))
