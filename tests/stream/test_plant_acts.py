"""One rule at one source through any life there can be: conditions, people, and the time."""

from collections import defaultdict
from dataclasses import replace
from uuid import UUID

import orjson
import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from alarm_script import RULE, SOURCE, act, at, change
from lineshaft.domain.alarm_states import ACTS, NEEDS_WHY, SHOWN, TRANSITIONS, Event, State
from lineshaft.domain.alarm_steps import rebuild
from lineshaft.domain.alarms import STREAM, Act, Alarm, ConditionChange, Entry
from lineshaft.store.alarm_changes import Book
from lineshaft.store.facts import Control
from stream.plant_acts import Shelvings, ack_of, acts_of


class AlarmLife(RuleBasedStateMachine):
    """What the plant flow does, row by row."""

    def __init__(self) -> None:
        super().__init__()
        self.book = Book()
        self.shelvings = Shelvings()
        self.entries: dict[UUID, list[Entry]] = defaultdict(list)
        self.pos = 0
        self.holds = False

    @rule(
        active=st.booleans(),
        priority=st.integers(1, 4),
        suppressed=st.sampled_from([None, "machine_off", "parent_down"]),
        latching=st.booleans(),
        auto_ack=st.booleans(),
    )
    def condition(
        self, *, active: bool, priority: int, suppressed: str | None, latching: bool, auto_ack: bool
    ) -> None:
        self.take(
            change(
                self.next(), active=active, priority=priority, suppressed=suppressed, latching=latching,
                auto_ack=auto_ack,
            )
        )  # fmt: skip
        self.holds = active

    @rule(
        event=st.sampled_from(ACTS),
        which=st.integers(0, 5),
        one_shot=st.booleans(),
        seconds=st.integers(1, 5),
        unseen=st.booleans(),
    )
    def person(self, *, event: Event, which: int, one_shot: bool, seconds: int, unseen: bool) -> None:
        alarms = list(self.book.alarms.values())
        if not alarms:
            return
        alarm = alarms[which % len(alarms)]
        done = act(alarm, event, self.next(), one_shot=one_shot, for_s=seconds)
        done = replace(done, seen_pos=0) if unseen else done
        self.shelvings.begin(done)
        self.take(done)

    @rule()
    def tick(self) -> None:
        pos = self.next()
        for end in self.shelvings.pass_time(at(pos), pos):
            self.take(end)

    @invariant()
    def there_is_one_open_alarm_at_most(self) -> None:
        standing = [alarm for alarm in self.book.alarms.values() if alarm.state is not State.NORMAL]
        assert len(standing) <= 1
        assert list(self.book.open.items()) == [((SOURCE, RULE), alarm.alarm_id) for alarm in standing]

    @invariant()
    def the_alarm_follows_the_condition_in_every_state(self) -> None:
        key = self.book.open.get((SOURCE, RULE))
        assert self.holds == (key is not None and self.book.alarms[key].active)

    @invariant()
    def the_journal_makes_the_alarms(self) -> None:
        for key, alarm in self.book.alarms.items():
            assert rebuild(self.entries[key]) == alarm

    def teardown(self) -> None:
        """However it went, time ends every shelving."""
        self.pos += 10
        self.tick()
        assert not any(alarm.shelved for alarm in self.book.alarms.values())
        assert not self.shelvings.ends

    def next(self) -> int:
        self.pos += 1
        return self.pos

    def take(self, one: ConditionChange | Act) -> None:
        before = dict(self.book.alarms)
        step = self.book.take(one)
        if step:
            check(before.get(step[0].alarm_id), *step)
            self.entries[step[0].alarm_id].append(step[1])


def check(before: Alarm | None, after: Alarm, entry: Entry) -> None:
    """A legal edge, with who, when and why; a refused one changes nothing."""
    assert entry.from_state is (before.state if before else State.NORMAL)
    assert entry.to_state is after.state
    assert entry.at_us == at(entry.pos)
    if entry.event in ACTS:
        assert entry.by == "li"
        assert entry.comment or entry.event not in NEEDS_WHY
    else:
        assert entry.by == STREAM
    if entry.is_refused:
        assert after == before
    else:
        assert entry.to_state in TRANSITIONS[entry.from_state, entry.event]
    if entry.annunciates:
        assert after.annunciated_pos == entry.pos
        assert after.state in SHOWN


TestAlarmLife = AlarmLife.TestCase
TestAlarmLife.settings = settings(max_examples=100, stateful_step_count=30, deadline=None)


def test_a_control_row_tells_an_act_an_alarm() -> None:
    keys = [UUID(int=n) for n in (1, 2)]
    body = {
        "act": "shelve", "by": "li", "comment": "noisy", "at_us": at(1), "until_us": at(60), "one_shot": True,
        "alarms": [
            {"alarm_id": str(key), "source": SOURCE, "rule": RULE, "seen_pos": n}
            for n, key in enumerate(keys)
        ],
    }  # fmt: skip
    acts = acts_of(Control(7, at(2), "_/alarm", orjson.dumps(body)))
    assert [(one.alarm_id, one.seen_pos, one.pos) for one in acts] == [(keys[0], 0, 7), (keys[1], 1, 7)]
    assert {(one.event, one.by, one.until_us, one.one_shot) for one in acts} == {
        (Event.SHELVE, "li", at(60), True)
    }


def test_an_acknowledgement_of_an_older_journal_is_one_still() -> None:
    body = {"alarm_id": str(UUID(int=1)), "by": "li", "comment": None, "at_us": at(1), "seen_pos": 3}
    done = ack_of(Control(7, at(2), "_/ack", orjson.dumps(body)))
    assert (done.event, done.seen_pos, done.pos, done.alarm_id) == (Event.ACK, 3, 7, UUID(int=1))


@pytest.mark.parametrize("body", [b"{}", b"[]", b'{"act": "dance", "alarms": [{}]}'])
def test_a_row_of_another_shape_says_so(body: bytes) -> None:
    with pytest.raises((KeyError, TypeError, ValueError)):
        acts_of(Control(7, at(2), "_/alarm", body))
