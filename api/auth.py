"""Who is asking: logging in, and knowing a person again by their cookie."""

import asyncio
import re
import secrets
from dataclasses import dataclass, field
from typing import Final

from api.settings import ApiSettings
from lineshaft import passwords
from lineshaft.clock import SECOND_US, Clock
from lineshaft.store import audit, people, sessions
from lineshaft.store.database import ConnectionLost, Pool
from lineshaft.store.sessions import Principal

LOGIN = re.compile(r"[a-z0-9][a-z0-9_.@-]{0,63}")

FREE_FAILURES: Final = 5
"""Wrong passwords before an account has to wait."""
FREE_FAILURES_PEER: Final = 20
"""The same of an address: a whole shop floor may share one."""
SHORTEST_WAIT_S: Final = 60
LONGEST_WAIT_S: Final = 15 * 60
"""Never a lock for good: that would be a way to lock others out."""

TRUSTED_S: Final = 2
"""A session that was just looked up is taken as it is: a page comes in some thirty requests."""


class RefusedError(Exception):
    """The login or the password is wrong; which of them, nobody is told."""


class ThrottledError(Exception):
    """Too many wrong passwords."""

    def __init__(self, wait_s: int) -> None:
        super().__init__(f"too many wrong passwords: wait {wait_s} s")
        self.wait_s = wait_s


def wait_s(failures: people.Failures, free: int, now_us: int) -> int:
    """Seconds until the next try is looked at: none for the first ones, then doubling from 1 to 15 min.

    >>> [wait_s(people.Failures(n, 0), 5, 0) for n in (4, 5, 6, 7, 8, 9, 20)]
    [0, 60, 120, 240, 480, 900, 900]
    """
    if failures.count < free or failures.last is None:
        return 0
    delay_s = min(LONGEST_WAIT_S, SHORTEST_WAIT_S << min(failures.count - free, 10))
    passed_s = (now_us - failures.last * 1000) // SECOND_US
    return max(0, delay_s - passed_s)


@dataclass(slots=True)
class Door:
    """Lets people in and knows them again; one a web process."""

    pool: Pool
    settings: ApiSettings
    clock: Clock
    _known: dict[str, tuple[int, Principal]] = field(default_factory=dict)
    """Token → when it was last looked up, and whose it is."""
    _lost_us: int = 0
    """When the database was last found away: not every request has to wait to find out again."""
    _verifying: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(2))
    """Hashing takes memory and a core: more at once would make logging in a way to stop the server."""

    async def log_in(self, login: str, password: str, peer: str) -> str:
        """The token of a new session.

        Raises:
            RefusedError: login and password do not belong together.
            ThrottledError: there were too many failures of late.
            ConnectionLost: nobody can be looked up.
        """
        now_us = self.clock()
        # A login that cannot exist is treated like one that does not.
        login = login if LOGIN.fullmatch(login) else "?"
        await self._book_try(login, peer, now_us)
        async with self.pool.connection() as conn:
            person = await people.find(conn, login)
        stored = person.password if person and not person.disabled else passwords.nobodys()
        async with self._verifying:
            right = await asyncio.to_thread(passwords.matches, stored, password)
        if not right or person is None or person.disabled:
            async with self.pool.connection() as conn:
                await audit.append(
                    conn, audit.Deed(by="?", peer=peer, action="login.refused", object=login), now_us
                )
            raise RefusedError("login or password is wrong")
        fresh = (
            await asyncio.to_thread(passwords.rehashed, password) if passwords.is_outdated(stored) else None
        )
        token = secrets.token_urlsafe(32)
        async with self.pool.connection() as conn:
            if fresh:
                await people.rehash(conn, login, fresh)
            await people.forgive(conn, login, peer)
            ends_us = now_us + round(self.settings.longest_s * SECOND_US)
            await sessions.begin(conn, token, login, peer, (now_us, ends_us))
            await audit.append(conn, audit.Deed(by=login, peer=peer, action="login", object=login), now_us)
        return token

    async def _book_try(self, login: str, peer: str, now_us: int) -> None:
        """Book the try as failed before looking, so that many at once all count; a good one is forgiven."""
        since_us = now_us - 2 * LONGEST_WAIT_S * SECOND_US
        async with self.pool.connection() as conn:
            of_account, of_peer = await people.failures(conn, login, peer, since_us)
            waiting = max(
                wait_s(of_account, FREE_FAILURES, now_us), wait_s(of_peer, FREE_FAILURES_PEER, now_us)
            )
            if waiting:
                raise ThrottledError(waiting)
            await people.note_failure(conn, login, peer, now_us)

    async def principal(self, token: str) -> Principal | None:
        """Whose session a token is; None where it is over.

        While the database is away, who was known keeps being known for as long as a session may be idle:
        a wall display goes on showing what was last true, and how old it is.

        Raises:
            ConnectionLost: the database is away and the token was not seen before.
        """
        now_us = self.clock()
        seen_us, known = self._known.get(token, (0, None))
        if known and min(now_us - seen_us, now_us - self._lost_us) < TRUSTED_S * SECOND_US:
            return known
        try:
            async with self.pool.connection(timeout=2) as conn:
                found = await sessions.find(conn, token, now_us, self.settings.idle_s)
        except ConnectionLost:
            self._lost_us = now_us
            if known and now_us - seen_us < self.settings.idle_s * SECOND_US:
                return known
            raise
        self._remember(token, found, now_us)
        return found

    async def is_open(self, token: str) -> bool:
        """Whether a session goes on, without that being a use of it; while nobody can tell, it does."""
        try:
            async with self.pool.connection(timeout=2) as conn:
                return await sessions.is_open(conn, token, self.clock(), self.settings.idle_s)
        except ConnectionLost:
            return True

    async def log_out(self, token: str, who: Principal, peer: str) -> None:
        """End a session; it is over everywhere at once."""
        self._known.pop(token, None)
        async with self.pool.connection() as conn:
            await sessions.end(conn, token)
            deed = audit.Deed(by=who.login, peer=peer, action="logout", object=who.login)
            await audit.append(conn, deed, self.clock())

    def forget(self, token: str) -> None:
        """Look a session up again at its next request: something about its person changed."""
        self._known.pop(token, None)

    def _remember(self, token: str, found: Principal | None, now_us: int) -> None:
        self._known.pop(token, None)
        if found:
            self._known[token] = (now_us, found)
        while len(self._known) > 1000:  # people come and go for months
            self._known.pop(next(iter(self._known)))
