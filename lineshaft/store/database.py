"""Connections to PostgreSQL: the only place that opens one.

Every connection of the product has the same session: UTC, the schema first on the search path, a
statement time-out, and the service's group role, so that a service can do its job and no more. Statements are
short and are not compiled: of those that a server thinks worth it, compiling takes longer than it saves.
"""

from collections.abc import Iterator
from typing import Any, Final, Literal

import psycopg
from psycopg import sql
from psycopg.rows import TupleRow
from psycopg_pool import AsyncConnectionPool

Connection = psycopg.Connection[TupleRow]
AsyncConnection = psycopg.AsyncConnection[TupleRow]
Cursor = psycopg.Cursor[TupleRow]
Pool = AsyncConnectionPool[AsyncConnection]
Flavour = Literal["timescaledb", "plain"]

ConnectionLost: Final = (
    psycopg.OperationalError,
    psycopg.InterfaceError,
    psycopg.errors.IdleInTransactionSessionTimeout,
)
"""What means: wait, connect again, and do the same once more. Nothing was committed, or nobody knows."""

RowError: Final = (psycopg.DataError, psycopg.IntegrityError)
"""What means: these rows will never go in; set them aside with their reason."""

Unsupported: Final = psycopg.NotSupportedError
"""What means: this server cannot do that at all; do it in another way."""

ValueRefused: Final = psycopg.DataError
"""A value in the rows is of no form the database takes: a `RowError` that is surely a row's own fault."""

STATEMENT_TIMEOUT_S = 30
IDLE_TIMEOUT_S = 10
"""A process that is frozen inside a transaction would hold the journal's lock against all others."""

_LINK: Final[dict[str, Any]] = {
    "connect_timeout": 5,
    # A host that vanished without a word is noticed in 10 s of unanswered bytes, or 25 s of silence.
    "tcp_user_timeout": 10_000,
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
}

_SESSION = """
    SELECT set_config('timezone', 'UTC', false),
           set_config('search_path', quote_ident(%(schema)s) || ', public', false),
           set_config('statement_timeout', %(timeout_ms)s, false),
           set_config('idle_in_transaction_session_timeout', %(idle_ms)s, false),
           set_config('jit', 'off', false),
           set_config('role', %(role)s, false)
"""


def connect(
    url: str, *, role: str = "", schema: str = "lineshaft", application: str = "", timeout_s: float = -1
) -> Connection:
    """Open a connection with the product's session settings; not autocommit.

    Args:
        url: `postgresql://user:pass@host:port/db`.
        role: the group role to take on; empty keeps the login's own rights.
        schema: where the product's tables are.
        application: the name operators see in pg_stat_activity.
        timeout_s: of a statement; 0 means none, the default is `STATEMENT_TIMEOUT_S`.

    Raises:
        ConnectionLost: the server does not answer, or not yet.
    """
    conn = psycopg.connect(url, application_name=application or "lineshaft", **_LINK)
    try:
        conn.execute(_SESSION, _session(role, schema, timeout_s))
        conn.commit()
    except BaseException:
        conn.close()
        raise
    return conn


async def connect_async(
    url: str, *, role: str = "", schema: str = "lineshaft", application: str = "", timeout_s: float = -1
) -> AsyncConnection:
    """The twin of `connect` for the web process."""
    conn = await psycopg.AsyncConnection.connect(url, application_name=application or "lineshaft", **_LINK)
    try:
        await conn.execute(_SESSION, _session(role, schema, timeout_s))
        await conn.commit()
    except BaseException:
        await conn.close()
        raise
    return conn


RECONNECT_S = 4.0
"""A pool doubles its pauses until it gives up after this time, and begins anew when somebody asks. With the
library's 5 minutes the screens would stay away for minutes after the database is back."""


def pool(
    url: str, *, role: str = "", schema: str = "lineshaft", application: str = "", size: int = 8
) -> Pool:
    """Connections for a web process, not opened yet: `await pool.open()` inside its event loop.

    The pool keeps trying while the database is away; who asks meanwhile gets `psycopg_pool.PoolTimeout`,
    which is a `ConnectionLost`, after 5 s.
    """

    async def configure(conn: AsyncConnection) -> None:
        await conn.execute(_SESSION, _session(role, schema, -1))
        await conn.commit()

    return AsyncConnectionPool(
        url,
        kwargs={"application_name": application or "lineshaft", **_LINK},
        min_size=1,
        max_size=size,
        timeout=5,
        reconnect_timeout=RECONNECT_S,
        configure=configure,
        check=AsyncConnectionPool.check_connection,
        open=False,
    )


def flavour(conn: Connection) -> Flavour:
    """The flavour this database's schema was migrated to."""
    row = conn.execute("SELECT flavour FROM migration WHERE flavour <> '' ORDER BY number LIMIT 1").fetchone()
    return "timescaledb" if row and row[0] == "timescaledb" else "plain"


def listen(conn: Connection, channels: tuple[str, ...], timeout_s: float) -> Iterator[tuple[str, str]]:
    """Notifications of the channels as (channel, text), until `timeout_s` passed without the caller stopping.

    Ends an open transaction: a session hears nothing inside one. Asking to listen again is harmless, so
    the caller may loop over `listen` itself.
    """
    for channel in channels:
        conn.execute(sql.SQL("LISTEN {}").format(sql.Identifier(channel)))
    conn.commit()
    for notice in conn.notifies(timeout=timeout_s):
        yield notice.channel, notice.payload


def _session(role: str, schema: str, timeout_s: float) -> dict[str, Any]:
    seconds = STATEMENT_TIMEOUT_S if timeout_s < 0 else timeout_s
    return {
        "role": role or "none",
        "schema": schema,
        "timeout_ms": str(int(seconds * 1000)),
        "idle_ms": str(IDLE_TIMEOUT_S * 1000) if seconds else "0",
    }
