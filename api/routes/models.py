"""Trained models: how good they are, which one's word counts, and the way back."""

from typing import Annotated

from fastapi import APIRouter, Path
from starlette.exceptions import HTTPException

from api import examples
from api.deps import MAINTAINERS, READERS, Conn, Json, TheWeb, Who, allow, found
from api.schemas import RoleInput, RollbackInput
from lineshaft.store import audit, models
from lineshaft.store.models import Decision, ModelDetail, ModelRow
from lineshaft.store.rows import Items

router = APIRouter(tags=["models"])

Id = Annotated[int, Path(ge=1, le=2**31 - 1)]


@router.get("/models", response_model=Items[ModelRow], **allow(READERS, examples.items(examples.MODEL)))
async def list_models(conn: Conn) -> Json:
    """Every trained model with its role, its metrics in training and its standing in use."""
    return Json(Items(await models.listing(conn)))


@router.get("/models/{model_id}", response_model=ModelDetail, **allow(READERS, examples.MODEL_DETAIL))
async def show_model(model_id: Id, conn: Conn) -> Json:
    """One model with its columns, and who gave it which role and why."""
    return Json(found(await models.one(conn, model_id), "model"))


@router.post("/models/rollback", response_model=ModelDetail, **allow(MAINTAINERS, examples.MODEL_DETAIL))
async def roll_back(body: RollbackInput, conn: Conn, web: TheWeb, who: Who) -> Json:
    """Make the champion before the last one the champion again."""
    model_id = await models.before(conn, body.name, body.kind)
    if model_id is None:
        raise HTTPException(409, f"no {body.name} of kind {body.kind!r} was champion before")
    return await _become(conn, model_id, Decision("champion", who.login, body.why), who, web.clock())


@router.put(
    "/models/{model_id}/role", response_model=ModelDetail, **allow(MAINTAINERS, examples.MODEL_DETAIL)
)
async def give_role(model_id: Id, body: RoleInput, conn: Conn, web: TheWeb, who: Who) -> Json:
    """Give a model another role; a new champion retires the old one. The stream swaps them at once."""
    return await _become(conn, model_id, Decision(body.role, who.login, body.why), who, web.clock())


async def _become(conn: Conn, model_id: int, decided: Decision, who: Who, now_us: int) -> Json:
    row = found(await models.one(conn, model_id), "model")
    deed = audit.Deed(
        by=who.login,
        peer=who.peer,
        action="model.role",
        object=row.label,
        before={"role": row.role},
        after={"role": decided.role},
        reason=decided.why,
    )
    await audit.append(conn, deed, now_us)
    if not await models.become(conn, model_id, decided, now_us):
        raise HTTPException(409, f"{row.label} is {decided.role} already")
    return Json(found(await models.one(conn, model_id), "model"))
