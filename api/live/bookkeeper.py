"""Looks into the books for those who ask often: probes and scrapers."""

from dataclasses import dataclass

from lineshaft.clock import SECOND_US, Clock, monotonic_clock
from lineshaft.store import accounting
from lineshaft.store.accounting import Books
from lineshaft.store.database import AsyncConnection

FRESH_US = 5 * SECOND_US


@dataclass(slots=True)
class Bookkeeper:
    """Remembers the books for some seconds."""

    monotonic: Clock = monotonic_clock
    _books: Books | None = None
    _looked_us: int = 0

    async def look(self, conn: AsyncConnection) -> Books:
        """The books as of the last seconds."""
        now_us = self.monotonic()
        if self._books is None or now_us - self._looked_us > FRESH_US:
            self._books, self._looked_us = await accounting.books_async(conn), now_us
        return self._books
