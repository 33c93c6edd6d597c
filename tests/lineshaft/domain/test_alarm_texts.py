"""What the code can raise says in words what it means: on screens and in messages, in each language."""

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from dashboard.i18n import LANGUAGES, Words, texts
from lineshaft.domain.alarm_texts import DASH, TEXTS, root_name, rule_name, said
from lineshaft.domain.delivery.message import say
from lineshaft.domain.delivery.words import WORDS, text
from lineshaft.domain.failure_modes import FAILURE_MODES
from stream.plant_exceptions import PRIORITY as EXCEPTIONS

ROOT = Path(__file__).parents[3]
SOURCES = ("stream", "lineshaft/domain", "edge", "api")

EXAMPLES: dict[str, dict[str, Any]] = {
    "alarm.anomaly": {"contributors": [{"signal": "temp", "share": 0.6}, {"signal": "vib", "share": 0.3}]},
    "alarm.breach": {"shipment": "SH-1", "signal": "temp", "value": 9.31, "threshold": 8.0, "unit": "Cel"},
    "alarm.dwell": {"shipment": "SH-1", "reference": "PO 7", "stop": "A", "value": 41.3, "unit": "min"},
    "alarm.failure": {"hours": 24, "remaining_s": 3600, "mode": "bearing"},
    "alarm.high": {"signal": "temp", "limit": "high", "value": 91.53, "threshold": 85.0, "unit": "Cel"},
    "alarm.late": {"shipment": "SH-1", "reference": "PO 7", "value": 22.4, "unit": "min"},
    "alarm.low": {"signal": "pressure", "limit": "low", "value": 2.1, "threshold": 3.0, "unit": "bar"},
    "alarm.offline": {"unit": "min"},
    "alarm.offroute": {"shipment": "SH-1", "unit": "km"},
    "alarm.risk": {"shipment": "SH-1", "reference": "PO 7", "stop": "", "value": 61.0, "unit": "%"},
    "alarm.rule": {"name": {"en": "Pump is odd", "zh": "泵异常"}, "signal": "", "value": None, "unit": ""},
    "alarm.rule.value": {
        "name": {"en": "Hot", "zh": "过热"}, "signal": "temp", "value": 91.0, "threshold": 85.0,
        "unit": "Cel",
    },
    "alarm.sensor": {"signal": "flow", "fault": "frozen"},
    "alarm.signal": {"shipment": "SH-1", "reference": "PO 7", "stop": "", "value": 12.0, "unit": "min"},
    "alarm.stale": {"signal": "temp", "threshold": 60.0, "unit": "s"},
    "alarm.zone": {"zone": "D"},
}  # fmt: skip
"""Key of what a condition says → arguments as its rule gives them."""


def conditions() -> Iterator[tuple[Path, ast.expr, ast.expr]]:
    """Where the code makes a condition: (file, its rule, its message)."""
    for folder in SOURCES:
        for file in sorted((ROOT / folder).rglob("*.py")):
            for node in ast.walk(ast.parse(file.read_text("utf-8"))):
                if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Condition":
                    named = {one.arg: one.value for one in node.keywords}
                    if "message" in named or len(node.args) > 4:
                        yield file, named.get("rule") or node.args[1], named.get("message") or node.args[4]


def keys_of(message: ast.expr) -> set[str]:
    if isinstance(message, ast.IfExp):
        return keys_of(message.body) | keys_of(message.orelse)
    if isinstance(message, ast.Constant):
        return {str(message.value)}
    if ast.unparse(message) == "f'alarm.{kind}'":
        return {f"alarm.{kind}" for kind in EXCEPTIONS}
    return set()


def families_of(rule: ast.expr) -> set[str]:
    if isinstance(rule, ast.IfExp):
        return families_of(rule.body) | families_of(rule.orelse)
    start = rule.values[0] if isinstance(rule, ast.JoinedStr) else rule
    words = start.value if isinstance(start, ast.Constant) else None
    return {words.split(":")[0]} if isinstance(words, str) else set()


def test_the_examples_are_all_that_the_code_can_say() -> None:
    found = {key for _, _, message in conditions() for key in keys_of(message)}
    assert found == set(EXAMPLES)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_rule_has_a_name(language: str) -> None:
    families = {family for _, rule, _ in conditions() for family in families_of(rule)} | {*EXCEPTIONS, "rule"}
    assert {"threshold", "stale", "offroute", "dwell"} <= families
    for family in families:
        assert rule_name(family, language) != family
        assert Words(language).rule(f"{family}:temp") == rule_name(f"{family}:temp", language)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("key", EXAMPLES)
def test_an_alarm_says_the_same_in_words_on_a_screen_and_in_a_message(key: str, language: str) -> None:
    arguments = EXAMPLES[key]
    row = {"message": key, "arguments": arguments, "value": 12.0, "threshold": 10.0}
    words = Words(language).alarm(row)
    assert words
    assert not set("{}\N{EN DASH}") & set(words)
    assert "alarm." not in words
    facts = {"source": "pump-101", "rule": "x", "msg": key, "ctx": arguments, "value": 12.0, "limit": 10.0}
    message = say({"kind": "firing", "alarms": [facts], "count": 1}, language, "")
    assert words in message.title
    assert words in message.plain


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_advice_and_fault_of_the_code_has_words(language: str) -> None:
    known = texts(language)
    assert {f"advice.{mode.advice}" for mode in FAILURE_MODES.values()} <= known.keys()
    assert text(language, "advice.check_sensor") == known["advice.check_sensor"]


def test_what_both_say_stands_in_one_place() -> None:
    assert TEXTS["en"].keys() == TEXTS["zh-CN"].keys()
    assert WORDS["en"].keys() == WORDS["zh"].keys()
    for words in WORDS.values():
        assert not words.keys() & TEXTS["en"].keys()
    for language in LANGUAGES:
        file = (ROOT / "dashboard" / "i18n" / f"{language}.json").read_text("utf-8")
        assert [key for key in TEXTS["en"] if f'"{key}":' in file] == []


def test_what_nobody_has_named_shows_its_key_and_what_is_missing_a_dash() -> None:
    assert (
        said({"message": "alarm.high", "arguments": {"signal": "x9"}}, "en")
        == f"x9 high: {DASH}, limit {DASH}"
    )
    assert rule_name("new:one", "en") == "new: one"
    assert root_name("hall-9") == {"en": "hall-9", "zh": "hall-9"}
