import hashlib

import pytest

from lineshaft.store import dead_letters, letters
from lineshaft.store.database import connect, connect_async
from lineshaft.store.dead_letters import (
    AGENTS_WORTH,
    BODIES_A_MINUTE,
    ROWS_A_MINUTE,
    Letter,
    Most,
    Sampler,
)
from lineshaft.store.letters import Wanted

NOW = 1_763_700_000_000_000
MINUTE = 60_000_000


def letter(received_us: int = NOW, agent: str = "a", **more: object) -> Letter:
    return Letter(received_us, "ingest", "t", "json", "not JSON", b"{", site="s", agent=agent)._replace(
        **more
    )


def test_bodies_then_rows_run_out_each_minute_for_each_agent() -> None:
    sampler = Sampler()
    sampled = [sampler.sample(letter()) for _ in range(ROWS_A_MINUTE + 5)]
    assert sum(one is not None and one.sampled for one in sampled) == BODIES_A_MINUTE
    assert sum(one is not None for one in sampled) == ROWS_A_MINUTE
    assert sampler.sample(letter(agent="b")) == letter(agent="b")
    assert sampler.sample(letter(NOW + MINUTE)) == letter(NOW + MINUTE)


@pytest.mark.database
async def test_letters_are_listed_newest_first_with_a_preview(database_url: str) -> None:
    written = [
        letter(NOW, pos=7, device="d", readings=3, stage="flow"),
        letter(NOW + 1, code="utf8", body=b"\xff\x00" + bytes(70_000)),
        letter(NOW + 2, code="utf8", sampled=False, detail="\0\ud800", agent="\0"),
    ]
    with connect(database_url, role="lineshaft_ingest") as conn:
        dead_letters.insert_many(conn, written)
        dead_letters.insert_many(conn, [])
    with connect(database_url) as conn:
        rows = conn.execute("SELECT length, octet_length(body), sha256 FROM dead_letter ORDER BY received")
        assert rows.fetchall()[1] == (70_002, 65_536, hashlib.sha256(written[1].body).digest())
    async with await connect_async(database_url, role="lineshaft_web") as aconn:
        found = await letters.listing(aconn, Wanted(), 10)
        assert [(one.received, one.code, one.device) for one in found] == [
            (NOW // 1000, "utf8", "s/\ufffd"),
            (NOW // 1000, "utf8", "s/a"),
            (NOW // 1000, "json", "s/a/d"),
        ]
        assert [one.body_preview and one.body_preview[:2] for one in found] == [None, "\ufffd\0", "{"]
        assert (found[2].pos, found[2].readings, found[2].stage) == (7, 3, "flow")
        assert [one.code for one in await letters.listing(aconn, Wanted(code="json"), 10)] == ["json"]
        assert (await letters.totals(aconn)).kept == 3


def test_agents_that_go_mad_together_share_a_minute() -> None:
    sampler = Sampler()
    crowd = [sampler.sample(letter(agent=f"a{number}")) for number in range(30) for _ in range(ROWS_A_MINUTE)]
    assert sum(one is not None for one in crowd) == AGENTS_WORTH * ROWS_A_MINUTE
    assert sum(one is not None and one.sampled for one in crowd) == AGENTS_WORTH * BODIES_A_MINUTE


@pytest.mark.database
@pytest.mark.parametrize("most", [Most(letters=3), Most(bytes=3 * 10_400)])
def test_the_oldest_letters_go_when_there_are_too_many_and_are_counted(database_url: str, most: Most) -> None:
    with connect(database_url) as conn:
        dead_letters.insert_many(conn, [letter(NOW + n, body=bytes(10_000)) for n in range(5)])
    with connect(database_url, role="lineshaft_upkeep") as conn:
        assert dead_letters.drop_excess(conn, NOW, most) == 2
        assert dead_letters.drop_excess(conn, NOW, most) == 0
    with connect(database_url) as conn:
        rows = conn.execute("SELECT dead_letter_id FROM dead_letter ORDER BY 1").fetchall()
        assert [number for (number,) in rows] == [3, 4, 5]
        dropped = conn.execute("SELECT letters, bytes FROM dead_letter_dropped").fetchone()
        assert dropped == (2, 20_000)
