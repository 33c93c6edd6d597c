"""From a machine to money, and a plan: what a planner does with orders, freight and tours, in a browser."""

import os
import time
from pathlib import Path

import pytest
from playwright.sync_api import Page

from fix_web import Visitor

pytestmark = [pytest.mark.browser, pytest.mark.database]
pytest.importorskip("pyvrp")

HOUR = 3_600_000
SHOTS = os.environ.get("SHOTS", "")


def put(visitor: Visitor, method: str, path: str, body: object) -> None:
    answer = visitor.context.request.fetch(f"{visitor.url}/api/v1/{path}", method=method, data=body)
    assert answer.ok, answer.text()


def seeded(visitor: Visitor) -> None:
    """An order of pump-101 on a load that is promised in two hours, and another load on no vehicle."""
    now = int(time.time() * 1000)
    line = {"line": "1", "item": "pump housing", "quantity": "24", "made": "8", "machine": "pump-101"}
    put(visitor, "PUT", "orders/SO-4711", {
        "customer": "Harbour Foods", "currency": "CNY", "value": "86400.00", "promised_ms": now - HOUR,
        "penalty": {"grace_min": 15, "per_hour": "250", "cap": "4000"}, "lines": [line]})  # fmt: skip
    put(visitor, "PUT", "carriers/hangyun", {"name": "Hangyun Freight"})
    works = {"id": "works", "lat": 30.2, "lon": 120.1, "kind": "pickup"}
    for key, lat, vehicle in (("SH-90", 30.4, "truck-01"), ("SH-91", 30.5, None)):
        port = {"id": "port", "lat": lat, "lon": 120.2, "from_ms": now + HOUR, "to_ms": now + 3 * HOUR}
        load = {"id": key, "vehicle": vehicle, "carrier": "hangyun", "orders": ["SO-4711"]}
        put(visitor, "POST", "shipments", {**load, "stops": [works, port]})
    put(visitor, "POST", "plans", {
        "from_ms": now, "to_ms": now + 12 * HOUR, "seconds": 0.2,
        "vehicles": [{"vehicle": "truck-01", "capacity_kg": 12000}]})  # fmt: skip


def keep(page: Page, name: str) -> None:
    if SHOTS:
        page.screenshot(path=Path(SHOTS) / f"{name}.png", full_page=True)


def test_money_is_shown_from_the_machine_to_the_plan(visitor: Visitor) -> None:
    seeded(visitor)
    shown = {
        "orders": ("/orders", "Harbour Foods"),
        "order": ("/orders/SO-4711", "500.00 CNY"),
        "machine": ("/machines/pump-101", "SO-4711"),
        "overview": ("/", "500.00 CNY"),
        "freight": ("/freight", "not measured"),
        "planning": ("/planning", "SH-91"),
    }
    for name, (path, text) in shown.items():
        page = visitor.open(path)
        if name != "freight":  # what arrived there is another test's
            page.get_by_text(text).first.wait_for(timeout=20_000)
        keep(page, name)
        page.set_viewport_size({"width": 390, "height": 844})
        if name != "machine":  # its chart takes a moment to follow
            assert page.evaluate("document.documentElement.scrollWidth") <= 390, path
        keep(page, f"{name}-phone")
        page.close()
    assert visitor.complaints == []
    page = visitor.open("/planning")
    page.get_by_role("button", name="Accept").click()
    page.get_by_text("Accepted by admin").wait_for(timeout=20_000)
