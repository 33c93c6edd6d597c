import json
from collections.abc import Callable
from copy import deepcopy
from typing import Any

import pytest

from lineshaft.domain.rules import Rule, RuleError, from_json, parse, schema, start, to_json

HOT: dict[str, Any] = {
    "kind": "condition",
    "id": "pump-hot",
    "name": {"en": "Pump hot", "zh": "泵过热"},
    "scope": {"kind": ["pump"]},
    "when": {
        "is": "all",
        "of": [
            {
                "is": "value",
                "signal": "temp",
                "op": ">",
                "levels": [{"limit": 75, "priority": 3}, {"limit": 85, "priority": 2}],
            },
            {"is": "state", "states": ["RUN"]},
        ],
    },
}
LEVELS = "$.when.of[0].levels"


def changed(change: Callable[[dict[str, Any]], object]) -> dict[str, Any]:
    document = deepcopy(HOT)
    change(document)
    return document


def test_a_document_goes_both_ways() -> None:
    rule = parse(json.dumps(HOT))
    assert isinstance(rule, Rule)
    assert to_json(rule) == HOT
    assert from_json(to_json(rule)) == rule


@pytest.mark.parametrize(
    ("change", "place"),
    [
        (lambda d: d.update(kind="other"), "`$.kind`"),
        (lambda d: d.update(id="Pump hot"), "`$.id`"),
        (lambda d: d["name"].update(en=" "), "`$.name.en`"),
        (lambda d: d["when"].update(colour=1), "`$.when`"),
        (lambda d: d["when"]["of"][0].update(op="="), "`$.when.of[0].op`"),
        (lambda d: d["when"]["of"][1].update(states=["OFF"]), "`$.when.of[1].states[0]`"),
        (lambda d: d["when"]["of"][0]["levels"][1].update(limit=70), f"`{LEVELS}[1].limit`"),
        (lambda d: d["when"]["of"][0]["levels"][1].update(priority=4), f"`{LEVELS}[1].priority`"),
        (lambda d: d["when"]["of"][0]["levels"][1].update(limit=75), f"`{LEVELS}[1].for_s`"),
        (lambda d: d["when"]["of"][0]["levels"][0].pop("priority"), f"`{LEVELS}`"),
        (lambda d: d["when"]["of"][0].update(range=[10, 0]), "`$.when.of[0].range`"),
        (lambda d: d.update(patience={"on_s": -1}), "`$.patience.on_s`"),
    ],
)
def test_what_is_wrong_is_said_with_its_place(change: Callable[[dict[str, Any]], object], place: str) -> None:
    with pytest.raises(RuleError) as error:
        from_json(changed(change))
    assert place in str(error.value)


def test_a_tree_without_end_is_refused() -> None:
    deep: dict[str, Any] = {"is": "state", "states": ["RUN"]}
    for _ in range(8):
        deep = {"is": "not", "of": deep}
    with pytest.raises(RuleError, match="within one another"):
        from_json({**HOT, "when": deep})


def test_settings_of_a_built_in_kind_know_what_it_has() -> None:
    settings = {"kind": "settings", "id": "calm", "name": {"en": "Calm"}, "of": "zone"}
    assert from_json({**settings, "on_s": 30}) == parse(json.dumps({**settings, "on_s": 30.0}))
    with pytest.raises(RuleError, match="deadband"):
        from_json({**settings, "deadband_percent": 2})


def test_the_schema_names_every_kind_of_condition() -> None:
    text = json.dumps(schema())
    for kind in ("value", "rate", "score", "state", "stale", "no_data", "count", "all", "any", "not"):
        assert f'"{kind}"' in text


def test_starting_values_are_those_of_practice() -> None:
    starts = [
        (start(key).percent, start(key).delay_s) for key in ("temperature", "pressure", "level", "flow")
    ]
    assert starts == [(1, 60), (2, 15), (5, 60), (5, 15)]
