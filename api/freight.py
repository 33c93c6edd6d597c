"""Prices and checks invoices: joins stored facts to the pure rules of tariffs and invoices."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from itertools import groupby

from api.schemas_freight import ChargeOut, CostOut, EvidenceOut, FactorOut, FindingOut, InvoiceOut
from lineshaft.domain.hauls import Haul, haul
from lineshaft.domain.invoices import Invoice, Overcharge, check, lines_of
from lineshaft.domain.journeys import Shipment
from lineshaft.domain.plant import Plant, from_document
from lineshaft.domain.stops import Stop
from lineshaft.domain.tariffs import NoLaneError, Tariff, price, tariff_of, total
from lineshaft.store import freight, plants
from lineshaft.store.database import AsyncConnection
from lineshaft.store.freight import InvoiceRow, TariffRow

MEASURED = {"distance": "way_measured", "detention": "waits_measured"}
"""Reasons that accuse by what the vehicle told."""


@dataclass(slots=True, frozen=True)
class Carried:
    """A shipment that arrived, with its haul."""

    shipment: Shipment
    haul: Haul

    @property
    def day(self) -> str:
        """The day it arrived, UTC: the tariff of that day holds."""
        return datetime.fromtimestamp((self.shipment.arrived_us or 0) / 1e6, UTC).date().isoformat()


async def carried(conn: AsyncConnection, shipments: Sequence[Shipment]) -> list[Carried]:
    """Shipments with what their vehicles drove."""
    version = await plants.current(conn)
    plant = from_document(version.document) if version else Plant()
    driven = await freight.driven(conn, [one.shipment_id for one in shipments])
    found = []
    for one in shipments:
        facts = driven.get(one.shipment_id)
        way_m, kind = (facts.way_m, facts.kind) if facts else (None, None)
        found.append(Carried(one, haul(one, way_m, kind, _ends(plant, one.route))))
    return found


def _ends(plant: Plant, route: str | None) -> tuple[Stop, ...]:
    if route is None or route not in plant.route_of:
        return ()
    stops = plant.route_of[route].stops
    return tuple(Stop(f"{n}", stop.lat, stop.lon, name=stop.name.en) for n, stop in enumerate(stops))


def held(tariffs: Sequence[TariffRow], carrier: str | None, day: str) -> Tariff | None:
    """The terms that held on a day; None: there were none."""
    fits = [
        one
        for one in tariffs
        if one.carrier == carrier and one.from_day <= day and (one.to_day is None or day < one.to_day)
    ]
    newest = max(fits, key=lambda one: one.from_day, default=None)
    return tariff_of(newest.terms) if newest else None


async def costs(conn: AsyncConnection, from_us: int, to_us: int) -> list[CostOut]:
    """What the shipments that arrived in a span cost, and which of it nobody has asked for yet."""
    shipments = await freight.arrived(conn, from_us, to_us)
    tariffs = await freight.tariffs(conn)
    asked: dict[tuple[str, str], str] = {}
    for carrier in {one.carrier for one in shipments if one.carrier}:
        asked |= {
            (carrier, shipment): number
            for (shipment, charge), number in (await freight.billed(conn, carrier)).items()
            if charge == "base"
        }
    return [
        _cost(one, held(tariffs, one.shipment.carrier, one.day), asked)
        for one in await carried(conn, shipments)
    ]


def _cost(one: Carried, tariff: Tariff | None, asked: dict[tuple[str, str], str]) -> CostOut:
    shipment, problem, charges = one.shipment, None, []
    if shipment.carrier is None:
        problem = "no_carrier"
    elif tariff is None:
        problem = "no_tariff"
    else:
        try:
            charges = price(tariff, one.haul.carriage)
        except NoLaneError:
            problem = "no_lane"
    factor = one.haul.factor
    return CostOut(
        shipment=shipment.shipment_id,
        carrier=shipment.carrier,
        arrived=(shipment.arrived_us or 0) // 1000,
        currency=tariff.currency if tariff else None,
        charges=[ChargeOut(charge.kind, str(charge.amount.amount)) for charge in charges],
        total=str(total(charges, tariff.currency).due.amount) if tariff and not problem else None,
        problem=problem,
        invoice=asked.get((shipment.carrier or "", shipment.shipment_id)),
        evidence=evidence(one.haul),
        co2e_kg=one.haul.co2e_kg,
        factor=FactorOut(one.haul.kind, one.haul.kind_assumed, factor.g_per_tkm, factor.source),
    )


def evidence(known: Haul) -> EvidenceOut:
    """What a haul was, and how well that is known."""
    real = known.carriage
    return EvidenceOut(
        real.weight_kg,
        real.distance_km,
        known.way_measured,
        [round(one, 1) for one in real.waited_min],
        known.waits_measured,
    )


async def checked(conn: AsyncConnection, row: InvoiceRow) -> InvoiceOut:
    """An invoice against the tariffs of the days it carried on, and what the vehicles told."""
    lines = lines_of(row.lines)
    shipments = await freight.by_ids(conn, {line.shipment for line in lines})
    mine = [one for one in shipments if one.carrier == row.carrier and one.arrived_us is not None]
    hauls = {one.shipment.shipment_id: one for one in await carried(conn, mine)}
    tariffs = await freight.tariffs(conn)
    before = set(await freight.billed(conn, row.carrier, (row.issued, row.number)))
    issued = datetime.fromtimestamp(row.issued / 1e3, UTC).date().isoformat()
    days = {key: one.day for key, one in hauls.items()}
    found: list[Overcharge] = []
    ordered = sorted(lines, key=lambda line: days.get(line.shipment, issued))
    for day, those in groupby(ordered, key=lambda line: days.get(line.shipment, issued)):
        part = Invoice(row.carrier, row.number, row.currency, tuple(those))
        carriages = {key: one.haul.carriage for key, one in hauls.items() if one.day == day}
        found += check(part, held(tariffs, row.carrier, day), carriages, before)
        before |= {(line.shipment, line.charge) for line in part.lines}
    findings = [_finding(one, hauls.get(one.shipment)) for one in found]
    over = sum((Decimal(one.over) for one in findings if one.proven), Decimal(0))
    return InvoiceOut(row, str(sum((line.amount for line in lines), Decimal(0))), str(over), findings)


def _finding(one: Overcharge, known: Carried | None) -> FindingOut:
    # A base by the kilometre rests on the way even where the carrier did not say how many it asks for.
    by_way = one.reason == "rate" and known is not None and known.haul.carriage.weight_kg == 0
    rests_on = MEASURED.get("distance" if by_way else one.reason)
    proven = rests_on is None or (known is not None and bool(getattr(known.haul, rests_on)))
    return FindingOut(
        one.line,
        one.shipment,
        one.charge,
        one.reason,
        str(one.asked.amount),
        str(one.owed.amount),
        str(one.over.amount),
        proven,
        evidence(known.haul) if known else None,
    )
