"""The fleet's pages in a real browser: a thousand vehicles on the map, a vehicle's day, a geofence drawn."""

import logging

import pytest
from playwright.sync_api import Browser, Page

from fix_web import Visitor, Web

pytestmark = [pytest.mark.browser, pytest.mark.database]

CROWD = """
async (count) => {
  const { state, pages } = window.lineshaft;
  const root = document.querySelector("[data-page='logistics']");
  const now = window.lineshaft.now();
  const like = state.rows("vehicles")[0];
  const real = state.rows;
  const rows = (turn) => Array.from({ length: count }, (_, n) => ({
    ...like, key: `v${n}`, ts: now, shipment: null, trip_state: "MOVING",
    heading_deg: (n * 7 + turn * 10) % 360,
    lat: 29.5 + (n % 40) * 0.05 + turn * 0.001, lon: 119.5 + Math.floor(n / 40) * 0.08,
  }));
  const drawn = () => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
  const took = [];
  try {
    for (let turn = 0; turn < 8; turn += 1) {
      const here = rows(turn);
      state.rows = (topic) => (topic === "vehicles" ? here : real.call(state, topic));
      const begun = performance.now();
      pages.logistics.render(root, new Set(["vehicles"]));
      await drawn();
      took.push(performance.now() - begun);
    }
  } finally {
    state.rows = real;
  }
  return { took, canvases: document.querySelectorAll("#map canvas").length,
           arrows: document.querySelectorAll("#map .arrow").length };
}
"""


def at_rest(page: Page) -> None:
    page.wait_for_function("() => window.lineshaft.map.of('map')")
    page.wait_for_function("() => window.lineshaft.state.has('vehicles')")


def test_a_thousand_moving_vehicles_are_drawn_on_a_canvas_and_ask_nobody_else(visitor: Visitor) -> None:
    page = visitor.open("/logistics")
    at_rest(page)
    page.evaluate("() => window.lineshaft.map.of('map').fitBounds([[29, 119], [32, 122]], {animate: false})")
    found = page.evaluate(CROWD, 1_000)
    logging.getLogger(__name__).info("ms an update: %s", [round(ms) for ms in found["took"]])
    assert found["canvases"] == 1
    assert found["arrows"] == 0
    assert visitor.strangers == []
    assert visitor.complaints == []


def test_few_vehicles_are_arrows(visitor: Visitor) -> None:
    page = visitor.open("/logistics")
    at_rest(page)
    assert page.evaluate(CROWD, 40)["arrows"] > 0


def test_a_vehicles_day_is_shown_and_can_be_gone_through(visitor: Visitor) -> None:
    page = visitor.open("/vehicles/truck-01")
    page.wait_for_function("() => document.querySelector('[data-slot=day]').textContent")
    page.wait_for_function("() => document.querySelector('[data-slot=fact-seen]').textContent.length > 2")
    page.click("[data-step-day='-1']")
    page.wait_for_function("() => !document.querySelector('[data-slot=legs-none]').hidden")
    assert visitor.complaints == []
    assert visitor.strangers == []


def test_a_planner_draws_a_geofence_and_a_viewer_only_sees_it(
    web: Web, chromium: Browser, visitor: Visitor
) -> None:
    page = visitor.open("/fences")
    page.wait_for_function("() => window.lineshaft.map.of('fences')")
    page.fill("[name=name]", "North yard")
    page.click("#fences-map", position={"x": 300, "y": 300})
    page.wait_for_function("() => document.querySelector('[data-slot=points]').textContent.startsWith('1')")
    page.click("[data-slot=form] [type=submit]")
    page.wait_for_selector("[data-slot=fences] tr >> text=North yard")
    page.wait_for_selector("path.map-fence")
    context = chromium.new_context(viewport={"width": 1280, "height": 800}, locale="en")
    viewer = Visitor(context, web.url)
    viewer.log_in("viewer")
    other = viewer.open("/fences")
    other.wait_for_selector("[data-slot=fences] tr >> text=North yard")
    assert other.is_hidden("[data-slot=drawing]")
    context.close()
    page.on("dialog", lambda dialog: dialog.accept())
    page.click("[data-slot=fences] button >> text=North yard")
    page.click("[data-slot=form] button >> text=Remove")
    page.wait_for_selector("[data-slot=fences-none]:visible")
    assert visitor.complaints == []


@pytest.mark.parametrize("path", ["/vehicles/truck-01", "/fences"])
def test_a_page_fits_a_phone_and_is_accessible(web: Web, chromium: Browser, path: str) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright")
    context = chromium.new_context(viewport={"width": 390, "height": 844}, locale="en", bypass_csp=True)
    visitor = Visitor(context, web.url)
    visitor.log_in()
    page = visitor.open(path)
    page.wait_for_selector(".leaflet-container")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
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
