"""The product's API as a program uses it: log in, ask, send."""

import contextlib
from dataclasses import dataclass, field
from typing import Any

import httpx

TIMEOUT_S = 60.0


class AwayError(RuntimeError):
    """The web process does not answer, or not as it should; later it may."""


@dataclass(slots=True)
class Api:
    """A session of a person at the web process."""

    url: str
    login: str
    password: str
    client: httpx.Client = field(init=False)

    def __post_init__(self) -> None:
        """Nothing is asked before it is needed."""
        self.client = httpx.Client(base_url=f"{self.url}/api/v1/", timeout=TIMEOUT_S, trust_env=False)

    def items(self, path: str, **query: object) -> list[dict[str, Any]]:
        """The rows of a list."""
        found: list[dict[str, Any]] = self.get(path, **query)["items"]
        return found

    def get(self, path: str, **query: object) -> dict[str, Any]:
        """One answer."""
        answer = self._asked("GET", path, params={name: str(value) for name, value in query.items()})
        if not answer.is_success:
            raise AwayError(f"GET {path}: {answer.status_code}")
        found: dict[str, Any] = answer.json()
        return found

    def send(self, method: str, path: str, body: dict[str, Any]) -> str:
        """Send a document; empty where it was taken, else why not."""
        answer = self._asked(method, path, json=body)
        return "" if answer.is_success else f"{method} {path}: {answer.status_code} {answer.text[:300]}"

    def _asked(self, method: str, path: str, **more: Any) -> httpx.Response:
        try:
            answer = self.client.request(method, path, **more)
            if answer.status_code == httpx.codes.UNAUTHORIZED:
                self.client.post("login", json={"login": self.login, "password": self.password})
                answer = self.client.request(method, path, **more)
        except httpx.HTTPError as error:
            raise AwayError(f"{method} {path}: {error}") from error
        if answer.status_code in {401, 429, 503}:
            raise AwayError(f"{method} {path}: {answer.status_code}")
        return answer

    def close(self) -> None:
        """Hang up."""
        with contextlib.suppress(httpx.HTTPError):
            self.client.close()
