"""A load generator that owes nothing to the code it measures: paho, QoS 1, a window in memory.

It speaks for many agents on one connection, numbers each one's messages as the wire contract asks, keeps them
until the server's mark names them, and sends them again after a reconnect or four seconds without progress.
"""

import threading
import time
from collections import deque
from dataclasses import dataclass, field
from typing import Self
from urllib.parse import urlparse

import orjson
from paho.mqtt.client import Client, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

SITE = "bench"
SIGNALS = ("temp", "vib", "current", "pressure", "speed")
ROWS = 20
READINGS = ROWS * len(SIGNALS)
WINDOW = 1_000
STALL_S = 4.0


def now_us() -> int:
    """The wall clock, as the devices would have it."""
    return time.time_ns() // 1000


@dataclass
class Sent:
    """A message the server has not committed yet."""

    seq: int
    body: bytes
    made_us: int


@dataclass
class Agent:
    """One agent's numbering and what it still holds."""

    name: str
    boot: str
    seq: int = 0
    last_us: int = 0
    held: deque[Sent] = field(default_factory=deque)
    progress_us: int = 0


class Load:
    """Use as a context; `offer` sends one message of the next agent if the window allows."""

    def __init__(self, url: str, agents: int, boot: str) -> None:
        self.agents = [Agent(f"bench-{n:03}", boot) for n in range(agents)]
        self.committed_s: list[float] = []
        """Message made → its mark received, in seconds."""
        self.resent = 0
        self._by_name = {agent.name: agent for agent in self.agents}
        self._lock = threading.Lock()
        self._turn = 0
        self._in_flight = 0
        address = urlparse(url)
        self._client = Client(
            CallbackAPIVersion.VERSION2, client_id=f"bench-{boot}", protocol=MQTTProtocolVersion.MQTTv5
        )
        self._client.username_pw_set(address.username, address.password)
        self._client.max_inflight_messages_set(100)
        self._client.on_connect = self._on_connect
        self._client.on_message = self._on_mark
        self._address = (address.hostname or "127.0.0.1", address.port or 1883)
        self._ready = threading.Event()

    def __enter__(self) -> Self:
        self._client.connect(*self._address)
        self._client.loop_start()
        if not self._ready.wait(10):
            raise ConnectionError(f"no broker at {self._address}")
        return self

    def __exit__(self, *_: object) -> None:
        self._client.disconnect()
        self._client.loop_stop()

    @property
    def sent(self) -> int:
        """Messages made so far."""
        return sum(agent.seq for agent in self.agents)

    @property
    def in_flight(self) -> int:
        """Messages made and not yet committed."""
        return self._in_flight

    def offer(self, spacing_us: int) -> bool:
        """Make and send one message; False if the window is full.

        Args:
            spacing_us: between the rows of the message; its last row is now.
        """
        if self._in_flight >= WINDOW:
            return False
        agent = self.agents[self._turn % len(self.agents)]
        self._turn += 1
        made_us = now_us()
        first_us = max(made_us - spacing_us * (ROWS - 1), agent.last_us + 1)
        agent.last_us = first_us + spacing_us * (ROWS - 1)
        rows = [
            [
                row * spacing_us / 1000,
                *(20.0 + (agent.seq * 7 + row * 3 + k) % 50 / 10 for k in range(len(SIGNALS))),
            ]
            for row in range(ROWS)
        ]
        body = orjson.dumps({"v": 1, "ts": first_us / 1000, "n": SIGNALS, "r": rows})
        with self._lock:
            agent.seq += 1
            sent = Sent(agent.seq, body, made_us)
            if not agent.held:
                agent.progress_us = made_us
            agent.held.append(sent)
            self._in_flight += 1
        self._publish(agent, sent)
        return True

    def again_if_stalled(self) -> None:
        """Send again what no mark came for in a while."""
        now = now_us()
        for agent in self.agents:
            if agent.held and now - agent.progress_us > STALL_S * 1e6:
                self._again(agent)

    def _again(self, agent: Agent) -> None:
        with self._lock:
            held = list(agent.held)
            agent.progress_us = now_us()
        self.resent += len(held)
        for sent in held:
            self._publish(agent, sent)

    def _publish(self, agent: Agent, sent: Sent) -> None:
        lo = agent.held[0].seq if agent.held else sent.seq
        properties = Properties(PacketTypes.PUBLISH)
        properties.UserProperty = [
            ("boot", agent.boot), ("lane", "live"), ("seq", str(sent.seq)), ("lo", str(min(lo, sent.seq))),
            ("agent", agent.name),
        ]  # fmt: skip
        topic = f"lineshaft/v1/{SITE}/{agent.name}/machine/m"
        self._client.publish(topic, sent.body, qos=1, properties=properties)

    def _on_connect(self, client: Client, *_: object) -> None:
        client.subscribe(f"lineshaft/v1/{SITE}/+/_/mark", qos=1)
        self._ready.set()
        for agent in self.agents:
            if agent.held:
                self._again(agent)

    def _on_mark(self, _client: Client, _userdata: object, message: MQTTMessage) -> None:
        agent = self._by_name.get(message.topic.split("/")[3])
        mark = orjson.loads(message.payload)
        if agent is None or mark["boot"] != agent.boot:
            return
        received_us = now_us()
        with self._lock:
            while agent.held and agent.held[0].seq <= mark["live"]:
                self.committed_s.append((received_us - agent.held.popleft().made_us) / 1e6)
                self._in_flight -= 1
                agent.progress_us = received_us
