from lineshaft.domain.items import Item, Move, Sighting, follow


def seen(zone: str, at_us: int, *, present: bool = True) -> Sighting:
    return Sighting("30AA", zone, present, at_us, at_us)


def walk(*sightings: Sighting) -> tuple[Item, list[Move]]:
    item: Item | None = None
    moves = []
    for sighting in sightings:
        item, move = follow(item, sighting)
        if move:
            moves.append(move)
    assert item
    return item, moves


def test_an_item_out_of_sight_stays_where_it_was_last_seen() -> None:
    item, moves = walk(seen("dock", 1), seen("dock", 5, present=False))
    assert (item.zone, item.present, item.since_us, item.last_seen_us) == ("dock", False, 1, 5)
    assert moves == [Move("30AA", 1, None, "dock")]


def test_coming_back_to_the_same_zone_is_no_move() -> None:
    _, moves = walk(seen("dock", 1), seen("dock", 5, present=False), seen("dock", 9))
    assert len(moves) == 1


def test_a_move_names_the_zone_before_even_after_a_time_out_of_sight() -> None:
    item, moves = walk(seen("dock", 1), seen("dock", 5, present=False), seen("store", 9))
    assert item.zone == "store"
    assert moves[-1] == Move("30AA", 9, "dock", "store")


def test_while_its_zone_sees_it_an_item_stays_whoever_else_sees_it() -> None:
    item, moves = walk(seen("dock", 1), seen("store", 2), seen("store", 3, present=False))
    assert (item.zone, item.present, len(moves)) == ("dock", True, 1)


def test_where_fields_overlap_it_moves_when_the_old_zone_has_lost_it() -> None:
    item, moves = walk(seen("dock", 1), seen("store", 2), seen("dock", 3, present=False))
    assert (item.zone, item.present, item.since_us) == ("store", True, 3)
    assert [(move.at_us, move.from_zone, move.to_zone) for move in moves] == [
        (1, None, "dock"),
        (3, "dock", "store"),
    ]


def test_seen_again_by_two_zones_it_is_where_it_was_before() -> None:
    item, moves = walk(
        seen("dock", 1),
        seen("dock", 2, present=False),
        seen("dock", 4),
        seen("store", 5),
        seen("store", 9, present=False),
    )
    assert (item.zone, item.present, len(moves)) == ("dock", True, 1)
