"""What every simulated world gives: messages of devices, due in order of time.

A world is a function of its seed, its start and the instant asked about. It keeps no history, so a world that
is started again goes on where the clock says, without computing what lies between.
"""

from typing import NamedTuple, Protocol

SECOND_US = 1_000_000


class Message(NamedTuple):
    """One message of one device, before the edge agent gives it an envelope."""

    sent_us: int
    """When the device hands it over; readings inside may be older."""
    device: str
    kind: str
    """Kind of the native contract: m, rfid, gps, evt."""
    body: dict[str, object]


class World(Protocol):
    """A seeded world; `step` is called with instants that never go back."""

    def step(self, now_us: int) -> list[Message]:
        """The messages due since the last step, up to and including now, by `sent_us`."""


def ticks(after_us: int, until_us: int, every_us: int, phase_us: int = 0) -> range:
    """The instants phase + k * every, after the first and up to the second.

    >>> list(ticks(10, 30, 10)), list(ticks(9, 30, 10, 5))
    ([20, 30], [15, 25])
    """
    first = (after_us - phase_us) // every_us + 1
    last = (until_us - phase_us) // every_us
    return range(first * every_us + phase_us, last * every_us + phase_us + 1, every_us)
