"""The figures as Markdown tables, for people and for the documentation. Pure."""

from collections.abc import Iterable, Sequence
from typing import Any

NAMES = {"plain": "PostgreSQL", "timescaledb": "TimescaleDB"}


def table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """A Markdown table; numbers with thousands apart.

    >>> print(table(["a", "b"], [["x", 1200]]))
    | a | b |
    |---|--:|
    | x | 1,200 |
    """
    lines = [list(map(_cell, row)) for row in rows]
    ruler = "|".join(["---", *["--:"] * (len(head) - 1)])
    return "\n".join(
        [f"| {' | '.join(head)} |", f"|{ruler}|", *(f"| {' | '.join(line)} |" for line in lines)]
    )


def _cell(value: object) -> str:
    if value is None:
        return "-"
    return f"{value:,}" if isinstance(value, int | float) else str(value)


def ingest(found: dict[str, Any]) -> str:
    """Everything of `benchmarks.ingest`."""
    parts = [machine(found), flat_out(found["systems"]), delays(found["systems"]), books(found["systems"])]
    return "\n\n".join(part for part in parts if part)


def machine(found: dict[str, Any]) -> str:
    """What it was measured on."""
    one = found["machine"]
    return f"{one['cpu']}, {one['cores']} cores, {one['memory_gb']} GB; commit {found['commit'] or 'unknown'}"


def flat_out(systems: Sequence[dict[str, Any]]) -> str:
    """Throughput and what it costs."""
    processes = ("generator", "broker", "ingest", "flow", "plant", "upkeep", "web", "postgres")
    head = [
        *("database, readings a message", "readings/s", "messages/s"),
        *(f"{name} µs" for name in processes),
        *("MB", "table B", "index B", "journal B", "WAL B"),
    ]
    rows = [
        [
            f"{NAMES[system['database']]}, {one['readings_a_message']}",
            one["readings_s"],
            one["messages_s"],
            *(one["cpu_us_a_message"].get(name) for name in processes),
            one["memory_mb"]["all"],
            *(one["bytes_a_reading"][name] for name in ("table", "index", "journal", "wal")),
        ]
        for system in systems
        for one in system["flat_out"]
    ]
    note = "CPU in µs a message, memory of all processes (PSS), bytes a reading."
    return f"{table(head, rows)}\n\n{note}" if rows else ""


def delays(systems: Sequence[dict[str, Any]]) -> str:
    """How soon, at steady rates."""
    whats = ("journal", "queryable", "browser")
    head = [
        "database, readings/s, a message",
        *(f"{what} p50 / p95 / p99 ms" for what in whats),
        *("most behind", "most MB", "cores"),
    ]
    rows = [
        [
            f"{NAMES[system['database']]}, {one['asked_readings_s']:,.0f}, {one['readings_a_message']}",
            *(_three(one[what]) for what in whats),
            one["most_behind_messages"],
            one["most_memory_mb"],
            round(sum(one["cores"].values()), 2),
        ]
        for system in systems
        for one in system["steady"]
    ]
    return table(head, rows) if rows else ""


def _three(of: dict[str, float]) -> str:
    return " / ".join(str(of[name]) for name in ("p50_ms", "p95_ms", "p99_ms")) if of["n"] else "-"


def books(systems: Sequence[dict[str, Any]]) -> str:
    """Sent and stored."""
    head = ["database", "readings sent", "rows", "lost", "doubled", "restarts"]
    rows = [
        [
            NAMES[system["database"]],
            *(system["books"][name] for name in ("readings_sent", "rows", "lost", "doubled")),
            system["restarts"],
        ]
        for system in systems
    ]
    return table(head, rows)
