"""Alarms on the broker: one retained message each while they are open, so that any panel can show them."""

import threading
from types import TracebackType
from typing import Any, Self

import orjson

from lineshaft.broker.client import SERVER_RETRY_S, Link
from lineshaft.store.notifications import Notification
from stream.notify.base import PATIENT_S, DeliveryError
from stream.settings import StreamSettings

CLIENT_ID = "lineshaft-notify"
PUBACK_S = 5.0
REFUSED = 128
"""MQTT 5 reason codes from here on say that the broker did not take the message."""


class Mqtt:
    """The retained topic of each alarm (`lineshaft.wire.alert`)."""

    name = "mqtt"
    latest_only = True
    is_whole = True
    schedule_s = PATIENT_S

    def __init__(self, settings: StreamSettings) -> None:
        """Nothing happens before the context is entered."""
        self._link = Link(
            settings.broker_url,
            CLIENT_ID,
            on_up=self._on_up,
            on_down=self._on_down,
            on_published=self._took,
            retry_s=SERVER_RETRY_S,
        )
        self._answers: dict[int, int] = {}
        """mid → the broker's reason code."""
        self._answered = threading.Condition()
        self._is_new = False

    def __enter__(self) -> Self:
        self._link.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._link.__exit__(kind, error, trace)

    @property
    def is_ready(self) -> bool:
        """See `Channel`."""
        return self._link.is_up

    def wants_all(self) -> bool:
        """See `Channel`: a broker that keeps nothing on disk comes back without its retained messages."""
        is_new, self._is_new = self._is_new, False
        return is_new

    def deliver(self, notification: Notification) -> None:
        """See `Channel`."""
        self.show(notification.target, notification.body)

    def show(self, target: str, body: dict[str, Any]) -> None:
        """See `Channel`; a closed alarm is shown by an empty retained message, which clears the topic."""
        message = b"" if body["st"] == "closed" else orjson.dumps(body)
        mid = self._link.publish(target, message, retain=True, content_type="application/json")
        if mid is None:
            raise DeliveryError("no connection to the broker")
        with self._answered:
            if not self._answered.wait_for(lambda: mid in self._answers, PUBACK_S):
                raise DeliveryError(f"the broker did not answer within {PUBACK_S:g} s")
            reason = self._answers.pop(mid)
        if reason >= REFUSED:
            raise DeliveryError(f"the broker refused {target} with reason {reason}")

    def _on_up(self, _: int) -> None:
        self._is_new = True

    def _on_down(self, _: int) -> None:
        with self._answered:
            self._answers.clear()

    def _took(self, mid: int, reason: int) -> None:
        with self._answered:
            self._answers[mid] = reason
            self._answered.notify_all()
