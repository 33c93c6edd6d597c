"""A carrier's invoice against its tariff and against what really happened.

Each line says what it charges for and, where it scales, the amount it was scaled by. What is asked beyond the
tariff's price of the real carriage, as far as anybody may measure it, is an overcharge; the reason is the
figure that makes it: waiting that was not waited, way that was not driven, another weight break or fuel
share, twice.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import NamedTuple

import msgspec

from lineshaft.domain.money import Money, quantity
from lineshaft.domain.tariffs import Carriage, Tariff, chargeable_kg, lane_of, price

TOLERANCE = Decimal("0.01")
"""Of the currency's unit a line: carriers round as they like."""
MEASURE = Decimal("0.02")
"""Share by which telemetry may differ: the way a carrier's odometer tells, a minute at the gate."""
WAIT_MIN = 5.0
"""Minutes by which arrival and departure may be disputed at each stop."""


class InvoiceLine(msgspec.Struct, frozen=True):
    """One line as the carrier wrote it."""

    line: str
    shipment: str
    charge: str
    """`base`, `fuel`, `detention`, or an accessorial."""
    amount: Decimal
    quantity: Decimal | None = None
    """kg of a base by weight, km of one by distance; None: not said."""


@dataclass(slots=True, frozen=True)
class Invoice:
    """What a carrier asks for."""

    carrier: str
    number: str
    currency: str
    lines: tuple[InvoiceLine, ...]


class Overcharge(NamedTuple):
    """What is wrong with a line; positive `over`: too much is asked."""

    line: str
    shipment: str
    charge: str
    reason: str
    """double, no_shipment, no_tariff, currency, detention, distance, weight, weight_break, fuel, accessorial,
    rate."""
    asked: Money
    owed: Money
    over: Money


def lines_of(documents: object) -> tuple[InvoiceLine, ...]:
    """The lines of an invoice's document.

    Raises:
        ValueError: one has another shape, or a number comes twice.
    """
    try:
        lines = msgspec.convert(documents, tuple[InvoiceLine, ...])
    except msgspec.ValidationError as error:
        raise ValueError(f"lines: {error}") from error
    if len({one.line for one in lines}) != len(lines):
        raise ValueError("lines: a number comes twice")
    return lines


def check(
    invoice: Invoice,
    tariff: Tariff | None,
    carriages: Mapping[str, Carriage],
    billed: Iterable[tuple[str, str]] = (),
) -> list[Overcharge]:
    """What is asked beyond what is owed.

    Args:
        invoice: of one carrier.
        tariff: that held when it carried; None: there is none.
        carriages: shipment → as it really was, those of this carrier.
        billed: (shipment, charge) of earlier invoices.
    """
    seen = set(billed)
    findings = []
    for line in invoice.lines:
        asked, nothing = Money(line.amount, invoice.currency), Money(Decimal(0), invoice.currency)
        carriage = carriages.get(line.shipment)
        reason = _unfounded(line, (invoice.currency, tariff), carriage, seen)
        seen.add((line.shipment, line.charge))
        if reason or tariff is None or carriage is None:
            if asked.amount > TOLERANCE:
                findings.append(
                    Overcharge(line.line, line.shipment, line.charge, reason, asked, nothing, asked)
                )
            continue
        owed = _charges(tariff, carriage).get(line.charge, nothing)
        most = _charges(tariff, _at_most(carriage)).get(line.charge, nothing)
        if asked.amount > most.amount + TOLERANCE:
            why = _reason(line, tariff, carriage)
            findings.append(Overcharge(line.line, line.shipment, line.charge, why, asked, owed, asked - owed))
    return findings


def _unfounded(
    line: InvoiceLine, terms: tuple[str, Tariff | None], carriage: Carriage | None, seen: set[tuple[str, str]]
) -> str:
    """Why nothing at all is owed; empty where something may be."""
    currency, tariff = terms
    if (line.shipment, line.charge) in seen:
        return "double"
    if carriage is None:
        return "no_shipment"
    if tariff is None or not lane_of(tariff, carriage):
        return "no_tariff"
    return "" if tariff.currency == currency else "currency"


def _charges(tariff: Tariff, carriage: Carriage) -> dict[str, Money]:
    return {one.kind: one.amount for one in price(tariff, carriage)}


def _at_most(carriage: Carriage) -> Carriage:
    """The carriage as a carrier may have measured it."""
    further_km = carriage.distance_km * (1 + float(MEASURE))
    longer_min = tuple(waited + WAIT_MIN for waited in carriage.waited_min)
    return replace(carriage, distance_km=further_km, waited_min=longer_min)


def _reason(line: InvoiceLine, tariff: Tariff, carriage: Carriage) -> str:
    if line.charge in {"fuel", "detention"}:
        return line.charge
    lane = lane_of(tariff, carriage)
    if line.charge != "base" or lane is None:
        return "accessorial"
    if not lane.breaks:
        is_further = line.quantity is not None and line.quantity > quantity(_at_most(carriage).distance_km)
        return "distance" if is_further else "rate"
    kg = chargeable_kg(tariff, carriage)
    asked_at = {Money(one.per_100_kg * kg / 100, tariff.currency).due.amount for one in lane.breaks}
    if line.quantity is not None and line.quantity > kg:
        return "weight"
    return "weight_break" if line.amount in asked_at else "rate"
