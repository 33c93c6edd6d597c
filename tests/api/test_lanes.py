import psycopg
import pytest

from fix_api import As

pytestmark = pytest.mark.database

GPX = (
    b'<gpx xmlns="http://www.topografix.com/GPX/1/1"><trk><trkseg><trkpt lat="30.27" lon="120.15"/>'
    b'<trkpt lat="31.23" lon="121.47"/></trkseg></trk></gpx>'
)


async def test_a_planner_imports_a_lanes_way_and_the_stream_is_told(logged_in: As, database_url: str) -> None:
    planner = await logged_in("planner")
    put = await planner.put("/api/v1/lanes/dock-a>dock-b/way", content=GPX)
    assert put.status_code == 200, put.text
    assert put.json()["points"] == [[30.27, 120.15], [31.23, 121.47]]
    assert [one["key"] for one in (await planner.get("/api/v1/lanes")).json()["items"]] == ["dock-a>dock-b"]
    assert (await planner.delete("/api/v1/lanes/dock-a>dock-b/way")).status_code == 200
    assert (await planner.get("/api/v1/lanes")).json()["items"] == []
    with psycopg.connect(database_url) as conn:
        rows = conn.execute(
            "SELECT convert_from(body, 'UTF8') FROM journal WHERE topic = '_/way' ORDER BY pos"
        )
        put_row, removed_row = (body for (body,) in rows.fetchall())
    assert '"source":"gpx"' in put_row
    assert '"removed":true' in removed_row


async def test_a_file_without_a_way_and_a_servers_key_are_refused(logged_in: As) -> None:
    planner = await logged_in("planner")
    refused = await planner.put("/api/v1/lanes/hz-sh/way", content=b"<gpx></gpx>")
    assert refused.status_code == 422
    assert "0 points" in refused.json()["error"]["message"]
    assert (await planner.put("/api/v1/lanes/@30.1,120.1/way", content=GPX)).status_code == 422
    assert (await planner.delete("/api/v1/lanes/nowhere/way")).status_code == 404


async def test_a_journal_that_loses_rows_tells_of_ways_again(logged_in: As, database_url: str) -> None:
    planner = await logged_in("planner")
    assert (await planner.put("/api/v1/lanes/hz-sh/way", content=GPX)).status_code == 200
    with psycopg.connect(database_url) as conn:
        conn.execute("SELECT journal_carry()")
        (count,) = conn.execute("SELECT count(*) FROM journal WHERE topic = '_/way'").fetchone() or (0,)
    assert count == 2
