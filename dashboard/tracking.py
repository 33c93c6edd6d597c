"""`/t/{token}`: what a customer sees of one shipment, without a login and without any script."""

from collections.abc import Mapping
from datetime import datetime
from html import escape
from string import Template
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import httpx
from fastapi import FastAPI, Request
from fastapi.responses import HTMLResponse

from dashboard.i18n import DASH, LANGUAGES, Words, choose

EVERY_S = 30
HEADERS = {
    "cache-control": "no-store",
    "x-robots-tag": "noindex, nofollow",
    "referrer-policy": "no-referrer",
}

PAGE = Template("""<!DOCTYPE html>
<html lang="$language">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <meta name="robots" content="noindex, nofollow">$refresh
    <title>$title · Lineshaft</title>
    <link rel="icon" href="/assets/favicon.svg" type="image/svg+xml">
    <link rel="stylesheet" href="/assets/login.css">
    <style>
      .eta { font-size: 34px; font-weight: 600; margin: 2px 0 0; }
      .label { margin-top: 20px; font-weight: 600; }
      ol { margin: 6px 0 0; padding: 0; list-style: none; }
      li { display: flex; justify-content: space-between; gap: 12px; padding: 8px 0;
           border-bottom: 1px solid var(--edge); }
      a { color: inherit; }
    </style>
  </head>
  <body>
    <main>
$inside
      <p class="foot"><a href="?lang=$other" lang="$other">$other_name</a></p>
    </main>
  </body>
</html>
""")


def page(language: str, tracked: Mapping[str, Any]) -> str:
    """The page's HTML of what the API tells of a link."""
    words = Words(language)
    stops = [_stop(one, words, tracked) for one in tracked["stops"]]
    parts = [
        f"<p class='quiet'>{escape(words('track.title'))}</p>",
        f"<h1>{escape(tracked['reference'] or words('track.shipment'))}</h1>",
        f"<p><b>{escape(words('shipment.' + tracked['state']))}</b></p>",
        *_arrival(words, tracked),
        f"<p class='label'>{escape(words('shipment.stops'))}</p><ol>{''.join(stops)}</ol>" if stops else "",
        f"<p class='quiet label'>{escape(_age(words, tracked))}</p>",
        f"<p class='quiet'>{escape(words('track.zone', zone=tracked['zone']))}</p>",
    ]
    return _whole(words, "\n".join(parts), refresh=True)


def nothing(language: str, key: str) -> str:
    """The page that says why there is nothing to see."""
    words = Words(language)
    return _whole(words, f"<h1>{escape(words(key))}</h1>", refresh=False)


def add(server: FastAPI) -> None:
    """Add the route; it asks the API in the name of who looks, so that each address is counted by itself."""

    @server.get("/t/{token}", include_in_schema=False)
    async def track(token: str, request: Request, lang: str = "") -> HTMLResponse:
        language = (
            lang if lang in LANGUAGES else choose(request.cookies, request.headers.get("accept-language", ""))
        )
        peer = (request.client.host if request.client else "", 0)
        transport = httpx.ASGITransport(app=server, client=peer, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
            answer = await client.get(f"/api/v1/tracking/{token}")
        if answer.is_success:
            return HTMLResponse(page(language, answer.json()), headers=HEADERS)
        if answer.status_code == 429:
            wait = {"retry-after": answer.headers["retry-after"]}
            return HTMLResponse(nothing(language, "track.often"), 429, headers=HEADERS | wait)
        if answer.status_code >= 500:
            return HTMLResponse(nothing(language, "track.away"), 503, headers=HEADERS)
        return HTMLResponse(nothing(language, "track.nothing"), 404, headers=HEADERS)


def _whole(words: Words, inside: str, *, refresh: bool) -> str:
    chinese = words.language.startswith("zh")
    return PAGE.substitute(
        language=words.language,
        title=escape(words("track.title")),
        inside=inside,
        refresh=f'\n    <meta http-equiv="refresh" content="{EVERY_S}">' if refresh else "",
        other="en" if chinese else "zh-CN",
        other_name=escape(words("language.other")),
    )


def _arrival(words: Words, tracked: Mapping[str, Any]) -> list[str]:
    if tracked["arrived"]:
        return [_big(words("milestone.arrive"), _at(tracked["arrived"], tracked))]
    if tracked["state"] == "cancelled":
        return []
    eta = tracked["eta"]
    if not eta:
        return [_big(words("track.expected"), DASH), f"<p class='quiet'>{escape(words('track.unknown'))}</p>"]
    between = words("track.between", low=_at(eta["p10"], tracked), high=_at(eta["p90"], tracked))
    return [
        _big(words("track.expected"), _at(eta["p50"], tracked)),
        f"<p class='quiet'>{escape(between)}</p>",
    ]


def _big(label: str, text: str) -> str:
    return f"<p class='label'>{escape(label)}</p><p class='eta'>{escape(text)}</p>"


def _stop(stop: Mapping[str, Any], words: Words, tracked: Mapping[str, Any]) -> str:
    name = words.of(stop["name"]) if stop["name"] else words(f"stop.{stop['kind']}")
    if stop["arrived"]:
        said = words("track.was_there", time=_at(stop["arrived"], tracked))
    elif stop["promised"]:
        said = words("track.planned", time=_at(stop["promised"], tracked))
    else:
        said = ""
    return f"<li><span>{escape(name)}</span><span class='quiet'>{escape(said)}</span></li>"


def _age(words: Words, tracked: Mapping[str, Any]) -> str:
    if tracked["updated"] is None:
        return words("track.never")
    minutes = max(0, tracked["now"] - tracked["updated"]) // 60_000
    if minutes < 1:
        return words("track.just_now")
    return words("track.age", n=str(minutes)) if minutes < 120 else words("track.age.h", n=str(minutes // 60))


def _at(ts: int, tracked: Mapping[str, Any]) -> str:
    """A time of the plant's clock; with its day where that is not today's."""
    try:
        zone = ZoneInfo(tracked["zone"])
    except (ZoneInfoNotFoundError, ValueError):
        zone = ZoneInfo("UTC")
    then, now = (datetime.fromtimestamp(one / 1000, zone) for one in (ts, tracked["now"]))
    return then.strftime("%H:%M" if then.date() == now.date() else "%Y-%m-%d %H:%M")
