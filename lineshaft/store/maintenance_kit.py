"""Writes down what maintenance begins with, from a kit; what is there already stays as people have it."""

from uuid import NAMESPACE_OID, uuid5

from lineshaft.domain.maintenance.kit import Kit, KitPlan
from lineshaft.domain.maintenance.plans import Calendar
from lineshaft.store import parts, plans, teams
from lineshaft.store.database import AsyncConnection
from lineshaft.store.parts import Movement, Part
from lineshaft.store.plans import Plan, PlanCheck, PlanPart
from lineshaft.store.teams import Team, Terms


async def write(conn: AsyncConnection, kit: Kit, by: str, now_us: int) -> int:
    """Write a kit down in the caller's transaction. Gives how many things were new.

    Ids come from the file's, so that a second time changes nothing; a plan whose machine is not in the plant
    is left out, and comes when the kit is written again.
    """
    new = 0
    known = {row.team for row in await teams.listing(conn)}
    if not known:
        await teams.put_terms(conn, Terms(kit.currency, kit.rate_hour))
    for team in kit.teams:
        if team.key not in known:
            new += 1
            said = Team(
                team=team.key, name=team.name, name_zh=team.name_zh, members=team.members,
                hours_week=team.hours_week, rate_hour=team.rate_hour,
            )  # fmt: skip
            await teams.put(conn, said)
    new += await _parts(conn, kit, by, now_us)
    for plan in kit.plans:
        new += await _plan(conn, plan, by, now_us)
    return new


async def _parts(conn: AsyncConnection, kit: Kit, by: str, now_us: int) -> int:
    new = 0
    for part in kit.parts:
        if await parts.one(conn, part.key) is not None:
            continue
        new += 1
        said = Part(
            part=part.key, name=part.name, name_zh=part.name_zh, unit=part.unit, location=part.location,
            minimum=part.minimum, unit_cost=part.unit_cost, kinds=part.kinds,
        )  # fmt: skip
        await parts.put(conn, said)
        opening = Movement(
            id=uuid5(NAMESPACE_OID, f"lineshaft kit part {part.key}"),
            part=part.key,
            what="count",
            amount=part.on_hand,
            note=by,
        )
        await parts.move(conn, opening, by, now_us)
    return new


async def _plan(conn: AsyncConnection, plan: KitPlan, by: str, now_us: int) -> int:
    if not await plans.has_machine(conn, plan.machine):
        return 0
    passed = None
    if plan.starts is not None:
        zone = await plans.zone_of(conn, plan.machine)
        passed = Calendar(int(plan.every), plan.unit, plan.starts, plan.at_min, zone).latest(now_us)
    said = Plan(
        id=uuid5(NAMESPACE_OID, f"lineshaft kit plan {plan.key}"),
        machine=plan.machine,
        title=plan.title,
        title_zh=plan.title_zh,
        team=plan.team,
        estimate_h=plan.estimate_h,
        lead_days=plan.lead_days,
        checks=tuple(PlanCheck(text=en, text_zh=zh) for en, zh in plan.checks),
        parts=tuple(PlanPart(part=part, amount=amount) for part, amount in plan.parts),
        way=plan.way,  # type: ignore[arg-type]  # the kit knows three ways, the same
        every=plan.every,
        unit=plan.unit,
        starts=plan.starts,
        at_min=plan.at_min,
        signal=plan.signal,
        above=plan.above,
    )
    return int(await plans.add(conn, said, by, now_us, passed))
