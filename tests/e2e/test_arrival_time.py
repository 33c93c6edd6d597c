"""From a vehicle's fix to the arrival time on its shipment's page, through all services."""

import logging
import time

import pytest
from playwright.sync_api import Browser

from fix_pipeline import Agent
from fix_web import Service, Visitor, Web, shot
from lineshaft.broker.client import Link
from lineshaft.wire.envelope import Envelope, Lane, to_properties
from lineshaft.wire.gps import encode
from waiting import wait_until

pytestmark = [pytest.mark.browser, pytest.mark.database, pytest.mark.broker]

SHOWN = """
(key) => {
  const row = window.lineshaft.state.rows("shipments").find((one) => one.id === key);
  const shown = document.querySelector("[data-slot=eta]").textContent;
  return row?.eta_p50 && shown === window.lineshaft.when(row.eta_p50) ? row.eta_ts : 0;
}
"""
"""The fix whose arrival time the page shows."""


def fix(agent: Agent, ts_ms: int, metres: float) -> None:
    """The truck's position so far from Hangzhou, towards Jiaxing."""
    share = metres / 78_000
    place = {"dt": 0, "lat": 30.27 + share * 0.48, "lon": 120.15 + share * 0.6, "spd": 20.0}
    sent = agent.link.publish(
        "lineshaft/v1/hangzhou/fleet-1/truck-01/gps",
        encode(ts_ms, [place]),
        properties=to_properties(Envelope("boot-e2e", Lane.LIVE, agent.seq + 1, 1, "fleet-1")),
    )
    agent.seq += sent is not None  # a number that never went out would be waited for


def test_an_arrival_time_on_the_page_follows_a_fix(
    pipeline: dict[str, Service], own_broker_url: str, chromium: Browser
) -> None:
    web = pipeline["web"]
    assert isinstance(web, Web)
    context = chromium.new_context(viewport={"width": 1920, "height": 1080}, locale="en")
    visitor = Visitor(context, web.url)
    visitor.log_in()
    began_ms = time.time_ns() // 1_000_000
    order: dict[str, object] = {"id": "SH-E", "vehicle": "truck-01", "route": "hz-sh"}
    order["planned_departure_ms"] = began_ms - 900_000
    answer = context.request.post(f"{web.url}/api/v1/shipments", data=order)
    assert answer.ok, answer.text()
    page = visitor.open("/shipments/SH-E")
    sent: dict[int, float] = {}
    with Link(own_broker_url, "test-e2e-truck") as link:
        agent = Agent(link)

        def shows_after(seen_ms: int) -> bool:
            """Drive on; whether the page shows the arrival time as of a later fix."""
            ts_ms = time.time_ns() // 1_000_000
            fix(agent, ts_ms, 5_000 + (ts_ms - began_ms) * 0.02)
            sent[ts_ms] = time.monotonic()
            return int(page.evaluate(SHOWN, "SH-E")) > seen_ms

        wait_until(lambda: shows_after(0), "an arrival time is shown", within_s=120)
        first = int(page.evaluate(SHOWN, "SH-E"))
        wait_until(lambda: shows_after(first), "the next one is shown", within_s=120)
        took = time.monotonic() - sent[int(page.evaluate(SHOWN, "SH-E"))]
    logging.getLogger(__name__).info("on the page %.2f s after the fix", took)
    shot(page, "shipment-underway")
    assert visitor.complaints == []
    context.close()
