from stream.steps.presence import STRAY_US, Place, Presence, silence_us

HERE = Place(0, "dock-1", "3074257BF7194E4000001A85")
S = 1_000_000


def seen(presence: Presence, *seconds: float) -> list[bool]:
    return [presence.read(HERE, round(s * S), 1, round(s * S)) for s in seconds]


def test_a_stray_read_or_two_do_not_let_a_tag_in() -> None:
    presence = Presence()
    assert seen(presence, 0, 0.1) == [False, False]
    assert presence.tick(STRAY_US + 2 * S) == []
    assert presence.sights == {}


def test_a_tag_enters_with_its_third_read_within_the_window_since_its_first() -> None:
    presence = Presence()
    assert seen(presence, 1, 2, 3, 4) == [False, False, True, False]
    assert presence.sights[HERE].first_us == 1 * S


def test_reads_far_apart_never_let_it_in() -> None:
    assert not any(seen(Presence(), *range(0, 200, 20)))


def test_it_stays_through_missed_reads_and_leaves_after_a_silence() -> None:
    presence = Presence()
    seen(presence, 0, 0.5, 1.0, 1.5, 5.5)
    assert presence.tick(10 * S) == []
    ((place, sight),) = presence.tick(11 * S)
    assert place == HERE
    assert sight.last_us == 5_500_000


def test_a_tag_that_is_read_rarely_may_be_silent_for_longer() -> None:
    presence = Presence()
    seen(presence, 0, 3, 6, 9, 12, 15)
    assert presence.tick(38 * S) == []
    assert len(presence.tick(40 * S)) == 1
    assert silence_us([3 * S]) == 24 * S


def test_one_read_that_counts_many_sightings_is_enough() -> None:
    assert Presence().read(HERE, 0, 5, 0)
