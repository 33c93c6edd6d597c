"""The page of arrival times' accuracy with arrivals to grade: in both languages, at a desk and on a phone."""

from collections.abc import Iterator

import psycopg
import pytest
from playwright.sync_api import Browser

from fix_web import Visitor, Web, shot

pytestmark = [pytest.mark.browser, pytest.mark.database]

ARRIVED = """
INSERT INTO shipment (shipment_id, reference, customer, state, route, planned_arrival, arrived, updated, pos)
SELECT 'G-' || n, '', '', 'arrived', CASE WHEN n % 3 = 0 THEN 'hz-sh' ELSE 'sh-hz' END,
    at - interval '20 min', at, at, 1
FROM generate_series(1, 40) n, LATERAL (SELECT now() - n * interval '3 h' AS at) a
"""
TOLD = """
INSERT INTO eta (ts, shipment_id, eta_p10, eta_p50, eta_p90, remaining_m, pace_ms, model, pos)
SELECT told, shipment_id, expected - wide * interval '10 min', expected, expected + wide * interval '14 min',
    1, 1, 'lane-1', 1
FROM shipment, generate_series(1, 12) n, LATERAL (SELECT arrived - n * interval '25 min' AS told,
    arrived + n * ((hashtext(shipment_id) % 5) - 1) * interval '1 min' AS expected, n / 4.0 AS wide) e
WHERE shipment_id LIKE 'G-%'
"""


@pytest.fixture
def graded(web: Web) -> Iterator[Web]:
    """Forty arrivals of five days; gone afterwards."""
    options = "-c search_path=lineshaft,public"
    with psycopg.connect(web.database_url, options=options) as conn:
        conn.execute(ARRIVED)
        conn.execute(TOLD)
    yield web
    with psycopg.connect(web.database_url, options=options) as conn:
        conn.execute("DELETE FROM eta WHERE shipment_id LIKE 'G-%'")
        conn.execute("DELETE FROM shipment WHERE shipment_id LIKE 'G-%'")


@pytest.mark.parametrize(("language", "width"), [("en", 1920), ("zh-CN", 390)])
def test_the_figures_are_there_and_can_be_read_by_all(
    graded: Web, chromium: Browser, language: str, width: int
) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright")
    context = chromium.new_context(viewport={"width": width, "height": 900}, locale=language, bypass_csp=True)
    visitor = Visitor(context, graded.url)
    visitor.log_in("viewer")
    page = visitor.open("/eta-accuracy?days=30")
    page.wait_for_selector("[data-page=eta-accuracy] .js-plotly-plot .main-svg")
    tables = page.locator("[data-page=eta-accuracy] table")
    assert tables.count() == 4
    assert page.locator("[data-page=eta-accuracy] dl.facts dd").first.inner_text().startswith("40")
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    shot(page, f"eta-accuracy-{language}-{width}")
    found = axe.Axe().run(page, options={"runOnly": ["wcag2a", "wcag2aa", "wcag21aa"]}).response
    grave = [
        f"{one['id']}: {node['target']}"
        for one in found["violations"]
        if one["impact"] in ("serious", "critical")
        for node in one["nodes"][:3]
    ]
    assert grave == []
    assert visitor.complaints == []
    context.close()
