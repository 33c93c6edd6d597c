"""The negative control: what one would write without thinking of kills, beside the same kills.

A publisher that deletes a message at the broker's PUBACK, and a consumer that lets the library acknowledge a
message when it arrives and writes a batch a while later. Both use QoS 1, a persistent session and a database
that syncs; both try again after errors. It must lose messages in a run where the product loses none, else
the run has proved nothing.

This file is both programs and the part that starts, kills and judges them.
"""

import argparse
import contextlib
import os
import queue
import signal
import sqlite3
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Self
from urllib.parse import urlsplit

import psycopg
from paho.mqtt.client import Client, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

TOPIC = "lineshaft/v1/_control/lossy"
"""A level that begins with `_` is the server's own: the product's ingest leaves it alone."""
BATCH_S = 1.0
BATCH = 500
ROLES = {"publish": ("edge-",), "consume": ("ingest",)}
"""Which of the product's services each is killed together with, by their names' beginnings."""


def publish(url: str, folder: Path, rate: float) -> None:
    """Keep each message in a file until its PUBACK; what is left there is sent again after a restart."""
    box = sqlite3.connect(folder / "outbox.sqlite3", isolation_level=None)
    box.execute("PRAGMA synchronous = FULL")
    box.execute("CREATE TABLE IF NOT EXISTS message (id INTEGER PRIMARY KEY)")
    answered: queue.SimpleQueue[int] = queue.SimpleQueue()
    client = _client(url, "control-publisher", clean=True)
    under_way: dict[int, int] = {}
    client.on_publish = lambda _client, _userdata, mid, *_: answered.put(mid)
    client.loop_start()
    with (folder / "issued.log").open("a", encoding="utf-8") as log:
        number = _last(folder / "issued.log")
        for (left,) in box.execute("SELECT id FROM message").fetchall():
            under_way[client.publish(TOPIC, str(left), qos=1).mid] = left
        while True:
            time.sleep(1 / rate)
            number += 1
            # It may be there: killed between this line and the log's, which says what was issued.
            box.execute("INSERT OR IGNORE INTO message VALUES (?)", (number,))
            log.write(f"{number}\n")
            log.flush()
            os.fsync(log.fileno())
            under_way[client.publish(TOPIC, str(number), qos=1).mid] = number
            box.execute("BEGIN")  # one sync for all of them
            while not answered.empty():
                box.execute("DELETE FROM message WHERE id = ?", (under_way.pop(answered.get(), 0),))
            box.execute("COMMIT")


def consume(url: str, database: str) -> None:
    """Write what has arrived, a batch at a time; a failed batch is tried again."""
    arrived: queue.SimpleQueue[int] = queue.SimpleQueue()

    def came(_client: Client, _userdata: object, message: MQTTMessage) -> None:
        arrived.put(int(message.payload))

    client = _client(url, "control-consumer", clean=False)
    client.on_message = came
    client.on_connect = lambda client, *_: client.subscribe(TOPIC, qos=1)
    client.loop_start()
    batch: list[int] = []
    while True:
        time.sleep(BATCH_S)
        while not arrived.empty() and len(batch) < BATCH:
            batch.append(arrived.get())
        with contextlib.suppress(psycopg.Error), psycopg.connect(database, connect_timeout=5) as conn:
            conn.cursor().executemany("INSERT INTO control.message VALUES (%s)", [(one,) for one in batch])
            conn.commit()
            batch.clear()


def _client(url: str, name: str, *, clean: bool) -> Client:
    address = urlsplit(url)
    client = Client(CallbackAPIVersion.VERSION2, client_id=name, protocol=MQTTProtocolVersion.MQTTv5)
    client.username_pw_set(address.username, address.password)
    client.reconnect_delay_set(1, 2)
    extra = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]  # paho leaves it untyped
    extra.SessionExpiryInterval = 3600
    client.connect_async(
        address.hostname or "", address.port or 0, keepalive=30, clean_start=clean, properties=extra
    )
    return client


def _last(log: Path) -> int:
    lines = log.read_text(encoding="utf-8").splitlines()
    return int(lines[-1]) if lines else 0


@dataclass
class Control:
    """Both programs, killed and started again with the product's."""

    url: str
    database: str
    folder: Path
    rate: float
    processes: dict[str, "subprocess.Popen[bytes]"]
    kills: int = 0

    @classmethod
    def start(cls, url: str, database: str, folder: Path, rate: float) -> Self:
        """Make the table, then start both."""
        folder.mkdir(exist_ok=True)
        with psycopg.connect(database) as conn:
            conn.execute("CREATE SCHEMA IF NOT EXISTS control")
            conn.execute("CREATE TABLE IF NOT EXISTS control.message (id bigint NOT NULL)")
        control = cls(url, database, folder, rate, {})
        for role in ROLES:
            control._start(role)
        return control

    def _start(self, role: str) -> None:
        command = [sys.executable, __file__, role, "--url", self.url, "--database", self.database]
        command += ["--folder", str(self.folder), "--rate", str(self.rate)]
        with (self.folder / f"{role}.log").open("ab") as out:
            self.processes[role] = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=out, stderr=out)

    def suffer(self, service: str) -> None:
        """A service of the product was killed: kill what stands for it here, and start it again."""
        for role, names in ROLES.items():
            if service.startswith(names):
                self.processes[role].kill()
                self.processes[role].wait()
                self._start(role)
                self.kills += 1

    def stop_publishing(self) -> None:
        """No more messages; what is kept is not taken away by a kill that nobody ordered."""
        self._end("publish")

    def finish(self) -> None:
        """End both."""
        for role in ROLES:
            self._end(role)

    def _end(self, role: str) -> None:
        self.processes[role].send_signal(signal.SIGTERM)
        self.processes[role].wait(10)

    def judge(self) -> dict[str, int]:
        """Messages that were PUBACKed, so given up by the publisher, and are not in the table; and others."""
        said = set(map(int, (self.folder / "issued.log").read_text(encoding="utf-8").split()))
        with contextlib.closing(sqlite3.connect(self.folder / "outbox.sqlite3")) as box:
            held = {number for (number,) in box.execute("SELECT id FROM message")}
        with psycopg.connect(self.database) as conn:
            found = [number for (number,) in conn.execute("SELECT id FROM control.message").fetchall()]
        return {
            "issued": len(said),
            "lost": len(said - held - set(found)),
            "duplicated": len(found) - len(set(found)),
            "kills": self.kills,
        }


def main() -> None:
    """Be one of the two programs."""
    parser = argparse.ArgumentParser()
    parser.add_argument("role", choices=ROLES)
    parser.add_argument("--url", required=True)
    parser.add_argument("--database", required=True)
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("--rate", type=float, required=True)
    told = parser.parse_args()
    if told.role == "publish":
        publish(told.url, told.folder, told.rate)
    consume(told.url, told.database)


if __name__ == "__main__":
    main()
