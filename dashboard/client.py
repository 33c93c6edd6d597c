"""The API as one user sees it, called in process with that user's cookie.

A synchronous call of the web process to itself would wait for itself for ever, so this is async all the way.
"""

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

import httpx
from starlette.types import ASGIApp


class ApiError(Exception):
    """The API refused or failed; the message is for people, the id finds it in the log."""

    def __init__(self, status: int, message: str, error_id: str = "") -> None:
        super().__init__(message)
        self.status = status
        self.error_id = error_id


class Client:
    """One user's calls. Rows are the API's, as they are: times in epoch ms, unknown is None."""

    def __init__(self, app: ASGIApp, cookies: Mapping[str, str]) -> None:
        self._http = httpx.AsyncClient(
            transport=httpx.ASGITransport(app=app, raise_app_exceptions=False),
            base_url="http://127.0.0.1",
            cookies=dict(cookies),
            headers={"accept-encoding": "identity"},  # nothing goes over a line, so nothing is packed for it
        )

    async def get(self, path: str, **query: Any) -> Any:
        """The JSON of `/api/v1/<path>`.

        Raises:
            ApiError: any answer but a success.
        """
        answer = await self._http.get(f"/api/v1/{path}", params=_known(query))
        if answer.is_success:
            return answer.json()
        said = answer.json() if "json" in answer.headers.get("content-type", "") else {}
        error = said.get("error", {})
        raise ApiError(answer.status_code, error.get("message", ""), error.get("id") or "")

    async def items(self, path: str, **query: Any) -> list[dict[str, Any]]:
        """The rows of a list."""
        rows: list[dict[str, Any]] = (await self.get(path, **query))["items"]
        return rows

    async def machine(self, key: str) -> dict[str, Any]:
        """One machine with its signals and what its score is made of."""
        machine: dict[str, Any] = await self.get(f"machines/{quote(key, safe='')}")
        return machine

    async def series(self, asset: str, signals: list[str], from_ts: int, to_ts: int) -> dict[str, Any]:
        """Readings of some signals of an asset, thinned by the server so that every peak is still there."""
        series: dict[str, Any] = await self.get(
            f"assets/{quote(asset, safe='')}/series", signal=signals, from_ts=from_ts, to_ts=to_ts, points=600
        )
        return series

    async def scores(self, asset: str, from_ts: int, to_ts: int) -> dict[str, list[Any]]:
        """Score and health of a machine over a span."""
        scores: dict[str, list[Any]] = await self.get(
            f"assets/{quote(asset, safe='')}/scores", from_ts=from_ts, to_ts=to_ts, points=400
        )
        return scores


def _known(query: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in query.items() if value is not None}
