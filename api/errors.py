"""Errors as the API says them: a code for programs, a sentence for people, an id that finds it in the log."""

import secrets
from collections.abc import Mapping
from http import HTTPStatus

import orjson
import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import Response

from lineshaft.store.database import ConnectionLost, ValueRefused

_log = structlog.get_logger(__name__)

CODES = {
    400: "bad_request",
    401: "unauthenticated",
    403: "forbidden",
    404: "not_found",
    405: "method_not_allowed",
    409: "conflict",
    412: "seen_old",
    413: "too_large",
    415: "media_type",
    422: "invalid",
    428: "version_needed",
    429: "throttled",
    500: "internal",
    503: "unavailable",
}


def error(status: int, message: str, headers: Mapping[str, str] | None = None) -> Response:
    """An error response.

    >>> error(404, "no such machine").body[:48]
    b'{"error":{"code":"not_found","message":"no such '
    """
    return _error(status, message, secrets.token_hex(4), headers)


def add_handlers(app: FastAPI) -> None:
    """Make every error of the application one of ours."""
    app.add_exception_handler(HTTPException, _on_http)
    app.add_exception_handler(RequestValidationError, _on_invalid)
    for lost in ConnectionLost:
        app.add_exception_handler(lost, _on_lost)
    app.add_exception_handler(ValueRefused, _on_refused)
    app.add_exception_handler(Exception, _on_fault)


def _error(status: int, message: str, error_id: str, headers: Mapping[str, str] | None = None) -> Response:
    code = CODES.get(status, "error")
    body = orjson.dumps({"error": {"code": code, "message": message, "id": error_id}})
    kept = {"cache-control": "no-store", **(headers or {})}
    return Response(body, status, kept, media_type="application/json")


async def _on_http(_: Request, exception: Exception) -> Response:
    assert isinstance(exception, HTTPException)  # noqa: S101 - registered for it alone
    message = exception.detail or HTTPStatus(exception.status_code).phrase
    return error(exception.status_code, str(message), exception.headers)


async def _on_invalid(_: Request, exception: Exception) -> Response:
    assert isinstance(exception, RequestValidationError)  # noqa: S101 - registered for it alone
    said = [f"{'.'.join(map(str, one['loc'][1:]))}: {one['msg']}" for one in exception.errors()[:5]]
    return error(422, "; ".join(said))


async def _on_refused(*_: object) -> Response:
    # A NUL in a text, a number beyond its column: no such thing can be there, whatever was asked.
    return error(422, "a value is of no form the database takes")


async def _on_lost(request: Request, exception: Exception) -> Response:
    _log.warning("database away", path=request.url.path, error=str(exception))
    return error(503, "the database is away; try again in a moment", {"retry-after": "2"})


async def _on_fault(request: Request, exception: Exception) -> Response:
    error_id = secrets.token_hex(4)
    _log.error("request failed", path=request.url.path, error_id=error_id, exc_info=exception)
    return _error(500, "something went wrong here; the id finds it in the log", error_id)
