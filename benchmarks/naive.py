"""What one writes in an afternoon: paho, `json.loads`, `executemany`. What `rivals.py` runs.

    python -m benchmarks.naive --broker mqtt://… --database postgresql://…

A commit every 1,000 rows, or when nothing comes. It acknowledges when a message arrives, so what it holds is
lost when it dies; it scores nothing, and knows no message twice.
"""

import argparse
import json
import time
from datetime import UTC, datetime
from urllib.parse import urlparse

import psycopg
from paho.mqtt.client import Client, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion

BATCH = 1_000
IDLE_S = 0.05
INSERT = "INSERT INTO rival (ts, signal_id, quality, value, pos) VALUES (%s, %s, 0, %s, %s)"

Row = tuple[datetime, int, float, int]


class Loop:
    """Messages in, rows out."""

    def __init__(self, database: psycopg.Connection) -> None:
        self.database = database
        self.rows: list[Row] = []
        self.signals: dict[tuple[str, str], int] = {}
        self.messages = 0

    def take(self, _client: Client, _userdata: object, message: MQTTMessage) -> None:
        """One message."""
        self.messages += 1
        device = message.topic.rpartition("/")[0]
        body = json.loads(message.payload)
        for offset_ms, *values in body["r"]:
            ts = datetime.fromtimestamp((body["ts"] + offset_ms) / 1000, UTC)
            for name, value in zip(body["n"], values, strict=True):
                signal = self.signals.setdefault((device, name), len(self.signals))
                self.rows.append((ts, signal, value, self.messages))
        if len(self.rows) >= BATCH:
            self.flush()

    def flush(self) -> None:
        """Commit what is there."""
        if self.rows:
            self.database.cursor().executemany(INSERT, self.rows)
            self.database.commit()
            self.rows.clear()


def subscribe(client: Client, *_: object) -> None:
    """Again after each reconnect."""
    client.subscribe("lineshaft/v1/#", qos=1)


def main() -> None:
    """Run until ended."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--broker", required=True)
    parser.add_argument("--database", required=True)
    wanted = parser.parse_args()
    address = urlparse(wanted.broker)
    with psycopg.connect(wanted.database) as database:
        loop = Loop(database)
        client = Client(CallbackAPIVersion.VERSION2, client_id="naive", protocol=MQTTProtocolVersion.MQTTv5)
        client.username_pw_set(address.username, address.password)
        client.on_message = loop.take
        client.on_connect = subscribe
        client.connect(address.hostname or "127.0.0.1", address.port or 1883)
        heard, since_s = 0, time.monotonic()
        while True:
            client.loop(timeout=IDLE_S)
            if loop.messages != heard:
                heard, since_s = loop.messages, time.monotonic()
            elif time.monotonic() - since_s > IDLE_S:
                loop.flush()


if __name__ == "__main__":
    main()
