"""What is named as the root of alarms that come together: four lines that share air, power and a switch."""

import random
from dataclasses import replace
from itertools import count

import orjson
import pytest

from lineshaft.domain.alarms import Condition
from lineshaft.domain.causes import Cause, Grouping
from lineshaft.domain.evidence import Raised, symptom
from lineshaft.domain.plant import Plant, parse
from lineshaft.domain.topology import Topology

SECOND = 1_000_000
START = 1_763_700_000 * SECOND


def described() -> Plant:
    lines = "".join(
        f"    - id: line-{line}\n      machines:\n"
        + "".join(
            f"      - {{id: press-{line}{n}, kind: press, device: gw/press-{line}{n}}}\n" for n in range(1, 7)
        )
        for line in range(1, 5)
    )
    plant = parse(f"""\
version: 1
sites:
- id: north
  timezone: Europe/Berlin
  utilities:
  - {{id: air, kind: compressed_air, feeds: [line-1, line-2], depends: [press-46]}}
  - {{id: power, kind: power, feeds: [line-1]}}
  - {{id: water, kind: cooling_water, feeds: [line-1, line-2, line-3]}}
  - {{id: switch, kind: network, feeds: [line-3]}}
  areas:
  - id: hall
    lines:
{lines}""")
    assert isinstance(plant, Plant), plant
    return plant


TOPOLOGY = Topology.of(described())
LINE_1, LINE_2, LINE_3, LINE_4 = (tuple(f"press-{line}{n}" for n in range(1, 7)) for line in range(1, 5))


class Plays:
    """A grouping that is told alarms by the second."""

    def __init__(self) -> None:
        self.grouping = Grouping()
        self.groups: dict[str, Cause] = {}
        self.pos = count(1)
        self.now_s = 0

    def go(self, seconds: int) -> None:
        for _ in range(seconds):
            self.now_s += 1
            for one in self.grouping.tick(START + self.now_s * SECOND, TOPOLOGY):
                self.groups[one.cause.group_key] = one.cause

    def alarm(self, *sources: str, shows: str = "odd", rule: str = "anomaly", apart_s: int = 3) -> None:
        for source in sources:
            self.grouping.begin(Raised(START + self.now_s * SECOND, next(self.pos), source, rule, shows))
            self.go(apart_s)

    @property
    def open(self) -> list[Cause]:
        return sorted(self.grouping.groups.values(), key=lambda one: -len(one.children))


@pytest.fixture
def plays() -> Plays:
    found = Plays()
    found.go(5)
    return found


def test_a_failed_compressor_station_is_one_root_with_twelve_children(plays: Plays) -> None:
    plays.alarm(*LINE_1, *LINE_2, shows="pressure-", rule="threshold:pressure", apart_s=5)
    [group] = plays.open
    assert (group.root, group.kind, len(group.children)) == ("air", "compressed_air", 12)
    assert group.confidence > 0.95
    assert (group.why["sources"], group.why["of"]) == (12, 12)


def test_the_root_is_revised_while_children_arrive_and_the_group_stays_the_same_one(plays: Plays) -> None:
    plays.alarm(*LINE_1, shows="odd")
    first = plays.open[0]
    plays.alarm(*LINE_2, shows="odd")
    [group] = plays.open
    assert first.root == "line-1"
    assert group.root == "air"
    assert group.group_key == first.group_key


@pytest.mark.parametrize(
    ("shows", "sources", "root"),
    [
        ("current-", LINE_1, "power"),
        ("temperature+", LINE_1 + LINE_2 + LINE_3, "water"),
        ("silent", LINE_3, "switch"),
        ("vibration+", LINE_3, "line-3"),
        ("odd", LINE_4, "line-4"),
        ("silent", LINE_1 + LINE_2 + LINE_3 + LINE_4, "net:north/gw"),
    ],
)
def test_symptoms_and_reach_tell_roots_apart(
    plays: Plays, shows: str, sources: tuple[str, ...], root: str
) -> None:
    plays.alarm(*sources, shows=shows)
    assert [group.root for group in plays.open] == [root]


def test_a_root_is_found_though_one_machine_in_six_says_nothing(plays: Plays) -> None:
    plays.alarm(*LINE_1[1:], *LINE_2[:5], shows="pressure-")
    assert [group.root for group in plays.open] == ["air"]


def test_the_machine_that_makes_the_air_is_the_root_where_it_failed_first(plays: Plays) -> None:
    plays.alarm("press-46", shows="odd")
    plays.alarm(*LINE_1, *LINE_2, shows="pressure-")
    assert [group.root for group in plays.open] == ["press-46"]


def test_a_network_is_not_why_all_behind_it_are_late_or_odd(plays: Plays) -> None:
    plays.alarm(*LINE_1, *LINE_2, *LINE_3, *LINE_4, shows="odd", rule="late", apart_s=1)
    assert all(not group.root.startswith(("net:", "switch")) for group in plays.open)


def test_two_machines_of_a_line_by_chance_are_no_cause(plays: Plays) -> None:
    plays.alarm("press-11", apart_s=60)
    plays.alarm("press-13", "press-22", apart_s=60)
    assert plays.open == []


def test_all_alarms_of_one_machine_are_one_line(plays: Plays) -> None:
    plays.alarm("press-11", shows="vibration+", rule="threshold:vib")
    plays.alarm("press-11", shows="odd", rule="anomaly")
    [group] = plays.open
    assert (group.root, group.kind, len(group.children)) == ("press-11", "asset", 2)


def test_chance_alone_names_no_root_in_a_week() -> None:
    chance, plays = random.Random(4), Plays()  # noqa: S311 - no secret
    sources = LINE_1 + LINE_2 + LINE_3 + LINE_4
    for _ in range(24 * 7 * 3):  # three an hour, anywhere
        source = chance.choice(sources)
        plays.alarm(source, apart_s=1)
        plays.grouping.end(source, "anomaly")
        plays.now_s += int(chance.expovariate(1 / 1200))
        plays.go(1)
    assert not [group for group in plays.groups.values() if group.kind != "asset"]


def test_a_group_is_over_a_minute_after_its_last_condition(plays: Plays) -> None:
    plays.alarm(*LINE_1, shows="current-")
    key = plays.open[0].group_key
    for source in LINE_1:
        plays.grouping.end(source, "anomaly")
    plays.go(61)
    assert plays.open == []
    assert plays.groups[key].until_us is not None


def test_what_comes_late_joins_a_root_that_still_fails(plays: Plays) -> None:
    plays.alarm(*LINE_1, *LINE_2[:5], shows="pressure-")
    plays.go(1200)
    plays.alarm("press-26", shows="pressure-")
    plays.alarm("press-45", shows="pressure-")
    [group] = plays.open
    assert len(group.children) == 12


def test_it_goes_on_after_a_restart_as_if_there_had_been_none(plays: Plays) -> None:
    plays.alarm(*LINE_1[:4], shows="current-")
    assert plays.open
    other = Plays()
    other.grouping = Grouping.from_body(orjson.loads(orjson.dumps(plays.grouping.to_body())))
    other.pos, other.now_s = count(100), plays.now_s
    plays.pos = count(100)
    for one in (plays, other):
        one.alarm(*LINE_1[4:], *LINE_2, shows="pressure-")
        one.go(700)
    assert other.grouping == plays.grouping


def test_a_condition_shows_quantity_and_direction() -> None:
    odd = Condition("press-11", "anomaly", active=True, priority=3, message="alarm.anomaly", value=0.9)
    silent = replace(odd, rule="stale:vib", message="alarm.stale", value=None, arguments={"signal": "vib"})
    low = replace(
        odd, rule="threshold:pressure", value=90.0, threshold=150.0, arguments={"signal": "pressure"}
    )
    assert [symptom(one, TOPOLOGY) for one in (low, silent, odd)] == ["pressure-", "silent", "odd"]
