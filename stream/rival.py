"""Two ingests at once: the one that started later works, the other stands aside and waits for its end.

A broker lets one client have a session: whoever connects throws the other out, and two that do not know of
one another would do so for ever. Each says in the database that it is alive. So who lost its connection looks
there before it comes again. A process that was frozen and wakes up, or was forgotten on another machine, thus
gives way; if the later one falls silent, it goes on itself.

This keeps the peace; that nothing is lost or doubled meanwhile is the cursors' doing.
"""

from dataclasses import dataclass

import structlog

from lineshaft.clock import Clock
from lineshaft.store import beats
from lineshaft.store.database import ConnectionLost, connect
from stream.settings import StreamSettings

_log = structlog.get_logger(__name__)


@dataclass(slots=True)
class Rival:
    """What is known of another ingest."""

    settings: StreamSettings
    started_us: int
    clock: Clock
    is_at_work: bool = False
    """Whether one that started later was at work at the last look."""

    def may_work(self) -> bool:
        """Look, on a connection of its own; without a database nobody can be seen, nor disturbed."""
        try:
            with connect(
                self.settings.database_url,
                role=self.settings.database_role,
                schema=self.settings.database_schema,
                application="lineshaft ingest looks",
            ) as conn:
                found = beats.is_superseded(conn, "ingest", self.started_us, self.clock())
        except ConnectionLost:
            found = False
        if found != self.is_at_work:
            _log.warning(
                "another ingest is at work; standing aside" if found else "no other ingest is at work"
            )
        self.is_at_work = found
        return not found
