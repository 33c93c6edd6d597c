from lineshaft.store.journal import REPLAYED_LANE, Row
from stream.replay import _stands_before


def row(lane: int, **properties: object) -> Row:
    return Row(900, 3, 1, "s", "a", None, lane, None, "lineshaft/v1/s/a/d/m", properties or None, b"{}")


def test_a_replayed_letter_whose_message_is_derived_again_is_left_out() -> None:
    assert _stands_before(row(REPLAYED_LANE, of=500, letter=1), began=400)


def test_one_whose_message_lies_before_the_derived_range_or_never_was_in_the_journal_is_taken() -> None:
    assert not _stands_before(row(REPLAYED_LANE, of=300, letter=1), began=400)
    assert not _stands_before(row(REPLAYED_LANE, letter=1), began=0)


def test_a_device_cannot_say_so_itself() -> None:
    assert not _stands_before(row(1, of=500, letter=1), began=400)
