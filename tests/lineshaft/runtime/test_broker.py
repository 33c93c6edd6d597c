import queue
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import paho.mqtt.client as mqtt
import pytest
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from lineshaft.runtime import accounts, broker, ports
from waiting import wait_until

pytestmark = pytest.mark.broker


@pytest.fixture(scope="module")
def wheel_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The broker of the wheel, as on a machine without Mosquitto."""
    folder = tmp_path_factory.mktemp("broker")
    port = ports.choose(["broker"])["broker"]
    access = broker.Access("test", "a-password", ("readwrite #",))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(broker, "mosquitto", lambda: None)
        assert broker.flavour() == "iotcore"
        command = broker.prepare(folder, port, [access], accounts.Account())
    with (folder / "log").open("wb") as log:
        server = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
    try:
        wait_until(lambda: not ports.is_free(port), "the broker listens", alive=server, log=folder / "log")
        yield access.url(port)
    finally:
        server.terminate()
        server.wait(10)


def connect(url: str, password: str | None = None) -> tuple[mqtt.Client, ReasonCode | None]:
    """A client, and how the broker answered it; None where it hung up instead."""
    parts = urlsplit(url)
    answers: queue.Queue[ReasonCode | None] = queue.Queue()

    def on_connect(_c: mqtt.Client, _u: object, _f: object, code: ReasonCode, _p: Properties | None) -> None:
        answers.put(code)

    client = mqtt.Client(mqtt.CallbackAPIVersion.VERSION2, protocol=mqtt.MQTTv5)
    client.username_pw_set(parts.username, password or parts.password)
    client.on_connect = on_connect
    client.on_disconnect = lambda *_: answers.put(None)
    client.connect(parts.hostname or "", parts.port or 0)
    client.loop_start()
    return client, answers.get(timeout=10)


def check_a_message_goes_through_with_its_user_properties(url: str) -> None:
    client, code = connect(url)
    assert code is not None
    assert not code.is_failure
    came: queue.Queue[mqtt.MQTTMessage] = queue.Queue()
    ready: queue.Queue[int] = queue.Queue()
    client.on_message = lambda _c, _u, message: came.put(message)
    client.on_subscribe = lambda _c, _u, mid, _r, _p: ready.put(mid)
    client.subscribe("lineshaft/v1/runtime/#", qos=1)
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


def test_a_message_goes_through_with_its_user_properties(broker_url: str) -> None:
    check_a_message_goes_through_with_its_user_properties(broker_url)


def test_the_wheels_broker_carries_user_properties_as_well(wheel_url: str) -> None:
    check_a_message_goes_through_with_its_user_properties(wheel_url)


@pytest.mark.parametrize("which", ["broker_url", "wheel_url"])
def test_a_wrong_password_is_refused(request: pytest.FixtureRequest, which: str) -> None:
    client, code = connect(request.getfixturevalue(which), "wrong")
    client.loop_stop()
    assert code is None or code.is_failure


def test_the_files_are_for_the_brokers_eyes_only() -> None:
    account = accounts.unprivileged()
    access = broker.agent_access("hangzhou", "plant-1", "a-password")
    # Not pytest's own folder: started by root, the broker's account could not go through it.
    with tempfile.TemporaryDirectory() as outer:
        Path(outer).chmod(0o711)
        folder = Path(outer) / "broker"
        broker.prepare(folder, 1883, [access], account)
        check_files_are_private(folder)


def check_files_are_private(folder: Path) -> None:
    files = list(folder.iterdir())
    assert files
    for file in files:
        assert file.stat().st_mode & 0o077 == 0
        assert "a-password" not in file.read_text(encoding="utf-8") or file.suffix == ".toml"
