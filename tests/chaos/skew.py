"""Writers of other versions beside ours, as rows (C7): what they send is taken, while services restart."""

import itertools
import json
import threading
import time

import psycopg

from chaos.fault import Fault, Figures
from chaos.patience import wait_until
from chaos.system import SITE, System
from lineshaft.broker.client import Link
from lineshaft.wire.topics import Topic

EVERY_S = 0.05
OLDER, NEWER = "agent-older", "agent-newer"


def rolling(system: System) -> Figures:
    """An older and a newer agent write while ingest, flow and plant are restarted one after the other."""
    done = threading.Event()
    sent = {OLDER: 0, NEWER: 0}
    with Link(system.broker_url, "chaos-skew") as link:
        wait_until(lambda: link.is_up, "the link is up")
        threads = [
            threading.Thread(target=speak, args=(link, agent, sent, done), daemon=True) for agent in sent
        ]
        for thread in threads:
            thread.start()
        for service in ("ingest", "flow", "plant"):
            time.sleep(1)
            kill = system.kill(service)
            assert kill is not None
            system.until_back([kill])
        done.set()
        for thread in threads:
            thread.join()
        wait_until(lambda: kept(system) == sent, f"{sent} kept, not {kept(system)}", within_s=30)
    return {"sent": sum(sent.values()), "refused": refused(system)}


def speak(link: Link, agent: str, sent: dict[str, int], done: threading.Event) -> None:
    """Send numbered messages, each until it is sure to have been taken by the broker's session of ingest.

    The older form is the first one of the contract: no version in the body, the long form of readings. The
    newer one has properties, fields and a kind of column that nobody here has heard of.
    """
    topic = str(Topic(SITE + "-skew", agent, "press", "m"))
    for seq in itertools.count(1):
        if done.wait(EVERY_S):
            return
        now_ms = time.time_ns() // 1_000_000
        properties = [("boot", "skew"), ("lane", "live"), ("seq", str(seq)), ("lo", str(1)), ("agent", agent)]
        body: dict[str, object] = {"ts": now_ms, "n": ["temp"], "r": [[0, float(seq)]]}
        if agent == NEWER:
            properties += [("priority", "7"), ("trace", "00-4bf92f3577b34da6a3ce929d0e0e4736")]
            body |= {"v": 1, "origin": {"line": 3}, "sig2": [1, 2]}
        while link.publish(topic, json.dumps(body).encode(), properties=properties) is None:
            time.sleep(EVERY_S)
        sent[agent] = seq


def kept(system: System) -> dict[str, int]:
    """How many readings of each are stored."""
    try:
        with system.connect() as conn:
            rows = conn.execute(
                "SELECT d.agent, count(*) FROM reading JOIN signal USING (signal_id)"
                " JOIN device d USING (device_id) WHERE d.site = %s GROUP BY d.agent",
                (SITE + "-skew",),
            ).fetchall()
    except psycopg.Error:
        return {}
    return {str(agent): int(str(count)) for agent, count in rows}


def refused(system: System) -> int:
    """Messages and readings of theirs that were set aside."""
    with system.connect() as conn:
        row = conn.execute(
            "SELECT (SELECT coalesce(sum(messages), 0) FROM ingest_count WHERE site = %(site)s"
            " AND result = 'refused')::bigint + (SELECT count(*) FROM dead_letter WHERE site = %(site)s)",
            {"site": SITE + "-skew"},
        ).fetchone()
    return int(str(row[0])) if row else 0


FAULTS = (Fault("C7 an older and a newer agent, and a rolling restart", rolling, "0 refused"),)
