"""Maintenance at a desk and on a phone: the list and its file, plans and parts written on screen."""

from collections.abc import Iterator
from typing import Literal

import httpx
import psycopg
import pytest
from playwright.sync_api import Browser, Page, expect

import fix_store
from fix_api import ALARM, PASSWORD, _measure
from fix_web import Visitor, Web, describe, says, shot, someone, web_on
from lineshaft.clock import system_clock
from lineshaft.domain.plant import Plant

pytestmark = [pytest.mark.browser, pytest.mark.database]

DAY_MS = 86_400_000
ORDERS = (
    {"machine": "pump-101", "title": "Change the coupling", "priority": 2, "due": 1_700_000_000_000,
     "assignee": "maintainer", "estimate_h": 2},
    {"machine": "motor-102", "title": '=Belt, "left"', "priority": 4},
    {"alarm_id": ALARM},
)  # fmt: skip


@pytest.fixture(scope="module")
def web(
    postgres_url: str, _template_url: str, plant: Plant, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Web]:
    """A web process of these tests' own, with three orders and one that is done."""
    with fix_store._database(postgres_url, fix_store.TEMPLATE) as url:
        describe(url, plant)
        with psycopg.connect(url, options="-c search_path=lineshaft,public") as conn:
            _measure(conn, system_clock())
            conn.execute("UPDATE latest_score SET advice = 'check_bearing'")
        web = web_on(url, tmp_path_factory.mktemp("web"))
        web.start()
        with httpx.Client(base_url=f"{web.url}/api/v1", timeout=60) as client:
            client.post("/login", json={"login": "supervisor", "password": PASSWORD})
            for body in ORDERS:
                assert client.post("/work-orders", json=body).status_code == 201
            done = client.post("/work-orders", json={"machine": "motor-102", "title": "Oil"}).json()
            close = {"act": "close", "verdict": "true", "action": "lubricated"}
            path = f"/work-orders/{done['id']}/steps"
            assert client.post(path, json=close, headers={"if-match": "1"}).status_code == 200
        yield web
        web.stop()


def numbers(page: Page) -> list[str]:
    return page.locator("[data-slot=list] tr td:first-child").all_inner_texts()


def shows(page: Page, *wanted: str) -> None:
    page.wait_for_function(
        "wanted => [...document.querySelectorAll('[data-slot=list] tr')]"
        ".map(row => row.firstChild.innerText).join() === wanted",
        arg=",".join(wanted),
        timeout=30_000,
    )


def test_the_list_is_sorted_and_narrowed_and_kept_in_the_address(web: Web, chromium: Browser) -> None:
    visitor = someone(web, chromium, "supervisor")
    page = visitor.open("/maintenance?tab=list")
    shows(page, "WO-1", "WO-3", "WO-2")  # what is due first stands first
    assert "overdue by" in page.inner_text("[data-slot=list] tr:first-child")
    shot(page, "list")
    page.click("th button:has-text('Order')")
    shows(page, "WO-1", "WO-2", "WO-3")
    page.click("th button:has-text('Order')")
    shows(page, "WO-3", "WO-2", "WO-1")
    expect(page.locator("th[data-sort=work_order]")).to_have_attribute("aria-sort", "descending")
    page.select_option("[data-slot=list-machine]", "pump-101")
    shows(page, "WO-3", "WO-1")
    page.click("[data-slot=list-late]")
    shows(page, "WO-1")
    page.reload()
    page.wait_for_selector("[data-slot=list] tr", timeout=60_000)
    shows(page, "WO-1")
    assert page.input_value("[data-slot=list-machine]") == "pump-101"
    page.goto(f"{web.url}/maintenance?tab=list&state=all&words=oil")
    shows(page, "WO-4")
    page.goto(f"{web.url}/maintenance?tab=list&state=all&who=nobody")
    page.wait_for_selector("[data-slot=list-none]:visible", timeout=60_000)
    assert page.is_disabled("[data-slot=list-csv]")
    assert visitor.complaints == visitor.strangers == []
    visitor.context.close()


def test_what_the_list_shows_is_saved_as_a_sheet_that_runs_nothing(web: Web, chromium: Browser) -> None:
    visitor = someone(web, chromium, "supervisor")
    page = visitor.open("/maintenance?tab=list&state=all&sort=work_order")
    shows(page, "WO-1", "WO-2", "WO-3", "WO-4")
    with page.expect_download() as waiting:
        page.click("[data-slot=list-csv]")
    text = waiting.value.path().read_text("utf-8-sig")
    head, *lines = text.splitlines()
    assert head.startswith("Order,Priority,What,Machine,State,Due (Asia/Shanghai),For,")
    assert lines[0].startswith("WO-1,2,Change the coupling,pump-101,Open,2023-11-15 06:13,maintainer,0,,2,")
    assert lines[1].startswith('WO-2,4,"\'=Belt, ""left""",motor-102,')  # no sheet runs it
    assert lines[2].startswith('WO-3,2,"Temperature high: 78, limit 75",pump-101,Open,')
    assert lines[3].endswith("Fault found")
    assert visitor.complaints == visitor.strangers == []
    visitor.context.close()


def fill_in(page: Page, **said: str) -> None:
    """The fields of the form that is open: texts, and what is chosen."""
    for name, value in said.items():
        field = page.locator(f"dialog[open] [name={name}]")
        if field.evaluate("node => node.tagName") == "SELECT":
            field.select_option(value)
        else:
            field.fill(value)


def test_a_plan_is_made_by_a_meter_and_changed_to_the_calendar(web: Web, chromium: Browser) -> None:
    visitor = someone(web, chromium, "supervisor")
    page = visitor.open("/maintenance?tab=plans")
    page.click("[data-slot=new-plan]")
    fill_in(page, machine="pump-101", title="Grease", way="running", every="250")
    page.wait_for_selector("dialog[open] [name=signal] option[value=temp]", state="attached")
    fill_in(page, signal="temp", checks="Lock out\nClean the nipples", parts="no-such x 2")
    shot(page, "plan-form")
    page.click("dialog[open] [type=submit]")
    page.wait_for_selector("#said:popover-open:has-text('no-such')")
    fill_in(page, parts="")
    page.click("dialog[open] [type=submit]")
    row = page.locator("[data-slot=plans] tr:has-text('Grease')")
    expect(row).to_contain_text("every 250 running hours (Temperature)", timeout=30_000)
    expect(row).to_contain_text("250 to go")
    row.locator("button:has-text('Change')").click()
    assert page.input_value("dialog[open] [name=checks]") == "Lock out\nClean the nipples"
    fill_in(page, way="calendar", every="2", unit="month", starts="2030-01-31", at="07:30")
    page.click("dialog[open] [type=submit]")
    expect(row).to_contain_text("every 2 month(s)", timeout=30_000)
    expect(row).to_contain_text("01/31/2030, 07:30")
    shot(page, "plans")
    row.locator("button:has-text('Stop')").click()
    expect(row).to_contain_text("stopped", timeout=30_000)
    technician = someone(web, chromium, "maintainer")
    page = technician.open("/maintenance?tab=plans")
    page.wait_for_selector("[data-slot=plans] tr")
    assert not page.is_visible("[data-slot=new-plan]")
    assert not page.is_visible("[data-slot=plans] button")
    for one in (visitor, technician):
        assert [said for said in one.complaints if "422" not in said] == []
        one.context.close()


def test_a_part_is_written_down_booked_in_and_counted_with_the_reason(web: Web, chromium: Browser) -> None:
    visitor = someone(web, chromium, "warehouse", phone=True)
    page = visitor.open("/maintenance?tab=parts")
    save = "dialog[open] [type=submit]"
    page.click("[data-slot=new-part]")
    fill_in(page, part="seal-45", name="Shaft seal", location="A-03-2", minimum="4")
    page.click(save)
    row = page.locator("[data-slot=parts] tr:has-text('seal-45')")
    expect(row).to_contain_text("4 missing", timeout=30_000)
    row.locator("button:has-text('Book')").click()
    fill_in(page, amount="6")
    page.click(save)
    expect(row).not_to_contain_text("missing", timeout=30_000)
    row.locator("button:has-text('Book')").click()
    fill_in(page, what="count", amount="5")
    expect(page.locator("dialog[open] [role=status]")).to_contain_text("The books say 6: that is -1.")
    shot(page, "part-count-phone")
    page.click(save)
    assert page.locator("dialog[open] [name=note]:invalid").count() == 1  # not without the reason
    fill_in(page, note="one had dried out")
    page.click(save)
    expect(row.locator("td").nth(2)).to_have_text("5", timeout=30_000)
    row.locator("button:has-text('Movements')").click()
    said = page.inner_text("dialog[open]")
    assert "Counted · -1 · one had dried out" in said
    assert "Received · +6" in said
    shot(page, "part-moves-phone")
    page.click("dialog[open] [data-do=close]")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert visitor.complaints == visitor.strangers == []
    visitor.context.close()


def test_a_part_is_described_anew(web: Web, chromium: Browser) -> None:
    visitor = someone(web, chromium, "maintainer")
    page = visitor.open("/maintenance?tab=parts")
    row = page.locator("[data-slot=parts] tr:has-text('Belt')")
    page.click("[data-slot=new-part]")
    fill_in(page, part="belt-9", name="Belt", location="A-01")
    page.click("dialog[open] [type=submit]")
    expect(row).to_contain_text("A-01", timeout=30_000)
    row.locator("button:has-text('Change')").click()
    fill_in(page, location="B-02")
    page.click("dialog[open] [type=submit]")
    expect(row).to_contain_text("B-02", timeout=30_000)
    assert visitor.complaints == []
    visitor.context.close()


def test_the_list_serves_a_phone_in_chinese(web: Web, chromium: Browser) -> None:
    visitor = someone(web, chromium, "maintainer", phone=True, language="zh-CN")
    page = visitor.open("/maintenance?tab=list")
    shows(page, "WO-1", "WO-3", "WO-2")
    page.select_option("[data-slot=list-sorted]", "work_order/down")  # where no heading can be clicked
    shows(page, "WO-3", "WO-2", "WO-1")
    said = page.inner_text(".maintenance")
    assert "逾期" in said
    assert "3 张工单中的 3 张" in said
    shot(page, "list-phone-zh")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert visitor.complaints == []
    visitor.context.close()


@pytest.mark.parametrize(
    ("language", "advice", "evidence"),
    [
        (
            "en",
            "Listen to and feel the bearings",
            "May be Bearing damage: 70 % likely. Vibration higher (6.1",
        ),
        ("zh-CN", "听诊并检查轴承温度与润滑", "可能是轴承损坏：可能性 70 %。振动"),  # noqa: RUF001 - Chinese signs
    ],
)
def test_an_alarm_says_what_may_be_wrong_and_what_to_do(
    web: Web, chromium: Browser, language: str, advice: str, evidence: str
) -> None:
    visitor = someone(web, chromium, "operator", language=language)
    page = visitor.open(f"/alarms?open={ALARM}")
    says(page, "[data-slot=detail-advice]", advice)
    says(page, "[data-slot=detail-evidence]", evidence)
    shot(page, f"alarm-{language}")
    assert visitor.complaints == []
    visitor.context.close()


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize(
    ("tab", "button"),
    [("list", None), ("plans", "new-plan"), ("parts", "new-part"), ("board", "new-order"), ("figures", None)],
)
def test_maintenance_is_accessible(
    web: Web, chromium: Browser, tab: str, button: str | None, theme: str
) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright")
    scheme: Literal["dark", "light"] = "dark" if theme == "dark" else "light"
    visitor = Visitor(chromium.new_context(locale="en", color_scheme=scheme, bypass_csp=True), web.url)
    visitor.log_in("supervisor")
    page = visitor.open(f"/maintenance?tab={tab}")
    page.wait_for_function("() => document.querySelector('[data-slot=maintenance-age]').textContent !== ''")
    if button:
        page.click(f"[data-slot={button}]")
        page.wait_for_selector("dialog[open] [type=submit]")
    found = axe.Axe().run(page, options={"runOnly": ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa"]}).response
    grave = [
        f"{one['id']}: {node['target']} {node.get('failureSummary', '')[:200]}"
        for one in found["violations"]
        if one["impact"] in ("serious", "critical")
        for node in one["nodes"][:3]
    ]
    assert grave == []
    visitor.context.close()
