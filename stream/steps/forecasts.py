"""What learned models foresee of each machine: indicators run along, models are asked by the minute."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

import msgspec
import numpy as np
from numpy.typing import NDArray

from lineshaft.detect.prognosis.indicators import NEVER, Indicators, Minutes, Seen
from lineshaft.domain.forecasts import ForewarningRow
from lineshaft.domain.readings import Floats, Ints32, Ints64
from stream.steps.columns import Columns, column
from stream.steps.models import NO_MODEL, Models

NAN = float("nan")
RECENT_US = 2 * 86_400_000_000
"""A label that comes later than this after the machine was mended, from an old work order say, is history."""


class Labelled(msgspec.Struct, frozen=True):
    """A row `_/label`: what people found at a machine, as far as a flow has to know it."""

    machine: str
    """Key of the asset."""
    verdict: str
    to: int
    """Epoch milliseconds: when it was repaired, or closed."""


@dataclass(slots=True)
class Forecasts(Columns):
    """The newest forecast of each machine; one row a device."""

    p_24h: Floats = column(np.float64, NAN)
    """P(fails within 24 h); NaN while no model speaks of it."""
    p_7d: Floats = column(np.float64, NAN)
    is_advisory: NDArray[np.bool_] = column(np.bool_, fill=False)
    """By a model whose word is shown but alarms nobody."""
    model: NDArray[np.object_] = column(np.object_, NO_MODEL)
    """Label of the model that speaks."""
    indicators: Indicators = field(default_factory=Indicators)
    models: Models = field(default_factory=Models)

    def see(self, row: Ints32, at_us: Ints64, seen: Seen, kinds: Sequence[str], pos: int) -> None:
        """Take in one window of each of some devices.

        Args:
            row: the devices, each once.
            at_us: the windows' ends.
            seen: in them.
            kinds: by device row, its machine kind; "" where nobody said.
            pos: of the journal.
        """
        self.indicators.grow(self.room)
        over = self.indicators.update(row, at_us, seen)
        if len(over.row):
            self._ask(over, [kinds[one] for one in over.row.tolist()], pos)

    def take_model(self, body: bytes, kinds: Sequence[str], now_us: int, pos: int) -> None:
        """A row `_/model`: all machines are foreseen anew at once, so that none is without in between.

        Args:
            body: of the row.
            kinds: as for `see`.
            now_us: now.
            pos: of the journal.

        Raises:
            ModelError: see `Models.take`; all stays as it was.
        """
        self.models.take(body, now_us, pos)
        row = np.flatnonzero(self.indicators.last != NEVER).astype(np.int32)
        at_us = self.indicators.last[row]
        latest = Minutes(row, at_us, self.indicators.now(row, at_us))
        self._ask(latest, [kinds[one] for one in row.tolist()], pos)

    def take_label(self, body: bytes, speakers: Sequence[str]) -> list[tuple[int, int]]:
        """A row `_/label`: a machine in which a fault was found, and mended, begins a new life.

        Args:
            body: of the row.
            speakers: by device row, what facts call it.

        Returns:
            The rows of machines that were mended, and when; none where that is long ago.

        Raises:
            msgspec.DecodeError: the row cannot be used.
        """
        told = msgspec.json.decode(body, type=Labelled)
        self.indicators.grow(self.room)
        last, ended_us = self.indicators.last, told.to * 1000
        mended = [
            (row, ended_us)
            for row, speaker in enumerate(speakers)
            if speaker == told.machine and told.verdict == "true" and ended_us > last[row] - RECENT_US
        ]
        for row, _ in mended:
            self.indicators.repair(row, ended_us)
        return mended

    def take_forewarnings(self) -> list[ForewarningRow]:
        """What began and ended since it was asked last."""
        told, self.models.forewarnings = self.models.forewarnings, []
        return told

    def foreseen(self, device: int) -> tuple[float | None, float | None]:
        """P(fails within 24 h), and within 7 days, of a device; None where no model speaks."""
        p_24h, p_7d = float(self.p_24h[device]), float(self.p_7d[device])
        return (None, None) if math.isnan(p_24h) else (p_24h, p_7d)

    def _ask(self, minutes: Minutes, kinds: Sequence[str], pos: int) -> None:
        said = self.models.predict(minutes, kinds, pos)
        self.p_24h[minutes.row], self.p_7d[minutes.row] = said.p_24h, said.p_7d
        self.model[minutes.row], self.is_advisory[minutes.row] = said.model, said.is_advisory
