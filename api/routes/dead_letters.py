"""Dead letters: what could not be used, why, and its replay once that is mended."""

from collections import Counter
from typing import Annotated, Literal

from fastapi import APIRouter, Path, Query
from starlette.exceptions import HTTPException

from api import examples_system as examples
from api.deps import MAINTAINERS, READERS, Actor, Conn, Json, Limit, TheWeb, Who, allow, found
from api.examples import items
from api.replay import MOST, BehindError, Replay
from api.schemas import LetterOut, ReplayInput, ReplayOut
from lineshaft.store import audit, letters
from lineshaft.store.database import AsyncConnection
from lineshaft.store.letters import DeadLetter, LetterCount, Wanted, WholeLetter
from lineshaft.store.rows import Items
from lineshaft.wire.compression import unpack
from lineshaft.wire.rejected import Rejected

router = APIRouter(prefix="/dead-letters", tags=["system"])

Code = Annotated[str, Query(pattern=r"^[a-z0-9_]{0,32}$")]
Stage = Annotated[Literal["", "ingest", "flow", "plant"], Query(description="Who set it aside.")]
Name = Annotated[str, Query(pattern=r"^[A-Za-z0-9_.-]{0,64}$")]
Instant = Annotated[int | None, Query(ge=0, le=4_102_444_800_000, description="Epoch ms.")]
Number = Annotated[int | None, Query(ge=1, le=2**62)]
LetterId = Annotated[int, Path(ge=1, le=2**62)]


@router.get(
    "",
    response_model=Items[DeadLetter],
    **allow(READERS, items(examples.DEAD_LETTER)),
)
async def list_dead_letters(  # noqa: PLR0913, PLR0917 - what one may filter by
    conn: Conn,
    limit: Limit = 100,
    code: Code = "",
    stage: Stage = "",
    site: Name = "",
    agent: Name = "",
    device: Name = "",
    from_ts: Instant = None,
    to_ts: Instant = None,
    replayed: bool | None = None,  # noqa: FBT001 - a query parameter
    before: Number = None,
) -> Json:
    """What could not be used, newest first, with the reason of each; `before` gives the next page."""
    wanted = Wanted(code, stage, site, agent, device, from_ts, to_ts, replayed, before)
    return Json(Items(await letters.listing(conn, wanted, limit)))


@router.get(
    "/counts",
    response_model=Items[LetterCount],
    **allow(READERS, items(examples.LETTER_COUNT)),
)
async def list_counts(conn: Conn, limit: Limit = 200) -> Json:
    """What was set aside by agent and reason: exact counts, beside the letters that are on hand."""
    return Json(Items(await letters.counts(conn, limit)))


@router.get("/{letter_id}", response_model=LetterOut, **allow(READERS, examples.WHOLE_LETTER))
async def show_letter(letter_id: LetterId, conn: Conn) -> Json:
    """One letter with all that is kept of its message, as text where it is text, and as hex digits."""
    return Json(_shown(found(await letters.one(conn, letter_id), "dead letter")))


@router.post("/replay", response_model=ReplayOut, **allow(MAINTAINERS, examples.REPLAY))
async def replay_many(body: ReplayInput, conn: Conn, web: TheWeb, who: Who) -> Json:
    """Replay letters by filter, the oldest first, two hundred at a time; `after` says where to go on."""
    wanted = Wanted(
        body.code, body.stage, body.site, body.agent, body.device, replayed=False, after=body.after
    )
    numbers = await letters.matching(conn, wanted, MOST)
    outcome = await _replay(conn, numbers, who, web.clock(), "matching letters")
    outcome.after = numbers[-1] if len(numbers) == MOST else None
    return Json(outcome)


@router.post("/{letter_id}/replay", response_model=ReplayOut, **allow(MAINTAINERS, examples.REPLAY))
async def replay_one(letter_id: LetterId, conn: Conn, web: TheWeb, who: Who) -> Json:
    """Decode a letter's message again, and store what of it is missing; a second time changes nothing."""
    found(await letters.one(conn, letter_id), "dead letter")
    return Json(await _replay(conn, [letter_id], who, web.clock(), str(letter_id)))


async def _replay(conn: AsyncConnection, numbers: list[int], who: Actor, now_us: int, what: str) -> ReplayOut:
    replay = Replay(now_us)
    try:
        await replay.decide(conn, numbers)
    except BehindError as error:
        raise HTTPException(409, str(error)) from error
    if replay.todo:
        deed = audit.Deed(
            by=who.login,
            peer=who.peer,
            action="dead_letter.replay",
            object=what,
            after={"letters": [one.message.letter for one in replay.todo]},
        )
        await audit.append(conn, deed, now_us)
    await replay.append(conn)
    outcomes = [replay.outcomes[number] for number in sorted(replay.outcomes)]
    counts = Counter(one.result for one in outcomes)
    return ReplayOut(
        replayed=counts["replayed"],
        stored_already=counts["stored_already"],
        still_rejected=counts["still_rejected"],
        left_alone=counts["no_body"] + counts["not_replayable"] + counts["replayed_before"],
        after=None,
        items=outcomes,
    )


def _shown(letter: WholeLetter) -> LetterOut:
    return LetterOut(
        id=letter.id,
        received=letter.received,
        stage=letter.stage,
        topic=letter.topic,
        device=letter.device,
        boot=letter.boot,
        lane=letter.lane,
        seq=letter.seq,
        code=letter.code,
        detail=letter.detail,
        readings=letter.readings,
        length=letter.length,
        sha256=letter.sha256.hex(),
        version=letter.version,
        pos=letter.pos,
        properties=letter.properties,
        replayed=letter.replayed,
        replayed_pos=letter.replayed_pos,
        replay_of=letter.replay_of,
        body_text=_text(letter),
        body_hex=None if letter.body is None else letter.body.hex(),
        siblings=letter.siblings,
        again=letter.again,
    )


def _text(letter: WholeLetter) -> str | None:
    """The body as text, unpacked if it was packed; None where it is no text."""
    if letter.body is None:
        return None
    plain = unpack(letter.body, str((letter.properties or {}).get("ce", "")))
    if isinstance(plain, Rejected):
        return None
    try:
        return plain.decode()
    except UnicodeDecodeError:
        return None
