"""What being late may cost: an order's penalty under the arrival times of the shipments that carry it.

A penalty is a stair: each step is an amount that becomes due when the order is later than so much. Its mean
is the sum of each step's amount times the probability to be later than that (the layer-cake formula for a
monotone function of a random variable), so nothing is sampled and the cap is exact.

An order is there when its last shipment is. Shipments of one vehicle arrive together: the later one counts;
those of different vehicles count as independent.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import count, takewhile
from typing import NamedTuple

from lineshaft.domain.customer_orders import CustomerOrder, Penalty
from lineshaft.domain.money import Money
from lineshaft.domain.promises import late_probability

HOUR_MIN, DAY_MIN = 60, 1440
MINUTE_MS = 60_000
HORIZON_MIN = 60 * DAY_MIN
"""Where a penalty has no cap it is counted up to so late."""
BAD_CASE = 0.1
"""Of ten such orders, one costs more than `bad`."""


class Carrying(NamedTuple):
    """A shipment that carries an order; instants in epoch ms, None while they are not known."""

    shipment: str
    vehicle: str | None
    arrived: int | None
    p10: int | None
    p50: int | None
    p90: int | None


@dataclass(slots=True, frozen=True)
class Stake:
    """What one order puts at risk."""

    late_p: float | None
    """Probability that a penalty becomes due; where there are no terms, to be later than promised. None: no
    shipment of it has an arrival time, and it is not overdue."""
    expected: Money | None
    """Mean of the penalty; None likewise."""
    bad: Money | None
    """The penalty that is exceeded in one of ten cases."""
    most: Money | None
    """All that the terms allow; None: they have no cap."""
    unknown: tuple[str, ...]
    """Shipments without an arrival time: what they may add is in none of the figures but `most`."""


class StakeSum(NamedTuple):
    """Orders of one currency together."""

    currency: str
    orders: int
    value: Decimal
    expected: Decimal
    most: Decimal
    """Of those with a cap."""
    unknown: int
    """Orders nobody can say anything of."""
    uncapped: int


def stair(terms: Penalty) -> Iterator[tuple[int, Decimal]]:
    """(later than so many minutes, amount that is added), rising, up to the cap.

    >>> terms = Penalty(grace_min=30, fixed=Decimal(100), per_hour=Decimal(50), cap=Decimal(180))
    >>> [(late_min, int(amount)) for late_min, amount in stair(terms)]
    [(30, 150), (60, 30)]
    """
    steps: dict[int, Decimal] = {terms.grace_min: terms.fixed}
    for every_min, amount in ((HOUR_MIN, terms.per_hour), (DAY_MIN, terms.per_day)):
        if amount:
            for late_min in takewhile(lambda late_min: late_min < HORIZON_MIN, count(0, every_min)):
                at = max(late_min, terms.grace_min)
                steps[at] = steps.get(at, Decimal(0)) + amount
    left = terms.cap
    for late_min, amount in sorted(steps.items()):
        added = amount if left is None else min(amount, left)
        if added:
            yield late_min, added
        left = None if left is None else left - added


def penalty_of(terms: Penalty, late_min: float) -> Decimal:
    """What is owed for being so late.

    >>> terms = Penalty(grace_min=30, per_hour=Decimal(50), cap=Decimal(120))
    >>> [int(penalty_of(terms, late)) for late in (30, 31, 60, 61, 500)]
    [0, 50, 50, 100, 120]
    """
    return sum((amount for at, amount in stair(terms) if late_min > at), Decimal(0))


def stake(order: CustomerOrder, carried: Sequence[Carrying], now_ms: int) -> Stake:
    """What an order puts at risk.

    Args:
        order: with its promise and terms.
        carried: the shipments that carry it.
        now_ms: now; what is not there yet is at least so late.
    """
    steps = list(stair(order.penalty))
    most = None
    if order.penalty.cap is not None or not steps:
        most = Money(sum((amount for _, amount in steps), Decimal(0)), order.currency).due
    unknown = tuple(one.shipment for one in carried if one.arrived is None and one.p50 is None)
    known = [one for one in carried if one.shipment not in unknown]
    promised = order.promised_ms
    is_over = promised is not None and now_ms > promised and (not known or bool(unknown))
    if promised is None or (not known and not is_over):
        return Stake(None, None, None, most, unknown)

    def later_than(late_min: int) -> float:
        due = promised + late_min * MINUTE_MS
        return 1.0 if is_over and now_ms > due else later(known, due, now_ms)

    chances = [(later_than(late_min), amount) for late_min, amount in steps]
    mean = sum((Decimal(str(chance)) * amount for chance, amount in chances), Decimal(0))
    bad = sum((amount for chance, amount in chances if chance > BAD_CASE), Decimal(0))
    first = steps[0][0] if steps else order.penalty.grace_min
    in_order = order.currency
    return Stake(later_than(first), Money(mean, in_order).due, Money(bad, in_order).due, most, unknown)


def later(carried: Iterable[Carrying], due_ms: int, now_ms: int) -> float:
    """The probability that the last of some shipments comes after an instant.

    >>> one = Carrying("a", "truck-1", None, 10, 50, 90)
    >>> later([one, one], 90, 0), round(later([one, one._replace(vehicle="truck-2")], 90, 0), 6)
    (0.1, 0.19)
    """
    by_vehicle: dict[str, float] = {}
    for one in carried:
        chance = _later(one, due_ms, now_ms)
        key = one.vehicle or f"shipment {one.shipment}"
        by_vehicle[key] = max(by_vehicle.get(key, 0.0), chance)
    in_time = 1.0
    for chance in by_vehicle.values():
        in_time *= 1.0 - chance
    return round(1.0 - in_time, 6) if len(by_vehicle) > 1 else next(iter(by_vehicle.values()), 0.0)


def _later(one: Carrying, due_ms: int, now_ms: int) -> float:
    if one.arrived is not None:
        return float(one.arrived > due_ms)
    if one.p10 is None or one.p50 is None or one.p90 is None:
        return 0.0
    return 1.0 if now_ms > due_ms else late_probability(due_ms, one.p10, one.p50, one.p90)


def summed(stakes: Iterable[tuple[CustomerOrder, Stake]]) -> list[StakeSum]:
    """Stakes by currency: nobody said at which rate to add two."""
    by_currency: dict[str, list[tuple[CustomerOrder, Stake]]] = {}
    for order, one in stakes:
        by_currency.setdefault(order.currency, []).append((order, one))
    return [
        StakeSum(
            currency=currency,
            orders=len(those),
            value=sum((order.value for order, _ in those), Decimal(0)),
            expected=sum((one.expected.amount for _, one in those if one.expected), Decimal(0)),
            most=sum((one.most.amount for _, one in those if one.most), Decimal(0)),
            unknown=sum(one.expected is None for _, one in those),
            uncapped=sum(one.most is None for _, one in those),
        )
        for currency, those in sorted(by_currency.items())
    ]
