"""Where contacts are, opened for the moment of a delivery and nowhere written."""

from collections.abc import Callable
from dataclasses import dataclass, field
from threading import Lock

from lineshaft.clock import SECOND_US, Clock, monotonic_clock
from lineshaft.sealing import Seal, SealError
from lineshaft.settings import SettingsError
from lineshaft.store import contacts
from lineshaft.store.database import Connection, ConnectionLost
from stream.notify.base import DeliveryError, GoneError

KEEP_S = 5.0
"""How long what was read is believed: a change counts soon, and a storm asks once."""


@dataclass(slots=True)
class Book:
    """Asked by several lanes at the same time."""

    connect: Callable[[], Connection]
    seal: Callable[[], Seal]
    clock: Clock = monotonic_clock
    _lock: Lock = field(default_factory=Lock)
    _read_us: int = -(1 << 62)
    _sealed: dict[str, bytes] = field(default_factory=dict)
    _allowed: tuple[str, ...] = ()

    def address(self, key: str) -> dict[str, str]:
        """What a contact's channel needs to reach it.

        Raises:
            GoneError: there is no such contact any more, or it cannot be opened.
            DeliveryError: the database is away, or there is no key.
        """
        self._look()
        sealed = self._sealed.get(key)
        if sealed is None:
            raise GoneError(f"contact {key} was removed")
        try:
            return self.seal().open(sealed)
        except SealError as error:
            raise GoneError(f"contact {key}: {error}") from error
        except SettingsError as error:
            raise DeliveryError(f"addresses cannot be opened: {error}") from error

    @property
    def allowed(self) -> tuple[str, ...]:
        """What an administrator allowed to be reached inside."""
        self._look()
        return self._allowed

    def _look(self) -> None:
        with self._lock:
            if self.clock() - self._read_us < KEEP_S * SECOND_US:
                return
            try:
                with self.connect() as conn:
                    self._sealed, self._allowed = contacts.sealed(conn), contacts.allowed(conn)
            except ConnectionLost as error:
                raise DeliveryError("the database is away") from error
            self._read_us = self.clock()
