"""Shift hand-over: what happened at the machines, and what people tell those who come next."""

from typing import Annotated, Final

from fastapi import APIRouter, Path, Query
from pydantic import Field
from starlette.exceptions import HTTPException

from api.deps import LAST_MS, READERS, REQUESTERS, Conn, Json, TheSpan, TheWeb, Who, allow, found
from api.schemas import StrictInput
from lineshaft.store import audit, hand_over
from lineshaft.store.hand_over import HandOverNote, NewNote, ShiftFacts
from lineshaft.store.rows import Items

router = APIRouter(tags=["alarms"])

Site = Annotated[str, Query(max_length=64)]
Start = Annotated[int, Query(ge=0, le=LAST_MS, description="Of the shift, epoch milliseconds.")]
NOTE: Final = {
    "id": 7,
    "site": "hangzhou",
    "shift": "early",
    "start": 1_763_700_000_000,
    "written": 1_763_727_000_000,
    "author": "li",
    "note": "Pump 101 runs on the spare seal; look at it every hour.",
    "source": "pump-101",
    "struck": None,
    "struck_by": None,
}
FACTS: Final = {
    "standstills": [
        {
            "machine": "pump-101",
            "name": {"en": "Coolant pump 1", "zh": "1 号冷却泵"},
            "down_s": 1260.0,
            "stops": 2,
            "latest": 1_763_715_000_000,
        }
    ],
    "findings": [
        {
            "machine": "pump-101",
            "name": {"en": "Coolant pump 1", "zh": "1 号冷却泵"},
            "verdict": "true",
            "mode": "bearing",
            "cause": "wear",
            "action": "replaced",
            "by": "li",
            "at": 1_763_716_000_000,
            "order": "9b2d8c0a-6f1a-5d0c-9a53-0a1e3f4b7c21",
            "number": 17,
        }
    ],
}


class NoteInput(StrictInput):
    """What to tell, of which shift, and of which asset where it is about one."""

    site: str = Field(min_length=1, max_length=64, examples=["hangzhou"])
    shift: str = Field(min_length=1, max_length=64, examples=["early"])
    start: Annotated[int, Field(ge=0, le=LAST_MS)]
    note: str = Field(min_length=1, max_length=2000, examples=[NOTE["note"]])
    source: str | None = Field(default=None, max_length=64)


@router.get("/hand-over-facts", response_model=ShiftFacts, **allow(READERS, FACTS))
async def show_facts(conn: Conn, site: Site, span: TheSpan) -> Json:
    """How long the machines of a site stood in a span, and what people said they found at them."""
    return Json(await hand_over.facts(conn, site, span))


@router.get("/hand-over-notes", response_model=Items[HandOverNote], **allow(READERS, {"items": [NOTE]}))
async def list_notes(conn: Conn, site: Site, start: Start) -> Json:
    """The notes of one shift, those that were taken back with them."""
    return Json(Items(await hand_over.listing(conn, site, start)))


@router.post("/hand-over-notes", status_code=201, response_model=HandOverNote, **allow(REQUESTERS, NOTE))
async def add_note(body: NoteInput, conn: Conn, web: TheWeb, who: Who) -> Json:
    """Tell the next shift something."""
    text = body.note.strip()
    if not text:
        raise HTTPException(422, "note: says nothing")
    note = NewNote(body.site, body.shift, body.start, text, body.source)
    row = await hand_over.add(conn, note, who.login, web.clock())
    if row is None:
        raise HTTPException(422, f"site: no {body.site!r} in the plant")
    await audit.append(conn, who.deed("hand_over.note", body.site, after=body.model_dump()), web.clock())
    return Json(row, 201)


@router.delete("/hand-over-notes/{note_id}", response_model=HandOverNote, **allow(REQUESTERS, NOTE))
async def strike_note(
    note_id: Annotated[int, Path(ge=1, le=2**62)], conn: Conn, web: TheWeb, who: Who
) -> Json:
    """Take a note back; it stays on record, with who did it."""
    row = found(await hand_over.strike(conn, note_id, who.login, web.clock()), "note")
    await audit.append(conn, who.deed("hand_over.strike", str(note_id)), web.clock())
    return Json(row)
