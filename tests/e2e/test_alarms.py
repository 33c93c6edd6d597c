"""The Alarms page as an operator uses it: by keys, with reasons, and seen by everybody."""

import time
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page

import fix_store
from fix_web import Visitor, Web, describe, web_on
from lineshaft.domain.alarms import Condition, ConditionChange
from lineshaft.domain.plant import Plant
from lineshaft.store import alarm_changes
from lineshaft.store.database import connect

pytestmark = [pytest.mark.browser, pytest.mark.database]


@pytest.fixture(scope="module")
def web(
    postgres_url: str, _template_url: str, plant: Plant, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Web]:
    """A web process of these tests' own: what they do to alarms would be in others' way."""
    with fix_store._database(postgres_url, fix_store.TEMPLATE) as url:
        describe(url, plant)
        web = web_on(url, tmp_path_factory.mktemp("web"))
        web.start()
        yield web
        web.stop()


def raised(web: Web, source: str, rule: str, priority: int = 3) -> None:
    """An alarm as the plant flow raises it."""
    with connect(web.database_url) as conn:
        row = conn.execute("SELECT pos FROM journal_head").fetchone()
        assert row
        pos = int(row[0])
        condition = Condition(
            source,
            rule,
            active=True,
            priority=priority,
            message="alarm.high",
            value=9.5,
            threshold=7.1,
            arguments={"signal": "vib", "unit": "mm/s"},
        )
        alarm_changes.apply(conn, [ConditionChange(condition, "hangzhou", time.time_ns() // 1000, pos)])
        conn.execute("SELECT pg_notify('live', 'plant:1000')")
        conn.commit()


def ready(page: Page, rows: int) -> None:
    page.wait_for_function(
        "n => document.querySelectorAll('.ag-center-cols-container .ag-row').length >= n", arg=rows
    )


def test_keys_alone_acknowledge_shelve_and_open(web: Web, visitor: Visitor) -> None:
    raised(web, "motor-102", "threshold:keys", 1)
    page = visitor.open("/alarms")
    ready(page, 1)
    page.keyboard.press("j")
    page.keyboard.press("a")
    page.fill("#ack-dialog textarea", "seen")
    page.click("#ack-dialog [data-slot=ack-go]")
    page.wait_for_selector("text=admin: seen")
    page.keyboard.press("Enter")
    page.wait_for_selector("[data-slot=detail]:not([hidden])")
    page.keyboard.press("Escape")
    assert not page.is_visible("[data-slot=detail]")
    page.keyboard.press("s")
    page.click("#act-dialog [data-slot=act-go]")
    assert page.is_visible("[data-slot=act-missing]")  # not without a reason
    page.fill("#act-dialog textarea", "sensor is being changed")
    page.click("#act-dialog [data-slot=act-go]")
    page.wait_for_selector("#act-dialog", state="hidden")
    page.goto(f"{web.url}/alarms?show=shelved")
    page.wait_for_selector("text=/Shelved until .* by admin/")
    assert visitor.complaints == []


def test_what_is_done_in_one_browser_is_seen_in_another_within_a_second(
    web: Web, visitor: Visitor, chromium: Browser
) -> None:
    raised(web, "pump-101", "threshold:seen")
    other = chromium.new_context(viewport={"width": 1920, "height": 1080}, locale="en")
    colleague = Visitor(other, web.url)
    colleague.log_in("operator")
    seen = colleague.open("/alarms")
    ready(seen, 1)
    page = visitor.open("/alarms")
    ready(page, 1)
    page.click(".ag-cell .ack")
    page.click("#ack-dialog [data-slot=ack-go]")
    page.wait_for_selector("#said:not([hidden])")
    began = time.monotonic()
    seen.wait_for_selector(".ag-cell[col-id=who] >> text=admin")
    took_s = time.monotonic() - began
    # The hub reads twice a second; a machine that is busy with others may be late, but not by far.
    assert took_s < 3
    assert colleague.complaints == []
    other.close()


def test_the_detail_says_why_what_to_do_and_what_happened(web: Web, visitor: Visitor) -> None:
    raised(web, "pump-101", "threshold:detail", 1)
    page = visitor.open("/alarms")
    ready(page, 1)
    page.click(".ag-cell[col-id=message]")
    detail = page.locator("[data-slot=detail]")
    detail.locator("[data-act=comment]").click()
    page.fill("#act-dialog textarea", "bearing was greased")
    page.click("#act-dialog [data-slot=act-go]")
    detail.locator(".alarm-journal >> text=bearing was greased").wait_for()
    assert "7.1" in (detail.locator(".facts").text_content() or "")
    assert detail.locator("[data-act=out-of-service]").is_visible()  # for an admin
    page.click("[data-slot=detail-close]")
    assert not detail.is_visible()
    assert visitor.complaints == []


@pytest.mark.parametrize("path", ["/alarms?show=shelved", "/alarms?show=history", "/alarms?line=line-1"])
def test_a_list_says_what_is_missing_or_fills(visitor: Visitor, path: str) -> None:
    page = visitor.open(path)
    page.wait_for_selector("[data-slot=none]:not([hidden]), .ag-center-cols-container .ag-row")
    assert visitor.complaints == []
