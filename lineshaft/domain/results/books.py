"""What the flow accounts for: what it counted, and what could not be used."""

from typing import Any, NamedTuple


class Letter(NamedTuple):
    """A message, or a part of one, that could not be used."""

    pos: int
    received_us: int
    topic: str
    device: str | None
    site: str | None
    agent: str | None
    boot: str | None
    lane: int | None
    seq: int | None
    code: str
    detail: str
    readings: int
    body: bytes
    properties: dict[str, Any] | None = None
    """What the message carried beside its envelope."""
    sampled: bool = True
    """Whether the body is kept."""


class SampleKey(NamedTuple):
    """What samples are kept by: the newest of each class of an agent."""

    site: str
    agent: str
    kind: str
    """duplicate_conflict, late or clock_bad."""


class Sample(NamedTuple):
    """A reading that stands for its class in the books."""

    device: str
    signal: str
    ts_us: int
    value: float | None
    """None for a text."""
    earlier: float | None
    """Of a conflict: the value that came first, and stays."""
    received_us: int
    pos: int


class CountKey(NamedTuple):
    """A line of the flow's books."""

    site: str
    agent: str
    result: str
    code: str


class Count(NamedTuple):
    """What is booked on it."""

    messages: int
    readings: int
