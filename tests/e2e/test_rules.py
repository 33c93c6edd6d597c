"""An engineer writes a rule without JSON, tries it, puts it to work, and sees what it raises."""

import os
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import orjson
import pytest
from playwright.sync_api import Browser, Page, expect

import fix_store
from fix_web import Visitor, Web, describe, web_on
from lineshaft.clock import system_clock
from lineshaft.domain.plant import Plant
from lineshaft.store import bundles, journal
from lineshaft.store.database import connect
from lineshaft.store.journal import CONTROL_SHARD, Entry
from lineshaft.wire.topics import SHARDS, shard_of
from plant_flow import advance, loaded
from stream.chunk import Chunk
from stream.steps.shard import ShardState

pytestmark = [pytest.mark.browser, pytest.mark.database]

TRY = "[data-slot=trial-bar] button"
PICTURES = os.environ.get("TEST_PICTURES")
"""A folder to look at what the tests saw."""


class Flows:
    """The steps of the flows over a web process's journal, without their engine."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.shards = {shard: ShardState(shard) for shard in range(SHARDS)}
        self.memory = bundles.Memory()
        self.plant = loaded(url)
        self.seq = 0

    def hear(self, temp: float) -> None:
        """A pump tells its temperature, and a second passes."""
        now_us = system_clock()
        self.seq += 1
        body = orjson.dumps({"v": 1, "ts": now_us // 1000, "n": ["temp"], "r": [[0, temp]]})
        topic = "lineshaft/v1/hangzhou/plant-1/pump-101/m"
        shard = shard_of("hangzhou", "plant-1")
        with connect(self.url) as conn:
            tick = Entry(CONTROL_SHARD, now_us, None, None, None, None, None, "_/tick", None, b"")
            row = Entry(shard, now_us, "hangzhou", "plant-1", "b", 0, self.seq, topic, None, body)
            journal.append(conn, [tick, row, tick])
            conn.commit()
        self.run()

    def run(self) -> None:
        """Go as far as the journal has come."""
        with connect(self.url) as conn:
            for state in self.shards.values():
                rows = journal.read(conn, state.pos, (CONTROL_SHARD, state.shard), 10_000, 1 << 24)
                head = journal.head(conn).pos
                bundles.write(conn, [state.step(Chunk(state.shard, state.pos + 1, head, rows))], self.memory)
                conn.commit()
        advance(self.url, self.plant)


@pytest.fixture(scope="module")
def web(
    postgres_url: str, _template_url: str, plant: Plant, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Web]:
    """A web process of these tests' own: rules are for all."""
    with fix_store._database(postgres_url, fix_store.TEMPLATE) as url:
        describe(url, plant)
        web = web_on(url, tmp_path_factory.mktemp("web"))
        web.start()
        yield web
        web.stop()


@pytest.fixture(scope="module")
def flows(web: Web) -> Flows:
    return Flows(web.database_url)


def picture(page: Page, name: str) -> None:
    if PICTURES:
        page.screenshot(path=Path(PICTURES) / f"{name}.png", full_page=True)


def at(page: Page, place: str) -> "partial[None]":
    return partial(page.fill, f'[data-place="{place}"]')


def sure(page: Page, act: str, why: str) -> None:
    """Say why, in the dialog that asks."""
    page.click(f"[data-slot=rule-{act}]")
    page.fill("#rule-dialog textarea", why)
    page.click("#rule-dialog [data-slot=rule-dialog-go]")


def standing(page: Page, words: str) -> None:
    expect(page.locator("[data-slot=rule-standing]")).to_have_text(words, timeout=20_000)


def begun(page: Page) -> None:
    """A new rule with a name, and a condition on the temperature of one pump."""
    page.click("[data-slot=rule-new]")
    at(page, "$.name.en")("Pump runs hot")
    page.click("text=Only at (commas")
    at(page, "$.scope.machine")("pump-101")
    at(page, "$.when.signal")("temp")
    page.press('[data-place="$.when.signal"]', "Tab")
    at(page, "$.when.levels[0].limit")("75")
    page.click("text=Delays against chatter")
    at(page, "$.patience.on_s")("0")
    at(page, "$.patience.off_s")("0")


def refined(page: Page) -> None:
    """Only while it does not stand still, and quiet while it cannot be helped."""
    page.select_option('[data-place="$.when"]', "all")
    page.select_option('[data-place="$.when.of[1]"]', "state")
    page.select_option('[data-place="$.when.of[1]"]', "not")
    states = page.locator('[data-place="$.when.of[1].of.states"]')
    states.get_by_text("Down").click()
    states.get_by_text("Idle").click()
    page.click("text=Suppressed by design")
    page.locator('[data-place="$.suppress.states"]').get_by_text("Maint.").click()
    page.check('[data-place="$.suppress.parent_down"]')
    at(page, "$.action.en")("Look at the coolant filter")


def test_a_rule_is_written_tried_put_to_work_and_raises(flows: Flows, visitor: Visitor) -> None:
    flows.hear(60.0)
    page = visitor.open("/rules")
    begun(page)
    assert page.input_value('[data-place="$.id"]') == "pump-runs-hot"
    refined(page)
    sentence = page.inner_text("[data-slot=rule-says]")
    assert "Temperature above 75 and not (state is Idle)" in sentence, sentence
    picture(page, "editor")
    sure(page, "save", "ran hot unseen")
    standing(page, "Draft 1, saved: it raises nothing until it is put to work")
    page.click(TRY)
    expect(page.locator(".rule-sum")).to_be_visible(timeout=60_000)
    sure(page, "activate", "tried on 30 days")
    standing(page, "Version 1 is at work")
    picture(page, "at-work")
    flows.hear(80.0)
    alarms = visitor.open("/alarms")
    alarms.wait_for_selector(".ag-cell[col-id=message] >> text=/Pump runs hot: .* 80/", timeout=30_000)
    sure(page, "retire", "the pump is gone")
    standing(page, "Out of work")
    flows.hear(80.0)
    alarms.click(".ag-cell[col-id=message]")
    alarms.wait_for_selector(".alarm-journal >> text=The rule was taken out of work", timeout=30_000)
    assert visitor.complaints == []


def test_what_is_wrong_is_said_at_the_field_and_what_changed_in_words(visitor: Visitor) -> None:
    page = visitor.open("/rules")
    begun(page)
    at(page, "$.name.en")("Pump runs very hot")
    page.click("text=Add a level")
    at(page, "$.when.levels[1].limit")("70")
    sure(page, "save", "ran hot unseen")
    wrong = page.locator(".field-error")
    expect(wrong).to_have_text("Must be beyond the level before it (75).", timeout=20_000)
    picture(page, "wrong")
    at(page, "$.when.levels[1].limit")("85")
    sure(page, "save", "ran hot unseen")
    standing(page, "Draft 1, saved: it raises nothing until it is put to work")
    page.select_option('[data-place="$.when.levels[1].priority"]', "1")
    standing(page, "Changed: save it before it can be put to work")
    sure(page, "save", "it burns at 85")
    standing(page, "Draft 2, saved: it raises nothing until it is put to work")
    newest = page.locator("[data-slot=rule-versions] tr").first
    expect(newest).to_contain_text("above 85 (High) → Temperature above 75 (Medium), above 85 (Critical)")
    picture(page, "versions")
    sure(page, "retire", "only to see")
    standing(page, "Out of work")
    assert [one for one in visitor.complaints if "422" not in one] == []


def test_a_trial_that_nobody_waits_for_is_stopped(visitor: Visitor) -> None:
    page = visitor.open("/rules")
    begun(page)
    page.route("**/backtest", lambda _: None)  # it never answers
    page.click(TRY)
    page.click(TRY)  # it says Stop now
    expect(page.locator("[data-slot=trial]")).to_have_text("Stopped.")
    page.unroute("**/backtest")
    at(page, "$.scope.machine")("no-such-pump")
    page.click(TRY)
    expect(page.locator("[data-slot=trial]")).to_contain_text("No machine in the scope", timeout=30_000)


@pytest.mark.parametrize(("language", "width"), [("en", 1920), ("zh-CN", 390)])
def test_the_editor_is_accessible_in_both_languages_on_desk_and_phone(
    web: Web, chromium: Browser, language: str, width: int
) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright")
    context = chromium.new_context(viewport={"width": width, "height": 900}, locale=language, bypass_csp=True)
    visitor = Visitor(context, web.url)
    visitor.log_in()
    page = visitor.open("/rules")
    page.click("[data-slot=rule-new]")
    page.select_option('[data-place="$.when"]', "any")
    page.select_option('[data-place="$.when.of[1]"]', "count")
    for fold in page.locator(".rule-section summary").all():
        fold.click()
    picture(page, f"{language}-{width}")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.evaluate("scrollTo(0, 0)")  # nothing under the bar that stays at the top
    found = axe.Axe().run(page, options={"runOnly": ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa"]}).response
    grave = [
        f"{one['id']}: {node['target']} {node.get('failureSummary', '')[:300]}"
        for one in found["violations"]
        if one["impact"] in ("serious", "critical")
        for node in one["nodes"][:3]
    ]
    assert grave == []
    assert visitor.complaints == []
    context.close()
