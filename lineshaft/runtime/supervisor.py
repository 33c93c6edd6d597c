"""Starts everything in order, keeps it running, and stops it in the opposite order."""

import asyncio
import contextlib
import logging
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from lineshaft.clock import Clock
from lineshaft.runtime import state
from lineshaft.runtime.keeper import Keeper
from lineshaft.runtime.services import Spec

HOPELESS = 5
"""A service that was restarted so often before it was ever ready will not be: better say so than wait."""

log = logging.getLogger(__name__)


class Supervisor:
    """The services of one data folder.

    Services are started in groups (database and broker before what needs them) and stopped group by group
    from the last. All waiting ends when `stopping` is set.
    """

    def __init__(self, data_dir: Path, facts: dict[str, Any], clock: Clock) -> None:
        """Args: facts: what else the state file shall tell (address, broker)."""
        self.stopping = asyncio.Event()
        self._data_dir = data_dir
        self._facts = facts
        self._clock = clock
        self._groups: list[list[Keeper]] = []
        self._tasks: list[asyncio.Task[None]] = []
        self._phase = "starting"
        self._changed = asyncio.Event()  # for the state file
        self._news = asyncio.Event()  # for who waits

    @property
    def keepers(self) -> list[Keeper]:
        """All services started so far."""
        return [keeper for group in self._groups for keeper in group]

    def start(self, specs: Sequence[Spec]) -> None:
        """Start a group of services and keep them alive from now on."""
        logs = self._data_dir / "logs"
        logs.mkdir(parents=True, exist_ok=True)
        group = [Keeper(spec, logs, self._clock, self._note) for spec in specs]
        self._groups.append(group)
        for keeper in group:
            task = asyncio.create_task(keeper.run(), name=keeper.spec.name)
            task.add_done_callback(self._complain)
            self._tasks.append(task)
        self._note()

    def halt(self) -> None:
        """Have all waiting end; `stop` then stops the services."""
        self.stopping.set()
        self._news.set()

    async def until_ready(self, within_s: float) -> list[str]:
        """Wait until all services are ready; the names of those that are not in time, or keep dying."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(within_s):
                while self._may_still_come() and not self.stopping.is_set():
                    self._news.clear()
                    await self._news.wait()
        return self._not_ready()

    def phase(self, name: str) -> None:
        """Tell the state file how far the start or stop is."""
        self._phase = name
        self._write()

    async def record(self) -> None:
        """Keep the state file up to date; runs until cancelled."""
        while True:
            await self._changed.wait()
            self._changed.clear()
            self._write()
            await asyncio.sleep(0.1)  # several changes at once are one write

    async def stop(self) -> None:
        """Stop all services, the last group first."""
        self.stopping.set()
        self.phase("stopping")
        for group in reversed(self._groups):
            await asyncio.gather(*(keeper.stop() for keeper in group))
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self.phase("stopped")

    def _may_still_come(self) -> bool:
        waited_for = [keeper.standing for keeper in self.keepers if not keeper.standing.ready]
        return any(standing.restarts < HOPELESS for standing in waited_for)

    def _not_ready(self) -> list[str]:
        return [keeper.spec.name for keeper in self.keepers if not keeper.standing.ready]

    def _note(self) -> None:
        self._changed.set()
        self._news.set()

    def _complain(self, task: asyncio.Task[None]) -> None:
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("keeping %s failed", task.get_name(), exc_info=error)
            self.halt()  # a supervisor that no longer watches must not pretend to

    def _write(self) -> None:
        services = [keeper.standing.row() for keeper in self.keepers]
        state.write(self._data_dir, self._facts | {"phase": self._phase, "services": services})
