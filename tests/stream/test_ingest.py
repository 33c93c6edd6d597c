"""Ingest as a process, between a real broker and a real database, killed at will."""

import contextlib
import itertools
import json
import os
import queue
import random
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from lineshaft.broker.client import Link, Message
from lineshaft.runtime import ports
from lineshaft.store import accounting, journal
from lineshaft.store.database import connect
from lineshaft.wire import marks, topics
from lineshaft.wire.envelope import Envelope, Lane, to_properties
from waiting import wait_until

pytestmark = [pytest.mark.database, pytest.mark.broker]

_sites = (f"ingest-{n}" for n in itertools.count())


@pytest.fixture
def broker_url(own_broker_url: str) -> str:
    return own_broker_url


@pytest.fixture
def site() -> str:
    """A site of the test's own: the broker serves all tests."""
    return next(_sites)


@dataclass
class Agent:
    """The edge's side of the contract, as small as it can be: a window beyond the mark, and going back."""

    url: str
    site: str
    count: int
    name: str = "a"
    window: int = 200
    patience_s: float = 1
    marked: int = 0
    sent: int = 0
    heard: "queue.SimpleQueue[marks.Mark]" = field(default_factory=queue.SimpleQueue)

    def run(self, meanwhile: Callable[[int], None] = lambda _: None) -> None:
        """Publish until all is marked; `meanwhile` may break things at each turn."""
        progress = time.monotonic()
        with Link(self.url, f"agent-{self.site}-{self.name}", on_message=self._hear) as link:
            link.subscribe(topics.mark_topic(self.site, self.name))
            wait_until(lambda: link.is_up, "the agent is connected")
            deadline = time.monotonic() + 100
            while self.marked < self.count:
                assert time.monotonic() < deadline, f"stuck at mark {self.marked} of {self.count}"
                if self._take_marks(0.01):
                    progress = time.monotonic()
                elif time.monotonic() - progress > self.patience_s:
                    self.sent, progress = self.marked, time.monotonic()
                self._send(link)
                meanwhile(self.marked)

    def _hear(self, message: Message) -> None:
        mark = marks.decode(message.body)
        if mark is not None:
            self.heard.put(mark)

    def _take_marks(self, timeout_s: float) -> bool:
        before = self.marked
        with contextlib.suppress(queue.Empty):
            while True:
                mark = self.heard.get(timeout=timeout_s)
                self.marked = max(self.marked, mark.live if mark.boot == "b1" else 0)
        return self.marked > before

    def _send(self, link: Link) -> None:
        while self.sent < min(self.count, self.marked + self.window):
            seq = self.sent + 1
            envelope = Envelope("b1", Lane.LIVE, seq, self.marked + 1, self.name)
            topic = f"{topics.ROOT}/{self.site}/{self.name}/d/m"
            body = json.dumps({"ts": 1_763_700_000_000 + seq, "values": {"n": seq}}).encode()
            if link.publish(topic, body, properties=to_properties(envelope)) is None:
                return
            self.sent = seq


@dataclass
class Ingest:
    """The process under test; started again after each kill."""

    environment: dict[str, str]
    log: Path
    port: int
    process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "stream.ingest"], env=self.environment, stdout=log, stderr=log
            )
        wait_until(self.is_ready, "ingest is ready", alive=self.process, log=self.log)

    def is_ready(self) -> bool:
        return self.is_fine("readyz")

    def is_fine(self, probe: str) -> bool:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/{probe}", timeout=2) as answer:
                return bool(answer.status == 200)
        except (urllib.error.URLError, ConnectionError):
            return False

    def fault(self, check: str) -> str | None:
        """What one check of /readyz finds wrong."""
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/readyz", timeout=2):
                return None
        except urllib.error.HTTPError as answer:
            with answer:
                return str(json.load(answer)["checks"].get(check) or "") or None

    def metric(self, name: str) -> float:
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/metrics", timeout=2) as answer:
            lines = answer.read().decode().splitlines()
        return next(float(line.split()[-1]) for line in lines if line.startswith(name))

    def end(self, number: int) -> int:
        assert self.process is not None
        self.process.send_signal(number)
        return self.process.wait(10)


@pytest.fixture
def ingest(database_url: str, broker_url: str, tmp_path: Path) -> Iterator[Ingest]:
    port = ports.choose(["metrics"])["metrics"]
    environment = {
        **os.environ,
        "LINESHAFT_DATABASE_URL": database_url,
        "LINESHAFT_DATABASE_ROLE": "lineshaft_ingest",
        "LINESHAFT_BROKER_URL": broker_url,
        "LINESHAFT_METRICS_PORT": str(port),
    }
    process = Ingest(environment, tmp_path / "ingest.log", port)
    process.start()
    yield process
    if process.process is not None and process.process.poll() is None:
        process.end(signal.SIGKILL)


def journaled(url: str, site: str, agent: str = "a") -> list[int | None]:
    """The seqs in the journal, in its order."""
    with connect(url) as conn:
        shard = topics.shard_of(site, agent)
        rows = journal.read(conn, 0, [shard], 100_000)
        return [row.seq for row in rows if (row.site, row.agent) == (site, agent)]


def test_kills_and_lost_connections_lose_nothing_and_double_nothing(
    ingest: Ingest, database_url: str, broker_url: str, site: str
) -> None:
    count, chance = 6_000, random.Random(7)  # noqa: S311 — when to kill
    agent = Agent(broker_url, site, count)
    kills: list[int] = []  # how many messages were under way at each

    def break_things(marked: int) -> None:
        if marked > (len(kills) + 1) * count // 8:
            kills.append(agent.sent - marked)
            if chance.random() < 0.6:
                ingest.end(signal.SIGKILL)
                ingest.start()
            else:
                with connect(database_url) as conn:
                    conn.execute(
                        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                        " WHERE application_name = 'lineshaft ingest'"
                    )

    agent.run(break_things)
    assert len(kills) >= 5
    assert any(kills), "no kill landed while messages were under way"
    assert journaled(database_url, site) == list(range(1, count + 1))
    with connect(database_url) as conn:
        books = accounting.books(conn)
    assert books.faults == []
    assert books.messages["journaled"] == count


def test_a_database_that_is_away_is_waited_for(
    ingest: Ingest, database_url: str, postgres_url: str, broker_url: str, site: str
) -> None:
    name = database_url.rsplit("/", 1)[1]
    away: list[float] = []

    def ask(statement: str) -> None:
        with connect(postgres_url) as conn:
            conn.execute(statement.encode())

    def take_away(marked: int) -> None:
        if not away and marked > 300:
            ask(f"ALTER DATABASE {name} ALLOW_CONNECTIONS false")
            ask(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'")  # noqa: S608 — the test's own name
            away.append(time.monotonic())
            wait_until(lambda: not ingest.is_ready(), "ingest says it has no database")
        elif len(away) == 1 and time.monotonic() - away[0] > 3:
            assert ingest.is_fine("livez")
            ask(f"ALTER DATABASE {name} ALLOW_CONNECTIONS true")
            away.append(time.monotonic())

    Agent(broker_url, site, 3_000).run(take_away)
    assert len(away) == 2
    assert journaled(database_url, site) == list(range(1, 3_001))


def test_a_terminated_ingest_ends_with_0_and_the_next_goes_on(
    ingest: Ingest, database_url: str, broker_url: str, site: str
) -> None:
    ended: list[int] = []

    def terminate(marked: int) -> None:
        if marked > 200 and not ended:
            ended.append(ingest.end(signal.SIGTERM))
            ingest.start()

    Agent(broker_url, site, 600).run(terminate)
    assert ended == [0]
    assert journaled(database_url, site) == list(range(1, 601))


def test_two_at_once_do_no_harm(
    ingest: Ingest, database_url: str, broker_url: str, site: str, tmp_path: Path
) -> None:
    """One is stopped, another takes over, and the first wakes up with an old mind."""
    port = ports.choose(["metrics"])["metrics"]
    second = Ingest(
        {**ingest.environment, "LINESHAFT_METRICS_PORT": str(port)}, tmp_path / "second.log", port
    )
    seen: list[int] = []
    assert ingest.process is not None

    def swap(marked: int) -> None:
        assert ingest.process is not None
        if not seen and marked > 300:
            seen.append(marked)
            ingest.process.send_signal(signal.SIGSTOP)
            second.start()
        elif len(seen) == 1 and marked > 600:
            seen.append(marked)
            ingest.process.send_signal(signal.SIGCONT)

    try:
        Agent(broker_url, site, 3_000).run(swap)
        assert len(seen) == 2
        wait_until(lambda: ingest.fault("rival") is not None, "the first stands aside and says so")
        lost = second.metric("lineshaft_mqtt_reconnects_total")
        Agent(broker_url, site, 1_000, "b").run()
        assert (second.is_ready(), ingest.is_ready()) == (True, False)
        assert second.metric("lineshaft_mqtt_reconnects_total") == lost <= 1
        second.end(signal.SIGKILL)
        wait_until(ingest.is_ready, "the first goes on", within_s=15)
        Agent(broker_url, site, 1_000, "c").run()
    finally:
        second.end(signal.SIGKILL)
    for agent, count in (("a", 3_000), ("b", 1_000), ("c", 1_000)):
        assert journaled(database_url, site, agent) == list(range(1, count + 1))


@pytest.mark.usefixtures("ingest")
def test_a_new_id_of_the_journal_is_told_at_once_to_who_was_told_the_old(
    database_url: str, broker_url: str, site: str
) -> None:
    agent = Agent(broker_url, site, 10)
    agent.run()
    heard: queue.SimpleQueue[Message] = queue.SimpleQueue()

    def ids() -> set[str]:
        while not heard.empty():
            mark = marks.decode(heard.get().body)
            assert mark is not None
            told.add(mark.db)
        return told

    told: set[str] = set()
    with Link(broker_url, f"listener-{site}", on_message=heard.put, manual_ack=False) as link:
        link.subscribe(topics.mark_topic(site, "a"))
        wait_until(lambda: len(ids()) == 1, "the old id is told")
        with connect(database_url) as conn:
            renewed = journal.renew(conn)
        wait_until(lambda: renewed in ids(), "the new id is told")


@pytest.mark.usefixtures("ingest")
def test_refused_messages_are_dead_letters_and_what_is_behind_them_is_journaled(
    database_url: str, broker_url: str, site: str
) -> None:
    root = f"{topics.ROOT}/{site}/a"
    with Link(broker_url, f"agent-{site}") as link:
        wait_until(lambda: link.is_up, "the agent is connected")

        def send(seq: int, topic: str, body: bytes, agent: str = "a") -> None:
            link.publish(topic, body, properties=to_properties(Envelope("b1", Lane.LIVE, seq, 1, agent)))

        send(1, f"{root}/d/m", bytes(131_073))
        send(2, f"{root}/d/m/too/long", b"{}")
        send(3, f"{root}/d/m", b"{}", agent="other")
        send(3, f"{root}/d/m", b"{}")
        send(3, f"{root}/d/m", b"{}")
        send(5, f"{root}/d/m", b"{}")
        link.publish(f"{root}/d/m", b"x", properties=[("boot", "b1")])
        link.publish(f"{topics.ROOT}/{site}", b"x")
        link.publish(f"{root}/d/state", b"{}", retain=True)
        wait_until(lambda: journaled(database_url, site) == [3, None], "the good ones are journaled")
    with connect(database_url) as conn:
        rows = conn.execute("SELECT code, length, octet_length(body), seq FROM dead_letter ORDER BY 1, 2")
        assert rows.fetchall() == [
            ("agent_mismatch", 2, 2, None),
            ("envelope", 1, 1, None),
            ("oversize", 131_073, 65_536, 1),
            ("topic", 1, 1, None),
            ("topic", 2, 2, 2),
        ]
        books = accounting.books(conn)
    assert books.faults == []
    expected = {"received": 9, "journaled": 2, "duplicate": 1, "ahead": 1, "refused": 5}
    assert expected.items() <= books.messages.items()


@pytest.mark.usefixtures("ingest")
def test_it_ticks_once_a_second_and_beats(database_url: str) -> None:
    def ticks() -> list[int]:
        with connect(database_url) as conn:
            rows = journal.read(conn, 0, [journal.CONTROL_SHARD], 100)
        return [row.received_us // 1_000_000 for row in rows if row.topic == "_/tick"]

    wait_until(lambda: len(ticks()) >= 3, "three ticks")
    seconds = ticks()
    assert seconds == sorted(set(seconds))
    with connect(database_url) as conn:
        row = conn.execute("SELECT detail FROM service_beat WHERE service = 'ingest'").fetchone()
    assert row is not None
    assert row[0]["connected"] is True
