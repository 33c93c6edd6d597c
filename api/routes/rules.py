"""Rules that people write: drafts, what they would have raised, and putting them to work."""

from typing import Annotated, Any, Final

from fastapi import APIRouter, Path, Request
from starlette.exceptions import HTTPException
from starlette.responses import Response, StreamingResponse

from api import trials
from api.deps import READERS, Conn, Json, TheWeb, Who, allow, found
from api.schemas_rules import ActivateInput, BacktestInput, DraftInput, RetireInput
from lineshaft.domain.rules import Document, Rule, RuleError, from_json, schema, to_json
from lineshaft.domain.rules.trial import Trial
from lineshaft.store import audit, rules
from lineshaft.store.rows import Items
from lineshaft.store.rules import Doer, RuleConflictError, RuleDetail, RuleRow
from lineshaft.store.tried import TrialError

router = APIRouter(tags=["rules"])

WRITERS: Final = ("maintainer", "supervisor", "admin")
Id = Annotated[str, Path(pattern=r"^[a-z0-9][a-z0-9._-]{0,62}$")]
LONGEST_DAYS: Final = 92
_AS_IT_COMES: Final = {"cache-control": "no-store", "x-accel-buffering": "no"}
"""A proxy that gathers events would show how far it is when it is over."""

_DOCUMENT: Final = to_json(
    from_json({
        "kind": "condition", "id": "pump-hot", "name": {"en": "Pump hot"}, "scope": {"kind": ["pump"]},
        "when": {"is": "value", "signal": "temp", "op": ">", "levels": [{"limit": 75}]},
    })
)  # fmt: skip
_ROW: Final = {
    "id": "pump-hot", "state": "active", "active": 2, "draft": None, "updated": 1_763_700_000_000,
    "document": _DOCUMENT, "last_raised": 1_763_690_000_000, "raised_7d": 3, "open": 0,
}  # fmt: skip
_DETAIL: Final = {
    "rule": _ROW,
    "versions": [
        {"version": 2, "at": 1_763_700_000_000, "by": "ann", "why": "tried on 30 days", "document": _DOCUMENT}
    ],
    "events": [
        {"version": 2, "event": "activated", "at": 1_763_700_000_000, "by": "ann", "why": "tried on 30 days"}
    ],
}
_TRIAL: Final = {
    "from_ts": 1_761_100_000_000, "to_ts": 1_763_700_000_000, "machines": 12, "targets": 12,
    "readings": 31_104_000, "raises": 4, "suppressed": 0, "calls": 4, "a_day": 0.133, "busiest_10min": 1,
    "floods": [], "chattering": 0, "by_day": [[1_763_596_800_000, 4]], "by_machine": [["pump-101", 4]],
    "caught": [], "missed": [], "listed": [], "took_s": 11.2,
}  # fmt: skip


@router.get("/rules", response_model=Items[RuleRow], **allow(READERS, {"items": [_ROW]}))
async def list_rules(conn: Conn, web: TheWeb) -> Json:
    """All rules, those at work first."""
    return Json(Items(await rules.listing(conn, web.clock())))


@router.get("/rules/schema", **allow(READERS, {"$ref": "#/$defs/Rule"}))
async def show_schema() -> dict[str, Any]:
    """The JSON Schema of a rule's document."""
    return schema()


@router.get("/rules/{rule_id}", response_model=RuleDetail, **allow(READERS, _DETAIL))
async def show_rule(rule_id: Id, conn: Conn, web: TheWeb) -> Json:
    """One rule with its versions, and who did what to them and why."""
    return Json(found(await rules.one(conn, rule_id, web.clock()), "rule"))


@router.post("/rules", status_code=201, response_model=RuleDetail, **allow(WRITERS, _DETAIL))
async def draft_rule(body: DraftInput, conn: Conn, web: TheWeb, who: Who) -> Json:
    """Write a draft down, of a new rule or of one there is; the version before stays as it was."""
    document = _parsed(body.document)
    values, now_us = to_json(document), web.clock()
    await rules.draft(conn, document.id, values, Doer(who.login, body.why, now_us))
    deed = audit.Deed(
        by=who.login, peer=who.peer, action="rule.draft", object=document.id, after=values, reason=body.why
    )
    await audit.append(conn, deed, now_us)
    return Json(found(await rules.one(conn, document.id, now_us), "rule"), 201)


@router.put("/rules/{rule_id}/active", response_model=RuleDetail, **allow(WRITERS, _DETAIL))
async def activate_rule(rule_id: Id, body: ActivateInput, conn: Conn, web: TheWeb, who: Who) -> Json:
    """Put a version to work; what the one before raised ends."""
    now_us = web.clock()
    deed = audit.Deed(
        by=who.login, peer=who.peer, action="rule.activate", object=rule_id,
        after={"version": body.version}, reason=body.why,
    )  # fmt: skip
    await audit.append(conn, deed, now_us)
    try:
        await rules.activate(conn, rule_id, body.version, Doer(who.login, body.why, now_us))
    except RuleConflictError as error:
        raise HTTPException(409, str(error)) from error
    return Json(found(await rules.one(conn, rule_id, now_us), "rule"))


@router.post("/rules/{rule_id}/retire", response_model=RuleDetail, **allow(WRITERS, _DETAIL))
async def retire_rule(rule_id: Id, body: RetireInput, conn: Conn, web: TheWeb, who: Who) -> Json:
    """Take a rule out of work; what it raised ends."""
    now_us = web.clock()
    deed = audit.Deed(by=who.login, peer=who.peer, action="rule.retire", object=rule_id, reason=body.why)
    await audit.append(conn, deed, now_us)
    try:
        await rules.retire(conn, rule_id, Doer(who.login, body.why, now_us))
    except RuleConflictError as error:
        raise HTTPException(409, str(error)) from error
    return Json(found(await rules.one(conn, rule_id, now_us), "rule"))


@router.post("/rules/backtest", response_model=Trial, **allow(WRITERS, _TRIAL))
async def backtest(body: BacktestInput, request: Request, web: TheWeb) -> Response:
    """What a rule would have raised in the past, by the code that runs live; nothing is kept.

    Asked for `text/event-stream`, it tells how far it is: {waiting}, {done}, and at last {trial} or {error}.
    Who hangs up ends it.
    """
    document = _parsed(body.document)
    if not isinstance(document, Rule):
        raise HTTPException(422, "document: settings of a built-in rule cannot be tried")
    span = body.from_ts * 1000, body.to_ts * 1000
    if not 0 < span[1] - span[0] <= LONGEST_DAYS * 86_400_000_000:
        raise HTTPException(422, f"from_ts must be before to_ts, by {LONGEST_DAYS} days at most")
    running = trials.Running(web, document, span)
    if trials.MEDIA_TYPE in request.headers.get("accept", ""):
        return StreamingResponse(
            trials.told(request, running), headers=_AS_IT_COMES, media_type=trials.MEDIA_TYPE
        )
    try:
        found = [one async for one in trials.follow(request, running)]
    except TrialError as error:
        raise HTTPException(422, str(error)) from error
    return Json(found[-1])


def _parsed(values: dict[str, Any]) -> Document:
    try:
        return from_json(values)
    except RuleError as error:
        raise HTTPException(422, f"document: {error}") from error
