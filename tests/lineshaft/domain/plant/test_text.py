"""What people write, what is said of it, and that a description survives the way out and back in."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fix_plant import PLANT_YAML
from lineshaft.domain.machines import KINDS
from lineshaft.domain.plant import Plant, Problem, from_document, parse, to_document, to_yaml
from lineshaft.domain.readings import DeviceKey

MACHINE = "{id: pump-101, kind: pump, name: Coolant pump 1, device: plant-1/pump-101}"


def problems(text: str) -> list[Problem]:
    found = parse(text)
    assert isinstance(found, list), "a plant came out"
    return found


def with_signals(signals: str, kind: str = "pump") -> str:
    changed = MACHINE.replace("kind: pump", f"kind: {kind}").replace("}", f", signals: [{signals}]}}")
    return PLANT_YAML.replace(MACHINE, changed)


def plant_of(text: str) -> Plant:
    found = parse(text)
    assert isinstance(found, Plant), found
    return found


def test_a_machine_has_the_signals_of_its_kind(plant: Plant) -> None:
    expected = [signal.name for signal in KINDS["pump"].signals]
    assert [signal.name for signal in plant.machines["pump-101"].signals] == expected


def test_what_the_description_says_wins_over_the_kind() -> None:
    found = plant_of(with_signals("{name: temp, high: 70}, {name: flow, low: null}, {name: sound, unit: dB}"))
    signals = {signal.name: signal for signal in found.machines["pump-101"].signals}
    assert (signals["temp"].high, signals["temp"].high_high) == (70, 85)
    assert signals["flow"].low is None
    assert (signals["sound"].unit, signals["sound"].label.zh, signals["sound"].every_s) == (
        "dB",
        "sound",
        None,
    )


@pytest.mark.parametrize(("written", "read"), [("1e2", 100), ("-5E-3", -0.005), ("2.5e+1", 25)])
def test_a_number_with_an_exponent_is_a_number(written: str, read: float) -> None:
    found = plant_of(with_signals(f"{{name: sound, unit: dB, high: {written}}}"))
    assert {signal.name: signal.high for signal in found.machines["pump-101"].signals}["sound"] == read


def test_devices_find_their_assets(plant: Plant) -> None:
    assert plant.asset_of[DeviceKey("hangzhou", "warehouse-1", "gate-1")] == "gate-1"
    assert plant.asset_of[DeviceKey("hangzhou", "fleet-1", "truck-01")] == "truck-01"
    assert plant.site_of["dock-1"] == "hangzhou"


def test_a_plant_survives_export_and_json(plant: Plant) -> None:
    assert parse(to_yaml(plant)) == plant
    assert from_document(json.loads(json.dumps(to_document(plant)))) == plant


def test_an_export_does_not_repeat_what_the_kinds_say(plant: Plant) -> None:
    assert "signals" not in to_yaml(plant)


texts = st.text(st.characters(categories=("L", "N", "P", "S")), min_size=1, max_size=20)
limits = st.floats(-100, 0, allow_nan=False) | st.none()
signals = st.lists(
    st.fixed_dictionaries(
        {"name": st.sampled_from(["temp", "vib", "flow", "sound", "state"])},
        optional={
            "label": texts | st.fixed_dictionaries({"en": texts, "zh": texts}),
            "quantity": st.sampled_from(["temperature", "flow", "count"]),
            "unit": st.sampled_from(["Cel", "K", ""]),
            "every_s": st.floats(0.1, 3600),
            "low_low": st.none(),
            "low": limits,
            "high": st.none(),
            "high_high": st.none() | st.floats(3_000, 4_000),
        },
    ),
    unique_by=lambda signal: signal["name"],
    max_size=4,
)


@given(name=texts, own=signals, kind=st.sampled_from(sorted(KINDS)))
def test_parsing_what_was_written_gives_the_same_plant(name: str, own: object, kind: str) -> None:
    machine = {"id": "m", "kind": kind, "name": name, "device": "a/m", "signals": own}
    area = {"id": "area", "lines": [{"id": "line", "machines": [machine]}]}
    document = {"version": 1, "sites": [{"id": "s", "timezone": "UTC", "areas": [area]}]}
    first = plant_of(json.dumps(document, ensure_ascii=False))
    assert parse(to_yaml(first)) == first
    assert from_document(to_document(first)) == first


@pytest.mark.parametrize(
    ("text", "line", "says", "fix"),
    [
        ("", 1, "empty", "version: 1"),
        ("a: [", 1, "not YAML", "indentation"),
        ("version: 1\nsites: 3\n", 2, "'sites' is 3", "a list"),
        ("version: 2\nsites: []\n", 1, "'version' is 2", "expected 1"),
        ("version: 1\nsites: []\nsite: []\n", 3, "no key 'site'", "did you mean 'sites'"),
        ("version: 1\nversion: 1\nsites: []\n", 2, "given twice", "keep one"),
        ("a: &a [*a]", 1, "nested", "write"),
        (PLANT_YAML.replace("kind: pump", "kind: pumpe"), 16, "'pumpe' is not known", "did you mean 'pump'"),
        (PLANT_YAML.replace("Asia/Shanghai", "Asia/Shangai"), 5, "Asia/Shangai", "Asia/Shanghai"),
        (PLANT_YAML.replace("2: store-1", "2: store-2"), 24, "'store-2'", "did you mean 'store-1'"),
        (PLANT_YAML.replace("{id: motor-102", "{id: pump-101"), 17, "taken on line 16", "another"),
        (PLANT_YAML.replace("plant-1/motor-102", "plant-1/pump-101"), 17, "line 16", "one asset"),
        (
            PLANT_YAML.replace("site: hangzhou, ", "site: hangzou, "),
            33,
            "'hangzou'",
            "did you mean 'hangzhou'",
        ),
        (PLANT_YAML.replace("device: fleet-1/truck-01, ", ""), 33, "no 'device'", "add 'device"),
        (PLANT_YAML.replace("fleet-1/truck-01", "truck-01"), 33, "'truck-01'", "agent/device"),
        (PLANT_YAML.replace("lat: 30.27", "lat: 130.27"), 29, "130.27", "latitude"),
        (PLANT_YAML.replace("id: pump-101", "id: no"), 16, "False", "quote what YAML"),
        (with_signals("{name: temp, high: 90}"), 16, "high 90 is not below high_high 85", "rise"),
        (with_signals("{name: temp, quantity: temprature}"), 16, "temprature", "did you mean 'temperature'"),
        (with_signals("{name: temp, high: hot}"), 16, "'hot'", "a number"),
        (with_signals("{name: temp}, {name: temp}"), 16, "name 'temp' is taken", "another"),
        (with_signals("", "washer"), 16, "'washer' is not known", "a kind of your own"),
    ],
)
def test_a_problem_names_its_line_and_the_fix(text: str, line: int, says: str, fix: str) -> None:
    found = problems(text)
    assert [problem.line for problem in found] == [line]
    assert says in found[0].what
    assert fix in found[0].fix


def test_a_kind_of_ones_own_lists_its_signals() -> None:
    found = plant_of(with_signals("{name: sound, unit: dB, high: 90}", "washer"))
    assert [signal.name for signal in found.machines["pump-101"].signals] == ["sound"]


def test_every_problem_is_said_at_once() -> None:
    broken = PLANT_YAML.replace("kind: pump", "kind: pumpe").replace("2: store-1", "2: store-2")
    assert [problem.line for problem in problems(broken)] == [16, 24]


def test_hours_need_no_quotes_although_yaml_takes_them_for_numbers() -> None:
    found = plant_of(PLANT_YAML.replace('"14:00"', "14:00"))
    assert found.sites[0].shifts[0].end_min == 14 * 60


def test_shifts_that_overlap_are_named() -> None:
    twice = PLANT_YAML.replace("thu, fri]}", 'thu, fri]}\n      - {id: B, start: "13:00", end: "21:00"}')
    assert "'B' overlaps shift 'A'" in problems(twice)[0].what


@given(st.text(max_size=200))
def test_no_text_makes_parse_raise(text: str) -> None:
    parse(text)
