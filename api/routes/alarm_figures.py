"""How good the alarm system is, which alarms have one cause, and what would calm one that calls too often."""

import asyncio
from dataclasses import dataclass
from typing import Annotated, Literal

from fastapi import APIRouter, Query
from starlette.exceptions import HTTPException

from api import examples_alarms
from api.deps import READERS, Conn, Json, Limit, TheSpan, TheWeb, allow
from api.web import Web
from lineshaft.domain.floods import PERIOD_US, Flood
from lineshaft.domain.grading import BadActor, Figure, Mix, grade
from lineshaft.domain.plant import from_document
from lineshaft.domain.shifts import turns_within
from lineshaft.store import alarm_figures, alarm_groups, plants
from lineshaft.store.alarm_figures import RulePrecision, Scope
from lineshaft.store.alarm_groups import GroupRow
from lineshaft.store.calming import Calming, calm
from lineshaft.store.database import AsyncConnection, connect
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
    shift: str | None
    spans: list[tuple[int, int]]
    """What counts, epoch milliseconds: the shift's turns, or the whole."""
    count: int
    figures: list[Figure]
    mix: list[Mix]
    actors: list[BadActor]
    floods: list[FloodRow]
    period_ms: int
    periods: list[int]
    """Annunciations of each period from a span's beginning, one span after the other."""
    precision: list[RulePrecision]


LONGEST_S = 60.0
"""For the readings to come."""
_calming = asyncio.Semaphore(1)
"""One at a time: some hundred settings are tried on a week of readings, and the screens share these cores."""


@router.get(
    "/alarm-suggestions",
    response_model=Items[Calming],
    **allow(READERS, examples_alarms.CALMINGS),
)
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


@router.get("/alarm-groups", response_model=Items[GroupRow], **allow(READERS, examples_alarms.GROUPS))
async def list_groups(
    conn: Conn, state: Literal["open", "all"] = "open", limit: Limit = 100, site: Key = None
) -> Json:
    """Alarms under one probable root, the newest first: each with the ids of its alarms and why."""
    found = await alarm_groups.listing(conn, is_open=state == "open", limit=limit, site=site)
    return Json(Items(found))


@router.get("/alarm-performance", response_model=Performance, **allow(READERS, examples_alarms.PERFORMANCE))
async def show_performance(  # noqa: PLR0913, PLR0917 - a filter each
    conn: Conn,
    web: TheWeb,
    span: TheSpan,
    site: Key = None,
    area: Key = None,
    shift: Annotated[Key, Query(description="Only its turns count; a shift of `site`.")] = None,
) -> Json:
    """ISA-18.2's and EEMUA 191's figures from the alarm journal, each against its target."""
    scope = Scope(site, area)
    spans = await _spans(conn, span, site, shift)
    called = await alarm_figures.annunciations(conn, span, scope)
    now = await alarm_figures.standing(conn, scope, web.clock())
    grades = grade(called, spans, standing=now.standing, stale=now.stale)
    return Json(
        Performance(
            from_ts=span.from_us // 1000,
            to_ts=span.to_us // 1000,
            shift=shift,
            spans=[(begin // 1000, end // 1000) for begin, end in spans],
            count=grades.count,
            figures=list(grades.figures),
            mix=list(grades.mix),
            actors=list(grades.actors),
            floods=[_flood(one) for one in grades.floods],
            period_ms=PERIOD_US // 1000,
            periods=list(grades.periods),
            precision=await alarm_figures.precision(conn, span),
        )
    )


async def _spans(
    conn: AsyncConnection, span: Span, site: str | None, shift: str | None
) -> list[tuple[int, int]]:
    if shift is None:
        return [(span.from_us, span.to_us)]
    version = await plants.current(conn)
    sites = from_document(version.document).sites if version else ()
    for one in sites:
        for worked in one.shifts:
            if (one.key, worked.key) == (site, shift):
                return turns_within(worked, one.timezone, span.from_us, span.to_us)
    raise HTTPException(422, f"shift: site {site!r} has no shift {shift!r}")


def _flood(one: Flood) -> FloodRow:
    until = one.until_us // 1000 if one.until_us is not None else None
    return FloodRow(one.since_us // 1000, until, one.annunciations, one.peak)
