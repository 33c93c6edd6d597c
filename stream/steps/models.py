"""The trained models a shard asks: the champion that speaks, and challengers that are only watched.

A model comes, changes its role and goes by control rows of the journal that carry it whole, so a swap takes
effect between two rows, the same in each shard and in each replay, and no window is without a judgement.
"""

import base64
import binascii
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

import msgspec
import numpy as np
from numpy.typing import NDArray

from lineshaft.detect.prognosis.failure import LARGEST_BYTES, FailureModel, ModelError, unpack
from lineshaft.detect.prognosis.indicators import NAMES, Minutes
from lineshaft.domain.forecasts import ForewarningRow
from lineshaft.domain.readings import Floats, Ints64

DAY_S, WEEK_S = 86_400.0, 604_800.0
HORIZONS_S = (DAY_S, WEEK_S)
ANY_KIND = "*"
HELD = 8
"""Models of one name and kind at once; beyond, the oldest that does not speak goes."""
ENDS_AT = 0.5
"""Of its threshold: a forewarning ends when P falls below, so that it does not flicker."""
NO_MODEL = ""

Role = Literal["challenger", "champion", "advisory", "retired"]


class Told(msgspec.Struct, frozen=True):
    """A row `_/model`."""

    name: str
    kind: str
    """A machine kind, or `*` for all."""
    version: int
    role: Role
    sha256: str
    threshold: float
    """P(fails within 24 h) from which it warns."""
    artefact: str
    """Base64 of `lineshaft.detect.prognosis.failure.pack`."""


class Forecast(NamedTuple):
    """What the models that speak say of some machines."""

    p_24h: Floats
    """NaN where no model speaks."""
    p_7d: Floats
    model: NDArray[np.object_]
    """Labels; `NO_MODEL` where none speaks."""
    is_advisory: NDArray[np.bool_]
    """Shown, but nothing to alarm by."""


class Warned(NamedTuple):
    """A model's open forewarning of a machine."""

    began_us: int
    peak: float


@dataclass(slots=True)
class Held:
    """A model in use."""

    told: Told
    """Without the artefact."""
    model: FailureModel
    columns: Ints64
    """Its columns' places among the indicators."""
    warned: dict[int, Warned] = field(default_factory=dict)
    """By machine row."""

    @property
    def label(self) -> str:
        """What results call it."""
        return label_of(self.told.name, self.told.kind, self.told.version)


def label_of(name: str, kind: str, version: int) -> str:
    """What results call a model.

    >>> label_of("failure", "*", 3)
    'failure-all-3'
    """
    return f"{name}-{'all' if kind == ANY_KIND else kind}-{version}"


@dataclass(slots=True)
class Models:
    """By label, in the order they came."""

    held: dict[str, Held] = field(default_factory=dict)
    forewarnings: list[ForewarningRow] = field(default_factory=list)
    """Begun and ended since they were fetched last; whoever asks takes them away."""

    def take(self, body: bytes, now_us: int, pos: int) -> None:
        """A model comes, has another role, or goes; repeated, the row changes nothing.

        Raises:
            ModelError: the row cannot be used; all stays as it was.
        """
        try:
            told = msgspec.json.decode(body, type=Told)
        except msgspec.DecodeError as error:
            raise ModelError(f"no model row: {error}") from error
        label = label_of(told.name, told.kind, told.version)
        if told.role == "retired":
            self._drop(label, now_us, pos)
            return
        fresh = Held(told, *_opened(told))
        old = self.held.get(label)
        if old is not None and old.told.sha256 == told.sha256:
            fresh.warned = old.warned
        if told.role == "champion":
            for other in self._family(told.name, told.kind):
                if other != label and self.held[other].told.role == "champion":
                    self._drop(other, now_us, pos)
        fresh.told = msgspec.structs.replace(told, artefact="")
        self.held[label] = fresh
        quiet = [one for one in self._family(told.name, told.kind) if self.held[one].told.role != "champion"]
        for oldest in quiet[: max(len(quiet) - HELD, 0)]:
            self._drop(oldest, now_us, pos)

    def predict(self, minutes: Minutes, kinds: Sequence[str], pos: int) -> Forecast:
        """Ask all models about machines whose minute is over, and note whom they forewarn of.

        Args:
            minutes: of machines, each once.
            kinds: theirs.
            pos: of the journal.
        """
        count = len(minutes.row)
        silent = np.full(count, np.nan)
        nobody = np.full(count, NO_MODEL, np.object_)
        forecast = Forecast(silent, silent.copy(), nobody, np.zeros(count, np.bool_))
        if not self.held or not count:
            return forecast
        kind_of = np.array(kinds)
        for kind in sorted(set(kinds)):
            at = np.flatnonzero(kind_of == kind)
            speaker = self._speaker(kind)
            for label in [one for one in self.held if self.held[one].told.kind in {kind, ANY_KIND}]:
                p = self._ask(self.held[label], minutes, at, pos)
                if label == speaker:
                    forecast.p_24h[at], forecast.p_7d[at] = p.T
                    forecast.is_advisory[at] = self.held[label].told.role != "champion"
                    forecast.model[at] = label
        return forecast

    def _speaker(self, kind: str) -> str | None:
        """Whose word is shown: a champion's before an advisory one's, the kind's own before that for all."""
        for role in ("champion", "advisory"):
            for wanted in (kind, ANY_KIND):
                mine = [
                    label
                    for label, held in self.held.items()
                    if held.told.role == role and held.told.kind == wanted
                ]
                if mine:
                    return max(mine, key=lambda label: self.held[label].told.version)
        return None

    def _family(self, name: str, kind: str) -> list[str]:
        mine = [
            label for label, held in self.held.items() if (held.told.name, held.told.kind) == (name, kind)
        ]
        return sorted(mine, key=lambda label: self.held[label].told.version)

    def _ask(self, held: Held, minutes: Minutes, at: Ints64, pos: int) -> Floats:
        """One model's probabilities for some of the machines: (machines, horizons)."""
        p = held.model.probability(minutes.x[np.ix_(at, held.columns)])
        row = minutes.row[at]
        noted = (p[:, 0] >= held.told.threshold) | np.isin(row, list(held.warned))
        for place in np.flatnonzero(noted).tolist():
            self._watch(held, int(row[place]), int(minutes.at_us[at[place]]), float(p[place, 0]), pos)
        return p

    def _watch(self, held: Held, machine: int, at_us: int, p: float, pos: int) -> None:
        """A forewarning begins, goes on or ends."""
        warned = held.warned.get(machine)
        if warned is None:
            held.warned[machine] = Warned(at_us, p)
            self._tell(held, machine, None, pos)
            return
        held.warned[machine] = warned._replace(peak=max(warned.peak, p))
        if p < ENDS_AT * held.told.threshold:
            self._tell(held, machine, at_us, pos)
            del held.warned[machine]

    def _tell(self, held: Held, machine: int, ended_us: int | None, pos: int) -> None:
        warned = held.warned[machine]
        self.forewarnings.append(
            ForewarningRow(
                device=machine,
                model=held.label,
                role=held.told.role,
                began_us=warned.began_us,
                ended_us=ended_us,
                peak=warned.peak,
                pos=pos,
            )
        )

    def _drop(self, label: str, now_us: int, pos: int) -> None:
        held = self.held.pop(label, None)
        if held is not None:
            for machine, warned in sorted(held.warned.items()):
                self._tell(held, machine, max(now_us, warned.began_us), pos)


def _opened(told: Told) -> tuple[FailureModel, Ints64]:
    if len(told.artefact) > 2 * LARGEST_BYTES:
        raise ModelError(f"an artefact of {len(told.artefact)} letters, expected at most {2 * LARGEST_BYTES}")
    try:
        packed = base64.b64decode(told.artefact, validate=True)
    except binascii.Error as error:
        raise ModelError(f"no base64: {error}") from error
    model = unpack(packed, told.sha256)
    unknown = sorted(set(model.columns) - set(NAMES))
    if unknown:
        raise ModelError(f"it asks for {', '.join(unknown[:5])}, which is no indicator of this version")
    if model.horizons_s != HORIZONS_S:
        raise ModelError(f"its horizons are {model.horizons_s}, expected {HORIZONS_S}")
    if not 0 < told.threshold <= 1:
        raise ModelError(f"its threshold is {told.threshold}, expected above 0 and at most 1")
    return model, np.array([NAMES.index(name) for name in model.columns], np.int64)
