"""How fast a rule is tried on the past: `python -m benchmarks.backtest`, 30 days of 100 signals.

It fills a database of its own by COPY (8.6 million readings, one each 30 s: noise with excursions beyond the
limit) and tries one rule on all of them by the code of `lineshaft backtest`. Beside the time on the clock it
tells the processors' time of both processes, which says how long it takes where nothing else runs.
"""

import argparse
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import orjson

from lineshaft.domain.plant import Plant, parse, to_document
from lineshaft.domain.rules import Rule, from_json
from lineshaft.domain.rules.trial import DAY_US
from lineshaft.runtime import accounts, ports, postgres
from lineshaft.store.copy import copy_rows
from lineshaft.store.database import Connection, connect
from lineshaft.store.migrate import migrate
from lineshaft.store.tried import try_rule

EVERY_US = 30_000_000
SIGNALS = ("temp", "vib", "current", "pressure", "flow")
TYPES = {"ts": "timestamptz", "signal_id": "int4", "quality": "int2", "value": "float8", "pos": "int8"}
RULE = {
    "kind": "condition", "id": "trial", "name": {"en": "Beyond its limit"},
    "scope": {"signal": list(SIGNALS)},
    "when": {
        "is": "value", "op": ">", "levels": [{"limit": 75, "priority": 3}, {"limit": 85, "priority": 2}],
    },
}  # fmt: skip


def fill(conn: Connection, machines: int, days: int, now_us: int) -> int:
    """Describe the machines, and give each signal its past; gives how many readings."""
    keys = [f"pump-{n:03}" for n in range(machines)]
    listed = ", ".join(f"{{id: {key}, kind: pump, device: plant-1/{key}}}" for key in keys)
    plant = parse(
        "version: 1\nsites:\n  - {id: works, timezone: UTC, areas: [{id: hall, lines: [{id: line, machines: ["
        f"{listed}]}}]}}]}}\n"
    )
    if not isinstance(plant, Plant):
        raise TypeError(plant)
    _describe(conn, plant, keys)
    rows = conn.execute("SELECT signal_id FROM signal ORDER BY signal_id").fetchall()
    random, count = np.random.default_rng(1), days * 2880
    ts_us = now_us - EVERY_US * np.arange(count, 0, -1)
    for first in range(0, count, 2880):  # a day at a time: as it would have come
        day, ids = ts_us[first : first + 2880], np.array([row[0] for row in rows], np.int32)
        value = 70 + random.normal(0, 1.0, (len(day), len(ids)))
        value[:, random.random(len(ids)) < 0.1] += 8 * np.sin(np.linspace(0, 6, len(day)))[:, None]
        copy_rows(
            conn.cursor(), "reading", TYPES,
            {
                "ts": np.repeat(day, len(ids)), "signal_id": np.tile(ids, len(day)),
                "quality": np.zeros(value.size, np.int16), "value": value.ravel(),
                "pos": np.zeros(value.size, np.int64),
            },
        )  # fmt: skip
        conn.commit()
    return count * len(rows)


def _describe(conn: Connection, plant: Plant, keys: list[str]) -> None:
    conn.execute(
        "INSERT INTO plant (applied, by, sha256, document) VALUES (now(), 'benchmark', '', %s)",
        (orjson.dumps(to_document(plant)).decode(),),
    )
    for key in keys:
        conn.execute(
            "WITH a AS (INSERT INTO asset (key, site, level, kind, name, name_zh, sequence, settings)"
            " VALUES (%(key)s, 'works', 'work_unit', 'pump', %(key)s, '', 0, '{}') RETURNING asset_id),"
            " d AS (INSERT INTO device (site, agent, device, asset_id)"
            " SELECT 'works', 'plant-1', %(key)s, asset_id FROM a RETURNING device_id)"
            " INSERT INTO signal (device_id, name, first_seen)"
            " SELECT device_id, unnest(%(names)s::text[]), now() FROM d",
            {"key": key, "names": list(SIGNALS)},
        )
    conn.commit()


@contextmanager
def server() -> Iterator[tuple[str, int]]:
    """A PostgreSQL of its own, gone afterwards: its owner's address and its process."""
    folder = Path(tempfile.mkdtemp(prefix="lineshaft-backtest-"))
    folder.chmod(0o711)  # the server may run under an account of its own
    cluster = postgres.prepare(
        folder / "postgres", folder / "secrets", accounts.unprivileged(), durable=False
    )
    port = ports.choose(["postgres"])["postgres"]
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            cluster.command(port), stdout=log, stderr=log, cwd="/", **cluster.account.spawn_arguments()
        )
    try:
        while not cluster.is_ready(port):
            time.sleep(0.1)
        yield cluster.url(port), process.pid
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(20)
        shutil.rmtree(cluster.folder.parent, ignore_errors=True)
        shutil.rmtree(folder, ignore_errors=True)


def processor_s(pid: int) -> float:
    """Processor time of a server's processes so far, user and system; those that have ended included."""
    ticks = 0
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except OSError:  # it has ended meanwhile
            continue
        if pid in (int(stat.parent.name), int(fields[1])):
            ticks += sum(map(int, fields[11:15] if int(stat.parent.name) == pid else fields[11:13]))
    return ticks / os.sysconf("SC_CLK_TCK")


def main() -> int:
    """Fill, try, tell; 1 where it took longer than 30 s."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--days", type=int, default=30)
    parser.add_argument("--machines", type=int, default=20, help="of 5 signals each")
    options = parser.parse_args()
    rule = from_json(RULE)
    if not isinstance(rule, Rule):
        raise TypeError(rule)
    with server() as (url, pid):
        migrate(url)
        now_us = time.time_ns() // 1000
        with connect(url, timeout_s=0) as conn:
            readings = fill(conn, options.machines, options.days, now_us)
            conn.execute("ANALYZE reading")
            conn.commit()
            own_s, its_s = time.process_time(), processor_s(pid)
            result = try_rule(conn, rule, (now_us - options.days * DAY_US, now_us))
            own_s, its_s = time.process_time() - own_s, processor_s(pid) - its_s
    sys.stdout.write(
        f"{readings:,} readings of {options.machines * len(SIGNALS)} signals in {result.took_s} s:"
        f" {result.raises} alarms, {result.calls} calls, {len(result.floods)} floods;"
        f" processor time {own_s:.1f} s here and {its_s:.1f} s in PostgreSQL; load {os.getloadavg()[0]:.1f}\n"
    )
    return int(result.took_s > 30 or result.readings != readings)


if __name__ == "__main__":
    raise SystemExit(main())
