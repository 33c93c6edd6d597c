"""`utilities`, `feeds` and `depends` of plant.yaml: read, written back, and checked with the line."""

import pytest

from lineshaft.domain.plant import Plant, Problem, from_document, parse, to_document, to_yaml

TEXT = """\
version: 1
sites:
- id: north
  timezone: Europe/Berlin
  utilities:
  - id: air
    kind: compressed_air
    name: {en: Air, zh: 压缩空气}
    feeds: [line-1, press-3]
    depends: [compressor]
  - id: supply
    kind: power
    feeds: [air, hall]
  areas:
  - id: hall
    lines:
    - id: line-1
      machines:
      - {id: pump-1, kind: pump, device: gw/pump-1}
      - {id: press-2, kind: press, device: gw/press-2, depends: [pump-1]}
    - id: line-2
      machines:
      - {id: press-3, kind: press, device: gw/press-3}
      - {id: compressor, kind: motor, device: gw/compressor}
"""


def read(text: str) -> Plant:
    plant = parse(text)
    assert isinstance(plant, Plant), plant
    return plant


def test_utilities_and_what_they_feed_are_read() -> None:
    air, supply = read(TEXT).sites[0].utilities
    assert (air.kind, air.name.zh, air.feeds, air.depends) == (
        "compressed_air", "压缩空气", ("line-1", "press-3"), ("compressor",),
    )  # fmt: skip
    assert supply.name.en == "supply"
    assert read(TEXT).machines["press-2"].depends == ("pump-1",)


def test_they_survive_export_and_json() -> None:
    plant = read(TEXT)
    assert read(to_yaml(plant)) == plant
    assert from_document(to_document(plant)) == plant


@pytest.mark.parametrize(
    ("old", "new", "line", "says"),
    [
        ("compressed_air", "compresed_air", 7, "did you mean 'compressed_air'"),
        ("[line-1, press-3]", "[line-1, press-4]", 9, "'press-4' is not of this site"),
        ("[line-1, press-3]", "[]", 9, "expected a list of ids"),
        ("depends: [pump-1]", "depends: [pump-9]", 20, "'pump-9' is not of this site"),
        ("depends: [pump-1]", "depends: [press-2]", 20, "depends on itself"),
        ("device: gw/pump-1}", "device: gw/pump-1, depends: [press-2]}", 19, "depends on itself"),
        ("id: supply", "id: air", 11, "is taken on line 6"),
    ],
)
def test_a_problem_names_its_line(old: str, new: str, line: int, says: str) -> None:
    problems = parse(TEXT.replace(old, new, 1))
    assert not isinstance(problems, Plant)
    assert any(one.line == line and says in str(one) for one in problems), problems


def test_a_plant_without_them_is_written_as_before(plant: Plant) -> None:
    document = to_document(plant)
    assert "utilities" not in document["sites"][0]
    assert "depends" not in document["sites"][0]["areas"][0]["lines"][0]["machines"][0]
    assert not isinstance(plant, Problem)
