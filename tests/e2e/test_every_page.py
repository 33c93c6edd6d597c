from collections import Counter

import pytest
from playwright.sync_api import Browser, Page

from fix_web import Visitor, Web

pytestmark = [pytest.mark.browser, pytest.mark.database]

PATHS = [
    "/",
    "/machines",
    "/machines/pump-101",
    "/alarms",
    "/alarms?show=shelved",
    "/alarms?show=history",
    "/alarms?show=performance",
    "/logistics",
    "/trace",
    "/trace?q=30AA",
    "/models",
    "/maintenance",
    "/maintenance?tab=list",
    "/maintenance?tab=requests",
    "/maintenance?tab=plans",
    "/maintenance?tab=parts",
    "/maintenance?tab=figures",
    "/trace?zone=dock-1",
    "/handover",
    "/rules",
    "/notifications",
    "/carriers",
    "/orders",
    "/planning",
    "/freight",
    "/eta-accuracy",
    "/fences",
    "/shipments/SH-1",
    "/vehicles/truck-01",
    "/system",
]


def settle(page: Page) -> None:
    """Until a few ticks have been drawn: the clock has gone on by two seconds."""
    before = page.text_content("#clock")
    page.wait_for_function("before => document.getElementById('clock').textContent !== before", arg=before)
    again = page.text_content("#clock")
    page.wait_for_function("before => document.getElementById('clock').textContent !== before", arg=again)


@pytest.mark.parametrize("path", PATHS)
def test_a_page_is_drawn_without_a_complaint_and_asks_nobody_else(visitor: Visitor, path: str) -> None:
    page = visitor.open(path)
    settle(page)
    assert visitor.complaints == []
    assert visitor.strangers == []
    ids = Counter(page.eval_on_selector_all("[id]", "nodes => nodes.map(node => node.id)"))
    assert [name for name, times in ids.items() if times > 1] == []
    assert page.get_attribute("html", "lang") == "en"


@pytest.mark.parametrize("path", PATHS)
def test_a_page_fits_a_phone(web: Web, chromium: Browser, path: str) -> None:
    context = chromium.new_context(viewport={"width": 390, "height": 844}, has_touch=True, locale="en")
    visitor = Visitor(context, web.url)
    visitor.log_in()
    page = visitor.open(path)
    settle(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert visitor.complaints == []
    context.close()


def test_the_overview_fits_a_desk_without_scrolling(visitor: Visitor) -> None:
    page = visitor.open("/")
    settle(page)
    assert page.evaluate("document.documentElement.scrollHeight") <= 1080


def test_a_page_that_does_not_exist_says_so_and_keeps_the_frame(visitor: Visitor) -> None:
    page = visitor.open("/nowhere")
    assert page.text_content("main h1") == "There is no such page."
    page = visitor.open("/machines/no-such-machine")
    assert page.text_content("main h1") == "There is nothing of that name here."


def test_keys_go_to_pages_and_explain_the_signs(visitor: Visitor) -> None:
    page = visitor.open("/")
    page.keyboard.press("g")
    page.keyboard.press("a")
    page.wait_for_selector("[data-page=alarms]")
    assert page.url.endswith("/alarms")
    page.keyboard.press("?")
    assert page.is_visible("#legend")
    page.keyboard.press("Escape")
    assert not page.is_visible("#legend")


def test_the_language_changes_and_stays(visitor: Visitor) -> None:
    page = visitor.open("/alarms")
    page.click("[data-do=language]")
    page.wait_for_selector("html[lang=zh-CN] [data-page=alarms]")
    assert page.text_content("main h1") == "报警"
    page.wait_for_selector("#link-state[data-state=live]")
    assert page.text_content("#link-state") == "实时"
    assert "过高" in (page.text_content("#banner") or "")
    page.click("[data-do=language]")
    page.wait_for_selector("html[lang=en] [data-page=alarms]")
    assert visitor.complaints == []


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/machines/pump-101",
        "/alarms",
        "/logistics",
        "/shipments/SH-1",
        "/orders",
        "/planning",
        "/freight",
        "/carriers",
        "/fences",
        "/vehicles/truck-01",
        "/trace?q=30AA",
        "/models",
        "/system",
        "/login",
    ],
)
def test_a_page_is_accessible(web: Web, chromium: Browser, path: str, theme: str) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright")
    context = chromium.new_context(
        viewport={"width": 1920, "height": 1080},
        color_scheme="dark" if theme == "dark" else "light",
        bypass_csp=True,
    )
    visitor = Visitor(context, web.url)
    if path == "/login":
        page = visitor.watched()
        page.goto(web.url + path)
    else:
        visitor.log_in()
        page = visitor.open(path)
        settle(page)
    found = axe.Axe().run(page, options={"runOnly": ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa"]}).response
    grave = [
        f"{one['id']}: {node['target']} {node.get('failureSummary', '')[:200]}"
        for one in found["violations"]
        if one["impact"] in ("serious", "critical")
        for node in one["nodes"][:3]
    ]
    assert grave == []
    context.close()
