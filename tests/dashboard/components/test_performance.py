"""The Performance tab and the hand-over page draw what the API says, in both languages."""

import pytest
from dash.development.base_component import Component
from fastapi import FastAPI

from dashboard.client import Client
from dashboard.components import performance
from dashboard.i18n import LANGUAGES, Words
from dashboard.pages import handover
from dashboard.visit import Visit
from fix_api import As, app, logged_in, seeded_url, settings
from fix_clock import FakeClock

__all__ = ["app", "logged_in", "seeded_url", "settings"]
pytestmark = pytest.mark.database


@pytest.mark.parametrize("language", LANGUAGES)
async def test_both_draw_a_seeded_plant(
    app: FastAPI,
    logged_in: As,
    clock: FakeClock,
    language: str,
) -> None:
    who = await logged_in("viewer")
    visit = Visit(Client(app, dict(who.cookies)), Words(language), clock() // 1000)
    for make in (performance.layout, handover.layout):
        drawn = await make(visit)
        assert isinstance(drawn, Component)
        assert "pump-101" in str(drawn) or make is performance.layout
