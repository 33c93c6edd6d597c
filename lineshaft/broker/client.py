"""The only door to MQTT: a `Link` keeps one connection up, and says which connection each message came by.

Built on paho 2.2 with a client object of its own for each connection, made anew after a loss. So nothing of
the old one can leak into the new: no message that paho would resend behind its owner's back and out of order,
and no acknowledgement for a message that another connection brought (the broker numbers them anew each time).

All four callbacks run on the network thread. They should only put something into a queue; while one blocks
(a full queue: back-pressure), nothing is read and no keepalive is sent. They must not take a lock that is
held anywhere around `publish`: paho calls `on_published` under its own lock, which `publish` also takes.
"""

import contextlib
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterable
from types import TracebackType
from typing import Any, NamedTuple, Self

import structlog
from paho.mqtt.client import Client, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode, MQTTProtocolVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode
from paho.mqtt.subscribeoptions import SubscribeOptions

from lineshaft.broker.address import Address, parse
from lineshaft.broker.backoff import Backoff
from lineshaft.broker.lives import Lives
from lineshaft.broker.message import Message, Subscription, Will

__all__ = ["KEEPALIVE_S", "SERVER_RETRY_S", "Link", "Message", "Subscription", "Will"]

RETRY_S = 30.0
"""A broker that comes back should not meet a whole fleet in its first second."""
SERVER_RETRY_S = 2.0
"""For the few links of the server itself, without which no agent gets on."""
KEEPALIVE_S = 30
"""Twice the longest stall a blocked callback should cause: ingest waits on the database for some seconds."""
CONNECT_S = 10
CLOSE_S = 3
MID_BITS = 16

log = structlog.get_logger()


class _Connection(NamedTuple):
    generation: int
    client: Client


class Link:
    """One client's connection, kept up in the background from entering the context to leaving it.

    `on_up(generation)` comes after each connect, with subscriptions already on their way,
    `on_down(generation)` after each loss: whatever `publish` took and `on_published(mid, reason code)` has
    not reported by then is for its owner to publish again. A reason code of 128 and up is a refusal, 16 says
    that nobody listens.
    """

    def __init__(  # noqa: PLR0913 — the one door to MQTT: each is a choice of its own, and all have names
        self,
        url: str,
        client_id: str,
        *,
        on_up: Callable[[int], None] = lambda _: None,
        on_down: Callable[[int], None] = lambda _: None,
        on_message: Callable[[Message], None] = lambda _: None,
        on_published: Callable[[int, int], None] = lambda *_: None,
        receive_maximum: int = 500,
        send_maximum: int = 100,
        will: Will | None = None,
        manual_ack: bool = True,
        clean_start: bool = True,
        session_expiry_s: int = 0,
        keepalive_s: int = KEEPALIVE_S,
        retry_s: float = RETRY_S,
    ) -> None:
        """Nothing happens before the context is entered.

        Args:
            url: `mqtt://user:password@host:port`, or `mqtts://`.
            client_id: fixed for a purpose: a random one loses its session.
            on_up: called with the generation of a new connection.
            on_down: called with the generation of a lost one.
            on_message: called with each message; unless `manual_ack` is false, `ack` it once it is safe.
            on_published: called with a `publish`'s mid and the broker's reason code.
            receive_maximum: un-acked messages the broker may have under way to us (20 gives 378 msg/s).
            send_maximum: un-acked messages we have under way; paho queues the rest. More than 100 is slower.
            will: the broker's word for us after a loss.
            manual_ack: messages are acked by `ack`, not by themselves.
            clean_start: forget the session of the last connection.
            session_expiry_s: how long the broker keeps the session of a lost connection.
            keepalive_s: the broker gives us up after 1.5 times this silence.
            retry_s: the longest pause between two tries to connect.

        Raises:
            AddressError: the URL cannot be used.
        """
        self._address = parse(url)
        self._client_id = client_id
        self._on_up, self._on_down = on_up, on_down
        self._on_message, self._on_published = on_message, on_published
        self._receive_maximum, self._send_maximum = receive_maximum, send_maximum
        self._will, self._manual_ack = will, manual_ack
        self._clean_start, self._session_expiry_s = clean_start, session_expiry_s
        self._keepalive_s = keepalive_s
        self._subscriptions: dict[str, Subscription] = {}
        self._backoff = Backoff(base_s=1, cap_s=retry_s)
        self._lives = Lives()
        self._up_s: float | None = None
        """When the connection that is held, or was held last, came up; None where none did."""
        self._generation = 0
        self._current: _Connection | None = None
        self._ended = threading.Event()
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._keep_up, name=f"link-{client_id}", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._closing.set()
        self._ended.set()
        self._thread.join()

    @property
    def is_up(self) -> bool:
        """Whether there is a connection now."""
        return self._current is not None

    @property
    def generation(self) -> int:
        """The number of the latest connection."""
        return self._generation

    @property
    def fault(self) -> str:
        """What is wrong with the connection, in a sentence; empty when all is well."""
        up_s = self._up_s if self.is_up else None
        if not self._lives.is_contested(None if up_s is None else time.monotonic() - up_s):
            return ""
        return f"{self._lives.short} connections in a row did not last: is {self._client_id} running twice?"

    def subscribe(self, topic_filter: str, *, qos: int = 1, retain_handling: int = 0) -> None:
        """Subscribe now and at each connect from now on."""
        subscription = Subscription(topic_filter, qos, retain_handling)
        self._subscriptions[topic_filter] = subscription
        current = self._current
        if current is not None:
            _subscribe(current.client, [subscription])

    def publish(  # noqa: PLR0913 — a message has these six parts; all but two have names
        self,
        topic: str,
        body: bytes,
        *,
        qos: int = 1,
        retain: bool = False,
        properties: Iterable[tuple[str, str]] = (),
        content_type: str = "",
    ) -> int | None:
        """Send a message; does not wait.

        Returns:
            A number that `on_published` will name, unique among those under way; None while there is no
            connection: then nothing was sent or kept.
        """
        current = self._current
        if current is None:
            return None
        extra = _properties(PacketTypes.PUBLISH)
        pairs = list(properties)
        if pairs:
            extra.UserProperty = pairs
        if content_type:
            extra.ContentType = content_type
        sent = current.client.publish(topic, body, qos=qos, retain=retain, properties=extra)
        if sent.rc != MQTTErrorCode.MQTT_ERR_SUCCESS:
            return None
        return current.generation << MID_BITS | sent.mid

    def ack(self, message: Message) -> bool:
        """Acknowledge a message; False, and nothing is sent, if the connection it came by is gone."""
        current = self._current
        if current is None or message.generation != current.generation:
            return False
        return current.client.ack(message.mid, message.qos) == MQTTErrorCode.MQTT_ERR_SUCCESS

    def _keep_up(self) -> None:
        """Hold one connection after the other until the link is closed."""
        while True:
            self._ended.clear()
            if self._closing.is_set():  # looked at after the clear: closing is set first, ended second
                return
            client = self._make(self._generation + 1)
            self._up_s = None
            try:
                self._connect(client)
            except OSError as error:
                log.warning("broker_unreachable", host=self._address.host, why=str(error))
            else:
                self._hold(client)
            self._closing.wait(max(self._backoff.next_s(), self._judge()))

    def _judge(self) -> float:
        """How long to wait for what the last connection's life says; it may have ended too soon."""
        if self._up_s is None or self._closing.is_set():
            return 0.0
        wait_s = self._lives.end(time.monotonic() - self._up_s)
        if self._lives.is_contested(None):
            log.error("connection_contested", why=self.fault, wait_s=round(wait_s, 1))
        return wait_s

    def _hold(self, client: Client) -> None:
        """Run a client's network thread until its connection ends."""
        client.loop_start()
        self._ended.wait()
        if self._closing.is_set():
            self._ended.clear()
            if client.disconnect() == MQTTErrorCode.MQTT_ERR_SUCCESS:
                self._ended.wait(CLOSE_S)  # the goodbye is sent, or the broker does not take it
        connection = client.socket()
        if isinstance(connection, socket.socket):
            with contextlib.suppress(OSError):  # it may have ended just now
                connection.shutdown(socket.SHUT_RDWR)  # else the thread could wait for a broker that hangs
        client.loop_stop()

    def _connect(self, client: Client) -> None:
        extra = _properties(PacketTypes.CONNECT)
        extra.ReceiveMaximum = self._receive_maximum
        extra.SessionExpiryInterval = self._session_expiry_s
        client.connect(
            self._address.host,
            self._address.port,
            keepalive=self._keepalive_s,
            clean_start=self._clean_start,
            properties=extra,
        )

    def _make(self, generation: int) -> Client:
        """A client for one connection; its callbacks know its generation."""
        client = Client(
            CallbackAPIVersion.VERSION2,
            client_id=self._client_id,
            protocol=MQTTProtocolVersion.MQTTv5,
            reconnect_on_failure=False,
            manual_ack=self._manual_ack,
        )
        client.connect_timeout = CONNECT_S
        client.max_inflight_messages_set(self._send_maximum)
        _secure(client, self._address)
        if self._will is not None:
            client.will_set(self._will.topic, self._will.body, self._will.qos, self._will.retain)

        def connected(_: Client, __: Any, ___: Any, reason: ReasonCode, extra: Properties | None) -> None:
            self._accept(_Connection(generation, client), reason, extra)

        def disconnected(_: Client, __: Any, ___: Any, reason: ReasonCode, ____: Any) -> None:
            if self._current is not None and self._current.client is client:
                self._current = None
                log.info("broker_down", client_id=self._client_id, generation=generation, reason=str(reason))
                self._call(self._on_down, generation)
            self._ended.set()

        def came(_: Client, __: Any, message: MQTTMessage) -> None:
            self._call(self._on_message, _to_message(message, generation))

        def published(_: Client, __: Any, mid: int, reason: ReasonCode, ___: Any) -> None:
            self._call(self._on_published, generation << MID_BITS | mid, reason.value)

        client.on_connect, client.on_disconnect = connected, disconnected
        client.on_message, client.on_publish = came, published
        return client

    def _accept(self, connection: _Connection, reason: ReasonCode, extra: Properties | None) -> None:
        """Make a connection the current one, or give it up if the broker refused it."""
        if reason.is_failure:
            log.error("broker_refused", client_id=self._client_id, reason=str(reason))
            self._ended.set()
            return
        allowed = getattr(extra, "ReceiveMaximum", self._send_maximum)
        if (
            allowed < self._send_maximum
        ):  # paho cannot change it on a connection: come again with the right one
            self._send_maximum = allowed
            self._ended.set()
            return
        _subscribe(connection.client, list(self._subscriptions.values()))
        self._backoff.reset()
        self._up_s = time.monotonic()
        self._generation, self._current = connection.generation, connection
        log.info("broker_up", client_id=self._client_id, generation=connection.generation)
        self._call(self._on_up, connection.generation)

    def _call(self, callback: Callable[..., None], *arguments: Any) -> None:
        """Run an owner's callback; if it fails, the connection is given up: nothing counts as taken."""
        try:
            callback(*arguments)
        except Exception:
            log.exception("link_callback_failed", client_id=self._client_id)
            self._ended.set()


def _properties(packet: int) -> Properties:
    return Properties(packet)  # type: ignore[no-untyped-call]  # paho leaves this constructor untyped


def _secure(client: Client, address: Address) -> None:
    if address.user:
        client.username_pw_set(address.user, address.password or None)
    if address.tls:
        client.tls_set_context(ssl.create_default_context(cafile=address.ca_file or None))


def _subscribe(client: Client, subscriptions: list[Subscription]) -> None:
    if subscriptions:
        client.subscribe(
            [(s.filter, SubscribeOptions(qos=s.qos, retainHandling=s.retain_handling)) for s in subscriptions]
        )


def _to_message(message: MQTTMessage, generation: int) -> Message:
    extra = message.properties
    return Message(
        topic=message.topic,
        body=bytes(message.payload),
        properties=getattr(extra, "UserProperty", []),
        content_type=getattr(extra, "ContentType", ""),
        retained=message.retain,
        mid=message.mid,
        qos=message.qos,
        generation=generation,
    )
