"""Keeps the tables going: partitions ahead of the data, rollups behind it, and an end for what is old.

On TimescaleDB the series look after themselves by policies, which are only told their spans. Everything here
may be cut off at any point and done again: each step is one transaction and finds out what is left to do.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from lineshaft.clock import SECOND_US, to_datetime
from lineshaft.store.database import Connection

SERIES: Final = ("reading", "reading_text", "score", "rfid_read", "fix")
DAYS_AHEAD: Final = 3
ROLLUP_POSITIONS: Final = 20_000
"""Journal positions rolled up in one transaction: at 100 readings a message, some seconds' work."""
DAY_US: Final = 86_400 * SECOND_US


@dataclass(slots=True, frozen=True)
class Keep:
    """How long things are kept. Hourly rollups, alarms, moves and the audit are kept for ever."""

    series_days: int = 30
    minutes_days: int = 365
    journal_days: int = 7
    journal_bytes: int = 20 << 30
    dead_letter_days: int = 90
    login_failure_days: int = 30
    notification_days: int = 90


def make_partitions(conn: Connection, now_us: int, keep: Keep) -> int:
    """Make the daily partitions of days to come, and of kept days whose rows came unforeseen; commits each.

    Returns:
        How many were made.
    """
    today = to_datetime(now_us).date()
    last, first_kept = today + timedelta(DAYS_AHEAD), _first_kept(now_us, keep.series_days)
    made = 0
    for series in SERIES:
        found = conn.execute("SELECT series_default_days(%s, %s, %s)", (series, first_kept, last)).fetchall()
        wanted = {today + timedelta(n) for n in range(-1, DAYS_AHEAD + 1)} | {day for (day,) in found}
        for day in sorted(wanted):
            row = conn.execute("SELECT series_make_partitions(%s, %s, %s)", (series, day, day)).fetchone()
            conn.commit()
            made += row[0] if row else 0
    return made


def roll_up(conn: Connection) -> int:
    """Add the readings that came since the last time to the rollups, however old they are; commits.

    The position up to which this is done moves in the same transaction, so nothing is added twice. Readings
    of bad or stale quality stay out.

    Returns:
        How many journal positions were covered; 0 when there is nothing to do.
    """
    row = conn.execute(
        "SELECT pos, (SELECT CASE WHEN count(*) = 16 THEN min(pos) ELSE 0 END FROM sink_position"
        " WHERE sink = 'shard') FROM rollup_position FOR UPDATE"
    ).fetchone()
    last, committed = row or (0, 0)
    upto = min(committed, last + ROLLUP_POSITIONS)
    if upto > last:
        conn.execute("SELECT series_summarize()")
        conn.execute(
            "WITH fresh AS ("
            "  SELECT signal_id, date_bin('1 minute', ts, '2000-01-01 00:00:00+00') AS bucket, count(*) AS n,"
            "         sum(value) AS total, min(value) AS low, max(value) AS high"
            "  FROM reading WHERE pos > %s AND pos <= %s AND quality < 2 GROUP BY 1, 2"
            "), minutes AS ("
            "  INSERT INTO reading_1m AS old (bucket, signal_id, n, total, low, high)"
            "  SELECT bucket, signal_id, n, total, low, high FROM fresh"
            "  ON CONFLICT (signal_id, bucket) DO UPDATE SET n = old.n + excluded.n,"
            "  total = old.total + excluded.total, low = least(old.low, excluded.low),"
            "  high = greatest(old.high, excluded.high)"
            ") INSERT INTO reading_1h AS old (bucket, signal_id, n, total, low, high)"
            "  SELECT date_bin('1 hour', bucket, '2000-01-01 00:00:00+00'), signal_id, sum(n), sum(total),"
            "         min(low), max(high) FROM fresh GROUP BY 1, 2"
            "  ON CONFLICT (signal_id, bucket) DO UPDATE SET n = old.n + excluded.n,"
            "  total = old.total + excluded.total, low = least(old.low, excluded.low),"
            "  high = greatest(old.high, excluded.high)",
            (last, upto),
        )
        conn.execute("UPDATE rollup_position SET pos = %s", (upto,))
    conn.commit()
    return int(max(0, upto - last))


def drop_series(conn: Connection, now_us: int, keep: Keep) -> int:
    """Drop the days of the series that are no longer kept; commits each. Gives the partitions dropped."""
    dropped = 0
    for series in SERIES:
        row = conn.execute(
            "SELECT series_drop_before(%s, %s)", (series, _first_kept(now_us, keep.series_days))
        ).fetchone()
        conn.commit()
        dropped += row[0] if row else 0
    conn.execute("DELETE FROM reading_1m WHERE bucket < %s", (_first_kept(now_us, keep.minutes_days),))
    conn.commit()
    return dropped


def set_policies(conn: Connection, keep: Keep) -> int:
    """Tell TimescaleDB's policies their spans; commits. Gives how many had another one before."""
    spans = {**dict.fromkeys(SERIES, keep.series_days), "reading_1m": keep.minutes_days}
    row = conn.execute(
        "SELECT count(*) FILTER (WHERE series_keep(series, days))"
        " FROM unnest(%s::text[], %s::int[]) AS span (series, days)",
        (list(spans), list(spans.values())),
    ).fetchone()
    conn.commit()
    return row[0] if row else 0


def settle_series(conn: Connection) -> int:
    """Put readings in order that went into TimescaleDB's columnstore as they came; commits.

    Returns:
        How many chunks were put in order: one, or 0 when there is nothing left to do.
    """
    row = conn.execute("SELECT series_settle()").fetchone()
    conn.commit()
    return row[0] if row else 0


def drop_journal(conn: Connection, now_us: int, keep: Keep) -> int:
    """Drop journal partitions that are too old or too much, but none that a sink has yet to read; commits.

    Returns:
        How many were dropped.
    """
    partitions = conn.execute("SELECT first_pos, end_pos, bytes FROM journal_partitions()").fetchall()
    excess = sum(size for _, _, size in partitions) - keep.journal_bytes
    too_old = to_datetime(now_us - keep.journal_days * DAY_US)
    below = 0
    for first, end, size in partitions:
        newest = conn.execute(
            "SELECT received FROM journal WHERE pos >= %s AND pos < %s ORDER BY pos DESC LIMIT 1",
            (first, end),
        ).fetchone()
        if newest is None or not (newest[0] < too_old or excess > 0):
            break
        below, excess = end, excess - size
    row = conn.execute("SELECT journal_drop_partitions(%s)", (below,)).fetchone()
    conn.commit()
    return row[0] if row else 0


def clear(conn: Connection, now_us: int, keep: Keep) -> int:
    """Delete rows that have served: ended sessions, old failures, letters, messages, facts; commits.

    Returns:
        How many rows were deleted.
    """
    statements = (
        ("DELETE FROM session WHERE expires < %s", to_datetime(now_us)),
        ("DELETE FROM login_failure WHERE at < %s", _first_kept(now_us, keep.login_failure_days)),
        ("DELETE FROM dead_letter WHERE received < %s", _first_kept(now_us, keep.dead_letter_days)),
        ("DELETE FROM eta WHERE ts < %s", _first_kept(now_us, keep.series_days)),
        (
            # What nobody could take for so long is no news any more.
            "DELETE FROM notification WHERE coalesce(delivered, dead, created) < %s",
            _first_kept(now_us, keep.notification_days),
        ),
        ("DELETE FROM inbox WHERE at < %s", _first_kept(now_us, keep.notification_days)),
        # The plant flow reads facts again from its position only.
        (
            "DELETE FROM fact USING sink_position s WHERE sink = 'plant' AND fact.pos <= s.pos AND ts < %s",
            _first_kept(now_us, keep.journal_days),
        ),
    )
    deleted = 0
    for statement, before in statements:
        deleted += conn.execute(statement, (before,)).rowcount
        conn.commit()
    return deleted


def _first_kept(now_us: int, days: int) -> date:
    return to_datetime(now_us - days * DAY_US).date()
