"""The journal's reader: who has rows gets them at once, and nobody stays behind."""

from typing import TYPE_CHECKING

import pytest

from lineshaft.store import journal
from lineshaft.store.database import connect
from stream.source import JournalReader
from waiting import wait_until

if TYPE_CHECKING:
    from stream.chunk import Chunk

pytestmark = pytest.mark.database


def row(shard: int, number: int) -> journal.Entry:
    topic = f"lineshaft/v1/s/a-{shard}/d/m"
    return journal.Entry(shard, 1_000_000, "s", f"a-{shard}", "b", 0, number, topic, None, b"{}")


def test_every_position_comes_to_every_shard_once_and_ends_where_it_must(database_url: str) -> None:
    taken: dict[int, list[Chunk]] = {1: [], 2: []}

    def all_came(reader: JournalReader, up_to: int) -> bool:
        for shard, chunks in taken.items():
            while (chunk := reader.take(shard)) is not None:
                chunks.append(chunk)
        return all(chunks and chunks[-1].last_pos == up_to for chunks in taken.values())

    with connect(database_url) as conn, JournalReader(lambda: connect(database_url), cuts=[3]) as reader:
        for shard in taken:
            reader.own(shard, 0)
        for number in range(1, 21):
            last = journal.append(conn, [row(1, number)])
            conn.commit()
        wait_until(lambda: all_came(reader, last), "both shards reach the journal's end")
    for shard, chunks in taken.items():
        assert [chunk.first_pos for chunk in chunks] == [1, *(chunk.last_pos + 1 for chunk in chunks[:-1])]
        assert 3 in {chunk.last_pos for chunk in chunks}
        assert sum(len(chunk.rows) for chunk in chunks) == (20 if shard == 1 else 0)
    assert len(taken[2]) <= len(taken[1])
