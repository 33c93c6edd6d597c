"""What is said over one connection, from the broker's answer to its end, by the thread that serves it."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from threading import Event

import structlog

from lineshaft.broker import packets
from lineshaft.broker.dial import CONNECT_S, Stream
from lineshaft.broker.keepalive import Keepalive
from lineshaft.broker.message import Message
from lineshaft.broker.packets import Connack, Farewell, ProtocolError, Puback, Suback
from lineshaft.broker.parser import Packet, Parser

ROOM_S = 0.01
"""How often to look whether there is room again."""
IDLE_S = 60.0
BUSY_MESSAGES, GATHER_S = 4, 0.005
"""When so many come at once, more is let come before the next look: each look costs as much as 5 messages."""

log = structlog.get_logger()


class RefusedError(ConnectionError):
    """The broker does not let us in, or ended the connection."""


class TakenOverError(RefusedError):
    """Another client connected by our name."""


@dataclass(slots=True)
class Talk:
    """Reads while there is room, answers, and asks whether the broker is still there."""

    stream: Stream
    parser: Parser
    keepalive: Keepalive
    on_answer: Callable[[Connack], None]
    on_messages: Callable[[list[Message]], None]
    on_puback: Callable[[Puback], None]
    has_room: Callable[[], bool]
    _answer_by_s: float | None = field(default_factory=lambda: time.monotonic() + CONNECT_S)
    """When we give up waiting to be let in; None once we are."""

    def run(self, hello: bytes, closing: Event) -> None:
        """Connect, and serve the connection until `closing`.

        Raises:
            RefusedError, TakenOverError: the broker ended it.
            ProtocolError: it says what cannot be understood.
            OSError: the connection is lost, or silent for too long.
        """
        self.stream.leave(hello)
        while not closing.is_set():
            now_s = time.monotonic()
            self._flush(now_s)
            reads = self.has_room()
            chunk = self.stream.receive() if reads else None
            if chunk is None:
                self._wait(now_s, reads=reads)
            else:
                self.keepalive.heard(now_s)
                if self._take(self._parsed(chunk)) >= BUSY_MESSAGES:
                    self.stream.wait(GATHER_S, readable=False)
        self._leave()

    def _flush(self, now_s: float) -> None:
        if self.keepalive.is_due(now_s):
            self.stream.leave(packets.PINGREQ)
            self.keepalive.asked(now_s)
        if self.stream.flush():
            self.keepalive.sent(now_s)

    def _wait(self, now_s: float, *, reads: bool) -> None:
        if not reads:
            self.keepalive.heard(now_s)
        elif self.keepalive.is_dead(now_s) or (self._answer_by_s is not None and now_s > self._answer_by_s):
            raise TimeoutError("the broker does not answer")
        quarter_s = self.keepalive.interval_s / 4 or IDLE_S
        self.stream.wait(min(quarter_s, CONNECT_S / 2) if reads else ROOM_S, readable=reads)

    def _parsed(self, chunk: bytes) -> Sequence[Packet]:
        try:
            return self.parser.feed(chunk)
        except ProtocolError as error:
            self.stream.leave(packets.disconnect(error.reason))
            self.stream.flush()
            raise

    def _take(self, found: Sequence[Packet]) -> int:
        """Pass on what came; gives how many messages it were."""
        messages = [packet for packet in found if type(packet) is Message]
        if len(messages) < len(found):
            for packet in found:
                if type(packet) is not Message:
                    self._heed(packet)
        if messages:
            self.on_messages(messages)
        return len(messages)

    def _heed(self, packet: Packet) -> None:
        if isinstance(packet, Connack):
            if packet.reason >= packets.FAILURE:
                raise RefusedError(f"the broker refuses us (reason 0x{packet.reason:02x})")
            if packet.keepalive_s is not None:
                self.keepalive.interval_s = packet.keepalive_s
            self._answer_by_s = None
            self.on_answer(packet)
        elif isinstance(packet, Suback):
            if any(reason >= packets.FAILURE for reason in packet.reasons):
                raise RefusedError(f"the broker refuses a subscription (reasons {packet.reasons.hex(' ')})")
        elif isinstance(packet, Puback):
            self.on_puback(packet)
        elif isinstance(packet, Farewell):
            kind = TakenOverError if packet.reason == packets.TAKEN_OVER else RefusedError
            raise kind(f"the broker hangs up (reason 0x{packet.reason:02x}) {packet.text}".rstrip())

    def _leave(self) -> None:
        """Say goodbye behind all that was left to send; the broker may be in no state to take it."""
        self.stream.leave(packets.disconnect())
        give_up_s = time.monotonic() + 1
        while self.stream.has_unsent and time.monotonic() < give_up_s:
            if not self.stream.flush():
                self.stream.wait(0.1, readable=False)
