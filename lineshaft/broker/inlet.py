"""The link of who hears everything: as `Link`, but for 20,000 small messages a second instead of 10,000.

It speaks only what ingest needs of MQTT 5, with QoS 1, and hands over whatever came at once as one list. One
thread serves the connection; nobody else touches the socket. The guarantees are those of `Link`: each
connection has a generation, and an acknowledgement goes only over the connection its message came by.

While its owner has no room nothing is read, but pings go on: the broker holds what comes, and the connection.
"""

import time
from collections.abc import Callable, Iterable, Sequence
from threading import Event, Lock, Thread
from types import TracebackType
from typing import NamedTuple, Self

import structlog

from lineshaft.broker import packets
from lineshaft.broker.address import parse
from lineshaft.broker.backoff import Backoff
from lineshaft.broker.dial import Stream, dial
from lineshaft.broker.keepalive import Keepalive
from lineshaft.broker.message import Message, Subscription
from lineshaft.broker.outflow import Outflow
from lineshaft.broker.packets import Connack, ProtocolError, Puback, Terms
from lineshaft.broker.parser import PACKET_BYTES, Parser
from lineshaft.broker.talk import TakenOverError, Talk

RETRY_S = 2.0
"""The longest pause between two tries: without this link no agent gets on."""
RIVAL_RETRY_S = 60.0
"""Likewise, after another client took our session over: two that take turns should do so rarely. Not every
broker says that it happened (Mosquitto 2.0.11 only closes): `may_connect` is for who can tell otherwise."""
SETTLED_S = 60.0
"""A connection that lasted this long has no rival."""
ASIDE_S = 1.0
CLOSE_S = 3.0

log = structlog.get_logger()


class _Connection(NamedTuple):
    generation: int
    stream: Stream
    outflow: Outflow


class Inlet:
    """One client's connection, kept up in the background from entering the context to leaving it."""

    def __init__(  # noqa: PLR0913 - each is a choice of its own, and all but three have names
        self,
        url: str,
        client_id: str,
        terms: Terms,
        *,
        on_messages: Callable[[list[Message]], None],
        on_up: Callable[[int], None] = lambda _: None,
        on_down: Callable[[int], None] = lambda _: None,
        has_room: Callable[[], bool] = lambda: True,
        may_connect: Callable[[], bool] = lambda: True,
    ) -> None:
        """Nothing happens before the context is entered.

        Args:
            url: `mqtt://user:password@host:port`, or `mqtts://`.
            client_id: fixed for a purpose: a random one loses its session.
            terms: what to ask of the broker.
            on_messages: called with all messages that came at once; must not block. `ack` them once safe.
            on_up: called with the generation of a new connection.
            on_down: called with the generation of a lost one.
            has_room: asked before anything is read, often.
            may_connect: asked before each try to connect; may take a while.

        Raises:
            AddressError: the URL cannot be used.
        """
        self._address = parse(url)
        self._client_id, self._terms = client_id, terms
        self._on_messages, self._on_up, self._on_down = on_messages, on_up, on_down
        self._has_room, self._may_connect = has_room, may_connect
        self._subscriptions: dict[str, Subscription] = {}
        self._dropped: tuple[str, ...] = ()
        self._retry = Backoff(base_s=1, cap_s=RETRY_S)
        self._rival_retry = Backoff(base_s=4, cap_s=RIVAL_RETRY_S)
        self._generation = 0
        self._current: _Connection | None = None
        self._publishing = Lock()
        self._closing = Event()
        self._thread = Thread(target=self._keep_up, name=f"inlet-{client_id}", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._closing.set()
        current = self._current
        if current is not None:
            current.stream.ring()
        self._thread.join(CLOSE_S)  # it may be waiting for somebody who never answers

    @property
    def is_up(self) -> bool:
        """Whether there is a connection now."""
        return self._current is not None

    @property
    def generation(self) -> int:
        """The number of the latest connection."""
        return self._generation

    def subscribe(self, topic_filter: str, *, qos: int = 1, retain_handling: int = 0) -> None:
        """Subscribe at each connect; to be called before the context is entered."""
        self._subscriptions[topic_filter] = Subscription(topic_filter, qos, retain_handling)

    def drop(self, topic_filters: Iterable[str]) -> None:
        """Have no more of what the session may still ask for; to be called before the context is entered."""
        self._dropped = tuple(topic_filters)

    def publish(self, topic: str, body: bytes, *, retain: bool = False) -> bool:
        """Send a message with QoS 1; does not wait. False if there is no connection, or it is choked."""
        current = self._current
        if current is None:
            return False
        with self._publishing:
            packet = current.outflow.put(topic, body, retain=retain)
        if packet:
            current.stream.leave(packet)
        return packet is not None

    def ack(self, messages: Sequence[Message]) -> None:
        """Acknowledge messages in the order they came; those whose connection is gone come again."""
        current = self._current
        if current is not None:
            generation = current.generation
            mids = [message.mid for message in messages if message.qos and message.generation == generation]
            if mids:
                current.stream.leave(packets.pubacks(mids))

    def _keep_up(self) -> None:
        """Hold one connection after the other until the link is closed."""
        while not self._closing.is_set():
            if not self._may_connect():
                self._closing.wait(ASIDE_S)
                continue
            self._closing.wait(self._attempt().next_s())

    def _attempt(self) -> Backoff:
        """One connection from its beginning to its end; gives how to wait before the next."""
        begun_s = time.monotonic()
        waits = self._retry
        try:
            with Stream(dial(self._address)) as stream:
                self._talk(stream, begun_s)
        except TakenOverError:
            log.warning("session_taken_over", client_id=self._client_id, generation=self._generation)
            waits = self._rival_retry
        except (OSError, ProtocolError) as error:
            log.warning("broker_lost", client_id=self._client_id, host=self._address.host, why=str(error))
        except Exception:  # an owner's callback: the connection is given up, nothing counts as taken
            log.exception("link_callback_failed", client_id=self._client_id)
        finally:
            self._down()
        if time.monotonic() - begun_s > SETTLED_S:
            self._rival_retry.reset()
        return waits

    def _talk(self, stream: Stream, now_s: float) -> None:
        talk = Talk(
            stream,
            Parser(self._generation + 1),
            Keepalive(self._terms.keepalive_s, now_s, now_s),
            on_answer=lambda answer: self._up(stream, answer),
            on_messages=self._on_messages,
            on_puback=self._published,
            has_room=self._has_room,
        )
        talk.run(packets.connect(self._client_id, self._address, self._terms, PACKET_BYTES), self._closing)

    def _up(self, stream: Stream, answer: Connack) -> None:
        if self._dropped:
            stream.leave(packets.unsubscribe(2, self._dropped))
        if self._subscriptions:
            stream.leave(packets.subscribe(1, self._subscriptions.values()))
        self._retry.reset()
        self._generation += 1
        self._current = _Connection(self._generation, stream, Outflow(answer.receive_maximum))
        log.info("broker_up", client_id=self._client_id, generation=self._generation)
        self._on_up(self._generation)

    def _published(self, puback: Puback) -> None:
        if puback.reason >= packets.FAILURE:
            log.error("publish_refused", client_id=self._client_id, reason=puback.reason)
        if self._current is not None:
            with self._publishing:
                packet = self._current.outflow.acked(puback.mid)
            if packet:
                self._current.stream.leave(packet)

    def _down(self) -> None:
        if self._current is not None:
            self._current = None
            log.info("broker_down", client_id=self._client_id, generation=self._generation)
            self._on_down(self._generation)
