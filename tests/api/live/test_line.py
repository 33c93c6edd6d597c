"""The live line through a real server with a real WebSocket client, and real changes in the database."""

import json
import threading
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import psycopg
import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

from fix_api import log_in_at

pytestmark = pytest.mark.database

Message = dict[str, Any]


@pytest.fixture
def line(server: str) -> Iterator[ClientConnection]:
    with open_line(server, log_in_at(server)) as line:
        yield line


def open_line(server: str, cookie: str | None, **headers: str) -> ClientConnection:
    sent = headers | ({"Cookie": cookie} if cookie else {})
    return connect(f"ws://{server}/api/live/ws", additional_headers=sent, compression=None)


def say(line: ClientConnection, **said: object) -> None:
    line.send(json.dumps(said))


def hear(line: ClientConnection, wanted: Callable[[Message], object]) -> Message:
    """The first message that is wanted, within 20 s."""
    for _ in range(200):
        message: Message = json.loads(line.recv(timeout=20))
        if wanted(message):
            return message
    raise AssertionError("200 messages, and not the one")


def change(url: str, statement: bytes) -> None:
    with psycopg.connect(url, options="-c search_path=lineshaft,public") as conn:
        conn.execute(statement)
        conn.execute(b"SELECT pg_notify('live', 'shard:6')")


def test_every_topic_begins_with_a_snapshot(line: ClientConnection) -> None:
    topics = {
        "kpi",
        "machines",
        "alarms",
        "groups",
        "vehicles",
        "shipments",
        "zones",
        "moves",
        "system",
        "machine:pump-101",
    }
    say(line, op="sub", topics=sorted(topics))
    heard: dict[str, Message] = {}
    while set(heard) != topics:
        message = hear(line, lambda message: message["t"] == "snapshot")
        heard[message["topic"]] = message
    assert heard["kpi"]["data"]["machines"] == {"total": 2, "down": 0, "offline": 1, "alarming": 1}
    assert heard["kpi"]["data"]["alarms"] == {"1": 0, "2": 1, "3": 0, "4": 0, "unacked": 1}
    assert heard["kpi"]["data"]["shipments"] == {"underway": 1, "late": 1}
    assert heard["machines"]["data"][0]["state"] == "RUN"
    assert heard["moves"]["data"][0]["id"] == "5-0"
    assert heard["machine:pump-101"]["data"]["points"]["temp"][-1][1] in range(60, 67)


def test_a_change_in_the_database_arrives_as_a_delta(line: ClientConnection, seeded_url: str) -> None:
    say(line, op="sub", topics=["machines", "kpi"])
    hear(line, lambda message: message["topic"] == "machines")
    change(seeded_url, b"UPDATE latest_score SET state = 'DOWN', health = 10, pos = 6")
    message = hear(line, lambda message: message["t"] == "delta" and message["topic"] == "machines")
    [row] = message["rows"]
    assert (row["key"], row["state"], row["health"]) == ("pump-101", "DOWN", 10)
    hear(line, lambda message: message["t"] == "delta" and message["rows"][-1]["machines"]["down"] == 1)


def test_an_open_machine_gets_its_new_points_only(line: ClientConnection, seeded_url: str) -> None:
    say(line, op="sub", topics=["machine:pump-101"])
    hear(line, lambda message: message["t"] == "snapshot")
    change(
        seeded_url,
        b"WITH new AS (SELECT signal_id, ts + interval '1 second' AS ts FROM latest_reading),"
        b" stored AS (INSERT INTO reading (ts, signal_id, quality, value, pos)"
        b"  SELECT ts, signal_id, 0, 77.5, 6 FROM new)"
        b" UPDATE latest_reading l SET ts = new.ts, value = 77.5, pos = 6 FROM new"
        b" WHERE new.signal_id = l.signal_id",
    )
    [row] = hear(line, lambda message: message["t"] == "delta")["rows"]
    assert [value for _, value in row["points"]["temp"]] == [77.5]
    [temp] = [signal for signal in row["signals"] if signal["name"] == "temp"]
    assert temp["value"] == 77.5


def test_an_alarm_that_is_over_is_gone(line: ClientConnection, seeded_url: str) -> None:
    say(line, op="sub", topics=["alarms"])
    [row] = hear(line, lambda message: message["t"] == "snapshot")["data"]
    change(seeded_url, b"UPDATE alarm SET state = 'normal', pos = 6")
    assert hear(line, lambda message: message["t"] == "delta")["gone"] == [row["id"]]


def test_heartbeats_come_by_themselves(line: ClientConnection) -> None:
    message = hear(line, lambda message: message["t"] == "hb")
    assert message["db"] in {True, False}
    assert message["ts"] > 1_700_000_000_000


@pytest.mark.parametrize("cookie", [None, "lineshaft_session=made-up"])
def test_without_a_session_the_line_is_closed_with_its_reason(server: str, cookie: str | None) -> None:
    with open_line(server, cookie) as line, pytest.raises(ConnectionClosed) as closed:
        line.recv(timeout=20)
    assert closed.value.rcvd
    assert closed.value.rcvd.code == 4401


def test_another_sites_page_gets_no_line(server: str) -> None:
    evil = open_line(server, log_in_at(server), Origin="https://evil.example")
    with evil as line, pytest.raises(ConnectionClosed) as closed:
        line.recv(timeout=20)
    assert closed.value.rcvd
    assert closed.value.rcvd.code == 4403


def test_logging_out_closes_the_line(server: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("api.routes.live.SESSION_EVERY_S", 0.1)
    cookie = log_in_at(server)
    with open_line(server, cookie) as line:
        say(line, op="sub", topics=["kpi"])
        hear(line, lambda message: message["t"] == "snapshot")
        httpx.post(f"http://{server}/api/v1/logout", headers={"Cookie": cookie}).raise_for_status()
        with pytest.raises(ConnectionClosed) as closed:
            hear(line, lambda _: False)
    assert closed.value.rcvd
    assert closed.value.rcvd.code == 4401


def test_what_is_no_json_ends_the_line(line: ClientConnection) -> None:
    line.send("not json")
    with pytest.raises(ConnectionClosed) as closed:
        hear(line, lambda _: False)
    assert closed.value.rcvd
    assert closed.value.rcvd.code == 1007


def test_a_snapshot_can_be_fetched(server: str) -> None:
    headers = {"Cookie": log_in_at(server, "viewer")}
    answer = httpx.get(f"http://{server}/api/live/snapshot?topic=kpi", headers=headers)
    assert answer.json()["data"]["machines"]["total"] == 2
    assert httpx.get(f"http://{server}/api/live/snapshot?topic=none", headers=headers).status_code == 404


def test_events_carry_the_same_messages(server: str) -> None:
    headers = {"Cookie": log_in_at(server, "viewer")}
    with httpx.stream("GET", f"http://{server}/api/live/sse?topics=machines", headers=headers) as stream:
        assert stream.headers["content-type"].startswith("text/event-stream")
        lines = (one.removeprefix("data: ") for one in stream.iter_lines() if one)
        message = next(message for message in map(json.loads, lines) if message["t"] == "snapshot")
    assert message["topic"] == "machines"


def test_many_lines_at_once_all_hear(server: str, seeded_url: str) -> None:
    cookie = log_in_at(server)
    heard: list[Message] = []

    def listen() -> None:
        with open_line(server, cookie) as line:
            say(line, op="sub", topics=["machines"])
            heard.append(hear(line, lambda message: message["t"] == "snapshot"))
            ready.wait(20)
            heard.append(hear(line, lambda message: message["t"] == "delta"))

    ready = threading.Barrier(11)
    threads = [threading.Thread(target=listen) for _ in range(10)]
    for thread in threads:
        thread.start()
    ready.wait(20)
    change(seeded_url, b"UPDATE latest_score SET state = 'IDLE', pos = 6")
    for thread in threads:
        thread.join(20)
    assert len(heard) == 20
