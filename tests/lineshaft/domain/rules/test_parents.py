from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from lineshaft.domain.alarms import Condition
from lineshaft.domain.plant import Plant, parse
from lineshaft.domain.rules.calm import NEVER_US
from lineshaft.domain.rules.evaluation import Verdict
from lineshaft.domain.rules.parents import Downtime, Parents, quieted, together
from lineshaft.domain.topology import Topology

TEXT = """\
version: 1
sites:
- id: hall1
  timezone: UTC
  utilities:
  - {id: air, kind: compressed_air, feeds: [press-1, press-2], depends: [compressor-1]}
  areas:
  - id: hall
    lines:
    - id: line-1
      machines:
      - {id: compressor-1, kind: pump, device: gw/compressor-1}
      - {id: press-1, kind: press, device: gw-2/press-1, depends: [feeder-1]}
      - {id: press-2, kind: press, device: gw-2/press-2}
      - {id: feeder-1, kind: conveyor, device: gw-3/feeder-1}
"""
MACHINES = ("compressor-1", "feeder-1", "press-1", "press-2")


def described(text: str = TEXT) -> Topology:
    plant = parse(text)
    assert isinstance(plant, Plant), plant
    return Topology.of(plant)


def hot(source: str = "press-1", *, active: bool = True, own: str | None = None) -> Condition:
    return Condition(
        source, "rule:hot", active, 3, "alarm.rule", 80.0, 75.0, {"parent_down": True}, suppressed=own
    )


def test_an_alarm_is_quiet_while_what_its_machine_depends_on_is_down() -> None:
    parents = Parents(described())
    assert parents.take(hot()) == hot()
    assert parents.say("compressor-1", is_down=True) == [hot(own="parent_down")]
    assert parents.say("feeder-1", is_down=True) == []  # quiet already
    assert parents.say("compressor-1", is_down=False) == []  # the other one still is
    assert parents.take(hot(own="machine_off")).suppressed == "machine_off"  # its rule's own reason first
    assert parents.take(hot()).suppressed == "parent_down"
    assert parents.say("feeder-1", is_down=False) == [hot()]


def test_a_machine_is_no_parent_of_itself_and_others_are_left_alone() -> None:
    parents = Parents(described())
    parents.take(hot())
    parents.take(replace(hot("press-2"), arguments={}))
    assert parents.say("press-1", is_down=True) == []
    assert [one.source for one in parents.say("compressor-1", is_down=True)] == ["press-1"]


def test_a_plant_described_anew_says_who_is_quiet() -> None:
    parents = Parents(described())
    parents.say("feeder-1", is_down=True)
    assert parents.take(hot()).suppressed == "parent_down"
    assert parents.describe(described(TEXT.replace(", depends: [feeder-1]", ""))) == [hot()]
    assert parents.describe(described()) == [hot(own="parent_down")]
    parents.describe(described(TEXT.replace("feeder-1", "feeder-2")))
    assert parents.down == set()  # who is no more is not down


steps = st.lists(
    st.one_of(
        st.tuples(st.just("down"), st.sampled_from(MACHINES), st.booleans()),
        st.tuples(st.just("verdict"), st.sampled_from([0, 2, 3]), st.sampled_from(["", "machine_off"])),
        st.just(("restart",)),
    ),
    max_size=30,
)


class Live:
    """A press whose parents go down and come up again, as the plant flow follows it."""

    def __init__(self) -> None:
        self.parents = Parents(described())
        self.said: list[tuple[int, int, str]] = []
        """Instant, severity, why."""
        self.last = hot(active=False)

    def tell(self, at: int, conditions: list[Condition]) -> None:
        for one in conditions:
            self.said.append((at, 5 - one.priority if one.active else 0, one.suppressed or ""))
            self.last = one

    def restart(self) -> None:
        self.parents = Parents(self.parents.topology, set(self.parents.down))
        self.parents.restore([self.last] if self.last.active else [])


@given(steps)
@settings(max_examples=60, deadline=None)
def test_live_says_what_the_backtest_says(steps: list[tuple[object, ...]]) -> None:
    live, verdicts = Live(), [Verdict(-1, 0, 0, "", 0, 0.0, 0.0)]
    since = dict.fromkeys(MACHINES, NEVER_US)
    times: dict[str, list[Downtime]] = {machine: [] for machine in MACHINES}
    for at, step in enumerate(steps):
        match step:
            case ("down", str(machine), bool(is_down)):
                live.tell(at, live.parents.say(machine, is_down=is_down))
                if not is_down and since[machine] < NEVER_US:
                    times[machine].append((since[machine], at))
                since[machine] = min(since[machine], at) if is_down else NEVER_US
            case ("verdict", int(severity), str(why)):
                new = Verdict(at, 0, severity, why if severity else "", 0, 80.0, 75.0)
                if new[2:4] != verdicts[-1][2:4]:
                    verdicts.append(new)
                    said = hot(active=bool(severity), own=new.why or None)
                    live.tell(at, [live.parents.take(replace(said, priority=5 - severity))])
            case _:
                live.restart()
    parents = ("compressor-1", "feeder-1")
    still = [(since[key], NEVER_US) for key in parents if since[key] < NEVER_US]
    down = together([*still, *(one for key in parents for one in times[key])])
    assert [(one.at_us, one.severity, one.why) for one in quieted(verdicts[1:], down)] == live.said
