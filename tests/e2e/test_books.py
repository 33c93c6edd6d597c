from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from playwright.sync_api import Browser

from fix_web import Visitor, Web, describe, web_on
from lineshaft.domain.plant import Plant

pytestmark = [pytest.mark.browser, pytest.mark.database]


@pytest.fixture
def busy(database_url: str, plant: Plant, tmp_path: Path) -> Iterator[Web]:
    """A web process on a plant with something on every line of its books."""
    describe(database_url, plant)
    with psycopg.connect(database_url, options="-c search_path=lineshaft,public") as conn:
        conn.execute(
            "INSERT INTO ingest_count (site, agent, result, messages, sequenced) VALUES"
            " ('hangzhou', 'plant-1', 'journaled', 1000, 1000), ('hangzhou', 'plant-1', 'duplicate', 12, 0),"
            " ('hangzhou', 'plant-1', 'replayed', 2, 0)"
        )
        conn.execute(
            "INSERT INTO cursor VALUES ('hangzhou', 'plant-1', 'boot-1', 0, 1007, now())",
        )
        conn.execute(
            "INSERT INTO gap VALUES ('hangzhou', 'plant-1', 'boot-1', 0, 500, 506, 'edge_dropped', now())"
        )
        conn.execute(
            "INSERT INTO flow_count (shard, site, agent, result, code, messages, readings) VALUES"
            " (3, 'hangzhou', 'plant-1', 'stored', '', 1000, 2990),"
            " (3, 'hangzhou', 'plant-1', 'rejected', 'json', 2, 0),"
            " (3, 'hangzhou', 'plant-1', 'duplicate_conflict', '', 0, 10),"
            " (3, 'hangzhou', 'plant-1', 'decoded', '', 0, 3000)"
        )
        conn.execute(
            "INSERT INTO flow_sample VALUES ('hangzhou', 'plant-1', 'duplicate_conflict', 'pump-101', 'temp',"
            " now(), 99, 61.5, now(), 7)"
        )
        conn.execute("UPDATE journal_head SET pos = control + 1002")
        conn.execute(
            "INSERT INTO sink_position"
            " SELECT 'shard', n, pos, now() FROM journal_head, generate_series(0, 15) AS n"
        )
        conn.execute(
            "INSERT INTO dead_letter (received, stage, topic, site, agent, device, code, detail, length,"
            " sha256, body, version) VALUES (now(), 'flow', 'lineshaft/v1/hangzhou/plant-1/pump-101/m',"
            " 'hangzhou', 'plant-1', 'pump-101', 'json', 'unexpected end', 29, '',"
            ' \'{"v":1,"note":"<script>alert"\', \'0.1.0\')'
        )
    web = web_on(database_url, tmp_path)
    web.start()
    yield web
    web.stop()


@pytest.mark.parametrize(("width", "height", "role"), [(1920, 1080, "maintainer"), (390, 844, "viewer")])
def test_the_books_add_up_in_words_a_supervisor_knows(
    busy: Web, chromium: Browser, width: int, height: int, role: str
) -> None:
    context = chromium.new_context(viewport={"width": width, "height": height}, locale="en")
    visitor = Visitor(context, busy.url)
    visitor.log_in(role)
    page = visitor.open("/system")
    page.wait_for_selector("[data-slot=balanced]:text-is('Balanced')")
    said = page.inner_text(".books")
    for line in (
        "Messages received\n1,012",
        "sent again, known already\n12",
        "Messages in the journal, 2 of them replayed\n1,002",
    ):
        assert line in said, said
    assert "hangzhou/plant-1: 7 messages, dropped at the edge" in said
    page.click("[data-slot=samples-box] summary")
    assert "was 61.5, then 99" in page.inner_text(".books")
    assert page.evaluate("document.documentElement.scrollWidth") <= width

    row = page.locator("[data-slot=dead] tr")
    assert "Not JSON" in row.inner_text()
    row.get_by_role("button", name="Open").click()
    dialog = page.locator("dialog[open]")
    assert "<script>alert" in dialog.inner_text()
    may = role == "maintainer"
    assert dialog.get_by_role("button", name="Replay", exact=True).is_visible() == may
    assert page.locator("[data-slot=dead-replay]").is_visible() == may
    if may:
        dialog.get_by_role("button", name="As hex").click()
        assert dialog.locator("pre").inner_text().startswith("7b2276")
        dialog.get_by_role("button", name="Replay", exact=True).click()
        page.wait_for_selector("#said:popover-open:has-text('Still unusable: 1')")
        page.wait_for_selector("dialog[open]", state="detached")
    assert visitor.complaints == []
    context.close()


def test_books_that_do_not_balance_are_said_loudly_and_old_ones_look_old(
    busy: Web, chromium: Browser
) -> None:
    context = chromium.new_context(viewport={"width": 1920, "height": 1080}, locale="en")
    visitor = Visitor(context, busy.url)
    visitor.log_in("supervisor")
    with psycopg.connect(busy.database_url, options="-c search_path=lineshaft,public") as conn:
        conn.execute("UPDATE flow_count SET readings = readings + 1 WHERE result = 'stored'")
    page = visitor.open("/system")
    page.wait_for_selector("[data-slot=balanced]:text-is('Not balanced')")
    assert "3000 readings were decoded, and 3001" in page.inner_text("[data-slot=books-fault]")
    page.route("**/api/v1/accounting", lambda route: route.abort())
    page.wait_for_selector("[data-slot=books-error]:not([hidden])", timeout=15_000)
    context.close()
