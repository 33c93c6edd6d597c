from lineshaft.store.cursors import LaneKey, Stand, Step
from lineshaft.wire.marks import Mark
from stream.ledger import Ledger, Verdict
from stream.marking import EVERY_US, REPEAT_US, Marking, marks

KEY = LaneKey("s", "a", "b1", 0)
NOW = 1_763_700_000_000_000


def moved(seq: int) -> Verdict:
    return Verdict(steps={KEY: Step(seq - 1, seq)})


def test_progress_is_told_at_once_and_then_five_times_a_second() -> None:
    marking, ledger = Marking(), Ledger({KEY: Stand(1, NOW)})
    told = 0
    for ms in range(0, 1000, 10):
        marking.note(ledger, moved(ms + 1), NOW + ms * 1000)
        told += len(marking.take_due(NOW + ms * 1000))
    assert told == 5
    assert marking.next_us() == NOW + 5 * EVERY_US


def test_being_ahead_is_answered_once_for_each_place_of_the_cursor() -> None:
    marking, ledger = Marking(), Ledger({KEY: Stand(4, NOW)})
    marking.note(ledger, moved(4), NOW - EVERY_US)
    marking.take_due(NOW - EVERY_US)
    ahead = Verdict(ahead={KEY})
    marking.note(ledger, ahead, NOW)
    assert marking.take_due(NOW) == [(("s", "a"), "b1")]
    marking.note(ledger, ahead, NOW + 10 * EVERY_US)
    assert marking.take_due(NOW + 20 * EVERY_US) == []
    ledger.cursors[KEY] = Stand(5, NOW)
    marking.note(ledger, ahead, NOW + 30 * EVERY_US)
    assert marking.take_due(NOW + 30 * EVERY_US) == [(("s", "a"), "b1")]


def test_progress_and_being_ahead_at_once_make_two_marks_of_which_the_second_sends_back() -> None:
    marking, ledger = Marking(), Ledger({KEY: Stand(4, NOW)})
    marking.note(ledger, Verdict(steps={KEY: Step(3, 4)}, ahead={KEY}), NOW)
    sent = [len(marking.take_due(NOW + n * EVERY_US)) for n in range(4)]
    assert sent == [1, 1, 0, 0]


def test_a_boot_that_was_never_told_anything_is_told_twice_to_go_back() -> None:
    marking = Marking()
    marking.note(Ledger(), Verdict(ahead={KEY}), NOW)
    assert [len(marking.take_due(NOW + n * EVERY_US)) for n in range(3)] == [1, 1, 0]


def test_a_repeat_is_answered_only_after_a_silence() -> None:
    marking, ledger = Marking(), Ledger({KEY: Stand(4, NOW)})
    repeated = Verdict(repeated={KEY})
    marking.note(ledger, moved(4), NOW)
    assert len(marking.take_due(NOW)) == 1
    marking.note(ledger, repeated, NOW + REPEAT_US - 1)
    assert marking.next_us() is None
    marking.note(ledger, repeated, NOW + REPEAT_US)
    assert len(marking.take_due(NOW + REPEAT_US)) == 1


def test_after_a_reconnect_everyone_is_told_by_the_boot_they_last_used() -> None:
    marking = Marking()
    ledger = Ledger(
        {
            KEY: Stand(4, NOW),
            KEY._replace(lane=1): Stand(2, NOW),
            KEY._replace(boot="b0"): Stand(9, NOW - 1),
            LaneKey("s", "z", "b7", 0): Stand(1, NOW),
        }
    )
    marking.everyone(ledger, NOW)
    assert dict(marks(ledger, "db", marking.take_due(NOW))) == {
        ("s", "a"): Mark("db", "b1", 4, 2),
        ("s", "z"): Mark("db", "b7", 1, 0),
    }
