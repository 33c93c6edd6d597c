"""The one door to everything the web process serves: session, origin and headers, for HTTP and WebSocket.

Pure ASGI and outermost, so that nothing (pages, assets, callbacks, sockets, unknown paths) gets past it.
"""

import re
from collections.abc import Iterable
from time import perf_counter
from urllib.parse import quote, urlsplit

from prometheus_client import Histogram
from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import cookie_parser
from starlette.responses import RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.auth import Door
from api.errors import error
from lineshaft.store.database import ConnectionLost

OPEN = frozenset(
    {
        ("GET", "/login"),
        ("GET", "/assets/login.css"),
        ("GET", "/assets/login.js"),
        ("GET", "/assets/favicon.svg"),
        ("GET", "/favicon.ico"),
        ("GET", "/livez"),
        ("GET", "/readyz"),
        ("GET", "/metrics"),
        ("POST", "/api/v1/login"),
    }
)
"""What needs no session: the login page with all it loads, and what watches the process."""

SAFE = frozenset({"GET", "HEAD", "OPTIONS"})

LARGEST_BODY = 1024 * 1024
"""Bytes; callbacks of the screens are some kilobytes."""

LARGEST_FILE = 8 * 1024 * 1024
"""Bytes of a photo or paper of a work order or a delivery, or of a lane's way: all that is uploaded."""
_FILES = re.compile(r"/api/v1/(work-orders/[0-9a-f-]{36}/files|proof-files|lanes/[^/]+/way)")
_TRACKING = re.compile(r"/(t|api/v1/tracking)/[A-Za-z0-9_-]{1,128}")
"""What a tracking link opens: its token is what lets in, and the route looks at it."""

SESSION_OVER = 4401
"""WebSocket close code: log in again."""
FOREIGN = 4403
"""WebSocket close code: opened by another site's page."""

_seconds = Histogram(
    "lineshaft_http_request_duration_seconds",
    "Time until an answer began, by route; empty: the gate answered.",
    ["method", "route", "status"],
    buckets=(0.005, 0.02, 0.1, 0.5, 2.0),
)

_PROGRAMS = ("/api/", "/_dash", "/_reload-hash")
"""Paths that scripts ask for: they get 401, not a page."""


class Gate:
    """ASGI middleware."""

    def __init__(self, app: ASGIApp, door: Door, script_hashes: Iterable[str] = ()) -> None:
        self.app = app
        self.door = door
        self.headers = _headers(script_hashes, tls=door.settings.tls)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request in, or answer it here."""
        if scope["type"] == "websocket":
            await self._websocket(scope, receive, send)
        elif scope["type"] == "http":
            await self._http(scope, receive, self._with_headers(scope, send))
        else:
            await self.app(scope, receive, send)

    async def _http(self, scope: Scope, receive: Receive, send: Send) -> None:
        refused = self._refused_origin(scope) or self._refused_size(scope) or await self._identify(scope)
        await (refused or self.app)(scope, receive, send)

    async def _identify(self, scope: Scope) -> Response | None:
        """Put the person into the scope; an answer where there is none and there has to be."""
        method = "GET" if scope["method"] == "HEAD" else scope["method"]
        if (method, scope["path"]) in OPEN or (method == "GET" and _TRACKING.fullmatch(scope["path"])):
            return None
        try:
            if await self._find(scope):
                return None
        except ConnectionLost:
            return error(503, "the database is away; try again in a moment", {"retry-after": "2"})
        if scope["method"] in SAFE and not scope["path"].startswith(_PROGRAMS):
            path, query = scope.get("raw_path") or scope["path"].encode(), scope["query_string"]
            wanted = quote(path + b"?" + query if query else path)
            return RedirectResponse(f"/login?next={wanted}", 303, {"cache-control": "no-store"})
        return error(401, "log in first")

    async def _websocket(self, scope: Scope, receive: Receive, send: Send) -> None:
        code = FOREIGN if self._is_foreign(Headers(scope=scope)) else 0
        try:
            code = code or (0 if await self._find(scope) else SESSION_OVER)
        except ConnectionLost:
            code = 1013  # try again later
        if code == 0:
            await self.app(scope, receive, send)
            return
        # A refused handshake gives a browser no code: it has to be opened to be closed for a reason.
        await receive()
        await send({"type": "websocket.accept"})
        await send({"type": "websocket.close", "code": code})

    async def _find(self, scope: Scope) -> bool:
        token = token_of(Headers(scope=scope), self.door.settings.cookie)
        found = await self.door.principal(token) if token else None
        if found:
            scope.setdefault("state", {}).update(principal=found, token=token)
        return found is not None

    def _refused_origin(self, scope: Scope) -> Response | None:
        if scope["method"] in SAFE or not self._is_foreign(Headers(scope=scope)):
            return None
        return error(403, "this request comes from a page of another site")

    def _refused_size(self, scope: Scope) -> Response | None:
        """Bodies are read into memory whole, so they say their size first and it is small."""
        if scope["method"] in SAFE:
            return None
        headers = Headers(scope=scope)
        length = headers.get("content-length", "0")
        largest = LARGEST_FILE if _FILES.fullmatch(scope["path"]) else LARGEST_BODY
        if "transfer-encoding" in headers or not length.isdecimal() or int(length) > largest:
            return error(413, f"a body has at most {largest} bytes, and says how many")
        return None

    def _is_foreign(self, headers: Headers) -> bool:
        """Whether a browser says that another site's page sent this; programs say nothing."""
        origin = headers.get("origin")
        if origin is None:
            return headers.get("sec-fetch-site", "same-origin") not in {"same-origin", "none"}
        own = urlsplit(origin).netloc.lower() == headers.get("host", "").lower()
        return not own and origin.lower() not in self.door.settings.origins

    def _with_headers(self, scope: Scope, send: Send) -> Send:
        began = perf_counter()

        async def sending(message: Message) -> None:
            if message["type"] == "http.response.start":
                route = getattr(scope.get("route"), "path_format", "")  # a template: few, whatever is asked
                _seconds.labels(_known(scope["method"]), route, message["status"]).observe(
                    perf_counter() - began
                )
                headers = MutableHeaders(scope=message)
                for name, value in self.headers.items():
                    headers.setdefault(name, value)
            await send(message)

        return sending


def token_of(headers: Headers, cookie: str) -> str | None:
    """The session token a request carries, or None."""
    return cookie_parser(headers.get("cookie", "")).get(cookie) or None


def local_path(wanted: str | None) -> str:
    """Where to go after logging in: a path of this site, whatever was asked.

    >>> local_path("/alarms?state=all"), local_path("//evil.example"), local_path("https://evil.example")
    ('/alarms?state=all', '/', '/')
    """
    if not wanted or not wanted.startswith("/") or wanted[1:2] in {"/", "\\"} or not wanted.isprintable():
        return "/"
    return wanted


def _known(method: str) -> str:
    return method if method in SAFE or method in {"POST", "PUT", "PATCH", "DELETE"} else "other"


def _headers(script_hashes: Iterable[str], *, tls: bool) -> dict[str, str]:
    scripts = " ".join(f"'{one.strip(chr(39))}'" for one in script_hashes)
    policy = {
        "default-src": "'self'",
        "script-src": f"'self' {scripts}".strip(),
        # Grid, charts and map place things by style attributes they write themselves.
        "style-src": "'self' 'unsafe-inline'",
        "img-src": "'self' data: blob:",
        "font-src": "'self' data:",
        "connect-src": "'self'",
        "worker-src": "'self' blob:",
        "object-src": "'none'",
        "base-uri": "'none'",
        "form-action": "'self'",
        "frame-ancestors": "'none'",
    }
    headers = {
        "content-security-policy": "; ".join(f"{name} {value}" for name, value in policy.items()),
        "x-content-type-options": "nosniff",
        "x-frame-options": "DENY",
        "referrer-policy": "same-origin",
        "cross-origin-opener-policy": "same-origin",
        "permissions-policy": "camera=(), geolocation=(), microphone=()",
    }
    return headers | ({"strict-transport-security": "max-age=31536000"} if tls else {})
