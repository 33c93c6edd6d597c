"""The books: what came in equals what was kept, repeated, refused or under way. Exactly, or it is a fault.

Ingest counts in the journal's transaction, the flow in its sinks'. Each count has a witness that was not
made by adding up the same thing:

- journaled messages: the positions the journal gave, less its control rows;
- messages that moved a cursor: the seqs up to the cursors, less those booked as lost;
- messages the flow decoded or rejected: the journaled ones, less the rows above each shard's position.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from lineshaft.store.database import AsyncConnection, Connection


class Count(NamedTuple):
    """What ingest counts by; site and agent are empty where the topic does not tell them."""

    site: str
    agent: str
    result: str
    """journaled, duplicate, ahead or refused."""
    code: str = ""
    """The reject code of what was refused."""


class Tally(NamedTuple):
    """How many messages, and how many of them moved a cursor by one."""

    messages: int
    sequenced: int


@dataclass(slots=True, frozen=True)
class Books:
    """The state of the books in one snapshot of the database; the fields are those of the API."""

    balanced: bool
    faults: list[str]
    """One sentence for each identity that does not hold."""
    messages: dict[str, int]
    """received, journaled, duplicate, ahead, refused."""
    readings: dict[str, int]
    """decoded, stored, duplicate_same, duplicate_conflict, rejected, dropped."""
    in_flight: dict[str, int]
    """messages: journaled, not yet in the results; positions: from the slowest shard to the head."""
    gaps: list[dict[str, Any]]
    """Messages booked as lost: site, agent, boot, lane, first_seq, last_seq, cause, booked (epoch ms)."""
    agents: list[dict[str, Any]]
    """site, agent, journaled, duplicate, ahead, refused, lost, seen (epoch ms)."""


COUNTED_LAG: Final = 2_000_000
"""Rows under way are counted one by one up to this lag; beyond it a count would cost more than it tells."""

# One statement, so that all of it is one snapshot.
_BOOKS: Final = """
    WITH counted AS (
        SELECT coalesce(sum(messages) FILTER (WHERE result = 'journaled'), 0)::bigint AS journaled,
               coalesce(sum(messages) FILTER (WHERE result = 'duplicate'), 0)::bigint AS duplicate,
               coalesce(sum(messages) FILTER (WHERE result = 'ahead'), 0)::bigint AS ahead,
               coalesce(sum(messages) FILTER (WHERE result = 'refused'), 0)::bigint AS refused,
               coalesce(sum(sequenced), 0)::bigint AS sequenced
        FROM ingest_count
    ), lanes AS (
        SELECT coalesce(sum(seq), 0)::bigint AS seqs,
               (SELECT coalesce(sum(last_seq - first_seq + 1), 0)::bigint FROM gap) AS lost
        FROM cursor
    ), flow AS (
        SELECT coalesce(sum(messages) FILTER (WHERE result IN ('stored', 'rejected')), 0)::bigint AS messages
        FROM flow_count
    ), readings AS (
        SELECT coalesce(sum(readings) FILTER (WHERE result = 'stored'), 0)::bigint AS stored,
               coalesce(sum(readings) FILTER (WHERE result = 'duplicate_same'), 0)::bigint AS duplicate_same,
               coalesce(sum(readings) FILTER (WHERE result = 'duplicate_conflict'), 0)::bigint
                   AS duplicate_conflict,
               coalesce(sum(readings) FILTER (WHERE result = 'rejected'), 0)::bigint AS rejected,
               coalesce(sum(readings) FILTER (WHERE result = 'dropped'), 0)::bigint AS dropped
        FROM flow_count
    ), shards AS (
        SELECT n AS shard, coalesce(s.pos, 0) AS pos
        FROM generate_series(0, 15) AS n LEFT JOIN sink_position s ON s.shard = n AND s.sink = 'shard'
    ), slowest AS (
        SELECT min(pos) AS pos FROM shards
    ), agents AS (
        SELECT site, agent,
               sum(messages) FILTER (WHERE result = 'journaled') AS journaled,
               sum(messages) FILTER (WHERE result = 'duplicate') AS duplicate,
               sum(messages) FILTER (WHERE result = 'ahead') AS ahead,
               sum(messages) FILTER (WHERE result = 'refused') AS refused,
               (SELECT sum(last_seq - first_seq + 1) FROM gap
                WHERE (gap.site, gap.agent) = (c.site, c.agent)) AS lost,
               (SELECT max(updated) FROM cursor WHERE (cursor.site, cursor.agent) = (c.site, c.agent)) AS seen
        FROM ingest_count c GROUP BY site, agent
    )
    SELECT json_build_object(
        'counted', (SELECT row_to_json(counted) FROM counted),
        'lanes', (SELECT row_to_json(lanes) FROM lanes),
        'done', (SELECT messages FROM flow),
        'readings', (SELECT row_to_json(readings) FROM readings),
        'pos', head.pos, 'control', head.control, 'slowest', slowest.pos,
        'under_way', CASE WHEN head.pos - slowest.pos <= %(counted_lag)s THEN (
            SELECT count(*) FROM journal JOIN shards USING (shard)
            WHERE journal.pos > slowest.pos AND journal.pos > shards.pos
        ) END,
        'gaps', (SELECT coalesce(json_agg(json_build_object(
            'site', site, 'agent', agent, 'boot', boot, 'lane', lane,
            'first_seq', first_seq, 'last_seq', last_seq, 'cause', cause,
            'booked', (extract(epoch FROM booked) * 1000)::bigint) ORDER BY booked DESC), '[]')
            FROM (SELECT * FROM gap ORDER BY booked DESC LIMIT 100) AS newest),
        'agents', (SELECT coalesce(json_agg(json_build_object(
            'site', site, 'agent', agent,
            'journaled', coalesce(journaled, 0), 'duplicate', coalesce(duplicate, 0),
            'ahead', coalesce(ahead, 0), 'refused', coalesce(refused, 0), 'lost', coalesce(lost, 0),
            'seen', (extract(epoch FROM seen) * 1000)::bigint) ORDER BY site, agent), '[]') FROM agents)
    ) FROM journal_head AS head, slowest
"""


def count_messages(conn: Connection, counts: Mapping[Count, Tally]) -> None:
    """Add to ingest's books, in the caller's transaction."""
    if counts:
        rows = sorted((*key, *tally) for key, tally in counts.items())  # always one order: no deadlocks
        conn.execute(
            "INSERT INTO ingest_count (site, agent, result, code, messages, sequenced)"
            " SELECT * FROM"
            " unnest(%s::text[], %s::text[], %s::text[], %s::text[], %s::bigint[], %s::bigint[])"
            " ON CONFLICT (site, agent, result, code)"
            " DO UPDATE SET messages = ingest_count.messages + excluded.messages,"
            " sequenced = ingest_count.sequenced + excluded.sequenced",
            list(map(list, zip(*rows, strict=True))),
        )


def books(conn: Connection) -> Books:
    """The books as they stand."""
    row = conn.execute(_BOOKS, {"counted_lag": COUNTED_LAG}).fetchone()
    return _judge(row[0] if row else {})


async def books_async(conn: AsyncConnection) -> Books:
    """The twin of `books` for the web process."""
    row = await (await conn.execute(_BOOKS, {"counted_lag": COUNTED_LAG})).fetchone()
    return _judge(row[0] if row else {})


def _judge(found: dict[str, Any]) -> Books:
    counted, lanes, in_results = found["counted"], found["lanes"], found["done"]
    journaled, sequenced = counted["journaled"], counted.pop("sequenced")
    under_way = found["under_way"]
    if under_way is None:
        under_way = journaled - in_results
    faults = []
    if found["pos"] - found["control"] != journaled:
        faults.append(
            f"the journal holds {found['pos'] - found['control']} messages, counted were {journaled}"
        )
    if lanes["seqs"] - lanes["lost"] != sequenced:
        faults.append(
            f"cursors stand at {lanes['seqs']} messages with {lanes['lost']} lost, counted were {sequenced}"
        )
    if in_results + under_way != journaled:
        faults.append(f"of {journaled} journaled messages {in_results} are done and {under_way} under way")
    return Books(
        balanced=not faults,
        faults=faults,
        messages={"received": sum(counted.values()), **counted},
        readings={"decoded": sum(found["readings"].values()), **found["readings"]},
        in_flight={"messages": under_way, "positions": found["pos"] - found["slowest"]},
        gaps=found["gaps"],
        agents=found["agents"],
    )
