"""How good the alarm system is, which alarms have one cause, and what would calm one that calls too often."""

import asyncio
from dataclasses import dataclass
from typing import Annotated, Literal

from fastapi import APIRouter, Query

from api.deps import READERS, Conn, Json, Limit, TheSpan, TheWeb, allow
from api.web import Web
from lineshaft.domain.floods import PERIOD_US
from lineshaft.domain.grading import BadActor, Figure, Mix, grade
from lineshaft.store import alarm_figures
from lineshaft.store.alarm_figures import GroupRow, RulePrecision, Scope
from lineshaft.store.calming import Calming, calm
from lineshaft.store.database import connect
from lineshaft.store.readings import Span
from lineshaft.store.rows import Items

router = APIRouter(tags=["alarms"])

Key = Annotated[str | None, Query(max_length=64)]


@dataclass(slots=True, frozen=True)
class FloodRow:
    """A stretch with more alarms than people can meet; epoch milliseconds."""

    since: int
    until: int | None
    annunciations: int
    peak: int


@dataclass(slots=True, frozen=True)
class Performance:
    """The alarm system's figures over a span."""

    from_ts: int
    to_ts: int
    count: int
    figures: list[Figure]
    mix: list[Mix]
    actors: list[BadActor]
    floods: list[FloodRow]
    period_ms: int
    periods: list[int]
    precision: list[RulePrecision]


GROUP = {
    "id": "4f0c7c0e-0d3a-5a1e-9d2f-0c6a3b1f7a11",
    "site": "hangzhou",
    "root": "air-1",
    "root_name": {"en": "Compressed air, machining", "zh": "机加工压缩空气"},
    "kind": "compressed_air",
    "since": 1_763_700_000_000,
    "named": 1_763_700_047_000,
    "updated": 1_763_700_090_000,
    "until": None,
    "children": 12,
    "active": 12,
    "priority": 2,
    "confidence": 0.99,
    "why": {"sources": 12, "of": 12, "within_s": 74, "expected": 0.025, "others": {"line-1": 0.01}},
    "alarms": ["0f0e6c3c-55a1-5a57-9f0e-2f6f6f3f1d11"],
}
PERFORMANCE = {
    "from_ts": 1_763_700_000_000,
    "to_ts": 1_763_728_800_000,
    "count": 42,
    "figures": [
        {
            "key": "per_10_min",
            "value": 0.9,
            "good": 1.0,
            "bad": 2.0,
            "unit": "",
            "standard": "EEMUA 191: about 1 in 10 min, 2 manageable",
            "verdict": "good",
        }
    ],
    "mix": [{"priorities": [1, 2], "share": 0.07, "target": 0.05}],
    "actors": [
        {
            "source": "pump-101",
            "rule": "threshold:temp",
            "count": 9,
            "share": 0.21,
            "chattering": 1,
            "fleeting": 4,
        }
    ],
    "floods": [{"since": 1_763_700_000_000, "until": None, "annunciations": 14, "peak": 14}],
    "period_ms": 600_000,
    "periods": [14, 3, 0],
    "precision": [{"rule": "anomaly", "true": 8, "false": 1, "no_fault_found": 1, "precision": 0.8}],
}


CALMING = {
    "source": "pump-101",
    "signal": "temp",
    "readings": 604_800,
    "from_ts": 1_763_123_200_000,
    "calls_before": 214,
    "calls_after": 6,
    "saved": 0.972,
    "true_alarms": 5,
    "delay_s": 15.0,
    "deadband_percent": 2.0,
    "on_s": 15.0,
    "off_s": 60.0,
    "document": {"kind": "settings", "id": "calm-pump-101-temp"},
}
LONGEST_S = 60.0
"""For the readings to come."""
_calming = asyncio.Semaphore(1)
"""One at a time: some hundred settings are tried on a week of readings, and the screens share these cores."""


@router.get("/alarm-suggestions", response_model=Items[Calming], **allow(READERS, {"items": [CALMING]}))
async def suggest_settings(
    web: TheWeb,
    span: TheSpan,
    source: Annotated[str, Query(max_length=64)],
    rule: Annotated[str, Query(max_length=128, description="threshold:<signal>; others have no limit.")],
) -> Json:
    """Deadband and delays that would have calmed a limit's alarm on its own history, if any would."""
    kind, _, signal = rule.partition(":")
    if kind != "threshold" or not signal:
        return Json(Items([]))
    async with _calming:
        found = await asyncio.to_thread(_calm, web, source, signal, span)
    return Json(Items([found] if found else []))


def _calm(web: Web, source: str, signal: str, span: Span) -> Calming | None:
    """In a thread and with a connection of its own: the screens do not wait for it."""
    with connect(
        web.settings.database_url, role=web.settings.database_role, schema=web.settings.database_schema,
        application="lineshaft suggestions", timeout_s=LONGEST_S,
    ) as conn:  # fmt: skip
        return calm(conn, source, signal, (span.from_us, span.to_us))


@router.get("/alarm-groups", response_model=Items[GroupRow], **allow(READERS, {"items": [GROUP]}))
async def list_groups(
    conn: Conn, state: Literal["open", "all"] = "open", limit: Limit = 100, site: Key = None
) -> Json:
    """Alarms under one probable root, the newest first: each with the ids of its alarms and why."""
    found = await alarm_figures.groups(conn, is_open=state == "open", limit=limit, site=site)
    return Json(Items(found))


@router.get("/alarm-performance", response_model=Performance, **allow(READERS, PERFORMANCE))
async def show_performance(
    conn: Conn, web: TheWeb, span: TheSpan, site: Key = None, area: Key = None
) -> Json:
    """ISA-18.2's and EEMUA 191's figures from the alarm journal, each against its target."""
    scope = Scope(site, area)
    called = await alarm_figures.annunciations(conn, span, scope)
    now = await alarm_figures.standing(conn, scope, web.clock())
    grades = grade(called, (span.from_us, span.to_us), standing=now.standing, stale=now.stale)
    floods = [
        FloodRow(
            one.since_us // 1000,
            one.until_us // 1000 if one.until_us is not None else None,
            one.annunciations,
            one.peak,
        )
        for one in grades.floods
    ]
    return Json(
        Performance(
            from_ts=span.from_us // 1000,
            to_ts=span.to_us // 1000,
            count=grades.count,
            figures=list(grades.figures),
            mix=list(grades.mix),
            actors=list(grades.actors),
            floods=floods,
            period_ms=PERIOD_US // 1000,
            periods=list(grades.periods),
            precision=await alarm_figures.precision(conn, span),
        )
    )
