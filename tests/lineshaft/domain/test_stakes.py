from decimal import Decimal

import pytest

from lineshaft.domain.customer_orders import CustomerOrder, Penalty, document_of, order_of, read_orders
from lineshaft.domain.stakes import Carrying, stake, summed

MINUTE = 60_000
DUE = 10_000 * MINUTE
TERMS = Penalty(grace_min=0, fixed=Decimal(100), per_hour=Decimal(50), cap=Decimal(300))
ORDER = CustomerOrder("SO-1", "Harbour", "CNY", Decimal(9000), DUE, TERMS)


def coming(late_min: float, wide_min: float = 30, vehicle: str = "truck-1") -> Carrying:
    """P50 so late, with P10 and P90 `wide_min` to either side."""
    p50 = DUE + int(late_min * MINUTE)
    wide = int(wide_min * MINUTE)
    return Carrying(f"SH-{vehicle}", vehicle, None, p50 - wide, p50, p50 + wide)


def test_the_mean_is_each_step_times_the_chance_to_pass_it() -> None:
    # P50 on the promise, P90 an hour later: P(late > 0) = 0.5, P(> 60 min) = 0.1,
    # P(> 120) = P(z > 2·1.28155) = 0.005189, P(> 180) = 0.00006. Steps 150, 50, 50, 50.
    found = stake(ORDER, [coming(0, 60)], DUE - 100 * MINUTE)
    assert found.late_p == 0.5
    assert found.expected is not None
    assert found.expected.amount == Decimal("80.26")  # 75 + 5 + 0.2594 + 0.0030
    assert found.bad is not None
    assert found.bad.amount == 150
    assert found.most is not None
    assert found.most.amount == 300


def test_what_has_arrived_owes_exactly_its_penalty() -> None:
    found = stake(ORDER, [Carrying("a", None, DUE + 61 * MINUTE, None, None, None)], DUE + 90 * MINUTE)
    assert (found.late_p, str(found.expected)) == (1.0, "200.00 CNY")


def test_two_trucks_are_worse_than_one() -> None:
    one = stake(ORDER, [coming(0)], 0)
    same = stake(ORDER, [coming(0), coming(-30)], 0)
    two = stake(ORDER, [coming(0), coming(0, vehicle="truck-2")], 0)
    assert one.late_p == same.late_p == 0.5
    assert two.late_p == 0.75


def test_nothing_is_said_of_what_nobody_knows_until_it_is_overdue() -> None:
    nobody = Carrying("a", None, None, None, None, None)
    before = stake(ORDER, [nobody], DUE - 1)
    assert (before.late_p, before.expected, before.unknown) == (None, None, ("a",))
    after = stake(ORDER, [nobody], DUE + 30 * MINUTE)
    assert (after.late_p, str(after.expected)) == (1.0, "150.00 CNY")


def test_sums_stay_in_their_currency() -> None:
    other = CustomerOrder("SO-2", "Bay", "EUR", Decimal(5), DUE, Penalty(per_day=Decimal(10)))
    pairs = [(one, stake(one, [coming(0)], 0)) for one in (ORDER, other, ORDER)]
    found = summed(pairs)
    assert [(one.currency, one.orders, one.uncapped) for one in found] == [("CNY", 2, 0), ("EUR", 1, 1)]
    assert found[1].expected == Decimal("5.00")


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"value": "-1"}, "below nought"),
        ({"lines": [{"line": "1", "item": "a", "quantity": "1"}] * 2}, "twice"),
        ({"penalty": {"per_hour": "much"}}, "order:"),
    ],
)
def test_what_cannot_be_an_order_says_why(more: dict[str, object], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        order_of({"id": "SO-1", "customer": "Harbour", "currency": "CNY", **more})


def test_an_order_is_read_as_it_was_written() -> None:
    assert order_of(document_of(ORDER)) == ORDER


def test_a_sheet_has_a_row_a_line() -> None:
    sheet = read_orders(
        "id;customer;currency;value;promised;per_hour;cap;line;item;quantity;machine\n"
        "SO-1;Harbour;CNY;9000;2026-01-05 08:30;50;300;1;lid;5;press-1\n"
        "SO-1;Harbour;CNY;9000;2026-01-05 08:30;50;300;2;box;7;\n"
        "SO-2;Bay;EUR;much;;;;;;;\n",
        "Asia/Shanghai",
    )
    [order] = sheet.orders
    assert [(one.item, one.machine) for one in order.lines] == [("lid", "press-1"), ("box", None)]
    assert (order.promised_ms, order.penalty.cap) == (1_767_573_000_000, Decimal(300))
    assert [one[:2] for one in sheet.mistakes] == [(4, "value")]
