import time
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from fix_pipeline import Agent
from fix_web import Service, Visitor, Web, describe, web_on
from lineshaft.broker.client import Link
from lineshaft.domain.plant import Plant

pytestmark = [pytest.mark.browser, pytest.mark.database, pytest.mark.broker]


def reading(temp: float) -> dict[str, object]:
    return {"v": 1, "ts": time.time_ns() // 1_000_000, "n": ["temp", "state"], "r": [[0, temp, "RUN"]]}


def test_an_injected_reading_is_on_the_screen_within_two_seconds(
    pipeline: dict[str, Service], own_broker_url: str, chromium: Browser
) -> None:
    web = pipeline["web"]
    assert isinstance(web, Web)
    context = chromium.new_context(viewport={"width": 1920, "height": 1080}, locale="en")
    visitor = Visitor(context, web.url)
    visitor.log_in()
    with Link(own_broker_url, "test-e2e-agent") as link:
        agent = Agent(link)
        page = visitor.open("/machines/pump-101")
        shown = "[data-signal=temp] [data-slot=value]"
        # Nothing was ever heard, so the page has no such signal's value: unknown, not 0.
        assert page.text_content(shown) == "\N{EN DASH}"
        agent.send("pump-101", reading(40.0))
        page.wait_for_selector(f"{shown}:text-is('40.0')", timeout=30_000)
        started = time.monotonic()
        agent.send("pump-101", reading(41.5))
        page.wait_for_selector(f"{shown}:text-is('41.5')", timeout=10_000)
        assert time.monotonic() - started < 2
    assert visitor.complaints == []
    context.close()


def test_scores_stand_under_the_trends_and_alarms_on_them(visitor: Visitor) -> None:
    page = visitor.open("/machines/pump-101")
    chart = "document.querySelector('#trend .js-plotly-plot')"
    page.wait_for_function(f"() => {chart}?.layout.shapes?.some(shape => shape.name?.startsWith('alarm:'))")
    names = page.evaluate(f"{chart}.data.map(trace => trace.name)")
    assert names[:2] == ["@health", "@score"]
    assert names[-1] == "@mode"
    [health] = page.evaluate(f"{chart}.data.filter(trace => trace.name === '@health').map(trace => trace.y)")
    assert health
    assert set(health) == {80.5}
    [band] = page.evaluate(f"{chart}.layout.shapes.filter(shape => shape.name?.startsWith('alarm:'))")
    axis = page.evaluate(f"{chart}.data.find(trace => trace.name === 'temp').yaxis")
    assert band["yref"] == f"{axis} domain"
    assert band["label"]["text"] == "2"
    assert not page.is_visible("[data-slot=learning]")
    assert visitor.complaints == []


def test_a_killed_server_makes_the_page_stale_and_it_recovers_by_itself(
    database_url: str, plant: Plant, tmp_path: Path, chromium: Browser
) -> None:
    describe(database_url, plant)
    web = web_on(database_url, tmp_path)
    web.start()
    context = chromium.new_context(locale="en")
    visitor = Visitor(context, web.url)
    visitor.log_in()
    page = visitor.open("/")
    page.evaluate("window.notReloaded = true")
    web.kill()
    page.wait_for_selector("#stale-bar:not([hidden])", timeout=6000)
    assert "Showing data of" in (page.text_content("#stale-bar") or "")
    assert page.get_attribute("#link-state", "data-state") in ("reconnecting", "offline")
    web.start()
    page.wait_for_selector("#link-state[data-state=live]", timeout=40_000)
    assert page.evaluate("window.notReloaded")
    web.stop()
    context.close()


def test_a_killed_flow_makes_the_page_stale_and_nothing_on_it_looks_well(
    pipeline: dict[str, Service], own_broker_url: str, chromium: Browser
) -> None:
    web = pipeline["web"]
    assert isinstance(web, Web)
    context = chromium.new_context(viewport={"width": 1920, "height": 1080}, locale="en")
    visitor = Visitor(context, web.url)
    visitor.log_in()
    state = ".machine-head [data-slot=state]"
    with Link(own_broker_url, "test-e2e-agent") as link:
        agent = Agent(link)
        page = visitor.open("/machines/pump-101")
        page.evaluate("window.notReloaded = true")
        agent.send("pump-101", reading(40.0))
        page.wait_for_selector(f"{state}[data-state=RUN]", timeout=60_000)
        page.wait_for_selector("#stale-bar", state="hidden", timeout=60_000)
        solid = page.eval_on_selector(state, "node => getComputedStyle(node).backgroundColor")
        pipeline["flow"].kill()
        page.wait_for_selector("#stale-bar:not([hidden])", timeout=60_000)
        assert "STALE" in (page.text_content("#stale-bar") or "")
        assert (
            page.get_attribute("#link-state", "data-state") == "live"
        )  # the line is well, the results are not
        assert page.eval_on_selector(state, "node => getComputedStyle(node).borderTopStyle") == "dashed"
        assert page.eval_on_selector(state, "node => getComputedStyle(node).backgroundColor") != solid
        page.wait_for_selector("[data-signal=temp] .gone", timeout=60_000)
        agent.send("pump-101", reading(42.0))  # meanwhile: it waits in the journal
        pipeline["flow"].start()
        page.wait_for_selector("[data-signal=temp] [data-slot=value]:text-is('42.0')", timeout=60_000)
        page.wait_for_selector("#stale-bar", state="hidden", timeout=60_000)
        assert page.eval_on_selector(state, "node => getComputedStyle(node).backgroundColor") == solid
        assert page.evaluate("window.notReloaded")
    assert visitor.complaints == []
    context.close()


def test_an_acknowledgement_is_seen_by_everyone(visitor: Visitor, web: Web, chromium: Browser) -> None:
    other = chromium.new_context(viewport={"width": 1920, "height": 1080}, locale="en")
    colleague = Visitor(other, web.url)
    colleague.log_in("operator")
    seen = colleague.open("/")
    seen.wait_for_selector("[data-slot=wrong] .wrong[data-open]")
    page = visitor.open("/alarms")
    page.click(".ag-cell .ack")
    page.fill("#ack-dialog textarea", "on my way")
    page.click("#ack-dialog [data-slot=ack-go]")
    page.wait_for_selector("text=admin: on my way")
    seen.wait_for_selector("text=Acknowledged by admin")
    assert seen.query_selector("[data-slot=wrong] .wrong[data-open]") is None
    assert visitor.complaints == colleague.complaints == []
    other.close()
