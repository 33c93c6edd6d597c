"""T7: what the broker holds comes again with each new session of ingest, and changes nothing."""

import functools
import json
from pathlib import Path

import pytest

from chaos import mqtt5
from chaos.sender import Sender
from streaming import rows, running
from waiting import wait_until

pytestmark = [pytest.mark.database, pytest.mark.broker]

SESSIONS = 2
ROOT = "lineshaft/v1/retained/gw"
TS_MS = 1_790_000_000_000
SAID = {
    f"{ROOT}/pump/m": {"ts": TS_MS, "values": {"temp": 21.5}},
    f"{ROOT}/pump/evt": {"ts": TS_MS, "events": [{"code": "E-STOP", "sev": "crit", "text": "stopped"}]},
    f"{ROOT}/pump/state": {"v": 1, "online": True, "ts": TS_MS, "boot": "b1"},
    f"{ROOT}/pump/meta": {"v": 1, "device": "pump", "sig": {}},
}
TABLES = "SELECT (SELECT count(*) FROM reading), (SELECT count(*) FROM event), (SELECT count(*) FROM fact)"
SEEN = "SELECT sum(messages)::int FROM flow_count WHERE result IN ('stored', 'rejected')"
COUNTS = "SELECT result, sum(messages)::int FROM ingest_count GROUP BY 1"


def retain(url: str) -> None:
    """Publish all, retained, as a device does that was set up wrong."""
    with Sender(url, "retained", "gw").connected() as link:
        for mid, (topic, body) in enumerate(SAID.items(), 1):
            link.sendall(mqtt5.publish(topic, json.dumps(body).encode(), mid=mid, retain=True))
        parser, taken = mqtt5.Parser(), 0
        while taken < len(SAID):
            taken += sum(packet.kind == mqtt5.PUBACK for packet in parser.feed(link.recv(4096)))


def forget_session(url: str) -> None:
    """Connect as ingest does, with a clean start: the broker forgets what it had told it."""
    address = Sender(url, "retained", "gw")
    with address.connected("lineshaft-ingest") as link:
        assert link.recv(100)[0] >> 4 == mqtt5.CONNACK


def has_heard(database_url: str, times: int) -> bool:
    return sum(count for _, count in rows(database_url, COUNTS)) >= times * len(SAID)


def test_each_new_session_hears_them_again_and_nothing_new_comes_of_it(
    database_url: str, own_broker_url: str, tmp_path: Path
) -> None:
    retain(own_broker_url)
    for session in range(SESSIONS):
        with running(database_url, own_broker_url, tmp_path):
            wait_until(functools.partial(has_heard, database_url, session + 1), "ingest has heard them")
            wait_until(
                lambda: rows(database_url, SEEN) == [(len(SAID),)],
                "the flow has seen the first ones",
            )
        assert rows(database_url, TABLES) == [(1, 1, 1)]
        forget_session(own_broker_url)
    assert dict(rows(database_url, COUNTS)) == {
        "journaled": len(SAID), "duplicate": (SESSIONS - 1) * len(SAID),
    }  # fmt: skip
