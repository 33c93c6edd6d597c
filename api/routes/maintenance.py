"""Maintenance as a whole: figures, teams, close codes; what speaks for an alarm, and how far to trust it."""

from dataclasses import dataclass
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Path

from api import examples, examples_maintenance
from api.deps import LEADERS, READERS, Conn, Json, TheSpan, TheWeb, allow, found
from api.hand import TheHand
from api.schemas_maintenance import TeamInput, TermsInput
from lineshaft.domain.failure_modes import FAILURE_MODES
from lineshaft.domain.maintenance.closing import ACTIONS, CAUSES
from lineshaft.store import teams, trust, work_evidence, work_figures
from lineshaft.store.rows import Items, Names
from lineshaft.store.teams import Team, TeamRow, Terms
from lineshaft.store.trust import MachineTrust
from lineshaft.store.work_evidence import Evidence
from lineshaft.store.work_figures import MaintenanceFigures

router = APIRouter(tags=["maintenance"])


@dataclass(slots=True, frozen=True)
class CodeOut:
    """One thing that can be chosen when an order is closed."""

    key: str
    code: str
    name: Names


@dataclass(slots=True, frozen=True)
class CodesOut:
    """What can be chosen when an order is closed."""

    modes: list[CodeOut]
    causes: list[CodeOut]
    actions: list[CodeOut]


_CODES = CodesOut(
    *(
        [CodeOut(one.key, one.code, {"en": one.name_en, "zh": one.name_zh}) for one in family.values()]
        for family in (FAILURE_MODES, CAUSES, ACTIONS)
    )
)


@router.get("/maintenance/codes", response_model=CodesOut, **allow(READERS, examples_maintenance.CODES))
async def show_codes() -> Json:
    """Failure modes, causes and actions to close an order with."""
    return Json(_CODES)


@router.get(
    "/maintenance/figures", response_model=MaintenanceFigures, **allow(READERS, examples_maintenance.FIGURES)
)
async def show_figures(
    conn: Conn, web: TheWeb, span: TheSpan, by: Literal["machine", "line", "kind", "plant"] = "machine"
) -> Json:
    """MTBF, MTTR, availability, cost, planned against corrective, compliance; and the backlog now."""
    return Json(await work_figures.of_period(conn, span, by, web.clock()))


@router.get(
    "/maintenance/teams",
    response_model=Items[TeamRow],
    **allow(READERS, examples.items(examples_maintenance.TEAM)),
)
async def list_teams(conn: Conn) -> Json:
    """Teams that work on orders."""
    return Json(Items(await teams.listing(conn)))


@router.put(
    "/maintenance/teams/{team}",
    response_model=Items[TeamRow],
    **allow(LEADERS, examples.items(examples_maintenance.TEAM)),
)
async def put_team(
    team: Annotated[str, Path(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$")], body: TeamInput, hand: TheHand
) -> Json:
    """Write a team down, new or changed."""
    await teams.put(hand.conn, Team(team=team, **body.model_dump() | {"members": tuple(body.members)}))
    await hand.note("team.put", team, body.model_dump())
    return Json(Items(await teams.listing(hand.conn)))


@router.put("/maintenance/terms", response_model=Terms, **allow(LEADERS, examples_maintenance.TERMS))
async def put_terms(body: TermsInput, hand: TheHand) -> Json:
    """Say in which money costs are counted, and what an hour of labour costs from now on."""
    await teams.put_terms(hand.conn, Terms(body.currency, body.rate_hour))
    await hand.note("maintenance.terms", "", body.model_dump())
    return Json(await teams.terms(hand.conn))


@router.get(
    "/machines/{key}/trust", response_model=MachineTrust, **allow(READERS, examples_maintenance.TRUST)
)
async def show_trust(key: Annotated[str, Path(max_length=64)], conn: Conn, web: TheWeb) -> Json:
    """How far a machine's alarms can be trusted, rule by rule, with n and interval."""
    return Json(await trust.of_machine(conn, key, web.clock()))


@router.get(
    "/alarms/{alarm_id}/evidence",
    response_model=Evidence,
    **allow(READERS, examples_maintenance.ORDER_DETAIL["evidence"]),
)
async def show_evidence(alarm_id: UUID, conn: Conn) -> Json:
    """What speaks for an alarm and what to do about it: journal, score, likely failure modes, advice."""
    return Json(found(await work_evidence.of_alarm(conn, alarm_id), "alarm").evidence)
