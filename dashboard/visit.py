"""What a page is given when someone opens it: its address is its whole state."""

from dataclasses import dataclass, field
from typing import Any, Protocol

from dash.development.base_component import Component

from dashboard.client import Client
from dashboard.i18n import Words


@dataclass(frozen=True)
class Visit:
    """One opening of a page."""

    client: Client
    words: Words
    now_ms: int
    key: str = ""
    """The last part of the path of a page whose PATH ends in {key}."""
    query: dict[str, str] = field(default_factory=dict)


class Page(Protocol):
    """A module of `dashboard.pages`."""

    PATH: str
    """'/alarms', or '/machines/{key}'."""
    TITLE: str
    """Key of its name in the catalogue."""
    ICON: str
    """Its sign in the navigation; empty: not in the navigation."""

    async def layout(self, visit: Visit) -> Component:
        """The page's structure and what depends on its address; the browser fills in what lives.

        Raises:
            ApiError: what it needs cannot be had.
        """


Row = dict[str, Any]
"""A row of the API."""
