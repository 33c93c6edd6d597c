"""The Alarms page as an operator uses it: by keys, with reasons, and seen by everybody."""

import time
from collections.abc import Iterator

import psycopg
import pytest
from playwright.sync_api import Browser, Page, expect

import fix_store
from fix_web import Visitor, Web, describe, web_on
from lineshaft.domain.alarms import Condition, ConditionChange
from lineshaft.domain.causes import Cause, Regrouped
from lineshaft.domain.evidence import Raised
from lineshaft.domain.plant import Plant
from lineshaft.store import alarm_changes, causes
from lineshaft.store.causes import Together
from lineshaft.store.database import Connection, connect

pytestmark = [pytest.mark.browser, pytest.mark.database]
ROWS = ".ag-center-cols-container .ag-row"


@pytest.fixture(scope="module")
def web(
    postgres_url: str, _template_url: str, plant: Plant, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Web]:
    """A web process of these tests' own: what they do to alarms would be in others' way.

    They share it, so each looks at the alarms of a source of its own.
    """
    with fix_store._database(postgres_url, fix_store.TEMPLATE) as url:
        describe(url, plant)
        web = web_on(url, tmp_path_factory.mktemp("web"))
        web.start()
        yield web
        web.stop()


def now_us() -> int:
    return time.time_ns() // 1000


def head(conn: Connection) -> int:
    row = conn.execute("SELECT pos FROM journal_head").fetchone()
    assert row
    return int(row[0])


def told(conn: Connection) -> None:
    conn.execute("SELECT pg_notify('live', 'plant:1000')")
    conn.commit()


def put(conn: Connection, source: str, rule: str, priority: int, at_us: int) -> None:
    """An alarm as the plant flow raises it."""
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
    alarm_changes.apply(conn, [ConditionChange(condition, "hangzhou", at_us, head(conn))])


def raised(web: Web, source: str, rule: str, priority: int = 3) -> None:
    with connect(web.database_url) as conn:
        put(conn, source, rule, priority, now_us())
        told(conn)


def grouped(web: Web, root: str, sources: list[str]) -> None:
    """Alarms as the plant flow groups them under a root."""
    with connect(web.database_url) as conn:
        at_us, pos = now_us(), head(conn)
        for source in sources:
            put(conn, source, "threshold:press", 2, at_us)
        children = tuple(Raised(at_us, pos, source, "threshold:press", "pressure-") for source in sources)
        why = {"sources": len(sources), "of": len(sources), "within_s": 4, "expected": 0.02, "others": {}}
        cause = Cause(
            f"group-of-{root}", "hangzhou", root, "compressed_air", at_us, at_us, at_us,
            children=children, confidence=0.98, why=why,
        )  # fmt: skip
        causes.write(conn, Together(pos, groups=[(pos, Regrouped(cause, children, ()))]), pos)
        told(conn)


def ready(page: Page, rows: int) -> None:
    page.wait_for_function(f"n => document.querySelectorAll('{ROWS}').length === n", arg=rows)


def test_keys_alone_acknowledge_shelve_and_open(web: Web, visitor: Visitor) -> None:
    raised(web, "motor-102", "threshold:keys", 1)
    page = visitor.open("/alarms?source=motor-102")
    ready(page, 1)
    page.keyboard.press("j")
    page.keyboard.press("a")
    page.fill("#ack-dialog textarea", "seen")
    page.click("#ack-dialog [data-slot=ack-go]")
    page.wait_for_selector("text=admin: seen")
    page.keyboard.press("Enter")
    page.wait_for_selector("[data-slot=detail]:not([hidden])")
    page.wait_for_selector(".alarm-journal li:nth-child(2)")
    page.keyboard.press("Escape")
    assert not page.is_visible("[data-slot=detail]")
    page.keyboard.press("s")
    page.click("#act-dialog [data-slot=act-go]")
    assert page.is_visible("[data-slot=act-missing]")  # not without a reason
    page.fill("#act-dialog textarea", "sensor is being changed")
    page.click("#act-dialog [data-slot=act-go]")
    page.wait_for_selector("[data-slot=none]:not([hidden])")  # it has left the list
    page.goto(f"{web.url}/alarms?show=shelved&source=motor-102")
    page.wait_for_selector("text=/Shelved until .* by admin/")
    assert visitor.complaints == []


def test_keys_stay_on_their_alarm_when_it_changes_its_place(web: Web, visitor: Visitor) -> None:
    raised(web, "press-7", "threshold:first", 1)
    raised(web, "press-7", "threshold:second", 2)
    page = visitor.open("/alarms?source=press-7")
    ready(page, 2)
    page.keyboard.press("j")
    page.keyboard.press("a")
    page.click("#ack-dialog [data-slot=ack-go]")
    page.wait_for_selector(f"{ROWS}[row-index='1'].at")  # what is acknowledged stands below what is not
    page.keyboard.press("Enter")
    page.wait_for_selector("[data-slot=detail-facts] >> text=/first/")
    page.keyboard.press("k")
    page.wait_for_selector(f"{ROWS}[row-index='0'].at")
    page.wait_for_selector("[data-slot=detail-facts] >> text=/second/")
    assert visitor.complaints == []


def test_alarms_of_one_cause_are_one_line_that_opens_and_is_acknowledged_at_once(
    web: Web, visitor: Visitor
) -> None:
    grouped(web, "air-9", ["saw-1", "saw-2", "saw-3"])
    page = visitor.open("/alarms")
    page.fill("#alarm-find", "air-9")
    ready(page, 1)
    assert "3 of 3 unacknowledged" in page.inner_text(ROWS)
    page.wait_for_selector("#banner >> text=3 alarms, probably of one cause")
    assert not page.is_visible("#banner >> text=saw-1")
    page.locator("h1").click()  # out of the field
    page.keyboard.press("j")
    page.keyboard.press("e")
    ready(page, 4)
    page.click(".ag-row.under .ack >> nth=0")  # one by one
    page.click("#ack-dialog [data-slot=ack-go]")
    page.wait_for_selector("text=2 of 3 unacknowledged")
    for _ in range(3):  # the acknowledged one stands last in its group
        page.keyboard.press("k")
    page.wait_for_selector(f"{ROWS}.at:not(.under)")
    page.keyboard.press("Enter")
    detail = page.locator("[data-slot=detail]")
    detail.locator("text=3 of the 3 that hang on it alarmed within 4 s").wait_for()
    detail.locator(".alarm-journal > li >> nth=2").wait_for()
    detail.locator("[data-act=ack-group]").click()
    page.click("#ack-dialog [data-slot=ack-go]")
    page.wait_for_selector("text=All 3 acknowledged")
    page.keyboard.press("Escape")
    page.keyboard.press("e")
    ready(page, 1)
    assert visitor.complaints == []


def test_what_is_done_in_one_browser_is_seen_in_another_within_a_second(
    web: Web, visitor: Visitor, chromium: Browser
) -> None:
    raised(web, "drill-3", "threshold:seen")
    other = chromium.new_context(viewport={"width": 1920, "height": 1080}, locale="en")
    colleague = Visitor(other, web.url)
    colleague.log_in("operator")
    seen = colleague.open("/alarms?source=drill-3")
    ready(seen, 1)
    page = visitor.open("/alarms?source=drill-3")
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
    page = visitor.open("/alarms?rule=threshold:detail")
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


def chattering(web: Web) -> None:
    """A quarter of an hour of temp around its limit of 75, and the calls that came of it."""
    with psycopg.connect(web.database_url, options="-c search_path=lineshaft,public") as conn:
        conn.execute(
            "INSERT INTO signal (device_id, name, first_seen) SELECT device_id, 'temp', now()"
            " FROM device WHERE device = 'pump-101' ON CONFLICT DO NOTHING"
        )
        conn.execute(
            "INSERT INTO reading (ts, signal_id, value, quality, pos)"
            " SELECT now() - n * interval '1 second', (SELECT s.signal_id FROM signal s JOIN device d"
            " USING (device_id) JOIN asset a USING (asset_id) WHERE a.key = 'pump-101' AND s.name = 'temp'),"
            " CASE WHEN n % 60 < 20 THEN 75.6 ELSE 73.0 END, 0, 1 FROM generate_series(1500, 600, -1) AS n"
        )
    with connect(web.database_url) as conn:
        for n in range(50, 20, -1):
            at_us = now_us() - n * 30_000_000
            put(conn, "pump-101", "threshold:temp", 3, at_us)
            over = Condition("pump-101", "threshold:temp", active=False, priority=3, message="alarm.high")
            alarm_changes.apply(conn, [ConditionChange(over, "hangzhou", at_us + 20_000_000, head(conn))])
        told(conn)


def test_what_calls_too_often_is_tuned_by_a_draft_made_from_its_own_history(
    web: Web, visitor: Visitor
) -> None:
    chattering(web)
    page = visitor.open("/alarms?show=performance&days=1")
    page.wait_for_selector("#performance-load .bars .point", state="attached")
    page.locator("[data-slot=performance] details summary").first.click()
    assert page.locator("details[open] tbody tr").count() > 0  # the same for who cannot see it
    assert page.locator("#performance-load .shapelayer path").count() >= 4  # three levels, and a flood
    page.click("[data-calm=pump-101]")
    page.click("[data-slot=calming] button", timeout=60_000)
    page.click("[data-slot=calming] a")
    page.wait_for_selector("[data-page=rules] [data-slot=rule-editing]:not([hidden])")
    assert "calm-pump-101-temp" in (page.text_content("[data-slot=rule-json]") or "")
    assert visitor.complaints == []


def test_the_figures_can_be_those_of_one_shift(visitor: Visitor) -> None:
    page = visitor.open("/alarms?show=performance")
    shifts = page.get_by_role("group", name="Shift").get_by_role("link")
    name = shifts.nth(1).inner_text()
    shifts.nth(1).click()
    page.wait_for_url(f"**shift={name}**")
    expect(page.get_by_role("group", name="Shift").locator("[aria-current=true]")).to_have_text(name)
    assert visitor.complaints == []


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize(
    ("path", "shown"),
    [
        ("/alarms?open=group:group-of-air-5", ".ag-row.under"),
        ("/alarms?show=shelved", "[data-slot=none]:visible, .ag-row:visible"),  # other tests' or none
        ("/alarms?show=history", "[data-slot=none]:visible, .ag-row:visible"),
        ("/alarms?show=performance", "[data-slot=performance]"),
    ],
)
def test_every_tab_is_accessible(web: Web, chromium: Browser, path: str, shown: str, theme: str) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright")
    grouped(web, "air-5", ["saw-8", "saw-9"])
    context = chromium.new_context(
        viewport={"width": 1920, "height": 1080},
        color_scheme="dark" if theme == "dark" else "light",
        bypass_csp=True,
    )
    visitor = Visitor(context, web.url)
    visitor.log_in()
    page = visitor.open(path)
    page.wait_for_selector(shown)
    found = axe.Axe().run(page, options={"runOnly": ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa"]}).response
    grave = [
        f"{one['id']}: {node['target']} {node.get('failureSummary', '')[:200]}"
        for one in found["violations"]
        if one["impact"] in ("serious", "critical")
        for node in one["nodes"][:3]
    ]
    assert grave == []
    context.close()
