"""Messages on the screens: into a person's inbox, from where the live line brings them."""

from collections.abc import Callable
from types import TracebackType
from typing import Any, Self

from lineshaft.clock import Clock, system_clock
from lineshaft.store import inbox
from lineshaft.store.database import Connection, ConnectionLost
from lineshaft.store.notifications import Notification
from stream.notify.base import PROMPT_S, DeliveryError


class Browser:
    """The target is a login; whether the person is there shows when it is seen."""

    name = "browser"
    latest_only = False
    is_whole = True
    schedule_s = PROMPT_S
    is_ready = True

    def __init__(self, connect: Callable[[], Connection], clock: Clock = system_clock) -> None:
        """Nothing happens before a message comes."""
        self._connect = connect
        self._clock = clock
        self._conn: Connection | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._conn:
            self._conn.close()

    def wants_all(self) -> bool:
        """See `Channel`."""
        return False

    def show(self, target: str, body: dict[str, Any]) -> None:
        """See `Channel`: the alarm list shows what is open."""

    def deliver(self, notification: Notification) -> None:
        """See `Channel`."""
        try:
            if self._conn is None or self._conn.closed:
                self._conn = self._connect()
            inbox.put(self._conn, notification, self._clock())
        except ConnectionLost as error:
            self._conn = None
            raise DeliveryError("the database is away") from error
