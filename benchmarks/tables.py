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
    systems = found["systems"]
    parts = [machine(found), flat_out(systems), delays(systems), edge(systems), books(systems)]
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


def edge(systems: Sequence[dict[str, Any]]) -> str:
    """What one real agent gives."""
    head = ["database, one agent, readings a message", "readings/s", "messages/s", "agent µs", "agent MB"]
    rows = [
        [
            f"{NAMES[system['database']]}, {one['readings_a_message']}",
            *(one[name] for name in ("readings_s", "messages_s")),
            *(one[name]["edge-fast"] for name in ("cpu_us_a_message", "memory_mb")),
        ]
        for system in systems
        for one in system["edge"]
    ]
    return table(head, rows) if rows else ""


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


def history(systems: Sequence[dict[str, Any]]) -> str:
    """How soon the past is shown."""
    head = ["database, asked", "p50 ms", "p95 ms", "p99 ms"]
    rows = [
        [f"{NAMES[system['database']]}, {what}", *(took[name] for name in ("p50_ms", "p95_ms", "p99_ms"))]
        for system in systems
        for what, took in system["asked"].items()
    ]
    sizes = "; ".join(
        f"{NAMES[one['database']]}: {one['readings']:,} readings over {one['days']:g} days,"
        f" {one['bytes_a_reading']['table']} B a reading and {one['bytes_a_reading']['index']} B of index"
        for one in systems
    )
    return f"{table(head, rows)}\n\n{sizes}." if rows else ""


def ceilings(found: Sequence[dict[str, Any]], systems: Sequence[dict[str, Any]]) -> str:
    """The parts alone, and how near the whole comes to the slowest of them."""
    head = [
        "database, readings a message",
        "journal",
        "decode",
        "COPY by time",
        "COPY by series",
        "whole",
        "share",
    ]
    rows = []
    for one in found:
        whole: dict[str, Any] = next(
            (system for system in systems if system["database"] == one["database"]), {"flat_out": []}
        )
        rates = {str(row["readings_a_message"]): row["readings_s"] for row in whole["flat_out"]}
        for size in one["journal"]:
            parts = [one[part][size]["readings_s"] for part in ("journal", "decode")]
            parts += [one["copy"][order]["readings_s"] for order in ("time", "series")]
            rate = rates.get(str(size))
            least = min(*parts[:2], max(parts[2:]))
            share = f"{rate / least:.0%}" if rate else None
            rows.append([f"{NAMES[one['database']]}, {size}", *parts, rate, share])
    note = "Readings/s of each part alone, in one process; share: of the slowest of them."
    return f"{table(head, rows)}\n\n{note}" if rows else ""


def rivals(found: dict[str, Any]) -> str:
    """What one would run instead."""
    head = [
        "instead, readings a message",
        "readings/s",
        "messages/s",
        "lost",
        "consumer cores",
        "consumer MB",
    ]
    rows = [
        [
            f"{one['name']}, {one['readings_a_message']}",
            *(one[name] for name in ("readings_s", "messages_s", "lost")),
            one["cores"]["consumer"],
            one["memory_mb"]["consumer"],
        ]
        for one in found["rows"]
    ]
    return "\n\n".join([table(head, rows), *found["notes"]])


def whole(found: dict[str, Any]) -> str:
    """Everything of `make bench`."""
    parts = [
        ingest(found),
        ceilings(found["ceilings"], found["systems"]),
        rivals(found["rivals"]),
    ]
    return "\n\n".join(part for part in parts if part)


def everything(results: dict[str, Any]) -> str:
    """All figures that were kept."""
    parts = [whole(results["whole"])] if "whole" in results else []
    if "history" in results:
        parts += [machine(results["history"]), history(results["history"]["history"])]
    return "\n\n".join(parts) or "Nothing was measured yet."
