import random
import tracemalloc
from collections.abc import Iterator

from edge.sources.sorting import Sorted
from edge.sources.table import Row


def rows(many: int) -> Iterator[Row]:
    """Out of order, some at the same time."""
    chance = random.Random(7)  # noqa: S311 - an order, no secret
    return (Row(chance.randrange(many // 2), {"n": str(n), "wide": "x" * 100}) for n in range(many))


def test_rows_come_by_time_and_those_of_one_time_in_their_order() -> None:
    for stretch in (10, 999, 1_000, 1_001, 5_000):
        found = Sorted(rows(1_000), stretch)
        expected = sorted(rows(1_000), key=lambda row: row.ts_us)
        assert list(found) == expected
        assert list(found) == expected, "and again"


def test_two_readers_at_once_do_not_disturb_one_another() -> None:
    found = Sorted(rows(3_000), 1_000)
    pairs = list(zip(found, found, strict=True))
    assert len(pairs) == 3_000
    assert all(one == other for one, other in pairs)


def test_nothing_stays_nothing() -> None:
    assert list(Sorted(iter(()))) == []


def test_a_long_recording_takes_no_more_memory_than_a_short_one() -> None:
    def peak(many: int) -> int:
        tracemalloc.start()
        assert sum(1 for _ in Sorted(rows(many), 2_000)) == many
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return most

    peak(4_000)  # what is imported and kept for good
    assert peak(40_000) < 3 * peak(4_000)
