"""Puts the screens onto the web process's application.

One server callback draws a page when its address changes; one clientside callback runs the page's own script
when something live has changed (assets/js/shell.js). Nothing else goes through Dash while a page is open.
"""

import secrets
from typing import Any
from urllib.parse import parse_qsl, unquote

from dash import ClientsideFunction, Dash, Input, Output, ctx, dcc, html
from dash.development.base_component import Component
from fastapi import FastAPI
from fastapi.middleware.gzip import GZipMiddleware
from structlog import get_logger

from dashboard import login, start, tracking
from dashboard.client import ApiError, Client
from dashboard.components.parts import data, empty
from dashboard.components.shell import shell
from dashboard.i18n import DASH, Words, choose
from dashboard.pages import SECTIONS, find
from dashboard.visit import Visit
from lineshaft.clock import Clock

log = get_logger()

INDEX = """<!DOCTYPE html>
<html lang="{language}">
  <head>
    {metas}
    <title>{title}</title>
    <link rel="icon" href="/assets/favicon.svg" type="image/svg+xml">
    {css}
    <script src="/start.js"></script>
  </head>
  <body>
    {app_entry}
    <footer>{config}{scripts}{renderer}</footer>
  </body>
</html>"""


class Screens(Dash):
    """Dash with a page frame that knows its visitor's language (`<html lang>`)."""

    def interpolate_index(self, **parts: Any) -> str:  # type: ignore[override]  # it is called with names only
        """The HTML of every page; what fills it comes by the callbacks."""
        known = {
            name: parts[name]
            for name in ("metas", "title", "css", "app_entry", "config", "scripts", "renderer")
        }
        return INDEX.format(language=self.visitors_language(), **known)

    def visitors_language(self) -> str:
        """The language of who is asking now."""
        if not self.backend.has_request_context():
            return choose({})
        request = self.backend.request_adapter()
        return choose(request.cookies, request.headers.get("accept-language", ""))


def build(server: FastAPI, clock: Clock) -> Screens:
    """Add the screens to an application that already has the API's routes; call before it is sealed.

    Args:
        server: the application; its API is called in process with the visitor's cookie.
        clock: gives the end of the span a chart is first drawn for.
    """
    login.add(server)
    start.add(server)
    tracking.add(server)
    app = Screens(
        "dashboard",
        server=server,  # type: ignore[arg-type]  # Dash takes it, its annotation is older
        title="Lineshaft",
        update_title=None,  # type: ignore[arg-type]  # the title must not flicker at every tick
        suppress_callback_exceptions=True,  # pages come and go
        assets_ignore=r"^login\.",  # the login page loads them by itself
        serve_locally=True,
    )
    # Dash's own would pack at level 9: three times the work of what it is asked for, for a tenth fewer bytes.
    server.add_middleware(GZipMiddleware, minimum_size=500, compresslevel=3)
    # A function: drawn for each visitor, in their language.
    app.layout = lambda: shell(SECTIONS, Words(app.visitors_language()))

    @app.callback(Output("main", "children"), Input("place", "pathname"), Input("place", "search"))
    async def show(path: str | None, search: str | None) -> Component:
        words = Words(choose(ctx.cookies, (ctx.headers or {}).get("accept-language", "")))
        client = Client(server, ctx.cookies)
        return await draw(path or "/", search or "", client, words, clock() // 1000)

    app.clientside_callback(  # type: ignore[no-untyped-call]  # Dash has none
        ClientsideFunction("lineshaft", "render"),
        Output("fan", "data"),
        Input("live", "data"),
        Input("main", "children"),
    )
    # Dash finds its assets at the first request for "/" (4.4.1 on FastAPI): who opened another page first
    # after a start would get one without scripts.
    app._setup_server()  # type: ignore[no-untyped-call]  # noqa: SLF001 - Dash has no public way
    return app


async def draw(path: str, search: str, client: Client, words: Words, now_ms: int) -> Component:
    """The page of an address, or one sentence on why there is none."""
    found = find(unquote(path))
    if found is None:
        return _message(words("error.no_page"), words)
    page, key = found
    query = dict(parse_qsl(search.removeprefix("?")))
    try:
        return await page.layout(Visit(client, words, now_ms, key, query))
    except ApiError as error:
        if error.status == 401:
            return dcc.Location(id="to-login", href="/login", refresh=True)
        if error.status == 404:
            return _message(words("error.not_found"), words)
        return _message(words("error.page", id=error.error_id or DASH), words)
    except Exception:
        # Whatever a page stumbles over, the frame with its alarms and its connection stays.
        error_id = secrets.token_hex(4)
        log.exception("page failed", path=path, error_id=error_id)
        return _message(words("error.page", id=error_id), words)


def _message(text: str, words: Words) -> Component:
    retry = html.Button(words("error.retry"), className="button", type="button", **data(do="reload"))
    home = html.A(words("back.overview"), href="/", className="button")
    return html.Section(
        [html.H1(text), empty(""), html.Div([retry, home], className="chips")],
        className="card message",
        **data(page="message"),
    )
