"""What a channel is: a way to people or machines, which takes one message at a time or says why not."""

from types import TracebackType
from typing import Any, Final, Protocol, Self

from lineshaft.store.notifications import Notification

MINUTE_S, HOUR_S = 60, 3600
PATIENT_S: Final[tuple[int, ...]] = (
    5, 5 * MINUTE_S, 30 * MINUTE_S, 2 * HOUR_S, 5 * HOUR_S, 10 * HOUR_S, 14 * HOUR_S, 20 * HOUR_S,
)  # fmt: skip
"""How long to wait after each failed try (Standard Webhooks); after the last one the message is dead."""
PROMPT_S: Final[tuple[int, ...]] = (
    5, 30, 2 * MINUTE_S, 10 * MINUTE_S, 30 * MINUTE_S, HOUR_S, 3 * HOUR_S, 7 * HOUR_S, 12 * HOUR_S,
)  # fmt: skip
"""The same where a person is to be woken: what comes after a day need not come at all."""


class DeliveryError(Exception):
    """The message did not arrive, or nobody knows: it will be tried again."""


class RefusedError(DeliveryError):
    """The other side is there, and does not want this message."""


class GoneError(DeliveryError):
    """There is no such target any more, or it cannot be used: no try will ever help."""


class Channel(Protocol):
    """One way of delivery. Its own connection lives from entering the context to leaving it."""

    name: str
    """Key in `CHANNELS`."""
    latest_only: bool
    """Whether a message of a target makes the ones before it needless: a state, not a story."""
    is_whole: bool
    """Whether its targets share one connection, and so one lane; else each has its own."""
    schedule_s: tuple[int, ...]
    """Waits between the tries."""

    @property
    def is_ready(self) -> bool:
        """Whether it can deliver now; while not, its messages wait without using up their tries."""
        ...

    def wants_all(self) -> bool:
        """Whether the other side has forgotten what stood there: asked each round, true once a loss."""
        ...

    def deliver(self, notification: Notification) -> None:
        """Deliver a message, and wait until the other side has it.

        Raises:
            DeliveryError: it does not have it.
        """
        ...

    def show(self, target: str, body: dict[str, Any]) -> None:
        """Put an open alarm where it stood, for who has forgotten it; as `deliver`."""
        ...

    def __enter__(self) -> Self:
        """Connect, in the background."""
        ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Hang up."""
        ...
