"""How settings rules reach the built-in ones.

They are adopted at ticks, after the samples before the tick: so what comes of them does not depend on how
rows are cut.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple, TypeVar

import msgspec

from lineshaft.domain.rules.document import Tuning
from lineshaft.domain.rules.scoping import Place
from lineshaft.domain.rules.tuning import in_order, tuned
from stream.rules.base import Stretch
from stream.rules.levels import Delays, Own


class Where(NamedTuple):
    """What a built-in rule judges: a machine, or one of its signals."""

    source: str
    signal: str = ""
    quantity: str = ""


@dataclass(slots=True)
class Settings:
    """Of one kind of built-in rule in a shard."""

    kind: str
    delays: Delays
    """Where nobody says otherwise."""
    said: tuple[Tuning, ...] = ()
    """The least specific first."""
    places: Mapping[str, Place] = field(default_factory=dict)
    adopted: tuple[int, int] = (0, 0)
    """Edition of the rules and of the plant."""
    _found: dict[Where, Own] = field(default_factory=dict)

    def adopt(self, stretch: Stretch) -> bool:
        """Take over, at a tick, what the book says by now; tells whether anything may be different."""
        around = stretch.around
        if around is None or not stretch.tick:
            return False
        edition = (around.book.edition, around.applied)
        if edition == self.adopted:
            return False
        before, self.adopted = self.said, edition
        self.said = in_order(around.book.tunings, self.kind)
        self.places = around.places if self.said else {}
        self._found.clear()
        return bool(before or self.said)

    def of(self, source: str, signal: str = "", quantity: str = "") -> Own:
        """What holds of a machine or signal."""
        where = Where(source, signal, quantity) if self.said else _ANY
        own = self._found.get(where)
        if own is None:
            own = self._found[where] = self._own(where)
        return own

    def _own(self, where: Where) -> Own:
        place = self.places.get(where.source) or Place(where.source)
        found = tuned(self.said, place, where.signal, where.quantity)
        if found is None:
            return Own(self.delays)
        on_samples = _or(found.on_samples, self.delays.on_samples)
        on_s, off_s = _or(found.on_s, self.delays.on_s), _or(found.off_s, self.delays.off_s)
        deadband = _or(found.deadband_percent, None)
        return Own(
            delays=Delays(on_samples, on_s, off_s),
            min_reraise_s=_or(found.min_reraise_s, 0.0),
            deadband=None if deadband is None else deadband / 100.0,
            priority=_or(found.priority, None),
            off=found.off,
        )


T = TypeVar("T")
D = TypeVar("D")
_ANY = Where("")


def _or(said: T | msgspec.UnsetType, otherwise: D) -> T | D:
    return otherwise if isinstance(said, msgspec.UnsetType) else said
