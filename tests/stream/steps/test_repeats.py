import numpy as np

from lineshaft.domain.readings import DeviceKey, Reads
from stream.steps.repeats import DEPTH, Repeats

NAN = float("nan")


def reads(*rows: tuple[int, str, int, float]) -> Reads:
    ts_us, epcs, antenna, rssi = zip(*rows, strict=True)
    return Reads(
        DeviceKey("s", "a", "d"),
        np.array(ts_us),
        epcs,
        np.array(antenna, np.int32),
        np.array(rssi),
        np.ones(len(rows), np.int32),
        np.zeros(len(rows), np.uint8),
    )


def test_only_equal_reads_of_a_message_are_repeats() -> None:
    kept, again = Repeats().sift(
        0, reads((1, "AA", 1, NAN), (1, "AA", 1, NAN), (1, "AA", 2, -50.0), (2, "AA", 1, NAN))
    )
    assert (len(kept), again) == (3, 1)
    assert kept.antenna.tolist() == [1, 2, 1]


def test_a_read_that_is_sent_again_in_another_message_is_found_and_is_none_of_another_reader() -> None:
    repeats = Repeats()
    repeats.sift(0, reads((1, "AA", 1, -50.0), (2, "BB", 1, -50.0)))
    kept, again = repeats.sift(0, reads((2, "BB", 1, -50.0), (3, "CC", 1, -50.0)))
    assert (kept.epcs, again) == (("CC",), 1)
    assert repeats.sift(1, reads((1, "AA", 1, -50.0)))[1] == 0


def test_another_strength_at_the_same_instant_is_another_sighting() -> None:
    repeats = Repeats()
    repeats.sift(0, reads((1, "AA", 1, -50.0)))
    assert repeats.sift(0, reads((1, "AA", 1, -51.0)))[1] == 0


def test_a_whole_message_sent_again_is_found_and_the_memory_is_bounded() -> None:
    repeats = Repeats()
    large = reads(*((n, "AA", 1, NAN) for n in range(DEPTH)))
    assert repeats.sift(0, large)[1] == 0
    assert repeats.sift(0, large)[1] == DEPTH
    repeats.sift(0, reads((DEPTH, "AA", 1, NAN)))
    assert len(repeats.seen[0]) == DEPTH
    assert repeats.sift(0, reads((0, "AA", 1, NAN)))[1] == 0
