"""What could not be used, with its reason: written by ingest and the flows, read by people.

Counting is done elsewhere and exact. Here are samples: a device that floods rubbish fills neither the disk
nor the page of who looks for the first cause.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

from lineshaft import __version__
from lineshaft.clock import SECOND_US, from_datetime, to_datetime
from lineshaft.store.database import AsyncConnection, Connection

BODY_BYTES = 64 * 1024
"""How much of a body is kept; its length and SHA-256 are of the whole."""
BODIES_A_MINUTE = 100
"""Of one agent; rows beyond it stand without a body …"""
ROWS_A_MINUTE = 1_000
"""… and beyond this there are no rows either, only the counters."""
PREVIEW_BYTES = 400


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


@dataclass(slots=True)
class Sampler:
    """Decides which letters of an agent are written, and which with their body, by the minute of receipt."""

    minute: int = -1
    seen: dict[tuple[str, str], int] = field(default_factory=dict)

    def sample(self, letter: Letter) -> Letter | None:
        """The letter as it is to be written, or None where it is only counted."""
        minute = letter.received_us // (60 * SECOND_US)
        if minute != self.minute:
            self.minute, self.seen = minute, {}
        agent = (letter.site or "", letter.agent or "")
        count = self.seen[agent] = self.seen.get(agent, 0) + 1
        if count > ROWS_A_MINUTE:
            return None
        return letter if count <= BODIES_A_MINUTE else letter._replace(sampled=False)


@dataclass(slots=True, frozen=True)
class DeadLetter:
    """A dead letter as the API gives it."""

    id: int
    received: int
    """Epoch milliseconds."""
    stage: str
    topic: str
    device: str
    """`site/agent/device`, as far as it is known."""
    code: str
    detail: str
    readings: int
    length: int
    body_preview: str | None
    pos: int | None


def insert_many(conn: Connection, letters: Iterable[Letter]) -> None:
    """Write letters in the caller's transaction; whatever their texts hold, they can be stored."""
    rows = [_stored(letter) for letter in letters]
    if rows:
        with conn.cursor().copy(
            "COPY dead_letter (received, stage, pos, topic, site, agent, device, boot, lane, seq,"
            " code, detail, readings, length, sha256, body, version) FROM STDIN"
        ) as copy:
            for row in rows:
                copy.write_row(row)


async def newest(conn: AsyncConnection, limit: int = 100, code: str = "") -> list[DeadLetter]:
    """The newest letters, latest first; of one code only, if one is given."""
    cursor = await conn.execute(
        "SELECT dead_letter_id, received, stage, topic, concat_ws('/', site, agent, device), code, detail,"
        " readings, length, substr(body, 1, %s), pos FROM dead_letter"
        " WHERE %s = '' OR code = %s ORDER BY received DESC, dead_letter_id DESC LIMIT %s",
        (PREVIEW_BYTES, code, code, limit),
    )
    return [
        DeadLetter(
            letter_id, from_datetime(received) // 1000, stage, topic, device, code, detail, readings, length,
            None if body is None else body.decode("utf-8", "replace"), pos,
        )
        for (
            letter_id, received, stage, topic, device, code, detail, readings, length, body, pos,
        ) in await cursor.fetchall()
    ]  # fmt: skip


async def count(conn: AsyncConnection) -> int:
    """How many letters there are."""
    row = await (await conn.execute("SELECT count(*) FROM dead_letter")).fetchone()
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
    )


def storable(text: str) -> str:
    """A text that PostgreSQL takes: no NUL, no lone surrogates."""
    if text.isascii() and "\0" not in text:
        return text
    return text.replace("\0", "\N{REPLACEMENT CHARACTER}").encode("utf-8", "replace").decode()
