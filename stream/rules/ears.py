"""What a stretch brings to written rules: readings, words, events, scores, and what other rules raised."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Self

import numpy as np

from lineshaft.domain.machines import STATES, machine_state
from lineshaft.domain.readings import Ints64
from lineshaft.domain.rules.plan import Input
from stream.rules.base import Scores, Stretch, Surroundings
from stream.rules.watch import Come, InputKey

STATE = Input("state")


@dataclass(slots=True)
class Ears:
    """Where each input's samples come from; made anew with the targets."""

    row: Mapping[InputKey, int] = field(default_factory=dict)
    signals: Ints64 = field(default_factory=lambda: np.empty(0, np.int64))
    """Row of the input of each signal; -1 where nothing listens."""
    scores: tuple[str, ...] = ()
    counts: dict[tuple[int, str], list[tuple[str, int]]] = field(default_factory=dict)
    """(device, `events` or `raises`) → what to count there, and the input's row."""

    @classmethod
    def to(cls, row: Mapping[InputKey, int], around: Surroundings) -> Self:
        """Those that listen to some inputs."""
        signals = np.full(len(around.signal_name), -1, np.int64)
        counts: dict[tuple[int, str], list[tuple[str, int]]] = {}
        for (device, what), at in row.items():
            if what.what == "signal":
                signal = around.signals_of[device].get(what.name)
                if signal is not None:
                    signals[signal] = at
            elif what.what in {"events", "raises"}:
                counts.setdefault((device, what.what), []).append((what.name, at))
        scores = tuple(sorted({what.name for _, what in row if what.what == "score"}))
        return cls(row, signals, scores, counts)

    def come(self, stretch: Stretch, around: Surroundings) -> Come:
        """All samples of a stretch that something listens to, in the journal's order."""
        readings = stretch.readings
        known = readings.row < len(self.signals)
        at = np.full(len(readings.row), -1, np.int64)
        at[known] = self.signals[readings.row[known]]
        heard = at >= 0
        parts = [Come(at[heard], readings.ts_us[heard], readings.value[heard], readings.pos[heard])]
        few = [*self._few(around)]
        if few:
            input_row, ts_us, value, pos = zip(*few, strict=True)
            parts.append(
                Come(
                    np.array(input_row, np.int64),
                    np.array(ts_us, np.int64),
                    np.array(value, np.float64),
                    np.array(pos, np.int64),
                )
            )
        parts += self._judged(stretch.scores)
        if len(parts) == 1:
            return parts[0]
        together = Come(
            np.concatenate([one.input for one in parts]),
            np.concatenate([one.ts_us for one in parts]),
            np.concatenate([one.value for one in parts]),
            np.concatenate([one.pos for one in parts]),
        )
        order = np.argsort(together.pos, kind="stable")
        return Come(together.input[order], together.ts_us[order], together.value[order], together.pos[order])

    def _few(self, around: Surroundings) -> Iterator[tuple[int, int, float, int]]:
        """What machines said of their state, what happened, and what other rules raised."""
        rows = self.row
        for said in around.said:
            state = machine_state(said.text) if said.name == "state" else None
            row = rows.get((said.device, STATE))
            if state is not None and row is not None:
                yield row, said.ts_us, float(STATES.index(state)), said.pos
        for happened in around.events:
            for row in self._counting(happened.device, "events", happened.event.code):
                yield row, happened.event.ts_us, 1.0, happened.pos
        device_of = {source: device for device, source in enumerate(around.speaker)} if around.raised else {}
        for change in around.raised:
            condition = change.condition
            if condition.active and condition.source in device_of:
                for row in self._counting(device_of[condition.source], "raises", condition.rule):
                    yield row, change.ts_us, 1.0, change.pos

    def _counting(self, device: int, what: str, name: str) -> list[int]:
        return [row for glob, row in self.counts.get((device, what), ()) if fnmatchcase(name, glob)]

    def _judged(self, scores: Scores) -> Iterator[Come]:
        """What the models said, a column that is listened to each."""
        if not len(scores.row):
            return
        for what in self.scores:
            rows = np.array(
                [self.row.get((device, Input("score", what)), -1) for device in scores.row.tolist()]
            )
            values = scores.column(what)
            heard = (rows >= 0) & ~np.isnan(values)
            if heard.any():
                yield Come(rows[heard], scores.ts_us[heard], values[heard], scores.pos[heard])
