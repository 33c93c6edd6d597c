"""The shift hand-over as it is read: in words, with links to evidence, on paper, on a phone, by everybody."""

import re

import pytest
from playwright.sync_api import Browser

from fix_web import Visitor, Web

pytestmark = [pytest.mark.browser, pytest.mark.database]

CODES = re.compile(
    r"\b(threshold|stale|sensor|late|rule):\w|net:|alarm\.\w|\{\w+\}|(column|handover|event)\.\w"
)
EVIDENCE = re.compile(r"/(alarms\?|machines/|work-orders/|shipments/|vehicles/|handover\?)")


@pytest.mark.parametrize(("language", "words"), [("en", "Temperature high"), ("zh-CN", "温度过高")])
def test_it_says_in_words_what_is_open_and_links_to_it(
    web: Web, chromium: Browser, language: str, words: str
) -> None:
    context = chromium.new_context(viewport={"width": 1280, "height": 1000}, locale=language)
    visitor = Visitor(context, web.url)
    visitor.log_in("supervisor")
    page = visitor.open("/handover?site=hangzhou")
    said = page.inner_text("[data-page=handover]")
    assert words in said
    assert CODES.findall(said) == []
    links = page.eval_on_selector_all(
        "[data-page=handover] .card a", "nodes => nodes.map(node => node.getAttribute('href'))"
    )
    assert links
    assert [link for link in links if not EVIDENCE.match(link)] == []
    assert visitor.complaints == []
    context.close()


def test_a_calm_shift_is_one_page_of_paper(visitor: Visitor) -> None:
    page = visitor.open("/handover?site=hangzhou")
    paper = page.pdf(format="A4")
    assert len(re.findall(rb"/Type\s*/Page\b(?!s)", paper)) == 1
    page.emulate_media(media="print")
    assert not page.is_visible(".top")
    assert not page.is_visible("[data-slot=note-go]")
    assert page.is_visible("[data-page=handover] >> text=Temperature high")


def test_who_leaves_a_note_sees_it_among_the_others(visitor: Visitor) -> None:
    page = visitor.open("/handover?site=hangzhou")
    page.fill("[data-slot=note-box] textarea", "Pump 101 runs on the spare seal.")
    page.click("[data-slot=note-go]")
    page.wait_for_selector(".notes li:has-text('spare seal')")
    assert "admin" in page.inner_text(".notes")


@pytest.mark.parametrize("width", [390, 1280])
def test_it_is_accessible_on_a_phone_and_at_a_desk(web: Web, chromium: Browser, width: int) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright")
    context = chromium.new_context(viewport={"width": width, "height": 900}, locale="en", bypass_csp=True)
    visitor = Visitor(context, web.url)
    visitor.log_in()
    page = visitor.open("/handover?site=hangzhou")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    found = axe.Axe().run(page, options={"runOnly": ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa"]}).response
    grave = [
        f"{one['id']}: {node['target']}"
        for one in found["violations"]
        if one["impact"] in ("serious", "critical")
        for node in one["nodes"][:3]
    ]
    assert grave == []
    context.close()
