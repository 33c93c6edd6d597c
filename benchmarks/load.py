"""A load generator that owes nothing to the code it measures: some microseconds a message, its own process.

    python -m benchmarks.load --url mqtt://… [--per-message 100] [--rate 10000] [--seconds 10]

It speaks for many agents over a few connections, QoS 1. As the wire contract asks of an agent, it numbers
each one's messages, keeps them until the server's mark names them, sends no further than a window beyond the
mark, and sends again after a reconnect or four seconds without progress. What it keeps is in memory.

A reading's time is when it is made: with a rate, when it was *due*, however late the generator itself is.
It prints one JSON object at the end, and writes with --log each message's agent and time.
"""

import argparse
import contextlib
import json
import secrets
import select
import sys
import time
from array import array
from collections import deque
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import orjson

from benchmarks import bodies, mqtt
from benchmarks.link import Link, opened

SITE = "bench"
DEVICE = "machine"
CONNECTIONS = 4
STALL_S = 4.0
IDLE_S = 20.0
TURN = 16
"""Messages of one agent in a row at most, when there is no rate."""
LEAST_WAIT_S = 0.001
DRAIN_S = 180.0
ROOT = "lineshaft/v1"


@dataclass(slots=True, eq=False)
class Agent:
    """One agent's numbering and what it still holds."""

    number: int
    name: str
    link: Link
    topic: bytes
    """With its length, as in a packet."""
    properties: bytes
    """Of the envelope, those that stay the same."""
    seq: int = 0
    owed: int = 0
    """Messages that are due and not made: with a rate only."""
    last_ms: int = 0
    progress_s: float = 0.0
    held: deque[tuple[int, bytes]] = field(default_factory=deque)
    """Seq and body of what no mark has named."""
    waits: bool = False
    """Whether it stands in its link's queue."""


@dataclass(frozen=True)
class Plan:
    """What is to be sent."""

    url: str
    per_message: int = 100
    rate: float = 0.0
    """Readings a second; 0: as fast as the windows allow."""
    seconds: float = 10.0
    messages: int = 0
    """Stop after so many, 0: by time."""
    agents: int = 100
    window: int = 100
    """Messages beyond the mark, for each agent."""
    marks: bool = True
    """False for consumers that send none: then a message is done when the broker has it."""
    root: str = ROOT
    boot: str = ""
    """Of all its agents; default: a random one."""


class Generator:
    """`run` sends what the plan says."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.shape = bodies.shape_of(plan.per_message)
        every_s = plan.per_message * plan.agents / plan.rate if plan.rate else 0.0
        self.spacing_ms = max(1, int(every_s * 1000 / self.shape.rows * 0.95))
        self.tails = bodies.tails(self.shape, self.spacing_ms)
        self.boot = plan.boot or secrets.token_hex(6)
        self.agent_of = array("i")
        """Of each message made, in that order."""
        self.made_ms = array("q")
        """The time of its last reading."""
        self.resent = 0
        self.worst_late_s = 0.0
        self._links = [opened(plan.url, f"bench-{self.boot}-{n}") for n in range(CONNECTIONS)]
        self._marks = opened(plan.url, f"bench-{self.boot}-marks")
        self._agents = [self._agent(n) for n in range(plan.agents)]
        self._by_name = {agent.name: agent for agent in self._agents}
        self._owed = 0
        self.begin_s = self._now_s = time.time()
        self._touched_s = self.begin_s
        if plan.marks:
            self._listen()

    @property
    def in_flight(self) -> int:
        """Messages made and not named by a mark."""
        return sum(len(agent.held) for agent in self._agents)

    def run(self) -> None:
        """Send all, and wait until all is committed.

        Raises:
            TimeoutError: marks do not come for what was sent.
        """
        # A first message's readings lie before its making; who sent before may have had those instants.
        time.sleep(self.spacing_ms * (self.shape.rows - 1) / 1000)
        self.begin_s = self._now_s = time.time()
        for agent in self._agents:
            agent.progress_s = self.begin_s
            if not self.plan.rate:
                self._queue(agent)
        while not self._is_over():
            self._owe()
            self._send()
            self._wait()
        deadline = time.time() + DRAIN_S
        while self.in_flight or any(link.waiting or link.unacked for link in self._links):
            if time.time() > deadline:
                raise TimeoutError(f"{self.in_flight} messages are not committed")
            self._wait()

    def close(self) -> None:
        """Leave the broker."""
        for link in (*self._links, self._marks):
            link.sock.close()

    def _agent(self, n: int) -> Agent:
        name = f"bench-{n:03}"
        fixed = {"boot": self.boot, "lane": "live", "agent": name}
        topic = mqtt.text(f"{self.plan.root}/{SITE}/{name}/{DEVICE}/m")
        return Agent(n, name, self._links[n % CONNECTIONS], topic, mqtt.user_properties(fixed))

    def _is_over(self) -> bool:
        if self.plan.messages:
            return len(self.agent_of) >= self.plan.messages
        if self.plan.rate:
            return len(self.agent_of) >= self._due(self.plan.seconds)
        return self._now_s - self.begin_s >= self.plan.seconds

    def _due(self, passed_s: float) -> int:
        """Messages that are due so long after the beginning."""
        return round(min(passed_s, self.plan.seconds) * self.plan.rate / self.plan.per_message - 0.5 + 1e-6)

    def _owe(self) -> None:
        """Queue the agents whose next message has fallen due."""
        if not self.plan.rate:
            return
        due = self._due(self._now_s - self.begin_s)
        for number in range(self._owed, due):
            agent = self._agents[number % len(self._agents)]
            agent.owed += 1
            self._queue(agent)
        self._owed = due

    def _queue(self, agent: Agent) -> None:
        if not agent.waits:
            agent.waits = True
            agent.link.ready.append(agent)

    def _send(self) -> None:
        for link in self._links:
            with contextlib.suppress(OSError):  # the next wait sees it too, and connects again
                while link.ready and link.has_room:
                    self._turn(link.ready.popleft())
                link.flush()

    def _turn(self, agent: Agent) -> None:
        """Make the messages of one agent that may be made now."""
        agent.waits = False
        room = min(self.plan.window - len(agent.held), agent.owed if self.plan.rate else TURN)
        if self.plan.messages:
            room = min(room, self.plan.messages - len(self.agent_of))
        for _ in range(room):
            self._make(agent)
        more = agent.owed if self.plan.rate else room > 0
        if more and len(agent.held) < self.plan.window and not (self.plan.messages and self._is_over()):
            self._queue(agent)

    def _make(self, agent: Agent) -> None:
        made_s = self._now_s
        if self.plan.rate:
            due = agent.seq * len(self._agents) + agent.number
            made_s = self.begin_s + (due + 1) * self.plan.per_message / self.plan.rate
            self.worst_late_s = max(self.worst_late_s, self._now_s - made_s)
            agent.owed -= 1
        first_ms = max(int(made_s * 1000) - self.spacing_ms * (self.shape.rows - 1), agent.last_ms + 1)
        agent.last_ms = first_ms + self.spacing_ms * (self.shape.rows - 1)
        body = bodies.HEAD % first_ms + self.tails[agent.seq % len(self.tails)]
        if not agent.held:
            agent.progress_s = self._now_s
        agent.seq += 1
        if self.plan.marks:
            agent.held.append((agent.seq, body))
        self.agent_of.append(agent.number)
        self.made_ms.append(agent.last_ms)
        self._publish(agent, agent.seq, body)

    def _publish(self, agent: Agent, seq: int, body: bytes) -> None:
        lowest = b"%d" % (agent.held[0][0] if agent.held else seq)
        this = b"%d" % seq
        moving = b"&\x00\x03seq\x00%c%b&\x00\x02lo\x00%c%b" % (len(this), this, len(lowest), lowest)
        properties = mqtt.SHORT[len(agent.properties) + len(moving)]
        length = len(agent.topic) + 2 + len(properties) + len(agent.properties) + len(moving) + len(body)
        head = mqtt.SHORT[length] if length < len(mqtt.SHORT) else mqtt.varint(length)
        link = agent.link
        link.waiting += b"".join(
            (b"\x32", head, agent.topic, link.next_id(), properties, agent.properties, moving, body)
        )

    def _wait(self) -> None:
        """Hear what comes until there is something to do."""
        wait_s = 0.05
        if any(link.ready and link.has_room for link in self._links):
            wait_s = 0.0
        elif self.plan.rate and self._now_s - self.begin_s < self.plan.seconds:
            next_s = self.begin_s + (self._owed + 1) * self.plan.per_message / self.plan.rate
            wait_s = min(wait_s, max(LEAST_WAIT_S, next_s - time.time()))
        everyone = [*self._links, self._marks]
        readable, writable, _ = select.select(
            everyone, [link for link in everyone if link.waiting], [], wait_s
        )
        self._now_s = time.time()
        for link in {*readable, *writable}:
            try:
                link.flush()
                if link is self._marks:
                    self._take_marks()
                else:
                    link.take_pubacks()
            except OSError:
                self._connect_again(link)
        if self._now_s - self._touched_s > 1:
            self._touch()

    def _touch(self) -> None:
        """Once a second: send again what stands still, and keep idle connections."""
        self._touched_s = self._now_s
        for agent in self._agents:
            if agent.held and self._now_s - agent.progress_s > STALL_S:
                self._again(agent)
        if int(self._now_s) % int(IDLE_S) == 0:
            self._marks.waiting += mqtt.PING

    def _again(self, agent: Agent) -> None:
        agent.progress_s = self._now_s
        self.resent += len(agent.held)
        for seq, body in agent.held:
            self._publish(agent, seq, body)

    def _listen(self) -> None:
        self._marks.waiting += mqtt.subscribe(1, f"{self.plan.root}/{SITE}/+/_/mark")
        self._marks.flush()

    def _take_marks(self) -> None:
        for kind, body in self._marks.splitter.packets(self._marks.receive()):
            if kind != mqtt.PUBLISH:
                continue
            topic, packet_id, words = mqtt.message(body)
            self._marks.waiting += mqtt.puback(packet_id)
            agent, mark = self._by_name.get(topic.split("/")[3]), orjson.loads(words)
            if agent is not None and mark["boot"] == self.boot:
                self._heed(agent, mark["live"])
        self._marks.flush()

    def _heed(self, agent: Agent, committed: int) -> None:
        held = agent.held
        while held and held[0][0] <= committed:
            held.popleft()
            agent.progress_s = self._now_s
        if (agent.owed if self.plan.rate else not self._is_over()) and len(held) < self.plan.window:
            self._queue(agent)

    def _connect_again(self, link: Link) -> None:
        """Wait for the broker, then send again all that the connection's agents hold."""
        link.sock.close()
        fresh = None
        while fresh is None:
            time.sleep(0.2)
            with contextlib.suppress(OSError):
                fresh = opened(self.plan.url, f"bench-{self.boot}-{secrets.token_hex(2)}")
        link.sock, link.window, link.splitter = fresh.sock, fresh.window, fresh.splitter
        link.waiting.clear()
        link.unacked = 0
        if link is self._marks:
            self._listen()
        for agent in self._agents:
            if agent.link is link:
                self._again(agent)


def report(generator: Generator) -> dict[str, float | int | str]:
    """What was sent."""
    made = len(generator.agent_of)
    return {
        "boot": generator.boot,
        "messages": made,
        "readings": made * generator.plan.per_message,
        "resent": generator.resent,
        "worst_late_s": round(generator.worst_late_s, 3),
        "last_ms": max(generator.made_ms, default=0),
    }


def main(arguments: list[str] | None = None) -> int:
    """Send, and print what was sent."""
    plan, log = read(arguments)
    generator = Generator(plan)
    prepared_s = time.process_time()
    generator.run()
    took_s = time.time() - generator.begin_s
    generator.close()
    if log:
        np.savez(log, agent=np.array(generator.agent_of), made_ms=np.array(generator.made_ms))
    said = report(generator)
    cpu_s = time.process_time() - prepared_s
    print(json.dumps({**said, "begin_s": generator.begin_s, "seconds": took_s, "cpu_s": round(cpu_s, 3)}))
    return 0


def read(arguments: list[str] | None) -> tuple[Plan, Path | None]:
    """The plan in a command line, and where to log."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.load", description=__doc__.split("\n")[0])
    parser.add_argument("--url", required=True)
    parser.add_argument("--per-message", type=int, default=Plan.per_message)
    parser.add_argument("--rate", type=float, default=0.0, help="readings a second; 0: flat out")
    parser.add_argument("--seconds", type=float, default=Plan.seconds)
    parser.add_argument("--messages", type=int, default=0, help="stop after so many")
    parser.add_argument("--agents", type=int, default=Plan.agents)
    parser.add_argument("--window", type=int, default=Plan.window, help="messages beyond the mark, an agent")
    parser.add_argument("--no-marks", dest="marks", action="store_false", help="for consumers that send none")
    parser.add_argument("--root", default=ROOT)
    parser.add_argument("--boot", default="", help="of all its agents")
    parser.add_argument("--log", type=Path)
    wanted = vars(parser.parse_args(arguments))
    log = wanted.pop("log")
    return Plan(**wanted), log


if __name__ == "__main__":
    sys.exit(main())
