"""Preventive plans."""

from collections.abc import Set as AbstractSet
from datetime import date
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from starlette.exceptions import HTTPException

from api import examples, examples_maintenance
from api.deps import LEADERS, READERS, Conn, Json, TheWeb, allow
from api.hand import Hand, TheHand
from api.routes.work_steps import Version
from api.schemas_maintenance import PlanInput
from lineshaft.domain.maintenance.plans import Calendar
from lineshaft.store import parts, plans, teams
from lineshaft.store.plans import Anew, Plan, PlanCheck, PlanPart, PlanRow
from lineshaft.store.rows import Items

router = APIRouter(tags=["maintenance"])


@router.get(
    "/maintenance/plans",
    response_model=Items[PlanRow],
    **allow(READERS, examples.items(examples_maintenance.PLAN)),
)
async def list_plans(
    conn: Conn, web: TheWeb, machine: Annotated[str | None, Query(max_length=64)] = None
) -> Json:
    """Plans with when they are next due."""
    return Json(Items(await plans.listing(conn, web.clock(), machine=machine)))


@router.post(
    "/maintenance/plans",
    status_code=201,
    response_model=PlanRow,
    **allow(LEADERS, examples_maintenance.PLAN),
)
async def add_plan(body: PlanInput, hand: TheHand) -> Json:
    """Make a plan; what was due before today makes no order."""
    plan = await _plan(hand, hand.id_of("plan"), body)
    made = await plans.add(hand.conn, plan, hand.login, hand.now_us, await _passed(hand, plan))
    if made:
        await hand.note("plan.add", plan.machine, body.model_dump(mode="json"))
    [row] = await plans.listing(hand.conn, hand.now_us, plan_id=plan.id)
    return Json(row, 201 if made else 200)


@router.put(
    "/maintenance/plans/{plan_id}", response_model=PlanRow, **allow(LEADERS, examples_maintenance.PLAN)
)
async def change_plan(plan_id: UUID, body: PlanInput, hand: TheHand, version: Version) -> Json:
    """Replace a plan, or stop it (`active`); orders that were made stay."""
    known = await plans.listing(hand.conn, hand.now_us, plan_id=plan_id)
    if not known:
        raise HTTPException(404, "no such plan")
    [old] = known
    plan = await _plan(hand, plan_id, body, {one["part"] for one in old.parts})
    if not await plans.change(hand.conn, plan, version, await _anew(hand, plan, old), hand.now_us):
        raise HTTPException(412, f"the plan was changed meanwhile: it is at version {old.version}")
    before = {"title": old.title["en"], "every": old.every, "active": old.active}
    await hand.note("plan.change", plan.machine, body.model_dump(mode="json"), before=before)
    [row] = await plans.listing(hand.conn, hand.now_us, plan_id=plan_id)
    return Json(row)


async def _anew(hand: Hand, plan: Plan, old: PlanRow) -> Anew:
    """How it goes on: what passed while it was stopped, or before it had this rhythm, makes no order."""
    starts = None if plan.starts is None else plan.starts.isoformat()
    read = (plan.machine, plan.way, plan.signal) != (old.machine, old.way, old.signal)
    era = read or (plan.every, plan.unit, starts) != (old.every, old.unit, old.starts)
    fresh = era or (plan.active and not old.active)
    return Anew(await _passed(hand, plan) if fresh else None, era, plan.way != "calendar" and read)


async def _plan(hand: Hand, plan_id: UUID, body: PlanInput, kept: AbstractSet[str] = frozenset()) -> Plan:
    """The plan, every part of which is there, or (`kept`) was named before: a file may name any.

    Raises:
        HTTPException: 422 it names what there is not.
    """
    if not await plans.has_machine(hand.conn, body.machine):
        raise HTTPException(422, f"machine: no {body.machine!r} in the plant")
    if body.team is not None and not await teams.is_team(hand.conn, body.team):
        raise HTTPException(422, f"team: there is no {body.team!r}")
    unknown = {one.part for one in body.parts} - kept - await parts.known(hand.conn)
    if unknown:
        raise HTTPException(422, f"parts: there is no {min(unknown)!r}")
    if (body.way == "calendar") != (body.starts is not None):
        raise HTTPException(422, "starts: a calendar begins on a day, a meter does not")
    if body.way != "calendar" and not body.signal:
        raise HTTPException(422, "signal: say what is read")
    if body.way == "calendar" and not body.every.is_integer():
        raise HTTPException(422, "every: a calendar has whole days, weeks and months")
    said = body.model_dump(exclude={"checks", "parts", "starts"})
    return Plan(
        id=plan_id,
        **said,
        starts=_day(body.starts),
        checks=tuple(PlanCheck(text=one.text, text_zh=one.text_zh) for one in body.checks),
        parts=tuple(PlanPart(part=one.part, amount=one.amount) for one in body.parts),
    )


def _day(text: str | None) -> date | None:
    try:
        return None if text is None else date.fromisoformat(text)
    except ValueError as error:
        raise HTTPException(422, f"starts: {error}") from error


async def _passed(hand: Hand, plan: Plan) -> int | None:
    """The occurrence that lies behind already."""
    if plan.starts is None:
        return None
    zone = await plans.zone_of(hand.conn, plan.machine)
    return Calendar(int(plan.every), plan.unit, plan.starts, plan.at_min, zone).latest(hand.now_us)
