"""How well carriers deliver, as far as few loads can say: with intervals, the small drawn to the mean."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import median

from lineshaft.domain.intervals import wilson

PRIOR_LOADS = 20.0
"""A carrier's share is drawn to that of all as if it had so many loads more of the common sort."""


@dataclass(slots=True, frozen=True)
class Load:
    """A shipment that arrived."""

    shipment_id: str
    carrier: str
    late_ms: int | None
    """After the promise; None: nothing was promised."""
    grace_ms: int
    received: float | None
    """Quantity signed for; None: nobody signed."""
    shipped: float | None
    damaged: float
    complaint: bool
    tracked: bool
    """Whether there was an arrival time most of the way."""
    dwell_min: float | None
    """Spent at stops; None: not known."""
    arrived: int | None = None
    """Epoch milliseconds."""

    @property
    def on_time(self) -> bool | None:
        """Whether it came when promised."""
        return None if self.late_ms is None else self.late_ms <= self.grace_ms

    @property
    def in_full(self) -> bool | None:
        """Whether all came; None where nobody signed or nothing was counted."""
        if self.received is None or self.shipped is None:
            return None
        return self.received >= self.shipped

    @property
    def otif(self) -> bool | None:
        """On time, in full and undamaged; one that is not is enough to say no."""
        parts = (self.on_time, self.in_full, self.damaged == 0 if self.received is not None else None)
        if False in parts:
            return False
        return None if None in parts else True


@dataclass(slots=True, frozen=True)
class Proportion:
    """How many of how many, with what it may be."""

    n: int
    of: int
    share: float | None
    low: float | None
    high: float | None
    """Wilson's interval, 95 %."""
    drawn: float | None
    """Drawn to the share of all carriers: what to rank by."""


@dataclass(slots=True, frozen=True)
class Scorecard:
    """A carrier's figures; each share counts only loads of which it is known."""

    carrier: str
    loads: int
    on_time: Proportion
    in_full: Proportion
    undamaged: Proportion
    without_complaint: Proportion
    tracked: Proportion
    otif: Proportion
    late_min: float | None
    """Median of those that were late."""
    dwell_min: float | None
    """Median of the time at stops."""
    dwell_drawn_min: float | None
    """The same, drawn to the median of all carriers' loads."""


def median_drawn(mine: Sequence[float], common: Sequence[float]) -> float | None:
    """A median drawn to that of all, as if there were `PRIOR_LOADS` of the common sort more.

    >>> median_drawn([90.0] * 5, [30.0] * 100), median_drawn([], [])
    (42.0, None)
    """
    if not common:
        return None
    prior = PRIOR_LOADS * median(common)
    return round((len(mine) * median(mine) + prior if mine else prior) / (len(mine) + PRIOR_LOADS), 1)


def share_of(answers: Iterable[bool | None], common: float | None) -> Proportion:
    """The share of those that are true, among those that are known.

    Args:
        answers: one a load; None where it is not known.
        common: the share among all carriers, None where nobody knows.

    >>> share_of([True, True, None], 0.5).drawn
    0.5454545454545454
    """
    known = [one for one in answers if one is not None]
    n, of = sum(known), len(known)
    if of == 0:
        return Proportion(0, 0, None, None, None, common)
    low, high = wilson(n, of)
    drawn = (n + PRIOR_LOADS * common) / (of + PRIOR_LOADS) if common is not None else n / of
    return Proportion(n, of, n / of, low, high, drawn)


FACTS = {
    "on_time": lambda load: load.on_time,
    "in_full": lambda load: load.in_full,
    "undamaged": lambda load: load.damaged == 0 if load.received is not None else None,
    "without_complaint": lambda load: not load.complaint,
    "tracked": lambda load: load.tracked,
    "otif": lambda load: load.otif,
}


def scorecards(loads: Sequence[Load]) -> list[Scorecard]:
    """A card a carrier, the best OTIF first; loads without a carrier are nobody's."""
    known = [load for load in loads if load.carrier]
    common = {name: share_of(map(fact, known), None).share for name, fact in FACTS.items()}
    stays = [load.dwell_min for load in known if load.dwell_min is not None]
    cards = []
    for carrier in sorted({load.carrier for load in known}):
        mine = [load for load in known if load.carrier == carrier]
        shares = {name: share_of(map(fact, mine), common[name]) for name, fact in FACTS.items()}
        late = [load.late_ms / 60_000 for load in mine if load.late_ms is not None and load.on_time is False]
        dwell = [load.dwell_min for load in mine if load.dwell_min is not None]
        cards.append(
            Scorecard(
                carrier,
                len(mine),
                **shares,
                late_min=round(median(late), 1) if late else None,
                dwell_min=round(median(dwell), 1) if dwell else None,
                dwell_drawn_min=median_drawn(dwell, stays),
            )
        )
    return sorted(cards, key=lambda card: (-(card.otif.drawn or 0.0), card.carrier))
