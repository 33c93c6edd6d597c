"""What a channel is: a way to people or machines, which takes one message at a time or says why not."""

from types import TracebackType
from typing import Any, Protocol, Self

from lineshaft.store.notifications import Notification


class DeliveryError(Exception):
    """The message did not arrive, or nobody knows: it will be tried again."""


class Channel(Protocol):
    """One way of delivery. Its own connection lives from entering the context to leaving it."""

    name: str
    """Key in `CHANNELS`."""
    latest_only: bool
    """Whether a message of a target makes the ones before it needless: a state, not a story."""

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
