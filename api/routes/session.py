"""Logging in and out, and what is remembered of a person."""

from fastapi import APIRouter, Request
from starlette.exceptions import HTTPException
from starlette.responses import Response

from api import examples
from api.auth import RefusedError, ThrottledError
from api.deps import EVERYONE, Conn, Json, Me, Peer, TheWeb, allow
from api.errors import error
from api.gate import token_of
from api.schemas import LanguageInput, LoginInput, MeOut
from lineshaft.store import people

router = APIRouter(tags=["session"])


@router.post(
    "/login",
    status_code=204,
    openapi_extra={"x-roles": ["anonymous"]},
    responses={
        401: {"description": "Login or password is wrong."},
        429: {"description": "Too many wrong passwords; Retry-After says how long to wait."},
    },
)
async def log_in(request: Request, body: LoginInput, web: TheWeb, peer: Peer) -> Response:
    """Log in: sets the session cookie. Any session the browser had before is over."""
    before = token_of(request.headers, web.settings.cookie)
    try:
        token = await web.door.log_in(body.login.strip().lower(), body.password, peer)
    except RefusedError as refused:
        raise HTTPException(401, str(refused)) from refused
    except ThrottledError as throttled:
        return error(429, str(throttled), {"retry-after": str(throttled.wait_s)})
    who = await web.door.principal(before) if before else None
    if before and who:
        await web.door.log_out(before, who, peer)
    response = Response(status_code=204, headers={"cache-control": "no-store"})
    response.set_cookie(
        web.settings.cookie,
        token,
        max_age=round(web.settings.longest_s),
        path="/",
        secure=web.settings.tls,
        httponly=True,
        samesite="lax",
    )
    return response


@router.post("/logout", status_code=204, **allow(EVERYONE))
async def log_out(request: Request, web: TheWeb, me: Me, peer: Peer) -> Response:
    """Log out: the session is over on the server, not only in the browser."""
    await web.door.log_out(request.scope["state"]["token"], me, peer)
    response = Response(status_code=204, headers={"cache-control": "no-store"})
    response.delete_cookie(
        web.settings.cookie, path="/", secure=web.settings.tls, httponly=True, samesite="lax"
    )
    return response


@router.get("/me", response_model=MeOut, **allow(EVERYONE, examples.ME))
async def show_me(me: Me) -> Json:
    """Who is logged in."""
    return Json(me)


@router.put("/me/language", status_code=204, **allow(EVERYONE))
async def set_language(body: LanguageInput, request: Request, web: TheWeb, me: Me, conn: Conn) -> Response:
    """Remember the language to read in."""
    await people.set_language(conn, me.login, body.language)
    web.door.forget(request.scope["state"]["token"])
    return Response(status_code=204)
