"""`/start.js`: what the browser must know before it draws: words, who is asking, the plant's time zone."""

import orjson
from fastapi import FastAPI, Request
from fastapi.responses import Response

from dashboard.client import ApiError, Client
from dashboard.i18n import choose, texts


def add(server: FastAPI) -> None:
    """Add the route."""

    @server.get("/start.js", include_in_schema=False)
    async def start(request: Request) -> Response:
        language = choose(request.cookies, request.headers.get("accept-language", ""))
        client = Client(server, request.cookies)
        try:
            me = await client.get("me")
            plant = await client.get("plant") or {}
        except ApiError:
            me, plant = None, {}  # the page itself says what is wrong
        sites = plant.get("sites") or []
        told = {
            "texts": texts(language),
            "me": me,
            "zone": sites[0].get("timezone") if sites else None,
            "sites": [site.get("name") for site in sites],
            "vehicles": {vehicle["id"]: vehicle.get("name") for vehicle in plant.get("vehicles") or []},
        }
        body = b"window.lineshaftStart=" + orjson.dumps(told) + b";"
        return Response(body, media_type="text/javascript", headers={"cache-control": "no-store"})
