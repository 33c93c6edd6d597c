"""What routes ask for, and who may use them: every route says its roles, or nobody may."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Annotated, Any, Final, TypeVar

import orjson
from fastapi import Depends, Query, Request
from starlette.exceptions import HTTPException
from starlette.requests import HTTPConnection
from starlette.responses import Response

from api.web import Web
from lineshaft.store.audit import Deed, Facts
from lineshaft.store.database import AsyncConnection
from lineshaft.store.people import ROLES
from lineshaft.store.readings import Span
from lineshaft.store.sessions import Principal

RowType = TypeVar("RowType")

EVERYONE: Final = ROLES
"""Whoever has logged in."""
# A carrier is to see its own loads only, and until loads know their carrier that is none.
READERS: Final = tuple(role for role in ROLES if role != "carrier")
"""Whoever works in the plant, and auditors."""
ACKNOWLEDGERS: Final = ("operator", "supervisor", "maintainer", "admin")
PLANNERS: Final = ("planner", "admin")
MAINTAINERS: Final = ("maintainer", "admin")
WORKERS: Final = ("maintainer", "supervisor", "admin")
"""Who works on machines and says what was found."""
LEADERS: Final = ("supervisor", "admin")
"""Who plans that work and decides what is not done."""
REQUESTERS: Final = ("operator", "planner", "warehouse", *WORKERS)
"""Who may say that a machine needs somebody."""
STOREKEEPERS: Final = ("warehouse", *WORKERS)
"""Who books spare parts in and out."""

HOUR_MS: Final = 3_600_000
LONGEST_MS: Final = 5 * 366 * 24 * HOUR_MS
LAST_MS: Final = 4_102_444_800_000
"""2100-01-01; a later time is a mistake, and far later ones cannot be written down."""


class Json(Response):
    """A response of rows as they came from the store, written by orjson."""

    media_type = "application/json"

    def render(self, content: Any) -> bytes:
        """The JSON."""
        return orjson.dumps(content)


class Allowed:
    """A route's roles, as a dependency that refuses everyone else."""

    def __init__(self, roles: tuple[str, ...]) -> None:
        self.roles = frozenset(roles)

    def __call__(self, request: Request) -> None:
        """Refuse who may not.

        Raises:
            HTTPException: 401 nobody is logged in, 403 another role is needed.
        """
        who = request.scope.get("state", {}).get("principal")
        if who is None:
            raise HTTPException(401, "log in first")
        if who.role not in self.roles:
            raise HTTPException(403, f"your role, {who.role}, may not do this")


def allow(roles: tuple[str, ...], example: Any = None) -> dict[str, Any]:
    """What a route's decorator says of its roles and, with an example, of its answer.

    The roles stand in the OpenAPI document as `x-roles`, from which the tests make their matrix.
    """
    answers: dict[int, dict[str, Any]] = {
        401: {"description": "Nobody is logged in."},
        403: {"description": "The role may not do this."},
        422: {"description": "A parameter cannot be used."},
        503: {"description": "The database is away."},
    }
    if example is not None:
        answers[200] = {"content": {"application/json": {"example": example}}}
    return {
        "dependencies": [Depends(Allowed(roles))],
        "openapi_extra": {"x-roles": sorted(roles)},
        "responses": answers,
    }


def _web(connection: HTTPConnection) -> Web:
    web: Web = connection.app.state.web
    return web


def _principal(request: Request) -> Principal:
    found: Principal = request.scope["state"]["principal"]  # `Allowed` ran before
    return found


@dataclass(slots=True, frozen=True)
class Actor:
    """The person who does something, and from where: what the audit wants to know."""

    login: str
    peer: str

    def deed(
        self, action: str, what: str, *, before: Facts = None, after: Facts = None, reason: str | None = None
    ) -> Deed:
        """What this person does now, for the audit."""
        return Deed(
            by=self.login,
            peer=self.peer,
            action=action,
            object=what,
            before=before,
            after=after,
            reason=reason,
        )


def _actor(request: Request) -> Actor:
    return Actor(_principal(request).login, _peer(request))


def _peer(request: Request) -> str:
    return request.client.host if request.client else ""


async def _connection(web: "TheWeb") -> AsyncIterator[AsyncConnection]:
    async with web.pool.connection() as conn:
        yield conn


def _span(
    web: "TheWeb",
    from_ts: Annotated[int | None, Query(description="Epoch ms; default: an hour before to_ts.")] = None,
    to_ts: Annotated[int | None, Query(description="Epoch ms, not included; default: now.")] = None,
) -> Span:
    end = to_ts if to_ts is not None else web.clock() // 1000 + 1
    start = from_ts if from_ts is not None else end - HOUR_MS
    if not 0 <= start < end <= LAST_MS:
        raise HTTPException(422, f"from_ts {start} must be before to_ts {end}, both between 1970 and 2100")
    if end - start > LONGEST_MS:
        raise HTTPException(422, "the span is longer than five years")
    return Span(start * 1000, end * 1000)


TheWeb = Annotated[Web, Depends(_web)]
Me = Annotated[Principal, Depends(_principal)]
Who = Annotated[Actor, Depends(_actor)]
Peer = Annotated[str, Depends(_peer)]
"""The address a request comes from."""
# "function": what was written is committed before the answer goes out.
Conn = Annotated[AsyncConnection, Depends(_connection, scope="function")]
"""A connection whose transaction is committed before the answer goes out, or rolled back on an error."""
TheSpan = Annotated[Span, Depends(_span)]
Points = Annotated[int, Query(ge=2, le=2000, description="Points a trace at most.")]
Limit = Annotated[int, Query(ge=1, le=1000)]


def found(row: RowType | None, what: str) -> RowType:
    """The row, which has to be there.

    Raises:
        HTTPException: 404.
    """
    if row is None:
        raise HTTPException(404, f"no such {what}")
    return row
