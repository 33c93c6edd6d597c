"""The figures of ISA-18.2 and EEMUA 191 from annunciations."""

from lineshaft.domain.grading import DAY_US, Annunciation, bad_actors, grade

SECOND = 1_000_000
MINUTE = 60 * SECOND


def called(at_us: int, source: str = "press-1", priority: int = 3, *, lasts_s: int = 60) -> Annunciation:
    return Annunciation(
        at_us, source, "threshold:temp", priority, at_us + lasts_s * SECOND, at_us + 90 * SECOND
    )


def test_a_quiet_day_is_good() -> None:
    found = grade([called(n * 3600 * SECOND) for n in range(24)], [(0, DAY_US)], standing=2, stale=0)
    figures = {one.key: one for one in found.figures}
    assert figures["per_day"].value == 24
    assert figures["ack_s"].value == 90
    assert {figures[key].verdict for key in ("per_day", "in_flood", "peak", "busy_hours", "stale")} == {
        "good"
    }


def test_a_burst_is_a_flood_and_a_busy_period() -> None:
    found = grade([called(n * SECOND) for n in range(40)], [(0, DAY_US)], standing=0, stale=6)
    figures = {one.key: one for one in found.figures}
    assert (figures["peak"].value, found.floods[0].peak, found.periods[0]) == (40, 40, 40)
    assert (figures["busy_periods"].value, figures["stale"].verdict) == (1 / 144, "fair")
    assert 0 < (figures["in_flood"].value or 0) < 0.01


def test_who_chatters_and_what_is_gone_at_once_is_told() -> None:
    [first, second] = bad_actors(
        [called(n * 10 * SECOND, lasts_s=2) for n in range(6)] + [called(MINUTE, "pump-2")]
    )
    assert (first.source, first.count, first.chattering, first.fleeting) == ("press-1", 6, 1, 6)
    assert (second.chattering, second.fleeting) == (0, 0)


def test_the_mix_stands_against_5_15_80() -> None:
    found = grade(
        [called(n * MINUTE, priority=4 if n else 1) for n in range(10)], [(0, DAY_US)], standing=0, stale=0
    )
    assert [(one.share, one.target) for one in found.mix] == [(0.1, 0.05), (0.0, 0.15), (0.9, 0.8)]


def test_nothing_at_all_is_no_zero_wait() -> None:
    figures = {one.key: one for one in grade([], [(0, DAY_US)], standing=0, stale=0).figures}
    assert (figures["ack_s"].value, figures["ack_s"].verdict, figures["per_day"].value) == (
        None,
        "unknown",
        0,
    )


def test_only_the_turns_of_a_shift_count_where_they_are_asked_for() -> None:
    hour = 3600 * SECOND
    turns = [(0, 8 * hour), (DAY_US, DAY_US + 8 * hour)]
    outside = [called(9 * hour + n * SECOND) for n in range(30)]
    inside = [called(DAY_US + 7 * hour + n * SECOND) for n in range(16)]
    found = grade([called(hour), *outside, *inside], turns, standing=0, stale=0)
    figures = {one.key: one.value for one in found.figures}
    assert (found.count, figures["per_hour"], figures["peak"]) == (17, 17 / 16, 16)
    assert (len(found.periods), sum(found.periods), found.periods[48 + 42]) == (96, 17, 16)
    assert [one.annunciations for one in found.floods] == [16]
    assert 0 < (figures["in_flood"] or 0) < 0.02


def test_of_no_time_at_all_nothing_is_said() -> None:
    figures = {one.key: one.value for one in grade([called(5)], [], standing=1, stale=0).figures}
    assert (figures["per_day"], figures["peak"], figures["standing"]) == (None, None, 1)
