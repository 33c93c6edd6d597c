"""State detection in a shard's machines (ISO 13374 SD): what can be believed, what it does, and is it odd.

Sensors are checked first, and what cannot be believed is left out; modes are found where nobody says them.
The detector then judges, and learns afterwards. While a machine is young in a mode, its limits and its
sisters speak.
"""

from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from lineshaft.detect import DETECTORS, Detector
from lineshaft.detect.health import SMOOTHING, health
from lineshaft.detect.health.basis import OWN, PEERS, first_score, peers, speaker
from lineshaft.detect.health.usual import Matter, Usual, known
from lineshaft.detect.state.base import Judgement
from lineshaft.detect.state.modes import Modes
from lineshaft.detect.state.rows import some
from lineshaft.detect.state.sensor import DRIFT, Check, Sensors
from lineshaft.detect.tail import HALF_SURPRISE, score_of, surprise
from lineshaft.domain.readings import Bytes8, Floats, Ints32, Ints64
from stream.rules.base import Bools
from stream.steps.columns import Columns, column
from stream.steps.profiles import FEATURES, NO_ROW, SIGNALS, Profiles
from stream.steps.samples import Samples, limits_passed

DETECTOR = "ensemble"
MODES = 4
WORKING, STANDING = 0, 2
"""Modes: work, idling, standing, being set up; what does not say may have two more ways of working."""
FOUND_AS = np.array([STANDING, WORKING, 1, 3], np.uint8)
"""Modes that were found (`lineshaft.detect.state.modes`; the one at rest is the first) by our numbers."""
UNSAID = 255
SETTLING = 3
"""Windows not judged after a change of mode: temperatures and speeds are on their way, not odd."""
CALM_DECIMALS, DOUBTFUL = 3.0, 0.2
"""A window odder than one in a thousand says little of what is usual: the weight it is learned with."""
AWAY_US = 3_600_000_000
"""A mode that was not visited for this long has no say in whether there is an episode."""
RAISE_DECIMALS, CLEAR_DECIMALS = 5.0, 2.0
"""Surprise by sister machines that begins an episode of a machine without a past of its own, and ends it."""


LEAST_PROBABILITY = 1e-300


class Judged(NamedTuple):
    """What was found in windows, one row each."""

    machine: Ints32
    at_us: Ints64
    mode: Bytes8
    said: Bools
    """Whether the machine itself says its mode."""
    settled: Bools
    level: Floats
    """(windows, signals): what can be believed, NaN what cannot."""
    check: Check
    basis: Bytes8
    score: Floats
    probability: Floats
    """NaN while nothing can be said."""
    share: Floats
    """(windows, features): what each has to do with the score."""
    z: Floats
    """(windows, features): signed deviations from who speaks, in its spreads; drifting sensors' too."""
    episode: Bools
    began_us: Ints64
    """When that began; 0 where there is none."""
    zone: Bytes8
    beyond: Bytes8
    clear: Bools
    """Whether some signal is far from its own usual, beyond doubt and by what matters."""
    health: Floats
    well: Floats
    """0 … 1: how much the window says of what is usual."""


class Word(NamedTuple):
    """Of who speaks of each machine."""

    basis: Bytes8
    score: Floats
    decimals: Floats
    """Decimal places of the probability."""
    share: Floats
    z: Floats


@dataclass(slots=True)
class Judges(Columns):
    """One row a machine."""

    sensors: Sensors = field(default_factory=lambda: Sensors(SIGNALS))
    modes: Modes = field(default_factory=lambda: Modes(SIGNALS))
    detector: Detector = field(default_factory=lambda: DETECTORS[DETECTOR](FEATURES))
    usual: Usual = field(default_factory=lambda: Usual(FEATURES))
    model_row: Ints32 = column(np.int32, NO_ROW, MODES)
    models: int = 0
    mode: Bytes8 = column(np.uint8, WORKING)
    settling: Ints32 = column(np.int32, 0)
    """Windows still to pass before it is judged."""
    smooth: Floats = column(np.float64, 0.0)
    odd: Bools = column(np.bool_, False, MODES)  # noqa: FBT003 - what a new row holds
    """Whether it is within an episode, in each mode."""
    seen_us: Ints64 = column(np.int64, 0, MODES)
    """When it was in each mode last."""
    began_us: Ints64 = column(np.int64, 0)
    """When its present episode began; 0: there is none."""

    def make_room(self, machines: int) -> None:
        """For at least so many machines."""
        self.grow(machines)
        for part in (self.sensors, self.modes, self.usual):
            part.grow(machines)

    def take(self, samples: Samples, told: Bytes8, profiles: Profiles) -> Judged:
        """Judge one window of each of some machines, and learn it.

        Args:
            samples: no machine twice.
            told: what each machine says it does, `UNSAID` where it says nothing.
            profiles: what is known of them.
        """
        row, at_us, seen = samples.machine, samples.at_us, samples.seen
        said = told != UNSAID
        mode = np.where(said, told, self.mode[row]).astype(np.uint8)
        check = self.sensors.check(row, mode, at_us, seen)
        level = np.where(check.doubt, np.nan, seen.level)
        mode = self._find_modes(row, mode, said, level)
        self.seen_us[row, mode] = at_us
        settled = self._settled(row, mode)
        width = level.shape[1]
        zone = _zones(level, profiles, row)
        beyond = _passed(level, some(profiles.limits, row, width), said & (mode != WORKING))
        np.maximum(beyond, samples.beyond, out=beyond)
        both = features(seen.level, seen.spread)
        felt = (~check.doubt | (check.fault == DRIFT)) & settled[:, None]
        its = Matter(*(some(one, row, width) for one in (profiles.share, profiles.least, profiles.settles_s)))
        off = self.usual.deviate(row, mode, np.where(np.repeat(felt, 2, axis=1), both, np.nan), its)
        believed = np.isfinite(both) & ~np.repeat(check.doubt, 2, axis=1)
        x = np.where(believed, off.x, np.nan)
        own = self._detect(row, mode, settled, x)
        word = self._word((row, mode, x, its), own, (beyond, zone, off.z), profiles.group)
        clear = np.logical_or.reduce(off.clear & ~check.doubt, axis=1)
        plain = np.logical_or.reduce(off.plain & ~check.doubt, axis=1)
        # What a detector finds odd must also matter to the machine; and what is plain needs no detector.
        self._follow(row, mode, settled, plain | (own.alarm & (clear | self.odd[row, mode])), word)
        episode = self._episode(row, at_us)
        score = self._grade(row, settled, word, episode)
        calm = np.where((word.decimals > CALM_DECIMALS) & (word.basis == OWN), DOUBTFUL, 1.0)
        well = np.where(settled & ~episode, calm, 0.0)
        self.usual.learn(row, mode, x, well)
        is_known = settled & (word.basis >= PEERS)
        return Judged(
            row, at_us, mode, said, settled, level, check, word.basis, score,
            np.where(is_known, 10.0**-word.decimals, np.nan), word.share, word.z, episode,
            self.began_us[row], zone, beyond, np.logical_or.reduce(off.clear, axis=1),
            health(self.smooth[row], zone, beyond), well,
        )  # fmt: skip

    def settle(self, machine: int) -> None:
        """A machine changed what it does."""
        self.settling[machine] = SETTLING

    def _settled(self, row: Ints32, mode: Bytes8) -> Bools:
        """Which are judged: what stands still is by its limits alone, for it has no course to leave."""
        settling = self.settling[row]
        self.settling[row] = np.maximum(settling - 1, 0)
        return np.asarray((settling == 0) & (mode != STANDING))

    def _find_modes(self, row: Ints32, mode: Bytes8, said: Bools, level: Floats) -> Bytes8:
        quiet = np.flatnonzero(~said)
        if len(quiet):
            found = FOUND_AS[self.modes.find(row[quiet], level[quiet]).mode]
            self.settling[row[quiet[found != mode[quiet]]]] = SETTLING
            mode[quiet] = found
        self.mode[row] = mode
        return mode

    def _detect(self, row: Ints32, mode: Bytes8, settled: Bools, x: Floats) -> Judgement:
        """The detector's judgement; of windows that are not judged, that there is nothing."""
        at = np.flatnonzero(settled)
        if len(at) == len(row):
            return self._learned(row, mode, x)
        count, nothing = len(row), np.zeros(len(row), np.bool_)
        judged = Judgement(np.zeros(count), np.ones(count), np.zeros(x.shape), nothing, nothing.copy())
        if len(at):
            found = self._learned(row[at], mode[at], x[at])
            for whole, part in zip(judged, found, strict=True):
                whole[at] = part
        return judged

    def _learned(self, row: Ints32, mode: Bytes8, x: Floats) -> Judgement:
        """The detector's judgement of windows, which it has learned then."""
        model = self._model_rows(row, mode)
        found = self.detector.score_many(model, x)
        self.detector.learn_many(model, x, found.score)
        return found

    def _model_rows(self, row: Ints32, mode: Bytes8) -> Ints32:
        found = self.model_row[row, mode]
        for at in np.flatnonzero(found == NO_ROW).tolist():
            self.model_row[row[at], mode[at]] = found[at] = self.models
            self.models += 1
        self.detector.grow(self.models)
        return found

    def _word(
        self,
        of: tuple[Ints32, Bytes8, Floats, Matter],
        own: Judgement,
        shown: tuple[Bytes8, Bytes8, Floats],
        group: Ints32,
    ) -> Word:
        """Who judges each machine, and what it says: its limits and sisters where it is young."""
        row, mode, x, its = of
        beyond, zone, z = shown
        windows, nobody = self.usual.windows(row, mode), np.zeros(len(row), np.int32)
        basis = speaker(windows, nobody)
        at = np.flatnonzero(basis != OWN)
        decimals = -np.log10(np.maximum(own.probability, LEAST_PROBABILITY))
        word = Word(basis, own.score.copy(), decimals, own.share.copy(), z)
        if len(at):
            young = Matter(*(column[at] for column in its))
            sisters = peers(self.usual, group, (row[at], mode[at]), x[at], young)
            basis[at] = speaker(windows[at], sisters.sisters)
            word.score[at] = first_score(beyond[at], zone[at], sisters.z)
            word.decimals[at] = HALF_SURPRISE * word.score[at] / (1.0 - word.score[at])
            word.share[at], word.z[at] = _shares(sisters.z), sisters.z
        return word

    def _follow(self, row: Ints32, mode: Bytes8, settled: Bools, own: Bools, word: Word) -> None:
        """Episodes begin and end as the detector has it, and while a machine is young by its sisters too."""
        was = self.odd[row, mode]
        by_sisters = word.decimals >= np.where(was, CLEAR_DECIMALS, RAISE_DECIMALS)
        begun = own | (by_sisters & (word.basis == PEERS))
        self.odd[row, mode] = np.where(settled, begun, was)

    def _grade(self, row: Ints32, settled: Bools, word: Word, episode: Bools) -> Floats:
        """The scores, and what they come to for health."""
        score = _lasting(word, episode)
        evidence = np.maximum(score_of(word.decimals), np.where(episode, score, 0.0))
        self.smooth[row] += np.where(settled, SMOOTHING * (evidence - self.smooth[row]), 0.0)
        return np.where(settled, score, 0.0)

    def _episode(self, row: Ints32, at_us: Ints64) -> Bools:
        """Whether machines are within an episode: that of another mode counts until it is long ago."""
        odd, began = self.odd[row], self.began_us[row]
        if not odd.any():
            if began.any():
                self.began_us[row] = 0
            return np.zeros(len(row), np.bool_)
        odd &= at_us[:, None] - self.seen_us[row] < AWAY_US
        self.odd[row] = odd
        episode: Bools = np.logical_or.reduce(odd, axis=1)
        self.began_us[row] = np.where(episode, np.where(began > 0, began, at_us), 0)
        return episode


def features(level: Floats, spread: Floats) -> Floats:
    """(windows, features): level and root of spread of each signal in turn."""
    both = np.empty((len(level), 2 * level.shape[1]))
    both[:, 0::2], both[:, 1::2] = level, np.sqrt(spread)
    return both


def _lasting(word: Word, episode: Bools) -> Floats:
    """The detector's score, which tells news; in an episode that lasts, at least how far it deviates."""
    if not episode.any():
        return word.score
    farthest = known(np.abs(word.z)).max(axis=1, initial=0.0)
    return np.where(episode, np.maximum(word.score, score_of(surprise(farthest))), word.score)


def _shares(z: Floats) -> Floats:
    square = known(z) ** 2
    total = square.sum(axis=1, keepdims=True)
    return np.asarray(square / np.where(total > 0, total, 1.0))


def _passed(level: Floats, limits: Floats, rests: Bools) -> Bytes8:
    """Limits passed by the worst signal; what does not work draws nothing and pumps nothing, and may."""
    limits[rests, :, :2] = np.nan
    worst: Bytes8 = np.maximum.reduce(limits_passed(level, limits), axis=1)
    return worst


def _zones(level: Floats, profiles: Profiles, row: Ints32) -> Bytes8:
    """Vibration zones, 0 not measured; a boundary value belongs to the lower one (`vibration_zone`)."""
    shakes = some(profiles.shakes, row, level.shape[1]) & np.isfinite(level)
    most = np.where(shakes, level, -np.inf).max(axis=1)
    limits = profiles.zone_limits[row]
    zone = 1 + (most[:, None] > limits).sum(axis=1)
    measured = shakes.any(axis=1) & np.isfinite(limits).all(axis=1)
    return np.where(measured, zone, 0).astype(np.uint8)
