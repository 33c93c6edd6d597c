"""The books: what came in equals what was kept, repeated, refused or under way. Exactly, or it is a fault.

Ingest counts in the journal's transaction, the flow in its sinks'. Each count has a witness that was not
made by adding up the same thing:

- journaled messages: the positions the journal gave, less its control rows;
- messages that moved a cursor: the seqs up to the cursors, less those booked as lost;
- messages the flow decoded or rejected: the journaled ones, less the rows above each shard's position;
- readings by what became of them: those that decoding gave.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from lineshaft.store import arrays
from lineshaft.store.account_rows import AgentRow, ClassRow, GapRow, LossRow, SampleRow
from lineshaft.store.database import AsyncConnection, Connection
from lineshaft.store.rows import fetch


class Count(NamedTuple):
    """What ingest counts by; site and agent are empty where the topic does not tell them."""

    site: str
    agent: str
    result: str
    """journaled, duplicate, ahead, refused or replayed."""
    code: str = ""
    """The reject code of what was refused."""


class Tally(NamedTuple):
    """How many messages, and how many of them moved a cursor by one."""

    messages: int
    sequenced: int


@dataclass(slots=True, frozen=True)
class LaneRow:
    """One queue of an agent's outbox file: up to `seq` all is accounted for, `lost` of it as lost."""

    site: str
    agent: str
    boot: str
    lane: int
    seq: int
    lost: int
    gaps: int
    updated: int
    """Epoch milliseconds."""


@dataclass(slots=True, frozen=True)
class Books:
    """The state of the books in one snapshot of the database; the fields are those of the API."""

    ts: int
    """Of the snapshot, epoch milliseconds."""
    balanced: bool
    faults: list[str]
    """One sentence for each identity that does not hold."""
    messages: dict[str, int]
    """received = journaled + duplicate + ahead + refused; and replayed, which were received once before."""
    readings: dict[str, int]
    """decoded = stored + duplicate_same + duplicate_conflict + rejected + dropped."""
    done: dict[str, int]
    """Messages the flow is through with: decoded, dead_lettered; with those under way all of the journal."""
    in_flight: dict[str, int]
    """messages: journaled, not yet in the results; positions: from the slowest shard to the head."""
    classes: list[ClassRow]
    samples: list[SampleRow]
    lost: list[LossRow]
    gaps: list[GapRow]
    """The newest hundred."""
    agents: list[AgentRow]
    """Those with something to tell first; two hundred at most."""
    agents_total: int


COUNTED_LAG: Final = 20_000
"""Rows under way are counted one by one up to this lag, in some milliseconds; beyond it they are what is left
over of the books, and only bounded by the positions."""

# One statement, so that all of it is one snapshot. Only counters, cursors and positions are read, and of the
# journal at most `counted_lag` rows.
_BOOKS: Final = """
    WITH counted AS (
        SELECT coalesce(sum(messages) FILTER (WHERE result = 'journaled'), 0)::bigint AS journaled,
               coalesce(sum(messages) FILTER (WHERE result = 'duplicate'), 0)::bigint AS duplicate,
               coalesce(sum(messages) FILTER (WHERE result = 'ahead'), 0)::bigint AS ahead,
               coalesce(sum(messages) FILTER (WHERE result = 'refused'), 0)::bigint AS refused,
               coalesce(sum(messages) FILTER (WHERE result = 'replayed'), 0)::bigint AS replayed
        FROM ingest_count
    ), flow AS (
        SELECT coalesce(sum(messages) FILTER (WHERE result = 'stored'), 0)::bigint AS decoded,
               coalesce(sum(messages) FILTER (WHERE result = 'rejected'), 0)::bigint AS dead_lettered
        FROM flow_count
    ), readings AS (
        SELECT coalesce(sum(readings) FILTER (WHERE result = 'decoded'), 0)::bigint AS decoded,
               coalesce(sum(readings) FILTER (WHERE result = 'stored'), 0)::bigint AS stored,
               coalesce(sum(readings) FILTER (WHERE result = 'duplicate_same'), 0)::bigint AS duplicate_same,
               coalesce(sum(readings) FILTER (WHERE result = 'duplicate_conflict'), 0)::bigint
                   AS duplicate_conflict,
               coalesce(sum(readings) FILTER (WHERE result = 'rejected'), 0)::bigint AS rejected,
               coalesce(sum(readings) FILTER (WHERE result = 'dropped'), 0)::bigint AS dropped
        FROM flow_count
    ), classes AS (
        SELECT CASE result WHEN 'duplicate_conflict' THEN result ELSE code END AS code,
               0::bigint AS messages, sum(readings)::bigint AS readings
        FROM flow_count WHERE result IN ('duplicate_conflict', 'flagged', 'dropped') GROUP BY 1
        UNION ALL
        SELECT code, sum(messages)::bigint, 0 FROM ingest_count WHERE code = 'rate' GROUP BY 1
    ), shards AS (
        SELECT n AS shard, coalesce(s.pos, 0) AS pos
        FROM generate_series(0, 15) AS n LEFT JOIN sink_position s ON s.shard = n AND s.sink = 'shard'
    ), slowest AS (
        SELECT min(pos) AS pos FROM shards
    ), lost AS (
        SELECT site, agent, cause, sum(last_seq - first_seq + 1)::bigint AS messages, count(*) AS gaps,
               max(booked) AS booked
        FROM gap GROUP BY site, agent, cause
    ), agents AS (
        SELECT site, agent, coalesce(journaled, 0) AS journaled, coalesce(duplicate, 0) AS duplicate,
               coalesce(ahead, 0) AS ahead, coalesce(refused, 0) AS refused,
               coalesce(replayed, 0) AS replayed, coalesce(lost.messages, 0) AS lost,
               coalesce(journaled, 0) + coalesce(replayed, 0) - coalesce(done, 0) AS in_flight,
               coalesce(decoded, 0) AS readings, coalesce(stored, 0) AS stored,
               coalesce(rejected, 0) AS rejected, (d.state -> 'spool' ->> 'n')::numeric::bigint AS outbox,
               coalesce(journaled, 0) + coalesce(replayed, 0) >= coalesce(done, 0)
                   AND coalesce(decoded, 0) = coalesce(known, 0)
                   AND coalesce(seqs, 0) - coalesce(lost.messages, 0) = coalesce(sequenced, 0) AS balanced,
               seen
        FROM (SELECT site, agent,
                     sum(messages) FILTER (WHERE result = 'journaled')::bigint AS journaled,
                     sum(messages) FILTER (WHERE result = 'duplicate')::bigint AS duplicate,
                     sum(messages) FILTER (WHERE result = 'ahead')::bigint AS ahead,
                     sum(messages) FILTER (WHERE result = 'refused')::bigint AS refused,
                     sum(messages) FILTER (WHERE result = 'replayed')::bigint AS replayed,
                     sum(sequenced)::bigint AS sequenced
              FROM ingest_count GROUP BY site, agent) AS came
        FULL JOIN (SELECT site, agent,
                     sum(messages) FILTER (WHERE result IN ('stored', 'rejected'))::bigint AS done,
                     sum(readings) FILTER (WHERE result = 'decoded')::bigint AS decoded,
                     sum(readings) FILTER (WHERE result = 'stored')::bigint AS stored,
                     sum(readings) FILTER (WHERE result = 'rejected')::bigint AS rejected,
                     sum(readings) FILTER (WHERE result IN ('stored', 'duplicate_same', 'duplicate_conflict',
                                                            'rejected', 'dropped'))::bigint AS known
              FROM flow_count WHERE result <> 'control' GROUP BY site, agent) AS went USING (site, agent)
        FULL JOIN (SELECT site, agent, sum(seq)::bigint AS seqs, max(updated) AS seen
              FROM cursor GROUP BY site, agent) AS lanes USING (site, agent)
        LEFT JOIN (SELECT site, agent, sum(messages)::bigint AS messages
              FROM lost GROUP BY site, agent) AS lost USING (site, agent)
        LEFT JOIN (SELECT site, agent, state FROM device WHERE device = agent
                   AND jsonb_typeof(state -> 'spool' -> 'n') = 'number') AS d USING (site, agent)
    )
    SELECT json_build_object(
        'ts', (extract(epoch FROM statement_timestamp()) * 1000)::bigint,
        'counted', (SELECT row_to_json(counted) FROM counted),
        'done', (SELECT row_to_json(flow) FROM flow),
        'readings', (SELECT row_to_json(readings) FROM readings),
        'pos', head.pos, 'control', head.control, 'slowest', slowest.pos,
        'under_way', CASE WHEN head.pos - slowest.pos <= %(counted_lag)s THEN (
            SELECT count(*) FROM journal JOIN shards USING (shard)
            WHERE journal.pos > slowest.pos AND journal.pos > shards.pos
        ) END,
        'classes', (SELECT coalesce(json_agg(classes ORDER BY code), '[]') FROM classes
                    WHERE messages > 0 OR readings > 0),
        'samples', (SELECT coalesce(json_agg(json_build_object(
            'site', site, 'agent', agent, 'class', class, 'device', device, 'signal', signal,
            'ts', (extract(epoch FROM ts) * 1000)::bigint, 'value', value, 'earlier', earlier,
            'received', (extract(epoch FROM received) * 1000)::bigint, 'pos', pos) ORDER BY pos DESC), '[]')
            FROM (SELECT * FROM flow_sample ORDER BY pos DESC LIMIT 30) AS newest),
        'lost', (SELECT coalesce(json_agg(json_build_object(
            'site', site, 'agent', agent, 'cause', cause, 'messages', messages, 'gaps', gaps,
            'booked', (extract(epoch FROM booked) * 1000)::bigint) ORDER BY booked DESC), '[]')
            FROM (SELECT * FROM lost ORDER BY booked DESC LIMIT 100) AS newest),
        'gaps', (SELECT coalesce(json_agg(json_build_object(
            'site', site, 'agent', agent, 'boot', boot, 'lane', lane,
            'first_seq', first_seq, 'last_seq', last_seq, 'cause', cause,
            'booked', (extract(epoch FROM booked) * 1000)::bigint) ORDER BY booked DESC), '[]')
            FROM (SELECT * FROM gap ORDER BY booked DESC LIMIT 100) AS newest),
        'agents', (SELECT coalesce(json_agg(json_build_object(
            'site', site, 'agent', agent, 'journaled', journaled, 'duplicate', duplicate, 'ahead', ahead,
            'refused', refused, 'replayed', replayed, 'lost', lost, 'in_flight', in_flight,
            'readings', readings, 'stored', stored, 'rejected', rejected, 'outbox', outbox,
            'balanced', balanced, 'seen', (extract(epoch FROM seen) * 1000)::bigint)), '[]')
            FROM (SELECT * FROM agents
                  ORDER BY balanced, lost + refused + rejected = 0, site, agent LIMIT 200) AS telling),
        'agents_total', (SELECT count(*) FROM agents),
        'astray', (SELECT coalesce(json_agg(site || '/' || agent), '[]')
                   FROM (SELECT site, agent FROM agents WHERE NOT balanced ORDER BY 1, 2 LIMIT 5) AS few),
        'seqs', (SELECT coalesce(sum(seq), 0)::bigint FROM cursor),
        'lost_total', (SELECT coalesce(sum(messages), 0)::bigint FROM lost),
        'sequenced', (SELECT coalesce(sum(sequenced), 0)::bigint FROM ingest_count)
    ) FROM journal_head AS head, slowest
"""


def count_messages(conn: Connection, counts: Mapping[Count, Tally]) -> None:
    """Add to ingest's books, in the caller's transaction."""
    if counts:
        rows = sorted((*key, *tally) for key, tally in counts.items())  # always one order: no deadlocks
        *words, messages, sequenced = zip(*rows, strict=True)
        conn.execute(
            "INSERT INTO ingest_count (site, agent, result, code, messages, sequenced)"
            " SELECT * FROM unnest(%s, %s, %s, %s, %s, %s)"
            " ON CONFLICT (site, agent, result, code)"
            " DO UPDATE SET messages = ingest_count.messages + excluded.messages,"
            " sequenced = ingest_count.sequenced + excluded.sequenced",
            [*map(arrays.texts, words), arrays.numbers("int8", messages), arrays.numbers("int8", sequenced)],
        )


def books(conn: Connection) -> Books:
    """The books as they stand."""
    row = conn.execute(_BOOKS, {"counted_lag": COUNTED_LAG}).fetchone()
    return _judge(row[0] if row else {})


async def books_async(conn: AsyncConnection) -> Books:
    """The twin of `books` for the web process."""
    row = await (await conn.execute(_BOOKS, {"counted_lag": COUNTED_LAG})).fetchone()
    return _judge(row[0] if row else {})


async def lanes(conn: AsyncConnection, site: str, agent: str, limit: int) -> list[LaneRow]:
    """The lanes of an agent, or of all if both are empty; the last moved first."""
    return await fetch(
        conn,
        LaneRow,
        "SELECT site, agent, boot, lane, seq, updated, coalesce(g.lost, 0) AS lost,"
        " coalesce(g.gaps, 0) AS gaps FROM cursor LEFT JOIN ("
        "  SELECT site, agent, boot, lane, count(*) AS gaps, sum(last_seq - first_seq + 1)::bigint AS lost"
        "  FROM gap GROUP BY site, agent, boot, lane) AS g USING (site, agent, boot, lane)"
        " WHERE (%(site)s = '' OR site = %(site)s) AND (%(agent)s = '' OR agent = %(agent)s)"
        " ORDER BY updated DESC, site, agent, boot, lane LIMIT %(limit)s",
        {"site": site, "agent": agent, "limit": limit},
    )


def _judge(found: dict[str, Any]) -> Books:
    counted, done, readings = found["counted"], found["done"], found["readings"]
    kept = counted["journaled"] + counted["replayed"]
    under_way, left = found["under_way"], kept - sum(done.values())
    if under_way is None:
        under_way = left
    return Books(
        ts=found["ts"],
        balanced=not (faults := [*_faults(found, under_way, left)]),
        faults=faults,
        messages={"received": sum(counted.values()) - counted["replayed"], **counted},
        readings=readings,
        done=done,
        in_flight={"messages": under_way, "positions": found["pos"] - found["slowest"]},
        classes=found["classes"],
        samples=found["samples"],
        lost=found["lost"],
        gaps=found["gaps"],
        agents=found["agents"],
        agents_total=found["agents_total"],
    )


def _faults(found: dict[str, Any], under_way: int, left: int) -> Iterator[str]:
    counted, readings = found["counted"], found["readings"]
    kept, in_journal = counted["journaled"] + counted["replayed"], found["pos"] - found["control"]
    if in_journal != kept:
        yield f"the journal holds {in_journal} messages, counted were {kept}"
    if found["seqs"] - found["lost_total"] != found["sequenced"]:
        yield (
            f"cursors stand at {found['seqs']} messages with {found['lost_total']} lost,"
            f" counted were {found['sequenced']}"
        )
    if under_way != left or not 0 <= left <= found["pos"] - found["slowest"]:
        done = sum(found["done"].values())
        yield f"of {kept} journaled messages {done} are done and {under_way} under way"
    known = sum(readings.values()) - readings["decoded"]
    if readings["decoded"] != known:
        yield f"{readings['decoded']} readings were decoded, and {known} are stored, repeated or rejected"
    if found["astray"]:
        yield f"the books of {', '.join(found['astray'])} do not balance"
