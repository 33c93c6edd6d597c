"""What a device does wrong is set aside with its code, and never stands in the way of what comes behind."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from lineshaft.broker.client import Link
from lineshaft.wire import topics
from lineshaft.wire.envelope import Envelope, Lane, to_properties
from waiting import wait_until

pytestmark = [pytest.mark.database, pytest.mark.broker]

ROOT = Path(__file__).parent.parent.parent
SITE, AGENT = "rejects", "gw"
GOOD = b'{"ts":17637000000%02d,"values":{"temp":%d}}'

BAD = {
    "oversize": ("m", b'{"temp":1,"note":"' + b"x" * 131_072 + b'"}', {}),
    "utf8": ("m", b'{"temp":"\xff\xfe"}', {}),
    "json": ("m", b'{"temp":NaN}', {}),
    "type": ("m", b'{"v":1,"ts":1763700000000,"n":["temp"],"r":[[0,{"deep":1}]]}', {}),
    "bad_ts": ("m", b'{"ts":253402300799000,"values":{"temp":1}}', {}),
    "kind": ("weather", b'{"temp":1}', {}),
    "agent_mismatch": ("m", b'{"temp":1}', {"agent": "somebody-else"}),
    "shape": ("gps", b'{"v":1,"ts":1763700000000}', {}),
    "encoding": ("m", b"\x1f\x8b broken", {"ce": "gzip"}),
}
"""Code → kind, body, and properties that differ from the envelope's."""


@pytest.fixture
def broker_url(own_broker_url: str) -> str:
    return own_broker_url


@pytest.fixture
def services(database_url: str, broker_url: str, tmp_path: Path) -> Iterator[None]:
    """Ingest and the shard flow, as processes."""
    environ = {
        "PATH": os.environ["PATH"],
        "LINESHAFT_DATABASE_URL": database_url,
        "LINESHAFT_BROKER_URL": broker_url,
        "LINESHAFT_DATA_DIR": str(tmp_path),
    }
    with (tmp_path / "log").open("wb") as log:
        started = [
            subprocess.Popen(
                [sys.executable, "-m", module], env=environ | {"LINESHAFT_DATABASE_ROLE": role}, cwd=ROOT,
                stdout=log, stderr=log,
            )
            for module, role in (("stream.ingest", "lineshaft_ingest"), ("stream.flow", "lineshaft_stream"))
        ]  # fmt: skip
        wait_until(
            lambda: rows(database_url, "SELECT 1 FROM service_beat WHERE detail @> '{\"connected\": true}'"),
            "ingest hears the broker",
            alive=started[0],
        )
        yield
        for process in started:
            process.terminate()
        assert [process.wait(20) for process in started] == [0, 0], (tmp_path / "log").read_text()[-3000:]


def publish(link: Link, seq: int, kind: str, body: bytes, properties: dict[str, str]) -> None:
    own = dict(to_properties(Envelope("b1", Lane.LIVE, seq, 1, AGENT)))
    link.publish(
        f"{topics.ROOT}/{SITE}/{AGENT}/press-1/{kind}", body, properties=[*(own | properties).items()]
    )


def rows(database_url: str, query: str) -> list[tuple[object, ...]]:
    with psycopg.connect(database_url, options="-c search_path=lineshaft,public") as conn:
        return conn.execute(query).fetchall()


@pytest.mark.usefixtures("services")
def test_each_bad_message_is_explained_and_the_good_one_behind_it_is_stored(
    database_url: str, broker_url: str
) -> None:
    seq = 0
    with Link(broker_url, "rejects-gw") as link:
        wait_until(lambda: link.is_up, "the agent is connected")
        for n, (code, (kind, body, properties)) in enumerate(BAD.items()):
            seq += 1
            publish(link, seq, kind, body, properties)
            if code == "agent_mismatch":
                seq -= 1  # forged: it is nobody's message, and moves nobody's cursor
            seq += 1
            publish(link, seq, "m", GOOD % (n, n), {})
        wait_until(
            lambda: len(rows(database_url, "SELECT value FROM reading")) == len(BAD),
            "every good reading is stored",
        )
    assert rows(database_url, "SELECT value::int FROM reading ORDER BY 1") == [(n,) for n in range(len(BAD))]
    found = rows(database_url, "SELECT code, count(*) FROM dead_letter GROUP BY 1")
    assert dict(found) == dict.fromkeys(BAD, 1)
    assert rows(database_url, "SELECT code FROM dead_letter WHERE detail = ''") == []
