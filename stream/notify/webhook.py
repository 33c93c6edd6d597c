"""Webhooks, signed by the rules of Standard Webhooks: https://www.standardwebhooks.com."""

import base64
import hashlib
import hmac
from types import TracebackType
from typing import Any, Self

import orjson

from lineshaft import __version__
from lineshaft.clock import Clock, system_clock, to_datetime
from lineshaft.domain.delivery.message import say
from lineshaft.store.notifications import Notification
from stream.notify.base import PATIENT_S, DeliveryError, GoneError, RefusedError
from stream.notify.contacts import Book
from stream.notify.outgoing import Allowed, Outgoing

REFUSALS = frozenset({400, 413, 415, 422})
"""Answers that are about this message; any other failure is about the target."""
GONE = 410
PREFIX = "whsec_"


class Webhook:
    """One request a message; any 2xx is its receipt."""

    name = "webhook"
    latest_only = False
    is_whole = False
    schedule_s = PATIENT_S
    is_ready = True

    def __init__(
        self, book: Book, base_url: str, *, clock: Clock = system_clock, outgoing: Outgoing | None = None
    ) -> None:
        """Nothing happens before a message comes."""
        self._book = book
        self._base_url = base_url
        self._clock = clock
        self._outgoing = outgoing or Outgoing()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Nothing stays open between messages."""

    def wants_all(self) -> bool:
        """See `Channel`."""
        return False

    def show(self, target: str, body: dict[str, Any]) -> None:
        """See `Channel`: there is no place where an alarm stands."""

    def deliver(self, notification: Notification) -> None:
        """See `Channel`."""
        address = self._book.address(notification.target)
        body = body_of(notification, self._base_url)
        message_id, now_s = str(notification.notification_id), self._clock() // 1_000_000
        secrets = [address[name] for name in ("secret", "secret_before") if address.get(name)]
        headers = {
            "Content-Type": "application/json",
            "User-Agent": f"lineshaft/{__version__}",
            "webhook-id": message_id,
            "webhook-timestamp": str(now_s),
            "webhook-signature": signatures(secrets, message_id, now_s, body),
        }
        rules = Outgoing(Allowed(self._book.allowed), self._outgoing.deadline_s, self._outgoing.tls)
        answer = rules.post(address["url"], body, headers)
        if answer.status == GONE:
            raise GoneError("the receiver says that it is gone for good (410)")
        if answer.status in REFUSALS:
            raise RefusedError(f"the receiver refused it with {answer.status}")
        if not 200 <= answer.status < 300:
            raise DeliveryError(f"the receiver answered {answer.status}")


def body_of(notification: Notification, base_url: str) -> bytes:
    """The request's body: the same bytes at every try."""
    said = say(notification.body, notification.language, base_url)
    return orjson.dumps(
        {
            "type": f"alarm.{notification.body['kind']}",
            "timestamp": to_datetime(notification.created_us).isoformat(),
            "data": {
                "title": said.title,
                "text": said.plain,
                "link": said.link or None,
                "language": notification.language,
                **notification.body,
            },
        }
    )


def signatures(secrets: list[str], message_id: str, at_s: int, body: bytes) -> str:
    """The signature header: one signature for each active secret, so that either verifies while they change.

    >>> signatures(["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"], "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330,
    ...            b'{"test": 2432232314}')
    'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE='
    """
    signed = f"{message_id}.{at_s}.".encode() + body
    found = []
    for secret in secrets:
        key = base64.b64decode(secret.removeprefix(PREFIX))
        found.append("v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode())
    return " ".join(found)
