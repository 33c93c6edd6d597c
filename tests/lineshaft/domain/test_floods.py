"""Where a flood begins and ends: above ten annunciations in ten minutes, below five."""

from lineshaft.domain.floods import MINUTE_US, PERIOD_US, Storm, floods

SECOND = 1_000_000


def test_ten_in_ten_minutes_are_no_flood_and_eleven_are() -> None:
    assert floods([n * MINUTE_US for n in range(10)], 20 * MINUTE_US) == []
    [flood] = floods([n * SECOND for n in range(11)], MINUTE_US)
    assert (flood.since_us, flood.until_us, flood.annunciations, flood.peak) == (0, None, 11, 11)


def test_it_ends_as_the_fifth_last_annunciation_turns_ten_minutes_old() -> None:
    times = [n * SECOND for n in range(12)]
    [flood] = floods(times, 60 * MINUTE_US)
    assert flood.until_us == times[-5] + PERIOD_US


def test_a_flood_goes_on_while_five_come_in_ten_minutes() -> None:
    times = [n * SECOND for n in range(12)] + [n * 110 * SECOND for n in range(1, 40)]
    [flood] = floods(sorted(times), 3600 * SECOND)
    assert flood.until_us is None
    assert flood.annunciations == 51


def test_the_storm_of_the_flow_and_that_of_the_figures_agree() -> None:
    times = [n * 20 * SECOND for n in range(40)]
    storm, found = Storm(), []
    for now in range(0, 2000 * SECOND, SECOND):
        over = storm.pass_time(now)
        found += [over] if over else []
        if now in times:
            storm.annunciate(now)
    assert found == floods(times, 2000 * SECOND)
