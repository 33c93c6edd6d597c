"""The broker's production files, on a real Mosquitto where there is one: who may say what."""

import queue
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import paho.mqtt.client as mqtt
import pytest
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from lineshaft.runtime import accounts, broker, ports
from waiting import wait_until

ROOT = Path(__file__).parent.parent.parent
pytestmark = pytest.mark.broker


@pytest.fixture(scope="module")
def port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """The production configuration with its paths and ports moved, and without the TLS listener."""
    program = broker.mosquitto()
    if program is None:
        pytest.skip("no mosquitto here")
    folder = tmp_path_factory.mktemp("broker")
    port = ports.choose(["broker"])["broker"]
    text = (ROOT / "deploy/broker/mosquitto.conf").read_text(encoding="utf-8")
    start, end = text.index("listener 8883"), text.index("max_connections 5000")
    # Only places are changed. Started by root, it must be told to stay root: the folder is root's.
    text = text[:start] + text[end:].replace("max_connections 5000", "")
    text = text.replace("listener 1883", f"listener {port} 127.0.0.1\nuser root")
    text = text.replace("/mosquitto/config/acl", str(folder / "acl")).replace(
        "/mosquitto/data/", f"{folder}/"
    )
    text = text.replace("/run/secrets/passwords", str(folder / "passwords"))
    (folder / "mosquitto.conf").write_text(text, encoding="utf-8")
    shutil.copy(ROOT / "deploy/broker/acl", folder / "acl")
    names = ("lineshaft", "plant-1", "fleet-1")
    (folder / "passwords").write_text(
        "".join(f"{name}:{broker.hashed(name)}\n" for name in names), encoding="utf-8"
    )
    with (folder / "log").open("wb") as log:
        server = subprocess.Popen([program, "-c", str(folder / "mosquitto.conf")], stdout=log, stderr=log)
    try:
        wait_until(lambda: not ports.is_free(port), "the broker listens", alive=server, log=folder / "log")
        yield port
    finally:
        server.terminate()
        server.wait(10)


class Speaker:
    """A client that waits for each answer."""

    def __init__(self, port: int, login: str, password: str | None = None) -> None:
        self.answers: queue.Queue[ReasonCode] = queue.Queue()
        self.connects: queue.Queue[ReasonCode] = queue.Queue()  # older brokers hang up after a refusal
        self.heard: queue.Queue[str] = queue.Queue()
        self.client = mqtt.Client(mqtt.CallbackAPIVersion.VERSION2, protocol=mqtt.MQTTv5)
        self.client.username_pw_set(login, password or login)
        self.client.on_connect = self._on_connect
        self.client.on_publish = lambda _c, _u, _m, code, _p: self.answers.put(code)
        self.client.on_subscribe = lambda _c, _u, _m, codes, _p: self.answers.put(codes[0])
        self.client.on_message = lambda _c, _u, message: self.heard.put(message.topic)
        self.client.connect("127.0.0.1", port)
        self.client.loop_start()
        self.connected = self.connects.get(timeout=10)

    def _on_connect(
        self, _c: mqtt.Client, _u: object, _f: object, code: ReasonCode, _p: Properties | None
    ) -> None:
        self.connects.put(code)

    def may_publish(self, topic: str) -> bool:
        self.client.publish(topic, b"{}", qos=1)
        return not self.answers.get(timeout=10).is_failure

    def close(self) -> None:
        self.client.disconnect()
        self.client.loop_stop()


def test_an_agent_speaks_for_its_own_devices_only(port: int) -> None:
    agent = Speaker(port, "plant-1")
    assert agent.may_publish("lineshaft/v1/hangzhou/plant-1/pump-101/m")
    assert agent.may_publish("lineshaft/v1/hangzhou/plant-1/pump-101/state")
    assert not agent.may_publish("lineshaft/v1/hangzhou/fleet-1/truck-01/gps")
    assert not agent.may_publish("lineshaft/v1/hangzhou/plant-1/_/mark")
    assert not agent.may_publish("lineshaft/v1/hangzhou/plant-1/pump-101/cmd")
    assert not agent.may_publish("anything/else")
    agent.close()


def test_an_agent_hears_its_own_mark_and_nobody_elses(port: int) -> None:
    agent, server = Speaker(port, "fleet-1"), Speaker(port, "lineshaft")
    agent.client.subscribe("#", qos=1)
    agent.answers.get(timeout=10)
    assert server.may_publish("lineshaft/v1/hangzhou/plant-1/_/mark")
    assert server.may_publish("lineshaft/v1/hangzhou/fleet-1/_/mark")
    assert agent.heard.get(timeout=10) == "lineshaft/v1/hangzhou/fleet-1/_/mark"
    assert agent.heard.empty()
    agent.close()
    server.close()


def test_who_has_no_password_stays_outside(port: int) -> None:
    stranger = Speaker(port, "plant-1", "guess")
    stranger.client.loop_stop()
    assert stranger.connected.is_failure


def test_the_embedded_brokers_rules_are_the_same_as_the_deployed_ones() -> None:
    embedded = broker.agent_access("+", "%u", "x").rules
    deployed = (ROOT / "deploy/broker/acl").read_text(encoding="utf-8").splitlines()
    assert {f"pattern {rule}" for rule in embedded} == {
        line for line in deployed if line.startswith("pattern")
    }
    assert accounts.NAME == "lineshaft"
