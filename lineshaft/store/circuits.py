"""Targets of messages that do not answer, as the notifier last saw them."""

from typing import NamedTuple

from lineshaft.clock import to_datetime
from lineshaft.store.database import Connection


class Broken(NamedTuple):
    """A target that does not answer."""

    channel: str
    target: str
    failures: int
    opened_us: int
    probe_us: int
    """When it is asked again."""
    why: str


def keep_circuit(conn: Connection, channel: str, target: str, broken: Broken | None) -> None:
    """Write down that a target does not answer, or that it does again; commits."""
    if broken is None:
        conn.execute("DELETE FROM delivery_circuit WHERE channel = %s AND target = %s", (channel, target))
    else:
        conn.execute(
            "INSERT INTO delivery_circuit (channel, target, failures, opened, probe, why)"
            " VALUES (%s, %s, %s, %s, %s, %s) ON CONFLICT (channel, target) DO UPDATE SET"
            " failures = excluded.failures, opened = excluded.opened, probe = excluded.probe,"
            " why = excluded.why",
            (
                channel,
                target,
                broken.failures,
                to_datetime(broken.opened_us),
                to_datetime(broken.probe_us),
                broken.why,
            ),
        )
    conn.commit()


def forget_all(conn: Connection) -> None:
    """Forget what an earlier process saw: this one finds out by itself; commits."""
    conn.execute("DELETE FROM delivery_circuit")
    conn.commit()
