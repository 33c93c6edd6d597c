import asyncio
from typing import Any

import pytest
from plotly.io.json import to_json_plotly

from api import examples_freight, examples_orders, examples_planning
from api.examples import TS
from dashboard.i18n import LANGUAGES, Words
from dashboard.pages import freight, order, orders, planning
from dashboard.visit import Page, Visit


class Api:
    """The API's own examples, as a page gets them."""

    async def get(self, path: str, **_: Any) -> Any:
        return examples_orders.ORDER_DETAIL if path.startswith("orders/") else {"sites": []}

    async def items(self, path: str, **_: Any) -> list[dict[str, Any]]:
        return {
            "orders": [examples_orders.STAKE],
            "at-risk": [examples_orders.MACHINE_AT_RISK],
            "freight-costs": [examples_freight.COST],
            "invoices": [examples_freight.INVOICE],
            "carriers": [],
            "plans": [examples_planning.PLAN],
            "vehicles": [{"key": "truck-01", "name": {"en": "Truck 1", "zh": "卡车 1"}}],
        }[path]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    ("page", "shown"),
    [
        (orders, "86,400.00 CNY"),
        (order, "376104250021234569"),
        (freight, "UK Government GHG Conversion Factors"),
        (planning, "96.4 km"),
    ],
)
def test_a_page_shows_what_the_api_says(page: Page, shown: str, language: str) -> None:
    visit = Visit(Api(), Words(language), TS, "SO-4711")  # type: ignore[arg-type]  # answers as the client does
    drawn = to_json_plotly(asyncio.run(page.layout(visit)))
    assert shown in drawn
    assert "column." not in drawn
