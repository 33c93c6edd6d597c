"""What could not be used, with its reason: written by ingest and the flows, read by people.

Counting is done elsewhere and exact. Here are samples: a device that floods rubbish fills neither the disk
nor the page of who looks for the first cause.
"""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

from psycopg.types.json import Jsonb

from lineshaft import __version__
from lineshaft.clock import SECOND_US, to_datetime
from lineshaft.store.database import Connection
from lineshaft.store.journal import REPLAYED_LANE

BODY_BYTES = 64 * 1024
"""How much of a body is kept; its length and SHA-256 are of the whole."""
BODIES_A_MINUTE = 100
"""Of one agent; rows beyond it stand without a body …"""
ROWS_A_MINUTE = 1_000
"""… and beyond this there are no rows either, only the counters."""
AGENTS_WORTH = 10
"""All agents together get this many times as much: a thousand that go mad at once are one fault."""


class Most(NamedTuple):
    """How many letters are kept, and how many bytes they may take all together."""

    letters: int = 200_000
    bytes: int = 1 << 30


MOST: Final = Most()


class Letter(NamedTuple):
    """A message, or some readings of one, that was set aside."""

    received_us: int
    stage: str
    """ingest, flow or plant: who set it aside."""
    topic: str
    code: str
    detail: str
    body: bytes
    pos: int | None = None
    site: str | None = None
    agent: str | None = None
    device: str | None = None
    boot: str | None = None
    lane: int | None = None
    seq: int | None = None
    readings: int = 0
    sampled: bool = True
    """Whether the body is kept."""
    properties: Mapping[str, Any] | None = None
    """What the message carried beside its envelope; a replay needs it to read the body."""


@dataclass(slots=True)
class Sampler:
    """Decides which letters of an agent are written, and which with their body, by the minute of receipt."""

    minute: int = -1
    seen: dict[tuple[str, str], int] = field(default_factory=dict)
    rows: int = 0
    bodies: int = 0

    def sample(self, letter: Letter) -> Letter | None:
        """The letter as it is to be written, or None where it is only counted."""
        minute = letter.received_us // (60 * SECOND_US)
        if minute != self.minute:
            self.minute, self.seen, self.rows, self.bodies = minute, {}, 0, 0
        agent = (letter.site or "", letter.agent or "")
        count = self.seen[agent] = self.seen.get(agent, 0) + 1
        if count > ROWS_A_MINUTE or self.rows >= AGENTS_WORTH * ROWS_A_MINUTE:
            return None
        self.rows += 1
        if count > BODIES_A_MINUTE or self.bodies >= AGENTS_WORTH * BODIES_A_MINUTE:
            return letter._replace(sampled=False)
        self.bodies += 1
        return letter


def insert_many(conn: Connection, letters: Iterable[Letter]) -> None:
    """Write letters in the caller's transaction; whatever their texts hold, they can be stored."""
    rows = [_stored(letter) for letter in letters]
    if rows:
        with conn.cursor().copy(
            "COPY dead_letter (received, stage, pos, topic, site, agent, device, boot, lane, seq,"
            " code, detail, readings, length, sha256, body, version, properties, replay_of) FROM STDIN"
        ) as copy:
            for row in rows:
                copy.write_row(row)


def drop_excess(conn: Connection, now_us: int, most: Most = MOST) -> int:
    """Drop the oldest letters beyond what may be kept, and count them; commits.

    Args:
        conn: not inside a transaction of the caller's.
        now_us: now.
        most: how many may stay, and how many bytes of bodies.

    Returns:
        How many were dropped.
    """
    row = conn.execute(
        # The newest that may stay, by running sums from the newest; lengths stand beside the bodies, which
        # are not read for it.
        "WITH sized AS ("
        "  SELECT dead_letter_id, row_number() OVER newest AS n, sum(300 + octet_length(detail)"
        "    + CASE WHEN body IS NULL THEN 0 ELSE least(length, %s) END) OVER newest AS bytes"
        "  FROM dead_letter WINDOW newest AS (ORDER BY dead_letter_id DESC)"
        "), gone AS ("
        "  DELETE FROM dead_letter WHERE dead_letter_id <="
        "    (SELECT max(dead_letter_id) FROM sized WHERE n > %s OR bytes > %s)"
        "  RETURNING CASE WHEN body IS NULL THEN 0 ELSE least(length, %s) END AS size"
        "), counted AS ("
        "  SELECT count(*) AS letters, coalesce(sum(size), 0) AS bytes FROM gone"
        ") UPDATE dead_letter_dropped SET letters = dead_letter_dropped.letters + counted.letters,"
        " bytes = dead_letter_dropped.bytes + counted.bytes, dropped = %s"
        " FROM counted WHERE counted.letters > 0 RETURNING counted.letters",
        (BODY_BYTES, most.letters, most.bytes, BODY_BYTES, to_datetime(now_us)),
    ).fetchone()
    conn.commit()
    return int(row[0]) if row else 0


def _stored(letter: Letter) -> tuple[object, ...]:
    return (
        to_datetime(letter.received_us),
        letter.stage,
        letter.pos,
        storable(letter.topic),
        *(None if text is None else storable(text) for text in letter[7:11]),
        letter.lane,
        letter.seq,
        letter.code,
        storable(letter.detail)[:1000],
        letter.readings,
        len(letter.body),
        hashlib.sha256(letter.body).digest(),
        letter.body[:BODY_BYTES] if letter.sampled else None,
        __version__,
        None if letter.properties is None else Jsonb(dict(letter.properties)),
        # Only a row of the replayed lane says so itself; another's properties are its device's words.
        (letter.properties or {}).get("letter") if letter.lane == REPLAYED_LANE else None,
    )


def storable(text: str) -> str:
    """A text that PostgreSQL takes: no NUL, no lone surrogates."""
    if text.isascii() and "\0" not in text:
        return text
    return text.replace("\0", "\N{REPLACEMENT CHARACTER}").encode("utf-8", "replace").decode()
