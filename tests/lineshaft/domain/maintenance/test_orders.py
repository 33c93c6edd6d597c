"""The table of what can be done to an order, and the laws of stock and files."""

from itertools import product
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lineshaft.domain.maintenance.files import tidy_name, type_of
from lineshaft.domain.maintenance.orders import (
    MOVES,
    UNFINISHED,
    Act,
    OrderState,
    id_of_alarm,
    id_of_occurrence,
    move,
)
from lineshaft.domain.maintenance.stock import Booking, NotThereError, book


@pytest.mark.parametrize(("state", "act"), list(product(OrderState, Act)))
def test_every_state_meets_every_act_as_the_table_says(state: OrderState, act: Act) -> None:
    to = move(state, act)
    assert to == MOVES.get((state, act))
    if to is not None:
        assert to.to is not state
        assert "admin" in to.roles
        assert "viewer" not in to.roles


def test_what_is_finished_is_only_reopened_and_only_by_a_leader() -> None:
    for state in (OrderState.DONE, OrderState.CANCELLED):
        [(act, to)] = [(act, to) for (from_, act), to in MOVES.items() if from_ is state]
        assert act is Act.REOPEN
        assert to.to in UNFINISHED
        assert "maintainer" not in to.roles


def test_every_unfinished_order_can_be_closed_and_cancelled() -> None:
    for state, act in product(UNFINISHED, (Act.CLOSE, Act.CANCEL)):
        assert move(state, act) is not None


def test_an_id_is_the_same_for_the_same_origin_and_no_other() -> None:
    one, two = uuid4(), uuid4()
    ids = [id_of_alarm(one, 0), id_of_alarm(one, 1), id_of_alarm(two, 0), id_of_occurrence(one, 0)]
    assert len(set(ids)) == len(ids)
    assert id_of_alarm(one, 0) == ids[0]


BOOKINGS = st.lists(
    st.tuples(
        st.sampled_from(["receive", "count", "use", "return", "reserve", "release"]), st.integers(0, 20)
    ),
    max_size=60,
)


@given(BOOKINGS)
def test_stock_and_reservations_never_go_below_nothing(bookings: list[tuple[str, int]]) -> None:
    on_hand = held = taken = 0.0
    for what, amount in bookings:
        try:
            booked = book(Booking(what, amount), on_hand=on_hand, held=held, taken=taken)
        except NotThereError:
            continue
        on_hand, held = on_hand + booked.hand, held + booked.held
        taken -= booked.hand if what in {"use", "return"} else 0
        assert min(on_hand, held, taken) >= 0


@pytest.mark.parametrize(
    ("body", "found"),
    [(b"\x89PNG\r\n\x1a\n..", "image/png"), (b"GIF89a", "image/gif"), (b"RIFF1234WEBPVP8 ", "image/webp"),
     (b"%PDF-1.7", "application/pdf"), (b"<html>", None), (b"<?xml version='1.0'?><svg/>", None),
     (b"MZ\x90", None), (b"", None), (b"RIFF1234WAVE", None)],
)  # fmt: skip
def test_a_file_is_what_it_begins_with(body: bytes, found: str | None) -> None:
    assert type_of(body) == found


@given(st.text(max_size=300))
def test_a_files_name_is_safe_whatever_it_was(name: str) -> None:
    tidy = tidy_name(name, "image/jpeg")
    assert tidy.endswith(".jpg")
    assert len(tidy) <= 84
    assert not set(tidy) & set('/\\:*?"<>|\r\n\0;')
