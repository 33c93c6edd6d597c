from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from playwright.sync_api import Browser

from fix_web import Visitor, Web, describe, web_on
from lineshaft.domain.plant import Plant

pytestmark = [pytest.mark.browser, pytest.mark.database]


@pytest.fixture
def strange(database_url: str, plant: Plant, tmp_path: Path) -> Iterator[Web]:
    """A web process on a plant in which a pump nobody described and an agent were heard."""
    describe(database_url, plant)
    with psycopg.connect(database_url, options="-c search_path=lineshaft,public") as conn:
        conn.execute(
            "INSERT INTO device (site, agent, device, first_seen, last_seen, state) VALUES"
            " ('hangzhou', 'plant-1', 'Pump_109', now(), now(), '{\"online\": true}'),"
            " ('hangzhou', 'plant-1', 'plant-1', now(), now(), '{\"online\": true, \"spool\": {\"n\": 3}}')"
        )
        conn.execute(
            "INSERT INTO signal (device_id, name, first_seen)"
            " SELECT device_id, 'temp', now() FROM device WHERE device = 'Pump_109'"
        )
    web = web_on(database_url, tmp_path)
    web.start()
    yield web
    web.stop()


@pytest.fixture
def maintainer(strange: Web, chromium: Browser) -> Iterator[Visitor]:
    context = chromium.new_context(viewport={"width": 1920, "height": 1080}, locale="en")
    visitor = Visitor(context, strange.url)
    visitor.log_in("maintainer")
    yield visitor
    context.close()


def test_the_frame_says_whose_plant_it_is_and_who_looks(maintainer: Visitor) -> None:
    page = maintainer.open("/system")
    page.wait_for_selector("#plant-name:text-is('Hangzhou works')")
    page.wait_for_selector("#who:text-is('Maintainer')")


def test_an_agent_stands_for_itself_and_is_not_to_be_adopted(maintainer: Visitor) -> None:
    page = maintainer.open("/system")
    agent = page.locator("[data-slot=devices] tr", has_text="plant-1/plant-1")
    assert "Edge agent" in agent.inner_text()
    assert "3 messages waiting to be sent" in agent.inner_text()
    assert not agent.get_by_role("button").is_visible()


def test_a_device_nobody_described_is_adopted_as_a_machine(maintainer: Visitor) -> None:
    page = maintainer.open("/system")
    row = page.locator("[data-slot=devices] tr", has_text="Pump_109")
    assert "Unassigned" in row.inner_text()
    row.get_by_role("button", name="Adopt").click()
    form = page.locator("dialog[open] form")
    assert form.locator("[name=key]").input_value() == "Pump_109"
    form.locator("[name=name]").fill("Coolant pump 9")
    form.locator("[name=kind]").select_option("pump")
    form.locator("[name=line]").select_option(label="Line 1")
    form.locator("[name=key]").fill("pump-101")  # taken
    form.get_by_role("button", name="Adopt").click()
    page.wait_for_selector("#said:popover-open:has-text('pump-101')")
    form.locator("[name=key]").fill("pump-109")
    form.get_by_role("button", name="Adopt").click()
    page.wait_for_selector("text=Coolant pump 9 is now a machine of the plant")
    row.get_by_text("pump-109", exact=True).wait_for(timeout=15_000)
    assert not row.get_by_role("button").is_visible()
    page.goto(f"{maintainer.url}/machines/pump-109")
    page.wait_for_selector("[data-page=machine]")
    assert page.text_content("main h1") == "Coolant pump 9"
    assert [said for said in maintainer.complaints if "422" not in said] == []
