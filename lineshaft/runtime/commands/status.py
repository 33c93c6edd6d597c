"""`lineshaft status`: each service, and the readings coming in."""

import argparse
import asyncio
import json
import os
from dataclasses import asdict
from typing import Any

from lineshaft import settings
from lineshaft.clock import SECOND_US, monotonic_clock, system_clock
from lineshaft.runtime import folders, report
from lineshaft.store import figures

BETWEEN_S = 1.0
"""Between the two samples of the counters that a rate is made of."""


def run(told: argparse.Namespace) -> int:
    """Print the report; 0 when everything is ready, else 1."""
    data_dir = folders.to_look_at(told.data_dir)
    found = report.read(data_dir, system_clock)
    url = report.database_url(data_dir, os.environ.get("LINESHAFT_DATABASE_URL", "").strip())
    schema = settings.text(os.environ, "LINESHAFT_DATABASE_SCHEMA", "lineshaft")
    document = found.document() | (asyncio.run(_figures(url, schema)) if found.running and url else {})
    print(json.dumps(document, indent=1) if told.json else _text(document))
    return 0 if found.healthy else 1


async def _figures(url: str, schema: str) -> dict[str, Any]:
    before, before_us = await report.readings(url, schema), monotonic_clock()
    await asyncio.sleep(BETWEEN_S)
    after, after_us = await report.readings(url, schema), monotonic_clock()
    if before is None or after is None:
        return {"readings": None, "per_second": None}
    earlier, later = _named(before), _named(after)
    passed_s = (after_us - before_us) / SECOND_US
    rates = {name: round((later[name] - earlier[name]) / passed_s, 1) for name in later}
    return {"readings": later, "per_second": rates}


def _named(found: figures.Readings) -> dict[str, int]:
    totals = asdict(found)
    return {"in": totals.pop("came"), **totals}


def _text(document: dict[str, Any]) -> str:
    lines = [
        f"{document['data_dir']}: {document['phase']}  {document['address'] if document['running'] else ''}"
    ]
    lines += [f"{'service':<20}{'state':<12}{'pid':>8}{'up':>12}{'restarts':>10}{'memory':>10}"]
    for row in document["services"]:
        shown = row["state"] if row["ready"] or row["state"] != "up" else "not ready"
        lines.append(
            f"{row['service']:<20}{shown:<12}{row['pid'] or '':>8}{_span(row['uptime_s']):>12}"
            f"{row['restarts']:>10}{_megabytes(row['memory_mb']):>10}"
        )
    lines.append(f"{'all together':<62}{_megabytes(document['memory_mb']):>10}")
    readings, rates = document.get("readings"), document.get("per_second")
    if readings and rates:
        lines.append("")
        lines += [f"readings {name:<10}{readings[name]:>14,}{rates[name]:>12,.1f} /s" for name in readings]
    return "\n".join(lines)


def _span(seconds: float | None) -> str:
    if seconds is None:
        return ""
    hours, rest = divmod(int(seconds), 3600)
    return f"{hours}:{rest // 60:02}:{rest % 60:02}"


def _megabytes(value: float | None) -> str:
    return "" if value is None else f"{value:.0f} MB"
