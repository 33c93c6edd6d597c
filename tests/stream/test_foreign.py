"""Topics of other dialects: their own connection, and the journal's row with the door they came in by."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest

from lineshaft.broker.client import Link
from lineshaft.broker.message import Message
from lineshaft.domain.bindings import Binding
from lineshaft.store import accounting, journal
from lineshaft.store.accounting import Count
from lineshaft.store.database import connect
from lineshaft.wire import topics
from stream.admission import admit
from stream.foreign import door_of
from stream.ledger import Arrival, Ledger
from waiting import wait_until

OWN = Binding("owntracks/+/+", "owntracks", "hall1", "owntracks")
MESH = Binding("msh/#", "meshtastic", "hall1", "radios", crs="gcj02")
NOW = 1_790_000_000_000_000
FIX = {"_type": "location", "lat": 30.2, "lon": 120.1, "tst": NOW // 1_000_000}


def arrival(topic: str, body: bytes = b"{}", *, retained: bool = False, link: int = 1) -> Arrival:
    message = Message(topic, body, [("dialect", "forged")], "", retained, 1, 1, 1)
    return Arrival(message, NOW, link=link, door=door_of((OWN, MESH), topic))


def test_a_foreign_message_is_journaled_as_it_is_with_its_door_beside_it() -> None:
    verdict = admit(Ledger(), [arrival("owntracks/alice/phone", b"x")])
    (entry,) = verdict.entries
    assert (entry.site, entry.agent, entry.topic, entry.body) == (
        "hall1", "owntracks", "owntracks/alice/phone", b"x",
    )  # fmt: skip
    assert entry.shard == topics.shard_of_foreign("owntracks/alice/phone")
    assert entry.properties == {"dialect": "owntracks", "device": "alice-phone"}
    assert verdict.messages == {Count("hall1", "owntracks", "journaled"): 1}
    assert not verdict.steps


def test_what_several_gateways_hear_stays_in_one_shard() -> None:
    verdict = admit(Ledger(), [arrival(f"msh/EU/2/json/L/!{n:08x}") for n in range(20)])
    assert {entry.shard for entry in verdict.entries} == {topics.shard_of_foreign("msh")}
    assert verdict.entries[0].properties == {"dialect": "meshtastic", "crs": "gcj02"}


def test_an_unchanged_retained_position_is_counted_and_not_journaled_again() -> None:
    ledger = Ledger()
    first = admit(ledger, [arrival("owntracks/alice/phone", b"x", retained=True)])
    ledger.settle(first, NOW)
    again = admit(ledger, [arrival("owntracks/alice/phone", b"x", retained=True)])
    assert (len(first.entries), again.entries) == (1, [])
    assert again.messages == {Count("hall1", "owntracks", "duplicate"): 1}


def test_what_no_binding_matches_any_more_is_refused_by_its_topic() -> None:
    verdict = admit(Ledger(), [arrival("osmand/7")])
    assert [letter.code for letter in verdict.letters] == ["topic"]


@pytest.fixture
def ingest(database_url: str, own_broker_url: str, tmp_path: Path) -> Iterator["subprocess.Popen[bytes]"]:
    environment = {
        **os.environ,
        "LINESHAFT_DATABASE_URL": database_url,
        "LINESHAFT_DATABASE_ROLE": "lineshaft_ingest",
        "LINESHAFT_BROKER_URL": own_broker_url,
    }
    with (tmp_path / "log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "stream.ingest"], env=environment, stdout=log, stderr=log
        )
    yield process
    process.send_signal(signal.SIGTERM)
    assert process.wait(20) == 0, (tmp_path / "log").read_text()


def describe(url: str, *bindings: dict[str, str]) -> None:
    """As `lineshaft plant apply` leaves it for ingest."""
    with connect(url) as conn:
        conn.execute(
            "INSERT INTO plant (applied, by, sha256, document)"
            " VALUES (now(), 'test', md5(random()::text), %s)",
            (orjson.dumps({"dialects": bindings}).decode(),),
        )


def bodies(url: str) -> list[tuple[str, Any]]:
    with connect(url) as conn:
        rows = journal.read(conn, 0, range(16), 10_000)
    return [(row.topic, row.properties) for row in rows]


@pytest.mark.database
@pytest.mark.broker
@pytest.mark.usefixtures("ingest")
def test_ingest_hears_what_is_bound_as_it_is_bound_and_no_longer(
    database_url: str, own_broker_url: str
) -> None:
    def sent(topic: str) -> None:
        def arrived() -> bool:
            link.publish(topic, json.dumps(FIX).encode())
            return any(found == topic for found, _ in bodies(database_url))

        wait_until(arrived, f"{topic} is journaled", within_s=20)

    with Link(own_broker_url, "trackers") as link:
        wait_until(lambda: link.is_up, "the trackers are connected")
        describe(database_url, {"filter": "owntracks/+/+", "dialect": "owntracks", "site": "hall1"})
        sent("owntracks/alice/phone")
        describe(database_url, {"filter": "tk/+", "dialect": "teltonika", "site": "hall1", "agent": "fmb"})
        sent("tk/356")
        before = len(bodies(database_url))
        link.publish("owntracks/alice/phone", b"{}")
        sent("tk/357")
        heard = bodies(database_url)[before:]
    assert {topic for topic, _ in heard} <= {"tk/356", "tk/357"}
    assert heard[-1][1] == {"dialect": "teltonika", "device": "357"}
    with connect(database_url) as conn:
        assert accounting.books(conn).faults == []
