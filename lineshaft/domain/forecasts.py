"""What learned models say ahead of time, as it is kept to be graded by what became of it."""

from typing import NamedTuple


class ForewarningRow(NamedTuple):
    """A model's word that a machine will fail within a day: when it began, and later again when it ended."""

    device: int
    model: str
    """Its label: name, kind and version."""
    role: str
    """The model's when it began or ended: champion, challenger or advisory."""
    began_us: int
    ended_us: int | None
    peak: float
    """The highest P(fails within 24 h) until then."""
    pos: int
