"""Chats through apprise's services, to a receiver on this machine: allowed or not, away, and in words."""

import json
from collections.abc import Iterator
from typing import Any
from uuid import UUID

import pytest

from delivery_rows import Receiver, receiver
from lineshaft.clock import SECOND_US
from lineshaft.store.notifications import Notification
from stream.notify.base import DeliveryError, GoneError
from stream.notify.chat import Chat

# Apprise reads all its services at the first use, one of which wants a module that Python is about to drop.
pytestmark = pytest.mark.filterwarnings("ignore:'imghdr' is deprecated:DeprecationWarning")

KEY = UUID("5b3c6b0e-0d3f-5c3e-9a63-1f3f3a0f6c11")
INSIDE = ("127.0.0.0/8",)
# Apprise's own form, and that of Slack and its like (Mattermost is a Slack one may have at home).
SERVICES = {
    "json": "json://127.0.0.1:{port}/hook",
    "mmost": "mmost://127.0.0.1:{port}/3ccdd113474722377935511fc85d3dd4",
}


class Known:
    """What the notifier knows of contacts: one, and what may be reached inside."""

    def __init__(self, url: str, *allowed: str) -> None:
        self.url = url
        self.allowed = allowed

    def address(self, _: str) -> dict[str, str]:
        return {"url": self.url}


@pytest.fixture
def sink() -> Iterator[Receiver]:
    with receiver() as sink:
        yield sink


def message(language: str = "en") -> Notification:
    alarm = {
        "id": "a", "source": "pump-101", "rule": "anomaly", "priority": 1, "active": True, "since": 0,
        "msg": "alarm.anomaly", "ctx": {"contributors": [{"signal": "vib", "share": 0.7}], "mode": "bearing"},
        "name": {"en": "Coolant pump 1", "zh": "1 号冷却泵"}, "machine": "pump-101",
    }  # fmt: skip
    body = {"v": 1, "kind": "firing", "count": 1, "worst": 1, "ts": 1, "alarms": [alarm]}
    return Notification(KEY, "apprise", "chat", body, 0, 1_700_000_000 * SECOND_US, language)


def chat(service: str, sink: Receiver, *allowed: str) -> Chat:
    known: Any = Known(SERVICES[service].format(port=sink.port), *allowed)
    return Chat(known, "https://plant.example")


@pytest.mark.parametrize("service", SERVICES)
def test_a_chat_inside_is_reached_only_when_it_is_allowed(sink: Receiver, service: str) -> None:
    with pytest.raises(GoneError, match="not public and not allowed"):
        chat(service, sink).deliver(message())
    with pytest.raises(GoneError):
        chat(service, sink, "10.0.0.0/8").deliver(message())
    assert sink.got == []
    sink.status = 200
    chat(service, sink, *INSIDE).deliver(message())
    [got] = sink.got
    said = json.loads(got.body)
    words = " ".join(map(str, (said.get("title", ""), said.get("message", ""), said.get("text", ""))))
    assert "Coolant pump 1" in words
    assert "Unusual behaviour, mostly Vibration" in words
    assert "https://plant.example/machines/pump-101" in words


def test_a_chat_is_in_its_language(sink: Receiver) -> None:
    sink.status = 200
    chat("json", sink, *INSIDE).deliver(message("zh-CN"))
    [got] = sink.got
    assert "1 号冷却泵" in json.loads(got.body)["title"]
    assert "运行异常，主要是振动" in json.loads(got.body)["message"]  # noqa: RUF001 - Chinese


@pytest.mark.parametrize("service", SERVICES)
@pytest.mark.parametrize("status", [302, 503])
def test_who_refuses_or_sends_on_has_not_got_it(sink: Receiver, service: str, status: int) -> None:
    sink.status = status
    with pytest.raises(DeliveryError) as raised:
        chat(service, sink, *INSIDE).deliver(message())
    assert not isinstance(raised.value, GoneError)
    assert len(sink.got) == 1
    assert str(sink.port) not in str(raised.value)


@pytest.mark.parametrize("url", ["exec://rm", "file:///etc/passwd", "json://", "dbus://"])
def test_what_is_no_service_to_speak_to_is_never_tried(sink: Receiver, url: str) -> None:
    known: Any = Known(url, *INSIDE)
    with pytest.raises(GoneError):
        Chat(known, "").deliver(message())
    assert sink.got == []
