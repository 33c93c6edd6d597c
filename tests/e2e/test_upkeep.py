"""The whole loop in browsers: an alarm, seen and acknowledged, worked on, closed; and then trusted more."""

from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from playwright.sync_api import Browser, FilePayload, Page
from playwright.sync_api import TimeoutError as NotInTime

from fix_api import _measure
from fix_web import Visitor, Web, describe, web_on
from lineshaft.clock import system_clock
from lineshaft.domain.plant import Plant

pytestmark = [pytest.mark.browser, pytest.mark.database]

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


def someone(web: Web, chromium: Browser, role: str, *, phone: bool = False, language: str = "en") -> Visitor:
    size = {"width": 390, "height": 844} if phone else {"width": 1600, "height": 1000}
    context = chromium.new_context(viewport=size, has_touch=phone, locale=language)  # type: ignore[arg-type]  # two ints
    visitor = Visitor(context, web.url)
    visitor.log_in(role)
    return visitor


def says(page: Page, where: str, words: str) -> None:
    try:
        page.wait_for_function(
            "([where, words]) => document.querySelector(where)?.innerText.includes(words)",
            arg=[where, words],
            timeout=30_000,
        )
    except NotInTime as error:
        raise AssertionError(f"{where} does not say {words!r} but {page.inner_text(where)!r}") from error


def test_an_alarm_is_seen_worked_on_and_closed_and_the_trust_in_it_changes(
    mended: Web, chromium: Browser
) -> None:
    desk, wall = someone(mended, chromium, "operator"), someone(mended, chromium, "supervisor")
    seen, other = desk.open("/machines/pump-101"), wall.open("/machines/pump-101")
    says(other, "[data-slot=trust-of]", "nobody has said yet")
    other.wait_for_selector("[data-slot=wrong] [data-open]")
    seen.click("[data-slot=wrong] .ack")
    other.wait_for_selector("[data-slot=wrong] [data-open]", state="detached", timeout=30_000)

    phone = someone(mended, chromium, "maintainer", phone=True)
    page = phone.open("/machines/pump-101")
    page.click("[data-slot=order-alarm]")
    page.wait_for_selector("[data-page=work_order] [data-slot=do-start]:visible")
    says(page, "[data-slot=evidence]", "Health 80.5 of 100")
    page.click("[data-slot=do-start]")
    says(page, "[data-slot=running]", "maintainer at work")
    photo = FilePayload(name="fan.png", mimeType="image/png", buffer=PIXEL)
    page.set_input_files("[data-slot=camera] input", photo)
    page.wait_for_selector("[data-slot=files] img")
    page.click("[data-slot=do-close]")
    page.check("dialog[open] [name=verdict][value=true]")
    page.select_option("dialog[open] [name=mode]", "overheating")
    page.check("dialog[open] [name=action][value=cleaned]")
    page.click("dialog[open] [type=submit]")
    says(page, "[data-slot=state]", "Done")
    says(page, "[data-slot=found]", "Overheating")

    says(other, "[data-slot=trust-of]", "1 of 1 right: 100 %")
    says(other, "[data-slot=trust-rules]", "Limit: Temperature")
    says(other, "[data-slot=upkeep-done]", "WO-1")
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
