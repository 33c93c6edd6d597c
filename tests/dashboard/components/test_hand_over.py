"""The hand-over's tables of a shift that was not calm: words, names, times by the site's clock, and links."""

import re
from collections.abc import Iterator
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from dash.development.base_component import Component

from dashboard.components import hand_over
from dashboard.i18n import LANGUAGES, Words

CODES_INSIDE = re.compile(r"[a-z]+:\w|threshold|offroute|bearing\b|column\.|handover\.|\{")
NOW = 1_763_727_000_000
"""20:10 in Shanghai."""
PUMP = {"en": "Coolant pump 1", "zh": "1 号冷却泵"}
ALARM: dict[str, Any] = {
    "id": "a1", "source": "pump-101", "source_name": PUMP, "priority": 2, "rule": "threshold:temp",
    "state": "shelved", "raised": NOW - 5_400_000, "acked_by": "li", "value": 91.5, "threshold": 85.0,
    "message": "alarm.high", "arguments": {"signal": "temp", "unit": "Cel"}, "suppressed": None,
    "out_of_service": None, "shelved": {"until": NOW + 3_600_000, "by": "ann", "why": "new seal tomorrow"},
}  # fmt: skip
FIGURES: dict[str, Any] = {
    "count": 42, "floods": [{}], "figures": [{"key": "peak", "value": 14.0}],
    "actors": [{"source": "pump-101", "rule": "threshold:temp", "count": 9},
               {"source": "truck-01", "rule": "offroute:SH-1", "count": 1}],
}  # fmt: skip
ORDER: dict[str, Any] = {
    "id": "o1", "number": 17, "machine": "pump-101", "machine_name": PUMP, "title": {"en": "", "zh": ""},
    "alarm": ALARM, "state": "in_progress", "assignee": None, "team": "mechanics",
}  # fmt: skip
FINDING: dict[str, Any] = {
    "machine": "pump-101", "name": PUMP, "verdict": "true", "mode": "bearing", "cause": "wear",
    "action": None, "by": "li", "at": NOW, "order": "o1", "number": 17,
}  # fmt: skip
CODES = {
    "modes": [{"key": "bearing", "name": {"en": "Bearing damage", "zh": "轴承损坏"}}],
    "causes": [{"key": "wear", "name": {"en": "Wear, age", "zh": "磨损、老化"}}],
    "actions": [],
}
STOOD = {"machine": "pump-101", "name": PUMP, "down_s": 5400.0, "stops": 2, "latest": NOW - 600_000}
MACHINE = {"key": "pump-101", "name": PUMP, "state": "DOWN", "state_since": NOW - 600_000, "health": 31.0,
           "p_fail_24h": 0.4}  # fmt: skip
SHIPMENT = {"id": "SH-1", "reference": "PO 7", "arrived": None, "late_ms": 2_700_000}


def seen(language: str) -> hand_over.Seen:
    names = {"pump-101": PUMP, "truck-01": {"en": "Truck 1", "zh": "1 号车"}}
    zone = ZoneInfo("Asia/Shanghai")
    return hand_over.Seen(Words(language), zone, NOW, "hangzhou", names, frozenset({"truck-01"}))


def said(component: Component) -> Iterator[str]:
    """Every text of a tree."""
    children = getattr(component, "children", None)
    for child in children if isinstance(children, list | tuple) else [children]:
        if isinstance(child, Component):
            yield from said(child)
        elif child is not None:
            yield str(child)


def links(component: Component) -> list[str]:
    found = [component, *component._traverse()]
    return [one.href for one in found if getattr(one, "href", None)]


def tables(language: str) -> list[Component]:
    of = seen(language)
    return [
        hand_over.happened(FIGURES, of),
        hand_over.stood([STOOD], [MACHINE], of),
        hand_over.findings([FINDING], CODES, of),
        hand_over.open_alarms([ALARM], of),
        hand_over.orders([ORDER], of),
        hand_over.kept([ALARM], of),
        hand_over.risk([MACHINE], of),
        hand_over.late([SHIPMENT], of),
    ]


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_shift_that_was_not_calm_is_told_in_words_with_links(language: str) -> None:
    for table in tables(language):
        words = " ".join(said(table))
        assert not CODES_INSIDE.findall(words), words
        assert links(table)


def test_it_says_what_one_has_to_know() -> None:
    happened, stood, found, is_open, order, kept, risk, late = (list(said(one)) for one in tables("en"))
    assert {"42", "14", "Limit: Temperature", "9", "Truck 1"} <= set(happened)
    assert {"Coolant pump 1", "1 h 30", "2", "down since 20:00"} <= set(stood)
    assert {"Fault found", "Bearing damage, Wear, age", "WO-17", "li, 20:10"} <= set(found)
    assert {"Temperature high: 91.5 °C, limit 85 °C", "1 h 30", "li"} <= set(is_open)
    assert {"WO-17", "Temperature high: 91.5 °C, limit 85 °C", "In progress", "mechanics"} <= set(order)
    assert {"21:10", "ann: new seal tomorrow", "Shelved"} <= set(kept)
    assert {"31", "40 %"} <= set(risk)
    assert {"PO 7", "45 min"} <= set(late)


def test_the_links_lead_to_the_evidence() -> None:
    happened, stood, found, is_open, order, *_ = (links(one) for one in tables("en"))
    assert "/alarms?show=history&source=pump-101&rule=threshold%3Atemp" in happened
    assert "/vehicles/truck-01" in happened
    assert "/machines/pump-101?range=8h" in stood
    assert "/work-orders/o1" in found
    assert "/alarms?show=active&open=a1" in is_open
    assert "/work-orders/o1" in order


def test_of_many_alarms_the_first_are_on_the_page_and_the_rest_a_link_away() -> None:
    many = [ALARM | {"id": f"a{n}"} for n in range(70)]
    drawn = hand_over.open_alarms(many, seen("en"))
    assert "and 20 more" in set(said(drawn))
    assert "/alarms?show=active&site=hangzhou" in links(drawn)
