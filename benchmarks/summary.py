"""The few figures that stand in the README, with what they are measured against. Pure."""

from collections.abc import Sequence
from typing import Any

from benchmarks.tables import NAMES, machine, table

SIZES = (1, 10, 100)


def readme(results: dict[str, Any]) -> str:
    """Throughput beside the others of the same run, delays, the past; each with its command."""
    parts = []
    if "whole" in results:
        found = results["whole"]
        parts += [
            f"`make bench`, all on one machine, load generator and database too: {machine(found)}.",
            throughput(found),
            "\n".join(_delays(system) for system in found["systems"]),
        ]
    if "history" in results:
        parts.append("\n".join(_history(system) for system in results["history"]["history"]))
    return "\n\n".join(part for part in parts if part) or "Nothing was measured yet."


def throughput(found: dict[str, Any]) -> str:
    """Readings a second that are committed; in brackets how many times what the loop does."""
    others = found["rivals"]["rows"]
    naive = _by_size([row for row in others if row["name"] == others[0]["name"]])
    rows = [
        [
            f"**Lineshaft on {NAMES[system['database']]}**: exactly once, scored",
            *_cells(system["flat_out"], naive),
        ]
        for system in found["systems"]
    ]
    for name in dict.fromkeys(row["name"] for row in others):
        same = [row for row in others if row["name"] == name]
        rows.append([f"{name} into PostgreSQL: no more than rows", *_cells(same, naive)])
    return table(["readings/s committed, with a message of", *(f"{size}" for size in SIZES)], rows)


def _by_size(rows: Sequence[dict[str, Any]]) -> dict[int, int]:
    return {row["readings_a_message"]: row["readings_s"] for row in rows}


def _cells(rows: Sequence[dict[str, Any]], naive: dict[int, int]) -> list[str]:
    rates = _by_size(rows)
    return [
        f"{rates[size]:,} ({rates[size] / naive[size]:.1f}x)" if size in rates and naive.get(size) else "-"
        for size in SIZES
    ]


def _delays(system: dict[str, Any]) -> str:
    parts = []
    for one in (row for row in system["steady"] if row["readings_a_message"] == max(SIZES)):
        seen, shown = one["queryable"], one["browser"]
        parts.append(
            f"at {one['asked_readings_s']:,.0f} readings/s one can be queried {seen['p50_ms']:.0f} ms after"
            f" its making (p99 {seen['p99_ms']:.0f} ms) and is in the browser after {shown['p50_ms']:.0f} ms"
            f" (p99 {shown['p99_ms']:.0f} ms)"
        )
    books = system["books"]
    end = f"{books['readings_sent']:,} readings sent, {books['lost']} lost, {books['doubled']} doubled"
    return f"- {NAMES[system['database']]}: {'; '.join([*parts, end])}."


def _history(system: dict[str, Any]) -> str:
    asked = system["asked"]
    trend = next(took for what, took in asked.items() if what.startswith("trend of one signal"))
    page = asked["machine page, 24 hours: all of it"]
    of = f"{system['readings']:,} readings of {system['days']:g} days"
    return (
        f"- {NAMES[system['database']]} with {of}: the trend of one signal over all of it p95"
        f" {trend['p95_ms']:.0f} ms, all that a machine's page of 24 hours asks p95 {page['p95_ms']:.0f} ms,"
        " while 10,000 readings/s come in."
    )
