import queue
from collections.abc import Callable
from urllib.parse import urlsplit

import paho.mqtt.client as mqtt
import pytest
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

pytestmark = pytest.mark.broker

Connect = Callable[..., tuple[mqtt.Client, ReasonCode]]


def connect(url: str, password: str | None = None) -> tuple[mqtt.Client, ReasonCode]:
    parts = urlsplit(url)
    answers: queue.Queue[ReasonCode] = queue.Queue()

    def on_connect(_c: mqtt.Client, _u: object, _f: object, code: ReasonCode, _p: Properties | None) -> None:
        answers.put(code)

    client = mqtt.Client(mqtt.CallbackAPIVersion.VERSION2, protocol=mqtt.MQTTv5)
    client.username_pw_set(parts.username, password or parts.password)
    client.on_connect = on_connect
    client.connect(parts.hostname or "", parts.port or 0)
    client.loop_start()
    return client, answers.get(timeout=10)


def test_a_message_goes_through_with_its_user_properties(broker_url: str) -> None:
    client, code = connect(broker_url)
    assert not code.is_failure
    came: queue.Queue[mqtt.MQTTMessage] = queue.Queue()
    ready: queue.Queue[int] = queue.Queue()
    client.on_message = lambda _c, _u, message: came.put(message)
    client.on_subscribe = lambda _c, _u, mid, _r, _p: ready.put(mid)
    client.subscribe("lineshaft/v1/#", qos=1)
    ready.get(timeout=10)
    properties = Properties(3)  # PUBLISH
    properties.UserProperty = ("seq", "1")
    client.publish("lineshaft/v1/runtime/a/b/m", b"{}", qos=1, properties=properties)
    message = came.get(timeout=10)
    client.disconnect()
    client.loop_stop()
    assert message.payload == b"{}"
    assert message.properties is not None
    assert message.properties.UserProperty == [("seq", "1")]


def test_a_wrong_password_is_refused(broker_url: str) -> None:
    client, code = connect(broker_url, "wrong")
    client.loop_stop()
    assert code.is_failure
