"""What is thought of a machine, on its page and on the Overview; models, and what people found."""

import hashlib
import re
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from playwright.sync_api import Browser
from psycopg.types.json import Jsonb

from fix_api import _measure
from fix_web import Web, describe, says, someone, web_on
from lineshaft.clock import system_clock
from lineshaft.domain.plant import Plant
from lineshaft.store import models
from lineshaft.store.database import connect
from lineshaft.store.models import Trained

pytestmark = [pytest.mark.browser, pytest.mark.database]


@pytest.fixture
def judged(database_url: str, plant: Plant, tmp_path: Path) -> Iterator[Web]:
    """A web process on a plant with a pump that degrades, an episode of its past, and two models."""
    describe(database_url, plant)
    now_us = system_clock()
    with psycopg.connect(database_url, options="-c search_path=lineshaft,public") as conn:
        _measure(conn, now_us)
        conn.execute(
            "UPDATE latest_score SET advice = 'check_bearing', p_fail_24h = 0.71, p_fail_7d = 0.93,"
            " health = 41, rul_p10_s = 10800, rul_p50_s = 18000, rul_p90_s = 36000,"
            ' models = \'{"state": "ensemble-1", "remaining": "degradation-1", "failure": "failure-pump-1"}\''
        )
        conn.execute(
            "INSERT INTO alarm (alarm_id, source, site, rule, priority, state, raised, updated, cleared,"
            " message, arguments, raised_pos, pos)"
            " SELECT gen_random_uuid(), 'pump-101', 'hangzhou', 'anomaly',"
            " 3, 'normal', past, past, past + interval '3 hours', 'alarm.anomaly', %s, 5, 5"
            " FROM (SELECT now() - interval '9 days') AS one (past)",
            (Jsonb({"mode": "bearing", "contributors": [{"signal": "vib", "share": 0.9}]}),),
        )
    trained = Trained(
        name="failure", kind="pump", span_from_us=now_us - 10**13, span_to_us=now_us, features=["score_1h"],
        metrics={"precision": 0.8, "recall": 0.5, "lead_s": 7200.0, "false_alarms_week": 0.1},
        threshold=0.5, target=0.7, sha256=hashlib.sha256(b"m").hexdigest(), artefact=b"m",
    )  # fmt: skip
    with connect(database_url) as conn:
        for _ in range(2):
            models.add(conn, trained, by="cli", why="new", now_us=now_us)
    web = web_on(database_url, tmp_path)
    web.start()
    yield web
    web.stop()


def test_a_machine_says_what_to_do_how_soon_it_fails_and_why(judged: Web, chromium: Browser) -> None:
    visitor = someone(judged, chromium, "operator")
    page = visitor.open("/machines/pump-101")
    says(page, ".verdict .advice", "Listen to and feel the bearings")
    says(page, ".verdict .advice", "Bearing damage: 70 % likely")
    says(page, ".verdict .fails", "71 %")
    says(page, ".verdict .fails", "says failure-pump-1, Challenger since")
    says(page, ".verdict .left", "5 h")
    says(page, ".verdict .left", "between 3 h and 10 h")
    says(page, "[data-slot=modes]", "Vibration higher (6.1")
    says(page, "[data-slot=sensors]", "Flow: it does not move")
    says(page, "[data-slot=basis-long]", "Its own past")
    says(page, "[data-slot=past]", "Bearing damage, 100 % alike")
    says(page, "[data-slot=past]", "nobody said what was found")
    says(page, "[data-slot=trust]", "Not enough labels yet")
    assert not page.is_visible("[data-slot=tell]")  # an operator does not write labels
    assert visitor.complaints == visitor.strangers == []
    visitor.context.close()


def test_the_overview_ranks_the_machine_that_will_fail_first(judged: Web, chromium: Browser) -> None:
    visitor = someone(judged, chromium, "viewer")
    page = visitor.open("/")
    first = ".overview-side [data-slot=wrong] > :first-child"
    says(page, first, "May fail within 24 h (71 %) · Bearing damage")
    says(page, first, "5 h left")
    says(page, "[data-machine=pump-101]", "May fail within 24 h")
    assert page.locator(".overview-side [data-slot=wrong] a[href='/machines/pump-101']").count() == 1
    visitor.context.close()


def test_what_was_found_is_said_and_a_model_is_promoted_and_rolled_back(
    judged: Web, chromium: Browser
) -> None:
    visitor = someone(judged, chromium, "maintainer")
    page = visitor.open("/machines/pump-101")
    page.click("[data-slot=tell]")
    page.select_option("dialog[open] [name=mode]", "bearing")
    page.fill("dialog[open] [name=reference]", "WO-7")
    page.click("dialog[open] [type=submit]")
    page.wait_for_selector("#said:popover-open:has-text('Written down')")

    page = visitor.open("/models")
    says(page, "[data-slot=labels]", "Fault found")
    says(page, "[data-slot=labels]", "WO-7")
    for label in ("failure-pump-1", "failure-pump-2"):
        page.click(f"[data-slot=models] tr:has-text('{label}') button")
        page.click("dialog[open] button:has-text('Make champion')")
        page.fill("dialog[open] [name=why]", "better in the shadow")
        page.click("dialog[open] [type=submit]")
        page.wait_for_selector(f"[data-slot=models] tr:has-text('{label}'):has-text('Champion')")
    page.click("[data-slot=rollbacks] button")
    page.fill("dialog[open] [name=why]", "cries wolf")
    page.click("dialog[open] [type=submit]")
    page.wait_for_selector("[data-slot=models] tr:has-text('failure-pump-1'):has-text('Champion')")
    page.click("[data-slot=models] tr:has-text('failure-pump-1') button")
    assert re.search("Champion, by maintainer .* cries wolf", page.inner_text("dialog[open]"))
    assert visitor.complaints == visitor.strangers == []
    visitor.context.close()


def test_who_may_not_decide_sees_the_models_all_the_same_in_chinese(judged: Web, chromium: Browser) -> None:
    visitor = someone(judged, chromium, "viewer", language="zh-CN")
    page = visitor.open("/models")
    says(page, "[data-slot=models]", "候选")
    page.click("[data-slot=models] tr button")
    assert not page.is_visible("dialog[open] button:has-text('设为主用')")
    assert not page.is_visible("[data-slot=add-label]")
    assert not re.search(r"\b[a-z_]+\.[a-z_]+\b(?<!failure-pump)", page.inner_text("dialog[open] dl"))
    assert visitor.complaints == []
    visitor.context.close()
