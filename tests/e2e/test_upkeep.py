"""Maintenance in browsers; the whole loop: a fault, its alarm, acknowledged, worked on, closed, trusted."""

from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from playwright.sync_api import Browser, FilePayload, Page

from fix_api import _measure
from fix_pipeline import Agent, Planted
from fix_web import Service, Visitor, Web, describe, says, shot, someone, web_on
from lineshaft.broker.client import Link
from lineshaft.clock import system_clock
from lineshaft.domain.plant import Plant

pytestmark = [pytest.mark.browser, pytest.mark.database, pytest.mark.broker]

PIXEL = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de0000000c49444154"
    "789c63f8cfc0000003010100c9fe92ef0000000049454e44ae426082"
)
"""The smallest picture there is."""


@pytest.fixture
def mended(database_url: str, plant: Plant, tmp_path: Path) -> Iterator[Web]:
    """A web process on a plant with an alarm at a pump."""
    describe(database_url, plant)
    with psycopg.connect(database_url, options="-c search_path=lineshaft,public") as conn:
        _measure(conn, system_clock())
    web = web_on(database_url, tmp_path)
    web.start()
    yield web
    web.stop()


WATCH = """alarm => {
  window.goneAt = null;
  const isOpen = () => document.querySelector(`.wrong[data-open] [data-alarm="${alarm}"]`);
  new MutationObserver(() => (window.goneAt ??= isOpen() ? null : Date.now())).observe(document.body, {
    subtree: true, childList: true, attributes: true,
  });
}"""
"""Notes the instant at which an alarm on the Overview is acknowledged."""
CLICKED = """() => document.addEventListener("click", () => { window.clickedAt = Date.now(); },
  { capture: true, once: true })"""
HOT = "[data-slot=wrong] .wrong[data-open]:has-text('Coolant pump 1') .ack"
TURNS = 5


def acknowledged_after_ms(page: Page, other: Page) -> float:
    """From the click on one screen until another shows it."""
    page.wait_for_selector(f"{HOT}:visible")  # minutes of readings are taken in first
    alarm = page.get_attribute(HOT, "data-alarm")
    other.wait_for_selector(f".wrong[data-open] [data-alarm='{alarm}']", state="attached")
    other.evaluate(WATCH, alarm)
    page.evaluate(CLICKED)
    page.click(HOT)
    other.wait_for_function("() => window.goneAt !== null")
    return float(other.evaluate("() => window.goneAt")) - float(page.evaluate("() => window.clickedAt"))


def take_back(visitor: Visitor) -> None:
    """Makes what is acknowledged unacknowledged again."""
    asked = visitor.context.request
    for alarm in asked.get(f"{visitor.url}/api/v1/alarms?stands=acknowledged").json()["items"]:
        path = f"{visitor.url}/api/v1/alarms/{alarm['id']}/unack"
        answer = asked.post(path, data={"reason": "once more"})
        assert answer.ok, answer.text()


def acknowledge(desk: Visitor, page: Page, other: Page) -> None:
    """Within a second on the other screen; a machine that is busy with others may be late now and then."""
    took_ms = [acknowledged_after_ms(page, other)]
    while took_ms[-1] > 1000 and len(took_ms) < TURNS:
        take_back(desk)
        took_ms.append(acknowledged_after_ms(page, other))
    assert took_ms[-1] <= 1000, took_ms


def work_on_it(page: Page) -> None:
    """From the machine's page on a phone: the order of its alarm, begun, with a photo, closed as right."""
    says(page, "[data-slot=order-alarm]", "Temperature high")
    page.click("[data-slot=order-alarm]")
    page.wait_for_selector("[data-page=work_order] [data-slot=do-start]:visible")
    says(page, "[data-slot=evidence]", "Temperature high")
    says(page, "[data-slot=evidence]", "Health ")
    page.click("[data-slot=do-start]")
    says(page, "[data-slot=running]", "maintainer at work")
    photo = FilePayload(name="fan.png", mimeType="image/png", buffer=PIXEL)
    page.set_input_files("[data-slot=camera] input", photo)
    page.wait_for_selector("[data-slot=files] img")
    shot(page, "order-phone")
    page.click("[data-slot=do-close]")
    page.check("dialog[open] [name=verdict][value=true]")
    page.select_option("dialog[open] [name=mode]", "overheating")
    page.check("dialog[open] [name=action][value=cleaned]")
    page.click("dialog[open] [type=submit]")
    says(page, "[data-slot=state]", "Done")
    says(page, "[data-slot=found]", "Overheating")


@pytest.mark.timeout(900)  # six processes and three browsers: on a busy machine they are slow
def test_a_planted_fault_is_seen_worked_on_and_closed_and_the_trust_in_its_alarm_changes(
    pipeline: dict[str, Service], own_broker_url: str, chromium: Browser
) -> None:
    web = pipeline["web"]
    assert isinstance(web, Web)
    desk, wall = someone(web, chromium, "operator"), someone(web, chromium, "supervisor")
    phone = someone(web, chromium, "maintainer", phone=True)
    for one in (desk, wall, phone):
        one.context.set_default_timeout(180_000)
    with Link(own_broker_url, "test-e2e-agent") as link, Planted(Agent(link), "pump-101", "overheating"):
        seen, other = desk.open("/"), wall.open("/")
        acknowledge(desk, seen, other)
        seen.close()
        other.goto(f"{web.url}/machines/pump-101")
        says(other, "[data-slot=trust-of]", "nobody has said yet")
        work_on_it(phone.open("/machines/pump-101"))
        says(other, "[data-slot=trust-of]", "right: 100 %")
        says(other, "[data-slot=trust-rules]", "Limit: Temperature")
        says(other, "[data-slot=upkeep-done]", "WO-1")
        shot(other, "machine-after")
    for one in (desk, wall, phone):
        assert one.complaints == one.strangers == []
        one.context.close()


def test_an_operator_reports_and_a_supervisor_makes_the_order_in_chinese(
    mended: Web, chromium: Browser
) -> None:
    operator = someone(mended, chromium, "operator", phone=True)
    page = operator.open("/machines/motor-102")
    page.click("[data-slot=report]")
    page.fill("dialog[open] [name=text]", "It squeals")
    page.click("dialog[open] [type=submit]")
    says(page, "[data-slot=upkeep-requests]", "R-1, waiting: It squeals")
    assert not page.is_visible("[data-slot=order-here]")

    supervisor = someone(mended, chromium, "supervisor", language="zh-CN")
    page = supervisor.open("/maintenance?tab=requests")
    page.click("[data-slot=requests] button:has-text('转为工单')")
    page.wait_for_selector("[data-page=work_order]")
    says(page, "h1", "It squeals")
    says(page, "[data-slot=state]", "待处理")
    page = supervisor.open("/maintenance")
    says(page, "[data-slot=board-open]", "It squeals")
    assert operator.complaints == supervisor.complaints == []
    for one in (operator, supervisor):
        one.context.close()
