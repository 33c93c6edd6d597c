"""The hub without sockets and without a database: what is sent, to whom, and what is left out."""

import asyncio
import json
from dataclasses import dataclass
from typing import Any

from api.live.board import LARGEST
from api.live.hub import MOST_CLIENTS, Hub
from fix_clock import FakeClock


@dataclass(frozen=True)
class Row:
    key: str
    value: int


def put(hub: Hub, topic: str, *rows: Any) -> None:
    board = hub.board(topic)
    assert board
    hub.publish(board.replace(rows))


def taken(client: Any) -> list[dict[str, Any]]:
    """What waits for a client now; nothing waiting is an empty list."""

    async def take() -> list[str]:
        try:
            async with asyncio.timeout(0.01):
                return list(await client.take())
        except TimeoutError:
            return []

    return [json.loads(text) for text in asyncio.run(take())]


def joined(hub: Hub, *topics: str) -> Any:
    client = hub.join()
    assert client
    assert hub.subscribe(client, topics) == []
    return client


def test_a_subscription_begins_with_the_whole_state(clock: FakeClock) -> None:
    hub = Hub(clock)
    put(hub, "machines", Row("a", 1), Row("b", 2))
    [message] = taken(joined(hub, "machines"))
    assert message["t"] == "snapshot"
    assert message["data"] == [{"key": "a", "value": 1}, {"key": "b", "value": 2}]
    assert (message["epoch"], message["ts"]) == (hub.epoch, clock() // 1000)


def test_then_only_what_changed_comes_one_seq_further(clock: FakeClock) -> None:
    hub = Hub(clock)
    put(hub, "machines", Row("a", 1), Row("b", 2), Row("c", 3))
    client = joined(hub, "machines")
    [snapshot] = taken(client)
    put(hub, "machines", Row("a", 1), Row("b", 5))
    [delta] = taken(client)
    assert (delta["t"], delta["rows"], delta["gone"]) == ("delta", [{"key": "b", "value": 5}], ["c"])
    assert delta["seq"] == snapshot["seq"] + 1


def test_what_did_not_change_is_not_sent(clock: FakeClock) -> None:
    hub = Hub(clock)
    put(hub, "machines", Row("a", 1))
    client = joined(hub, "machines")
    taken(client)
    put(hub, "machines", Row("a", 1))
    assert taken(client) == []


def test_all_browsers_share_one_text(clock: FakeClock) -> None:
    hub = Hub(clock)
    put(hub, "machines", Row("a", 1))
    one, other = joined(hub, "machines"), joined(hub, "machines")
    taken(one)
    taken(other)
    put(hub, "machines", Row("a", 2))
    assert one._slots["machines"] is other._slots["machines"]


def test_a_slow_line_gets_one_snapshot_instead_of_a_queue(clock: FakeClock) -> None:
    hub = Hub(clock)
    put(hub, "machines", Row("a", 1), Row("b", 1))
    client = joined(hub, "machines")
    taken(client)
    for value in range(2, 100):
        put(hub, "machines", Row("a", value), Row("b", 1))
    [message] = taken(client)
    assert message["t"] == "snapshot"
    assert message["data"] == [{"key": "a", "value": 99}, {"key": "b", "value": 1}]
    put(hub, "machines", Row("a", 100), Row("b", 1))
    [delta] = taken(client)
    assert delta["seq"] == message["seq"] + 1


def test_a_topic_nothing_is_known_of_is_sent_when_it_is(clock: FakeClock) -> None:
    hub = Hub(clock)
    client = joined(hub, "machines", "kpi")
    assert taken(client) == []
    put(hub, "kpi", {"machines": {"total": 0}})
    [message] = taken(client)
    assert (message["topic"], message["t"], message["data"]) == (
        "kpi",
        "snapshot",
        {"machines": {"total": 0}},
    )
    put(hub, "machines")
    [message] = taken(client)
    assert (message["topic"], message["data"]) == ("machines", [])


def test_a_new_subscription_replaces_the_old_one(clock: FakeClock) -> None:
    hub = Hub(clock)
    put(hub, "machines", Row("a", 1))
    put(hub, "zones", Row("z", 1))
    client = joined(hub, "machines")
    hub.subscribe(client, ["zones"])
    assert [message["topic"] for message in taken(client)] == ["zones"]
    put(hub, "machines", Row("a", 2))
    assert taken(client) == []


def test_a_hidden_page_hears_heartbeats_only_and_comes_back_whole(clock: FakeClock) -> None:
    hub = Hub(clock)
    put(hub, "machines", Row("a", 1))
    client = joined(hub, "machines")
    client.pause()
    put(hub, "machines", Row("a", 2))
    hub.beat()
    assert [message["t"] for message in taken(client)] == ["hb"]
    assert hub.shown() == frozenset()
    hub.subscribe(client, ["machines"])
    [message] = taken(client)
    assert message["data"] == [{"key": "a", "value": 2}]


def test_a_heartbeat_says_how_fresh_the_data_is(clock: FakeClock) -> None:
    hub = Hub(clock, database=False, data_ts=1_000)
    client = joined(hub)
    hub.beat()
    [message] = taken(client)
    assert message == {"t": "hb", "ts": clock() // 1000, "data_ts": 1_000, "db": False}


def test_what_is_too_large_for_the_line_is_to_be_fetched(clock: FakeClock) -> None:
    hub = Hub(clock)
    client = joined(hub, "kpi")
    put(hub, "kpi", {"text": "x" * (LARGEST + 1)})
    [message] = taken(client)
    assert (message["t"], message["topic"]) == ("resync", "kpi")
    assert len(hub.full_snapshot("kpi") or "") > LARGEST


def test_unknown_topics_are_named_and_left_out(clock: FakeClock) -> None:
    hub = Hub(clock)
    client = hub.join()
    assert client
    assert hub.subscribe(client, ["machines", "trucks", 7, "machine:../x"]) == ["trucks", "7", "machine:../x"]
    assert client.topics == {"machines"}


def test_a_machine_nobody_shows_any_more_is_forgotten(clock: FakeClock) -> None:
    hub = Hub(clock)
    client = joined(hub, "machine:pump-1")
    put(hub, "machine:pump-1", {"key": "pump-1"})
    hub.leave(client)
    assert "machine:pump-1" not in hub.boards


def test_there_is_an_end_to_browsers(clock: FakeClock) -> None:
    hub = Hub(clock)
    for _ in range(MOST_CLIENTS):
        assert hub.join()
    assert hub.join() is None


def test_a_snapshot_kept_for_many_does_not_turn_clocks_back(clock: FakeClock) -> None:
    hub = Hub(clock)
    put(hub, "machines", Row("a", 1))
    first = hub.snapshot_of("machines")
    assert hub.snapshot_of("machines") is first
    clock.advance_s(10)
    text = hub.snapshot_of("machines")
    assert text
    assert json.loads(text)["ts"] == clock() // 1000
