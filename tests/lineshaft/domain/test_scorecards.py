from dataclasses import replace

from lineshaft.domain.scorecards import Load, scorecards

GOOD = Load("SH-1", "a", 0, 900_000, 10, 10, 0, complaint=False, tracked=True, dwell_min=30)


def test_a_load_that_is_late_short_or_damaged_is_not_otif_and_an_unsigned_one_is_unknown() -> None:
    assert GOOD.otif is True
    assert replace(GOOD, late_ms=900_001).otif is False
    assert replace(GOOD, received=9).otif is False
    assert replace(GOOD, damaged=1).otif is False
    unsigned = replace(GOOD, received=None)
    assert unsigned.otif is None
    assert replace(unsigned, late_ms=10**7).otif is False


def test_two_good_loads_do_not_outrank_a_hundred() -> None:
    many = [replace(GOOD, carrier="large", late_ms=0 if n else 10**7) for n in range(100)]
    few = [replace(GOOD, carrier="small") for _ in range(2)]
    bad = [replace(GOOD, carrier="bad", late_ms=10**7) for _ in range(30)]
    cards = scorecards([*many, *few, *bad, replace(GOOD, carrier="")])
    assert [card.carrier for card in cards] == ["large", "small", "bad"]
    small = cards[1].otif
    assert (small.n, small.of, small.share, small.high) == (2, 2, 1.0, 1.0)
    assert small.low is not None
    assert small.low < 0.4
    assert cards[2].late_min == 166.7
