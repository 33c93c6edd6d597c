"""A broker that refuses one device's topic: the message is put aside, and those behind it go on."""

import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from lineshaft.runtime import accounts, broker, ports
from lineshaft.wire.envelope import Lane
from waiting import wait_until

pytestmark = [
    pytest.mark.broker,
    pytest.mark.skipif(
        shutil.which("mosquitto", path="/usr/sbin:/usr/bin:/usr/local/sbin") is None,
        reason="no mosquitto: no ACL",
    ),
]


@pytest.fixture
def strict(server: Any) -> Iterator[tuple[str, str]]:
    """Addresses of a broker: for the server, and for an agent that may not write press-9."""
    site = server.site
    root = broker.Access("root", "root-password", ("readwrite #",))
    own = [f"write lineshaft/v1/{site}/gw1/{device}/+" for device in ("press-1", "gw1")]
    agent = broker.Access("agent", "agent-password", (*own, f"read lineshaft/v1/{site}/gw1/_/mark"))
    folder = Path(tempfile.mkdtemp(prefix="lineshaft-strict-"))
    folder.chmod(0o711)
    account = accounts.unprivileged()
    port = ports.choose(["broker"])["broker"]
    command = broker.prepare(folder / "broker", port, [root, agent], account)
    process = subprocess.Popen(command, stderr=subprocess.DEVNULL, cwd="/", **account.spawn_arguments())
    try:
        wait_until(lambda: not ports.is_free(port), "the broker listens")
        yield root.url(port), agent.url(port)
    finally:
        process.terminate()
        process.wait(10)
        shutil.rmtree(folder)


def test_a_refused_message_is_put_aside_and_the_rest_goes_on(
    strict: tuple[str, str], server: Any, sender_of: Callable[..., Any], tmp_path: Path, clock: Any
) -> None:
    strict_server = type(server)(strict[0], server.site, "gw1")
    sender = sender_of(strict[1], strict_server, tmp_path / "outbox.sqlite3", clock)
    forbidden = f"lineshaft/v1/{server.site}/gw1/press-9/m"
    with strict_server.link, sender.link:
        wait_until(lambda: sender.link.is_up and strict_server.link.is_up, "both are up")
        sender.put(b"1", b"2")
        sender.outbox.put(Lane.LIVE, [(forbidden, b"3")], {})
        sender.put(b"4", b"5")
        sender.until(lambda: sender.outbox.committed[Lane.LIVE] == 5, "all are marked")
    assert [topic.split("/")[4] for _, topic, _ in strict_server.kept] == [
        "press-1",
        "press-1",
        "gw1",
        "press-1",
        "press-1",
    ]
    assert b'"edge.refused"' in strict_server.kept[2][2]
    assert sender.outbox._connection.execute("SELECT topic, body, reason FROM refused").fetchall() == [
        (forbidden, b"3", 0x87)
    ]
    sender.outbox.close()
