"""Outages and slow parts, as rows: a broker or a database that is away, slow, full or locked."""

import statistics
import threading
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import psycopg
from prometheus_client.parser import text_string_to_metric_families

from chaos import oracle
from chaos.fault import Deed, Fault, Figures
from chaos.patience import times, wait_until
from chaos.sampler import Sampler
from chaos.system import System, port_of
from lineshaft.wire.envelope import Lane

READINGS_S = 5_000
"""The load of an outage, all agents together."""
ROWS = 96
"""Of a message then."""
AWAY_S = 18.0
"""Of the short outages: the agents' late lanes begin after 10 s."""
BEFORE_S = 3.0
DRAIN_S = 120.0
LATE_TIMES = 2.0
"""How much faster than the load the late lane is to drain."""
LIVE_P95_S = 5.0
SENT_TIMES = 1.2
GROWTH_MB = 150.0
"""Of any process: what is under way is bounded, however long the outage (18 s: 45, 600 s: 70 to 104)."""
LIVE_LOOK_S = 0.5


def away(service: str, seconds: float) -> Deed:
    """A server is dead for so long, under full load; its return must be orderly."""

    def happen(system: System) -> Figures:
        each_s = round(READINGS_S / ROWS / len(system.agents))
        nominal = each_s * len(system.agents) * ROWS
        system.order(f"steady {each_s} {ROWS}")
        time.sleep(BEFORE_S)
        sent, issued, received = sends(system), numbered(system), taken(system)
        with Sampler(system) as sampler:
            with system.held_down(service):
                time.sleep(seconds)
            back_us = time.time_ns() // 1000
            with drain(system) as late:
                wait_until(
                    lambda: late.is_over, f"the late lane is drained after {service} was away",
                    within_s=max(DRAIN_S, 2 * seconds), alive=system.process,
                )  # fmt: skip
            waited = live_waits_s(system, back_us)
        figures: dict[str, Any] = {
            "away_s": seconds,
            "readings_per_s": nominal,
            "late_readings": late.readings,
            "drained_per_s": late.per_s,
            "drained_after_s": round(late.lasted_s, 1),
            "drain_times_nominal": round(late.per_s / nominal, 1),
            "live_p95_s": p95(waited),
            "live_messages": len(waited),
            "sent_per_issued": round((sends(system) - sent) / (numbered(system) - issued), 3),
            "received_per_journaled": ratio(received, taken(system)),
            "growth_mb": sampler.growth_mb(),
        }
        system.order("run")
        figures["missed"], figures["slow"] = missed(figures, times()), missed(figures)
        return figures

    return happen


def line(figures: Figures) -> str:
    """What an outage comes to, in one line."""
    names = ("away_s", "readings_per_s", "late_readings", "drained_after_s", "drain_times_nominal")
    names += ("live_p95_s", "sent_per_issued")
    grown = max(figures["growth_mb"].values())
    said = " ".join(f"{name}={figures[name]}" for name in names)
    return f"{figures['fault'][:2]}: {said} largest_growth_mb={grown}"


def missed(figures: Figures, patience: float = 1.0) -> list[str]:
    """Which of the promises about an outage these figures break, on a machine so many times slower.

    An agent's patience of 4 s is the same on a slow machine: it sends again what only took long.
    """
    grown = {name: mb for name, mb in figures["growth_mb"].items() if mb > GROWTH_MB}
    checks = [
        (figures["late_readings"] > 0, "the late lane was never used"),
        (figures["drain_times_nominal"] >= LATE_TIMES / patience, "the late lane drained too slowly"),
        (figures["live_messages"] > 0, "nothing live came while the late lane drained"),
        (figures["live_p95_s"] <= LIVE_P95_S * patience, f"live p95 {figures['live_p95_s']} s"),
        (figures["sent_per_issued"] <= SENT_TIMES * patience, "too many messages were sent again"),
        (not grown, f"grown by {grown} MB"),
    ]  # fmt: skip
    return [why for holds, why in checks if not holds]


@dataclass
class Drain:
    """How the late lanes' messages become committed, each agent's from its first move to its last."""

    system: System
    target: dict[str, int]
    begin: dict[str, int]
    looks: list[tuple[float, dict[str, int]]] = field(default_factory=list)
    """An instant, and how many messages of each agent were committed by then."""

    @property
    def is_over(self) -> bool:
        """Whether all that was late at the beginning is committed."""
        return all(lane(self.system, agent)[1] >= self.target[agent] for agent in self.target)

    def look(self) -> None:
        """Note how far it is."""
        stands = {agent: lane(self.system, agent)[1] for agent in self.target}
        self.looks.append((time.monotonic(), stands))

    @property
    def readings(self) -> int:
        """How many had to be drained."""
        return (sum(self.target.values()) - sum(self.begin.values())) * ROWS

    @property
    def lasted_s(self) -> float:
        """From the beginning until the last was committed, with the agents' pauses before they come again."""
        return self.looks[-1][0] - self.looks[0][0]

    @property
    def per_s(self) -> int:
        """Late readings a second, of the time in which any agent was draining.

        Agents come back at different times, by design: while all that are there have drained and another
        still pauses, nothing is to be drained.
        """
        busy_s = sum(
            later - earlier
            for (earlier, before), (later, now) in pairwise(self.looks)
            if any(before[a] < self.target[a] and now[a] > self.begin[a] for a in self.target)
        )
        return round(self.readings / max(busy_s, LIVE_LOOK_S / 2))


@contextmanager
def drain(system: System) -> Iterator[Drain]:
    """Watch the late lanes until this ends."""
    stands = {agent: lane(system, agent) for agent in system.agents}
    found = Drain(
        system,
        {agent: issued for agent, (issued, _) in stands.items()},
        {agent: committed for agent, (_, committed) in stands.items()},
    )
    done = threading.Event()

    def watch() -> None:
        while not done.wait(0.1):
            found.look()

    found.look()
    thread = threading.Thread(target=watch, daemon=True)
    thread.start()
    try:
        yield found
    finally:
        done.set()
        thread.join()
        found.look()


def lane(system: System, agent: str, which: Lane = Lane.LATE) -> tuple[int, int]:
    """Of an agent's file: messages numbered and committed in a lane of this boot."""
    with oracle.looking(system.outbox(agent)) as conn:
        row = conn.execute("SELECT issued, committed FROM lane WHERE lane = ?", (int(which),)).fetchone()
    return int(row[0]), int(row[1])


def numbered(system: System) -> int:
    """Messages that the agents have numbered so far."""
    return sum(oracle.waiting(system.outbox(agent))[0] for agent in system.agents)


def sends(system: System) -> int:
    """Messages that the agents' processes have given to the broker so far."""
    return sum(
        round(metric(port_of(system.data_dir, f"edge-{agent}"), "lineshaft_edge_messages_sent_total"))
        for agent in system.agents
    )


def metric(port: int, name: str) -> float:
    """A metric of a process, summed over its labels."""
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=5) as answer:
        text = answer.read().decode()
    return sum(
        sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
        if sample.name == name
    )


def taken(system: System) -> tuple[int, int]:
    """What ingest has received and journaled so far, by its own books."""
    with system.connect() as conn:
        rows: dict[str, int] = dict(
            conn.execute("SELECT result, sum(messages)::bigint FROM ingest_count GROUP BY result").fetchall()  # type: ignore[arg-type]
        )
    return sum(rows.values()), rows["journaled"]


def ratio(before: tuple[int, int], now: tuple[int, int]) -> float:
    """Messages received for each that was journaled, between two looks."""
    return round((now[0] - before[0]) / max(1, now[1] - before[1]), 3)


def live_waits_s(system: System, since_us: int) -> list[float]:
    """How long each live message that an agent has made since an instant waited for ingest's commit."""
    with system.connect() as conn:
        rows = conn.execute(
            "SELECT agent, boot, seq, extract(epoch FROM received)::float8 FROM journal"
            " WHERE lane = 0 AND seq IS NOT NULL AND received > to_timestamp(%s)",
            (since_us / 1e6,),
        ).fetchall()
    made = {agent: made_us(system, agent, since_us) for agent in system.agents}
    return [
        float(str(received)) - made[str(agent)][boot, seq] / 1e6
        for agent, boot, seq, received in rows
        if (boot, seq) in made.get(str(agent), {})
    ]


def made_us(system: System, agent: str, since_us: int) -> dict[tuple[object, object], int]:
    """(boot, seq) → when an agent put it into its live lane, of those still in its ring."""
    with oracle.looking(system.outbox(agent)) as conn:
        rows = conn.execute("SELECT boot, seq, made_us FROM live, file WHERE made_us > ?", (since_us,))
        return {(boot, seq): made for boot, seq, made in rows}


def p95(values: list[float]) -> float:
    """The 95th percentile; infinite without any."""
    return round(statistics.quantiles(values, n=20)[-1], 2) if len(values) > 1 else float("inf")


def lock(table: str, seconds: float) -> Deed:
    """Another session holds a table against everyone."""

    def happen(system: System) -> None:
        with psycopg.connect(system.database_url) as conn:
            conn.execute(f"LOCK TABLE lineshaft.{table} IN ACCESS EXCLUSIVE MODE".encode())
            time.sleep(seconds)

    return happen


def slow_consumer(seconds: float) -> Deed:
    """The database answers slowly under full load: everything before it holds back instead of growing."""

    def happen(system: System) -> Figures:
        system.order(f"steady {round(READINGS_S / ROWS / len(system.agents))} {ROWS}")
        with Sampler(system) as sampler:
            time.sleep(BEFORE_S)
            system.to_database.delay(0.3, 0.1)
            time.sleep(seconds)
            system.to_database.clear()
        system.order("run")
        grown = sampler.growth_mb()
        assert max(grown.values()) <= GROWTH_MB, grown
        return {"growth_mb": grown}

    return happen


FAULTS = (
    Fault("O1 the broker away at 5,000 readings/s", away("broker", AWAY_S)),
    Fault("O2 the database away at 5,000 readings/s", away("postgres", AWAY_S)),
    Fault("O6 the journal locked", lock("journal", 5)),
    Fault("O7 the database slow under full load", slow_consumer(20), is_long=True),
    Fault("O6 the readings locked", lock("reading", 5), is_long=True),
    Fault("O6 the readings locked for a minute", lock("reading", 60), is_long=True),
    Fault("O6 the journal locked for a minute", lock("journal", 60), is_long=True, recover_s=90),
    Fault("O1 the broker away for ten minutes", away("broker", 600), is_long=True),
    Fault("O2 the database away for ten minutes", away("postgres", 600), is_long=True),
)
