"""Thousands of hostile messages through a real broker, ingest and flow: no harm, and each accounted for."""

import itertools
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from benchmarks.hostile import Case, cases
from chaos import mqtt5
from chaos.sender import Said, Sender
from lineshaft.domain.readings import Report
from lineshaft.store import accounting
from lineshaft.store.database import connect
from lineshaft.wire import codec
from streaming import rows, running, said
from waiting import wait_until

pytestmark = [pytest.mark.database, pytest.mark.broker]

HOSTILE, GOOD_EVERY = 20_000, 5
SITE, AGENT = "poison", "gw"
ROOT = f"lineshaft/v1/{SITE}/{AGENT}"
START_MS = 1_790_000_000_000
TABLES = ("reading", "reading_text", "rfid_read", "fix", "event")
BODIES, LETTERS = 100, 1_000
"""Of one agent, a minute: what may be kept of what is set aside, by each of ingest and flow."""
FLOW_CODES = {
    "json", "utf8", "shape", "type", "number", "name", "text", "too_many", "bad_ts", "epc", "encoding",
    "kind", "position",
}  # fmt: skip
"""Reasons that so many cases must have met, else they are not hostile enough."""


def mixed(hostile: list[Case]) -> Iterator[Said]:
    """The cases, and after every few of them a good reading of a number of its own."""
    for n, case in enumerate(hostile, 1):
        yield Said(case.suffix, case.body, case.properties, case.in_order)
        if n % GOOD_EVERY == 0:
            number = n // GOOD_EVERY
            body = b'{"v":1,"ts":%d,"n":["id"],"r":[[0,%d]]}' % (START_MS + number, number)
            yield Said("good/m", body)


def unspeakable() -> Iterator[bytes]:
    """What the broker itself must not take, each on a connection of its own."""
    yield mqtt5.publish(f"{ROOT}/d1/m", b" " * 10_000_000, mid=1)
    for topic in (f"{ROOT}/\ud800/m", f"{ROOT}/d\0/m", f"{ROOT}/+/m", f"{ROOT}/#", ""):
        yield mqtt5.publish(topic, b"{}", mid=1)
    yield mqtt5.publish(f"{ROOT}/d1/m", b"{}", mid=1, properties=[("note", "\udfff")])
    yield mqtt5.packet(0x36, b"\0\1a\0\1\0")  # QoS 3
    yield b"\x32\xff\xff\xff\xff\x7f"  # a length of five bytes
    yield mqtt5.packet(0x32, b"\xff\xff" + b"a")  # a topic longer than the packet


def is_hung_up_on(sender: Sender, packet: bytes) -> bool:
    with sender.connected() as link:
        try:
            link.sendall(packet)
            parser = mqtt5.Parser()
            while piece := link.recv(4096):
                if any(heard.kind == mqtt5.DISCONNECT for heard in parser.feed(piece)):
                    return True
        except ConnectionError:
            return True
        except TimeoutError:
            return False
    return True


def test_twenty_thousand_hostile_messages_cost_nothing_but_themselves(
    database_url: str, own_broker_url: str, tmp_path: Path
) -> None:
    hostile = list(itertools.islice(cases(seed=3), HOSTILE))
    sender = Sender(own_broker_url, SITE, AGENT)
    begun = time.monotonic()
    with running(database_url, own_broker_url, tmp_path) as services:
        sender.send(list(mixed(hostile)))
        intruder = Sender(own_broker_url, SITE, "intruder")
        assert [is_hung_up_on(intruder, packet) for packet in unspeakable()].count(False) == 0
        sender.send([Said("good/m", b'{"v":1,"ts":%d,"n":["id"],"r":[[0,0]]}' % START_MS)])
        wait_until(lambda: is_at_rest(database_url), "the flow has seen all", within_s=180, alive=services[1])
        assert [service.poll() for service in services] == [None, None]
    minutes = (time.monotonic() - begun) // 60 + 2
    assert "Traceback" not in said(tmp_path)

    refused = Counter(case.refused for case in hostile if case.refused)
    journaled = HOSTILE - refused.total() + HOSTILE // GOOD_EVERY + 1
    with connect(database_url) as conn:
        books = accounting.books(conn)
    assert books.faults == []
    assert books.messages["journaled"] == journaled
    assert ingest_counts(database_url, "refused") == dict(refused)

    numbers = rows(database_url, GOOD)
    assert numbers == [(n, 1) for n in range(HOSTILE // GOOD_EVERY + 1)]
    stored = sum(rows(database_url, f"SELECT count(*) FROM {table}")[0][0] for table in TABLES)  # noqa: S608 - our own
    assert books.readings["stored"] == stored + reports(hostile)
    codes = {code for (code,) in rows(database_url, "SELECT DISTINCT code FROM flow_count WHERE code <> ''")}
    assert codes >= FLOW_CODES
    assert "internal" not in codes

    [(letters, bodies)] = rows(database_url, "SELECT count(*), count(body) FROM dead_letter")
    assert 0 < bodies <= 2 * BODIES * minutes
    assert letters <= 2 * LETTERS * minutes
    assert sum(refused.values()) + books.readings["rejected"] > letters, "nothing had to be left out"


GOOD = """
    SELECT r.value::int, count(*)::int FROM reading r
    JOIN signal s USING (signal_id) JOIN device d USING (device_id)
    WHERE d.device = 'good' GROUP BY 1 ORDER BY 1
"""


def reports(hostile: list[Case]) -> int:
    """Words of devices about themselves: each counts as one reading, but only the newest is in a table."""
    found = [codec.decode(f"{ROOT}/{case.suffix}", case.body, "", START_MS * 1000) for case in hostile]
    return sum(isinstance(part, Report) for parts in found for part in parts)


def is_at_rest(database_url: str) -> bool:
    with connect(database_url) as conn:
        return accounting.books(conn).in_flight["messages"] == 0


def ingest_counts(database_url: str, result: str) -> dict[str, int]:
    found = rows(database_url, "SELECT result, code, sum(messages)::int FROM ingest_count GROUP BY 1, 2")
    return {code: count for what, code, count in found if what == result}
