"""The rows of the books, as the API gives them."""

from typing_extensions import TypedDict  # pydantic reads typing.TypedDict only from Python 3.12 on


class GapRow(TypedDict):
    """Messages of one lane that will never come."""

    site: str
    agent: str
    boot: str
    lane: int
    first_seq: int
    last_seq: int
    cause: str
    booked: int
    """Epoch milliseconds."""


class LossRow(TypedDict):
    """All that an agent lost for one cause."""

    site: str
    agent: str
    cause: str
    messages: int
    gaps: int
    booked: int
    """The last time, epoch milliseconds."""


class ClassRow(TypedDict):
    """Readings, or messages, that are counted apart, so that none is silently other than it came."""

    code: str
    """duplicate_conflict, late, clock_bad, or the code by which it was dropped or refused for its rate."""
    messages: int
    readings: int


SampleRow = TypedDict(
    "SampleRow",
    {
        "site": str,
        "agent": str,
        "class": str,
        "device": str,
        "signal": str,
        "ts": int,
        "value": float | None,
        "earlier": float | None,
        "received": int,
        "pos": int,
    },
)
"""The newest reading of a class; `earlier` is what it contradicts, and what stays."""


class AgentRow(TypedDict):
    """The books of one agent."""

    site: str
    agent: str
    journaled: int
    duplicate: int
    ahead: int
    refused: int
    replayed: int
    lost: int
    in_flight: int
    readings: int
    """Decoded."""
    stored: int
    rejected: int
    outbox: int | None
    """Messages that its last report says are still waiting at the edge."""
    balanced: bool
    seen: int | None
    """Epoch milliseconds."""
