"""Does the invoice check find what carriers ask too much, and nothing else? `python -m benchmarks.invoices`.

A seeded generator makes tariffs, carriages and invoices of honest carriers, whose clocks and odometers differ
a little from ours, and plants overcharges of every kind in some lines, writing down which.
"""

import argparse
import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from typing import Any

import numpy as np

from lineshaft.domain.invoices import Invoice, InvoiceLine, check
from lineshaft.domain.tariffs import Break, Carriage, Lane, Tariff, chargeable_kg, lane_of, price

PLACES = ("hangzhou", "shanghai", "ningbo", "suzhou", "nanjing", "wuhan")
KINDS = ("detention", "distance", "double", "fuel", "weight_break", "accessorial", "no_shipment", "weight")
CENT = Decimal("0.01")
SHARE = 0.12
"""Of carriages something is planted in."""
Planted = set[tuple[str, str, str]]
"""(invoice, line, kind)."""


def main() -> None:
    """Print what was planted, found and missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=6)
    parser.add_argument("--invoices", type=int, default=400)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    result = measure(options.seed, options.invoices)
    if options.json:
        print(json.dumps(result))
        return
    print(f"{result['lines']} lines on {options.invoices} invoices, {result['planted']} overcharges planted")
    print(
        f"found {result['found']}, missed {result['missed']}, false {result['false']},"
        f" for another reason {result['other']}"
    )
    for kind, counts in result["kinds"].items():
        print(f"  {kind:14} planted {counts[0]:4}  found {counts[1]:4}")
    print(f"amount asked too much {result['over']}, found {result['over_found']}")


def measure(seed: int, invoices: int) -> dict[str, Any]:
    """Make invoices, check them, and compare with what was planted."""
    rng = np.random.default_rng(seed)
    planted_kinds: Counter[str] = Counter()
    found_kinds: Counter[str] = Counter()
    lines = missed = false = other = 0
    over = over_found = Decimal(0)
    for n in range(invoices):
        tariff = _tariff(rng)
        carriages = {f"SH-{n}-{k}": _carriage(rng, f"SH-{n}-{k}", tariff) for k in range(rng.integers(5, 30))}
        invoice, planted, too_much = _invoice(rng, n, tariff, carriages)
        findings = {one.line: one for one in check(invoice, tariff, carriages)}
        lines += len(invoice.lines)
        for line, kind in planted.items():
            planted_kinds[kind] += 1
            over += too_much[line]
            if line in findings:
                found_kinds[kind] += 1
                other += findings[line].reason != kind
                over_found += findings[line].over.amount
            else:
                missed += 1
        false += len(findings.keys() - planted.keys())
    total = sum(planted_kinds.values())
    return {
        "lines": lines, "planted": total, "found": total - missed, "missed": missed, "false": false,
        "other": other,
        "kinds": {kind: (planted_kinds[kind], found_kinds[kind]) for kind in sorted(planted_kinds)},
        "over": str(over), "over_found": str(over_found),
    }  # fmt: skip


def _tariff(rng: np.random.Generator) -> Tariff:
    per_km = rng.random() < 0.4
    lanes = []
    for origin in PLACES:
        for destination in PLACES:
            rate = Decimal(int(rng.integers(30, 90)))
            breaks = (
                Break(Decimal(0), rate),
                Break(Decimal(500), rate * Decimal("0.85")),
                Break(Decimal(2000), rate * Decimal("0.7")),
                Break(Decimal(10000), rate * Decimal("0.55")),
            )
            per_way, least = Decimal(int(rng.integers(400, 900))) / 100, Decimal(int(rng.integers(60, 160)))
            lane = (
                Lane(origin, destination, per_km=per_way)
                if per_km
                else Lane(origin, destination, breaks, minimum=least)
            )
            lanes.append(lane)
    return Tariff(
        "CNY",
        tuple(lanes),
        fuel_percent=Decimal(int(rng.integers(40, 240))) / 10,
        accessorials={"tail_lift": Decimal(180), "night": Decimal(260)},
        detention_per_unit=Decimal(90),
    )


def _carriage(rng: np.random.Generator, key: str, tariff: Tariff) -> Carriage:
    lane = tariff.lanes[rng.integers(len(tariff.lanes))]
    kg = float(np.exp(rng.uniform(np.log(40), np.log(22_000))))
    waited = tuple(float(rng.gamma(2.0, 35.0)) for _ in range(rng.integers(1, 4)))
    asked = {name: 1 for name in tariff.accessorials if rng.random() < 0.2}
    volume, way = kg / float(rng.uniform(120, 600)), float(rng.uniform(20, 900))
    return Carriage(key, lane.origin, lane.destination, kg, volume, way, waited, asked)


def _invoice(
    rng: np.random.Generator, number: int, tariff: Tariff, carriages: dict[str, Carriage]
) -> tuple[Invoice, dict[str, str], dict[str, Decimal]]:
    lines: list[InvoiceLine] = []
    planted: dict[str, str] = {}
    too_much: dict[str, Decimal] = {}
    for key, real in carriages.items():
        own = _as_measured(rng, real)
        mine = [_line(key, tariff, own, kind) for kind in _kinds(tariff, own)]
        wrong = str(rng.choice(KINDS)) if rng.random() < SHARE else ""
        for plain, kind in _with_wrong(rng, wrong, tariff, own, mine):
            line = replace_line(plain, str(len(lines) + 1))
            if kind:
                planted[line.line] = kind
                owed = {one.kind: one.amount.amount for one in price(tariff, real)}
                is_all = kind in {"double", "no_shipment"}
                too_much[line.line] = line.amount - (
                    Decimal(0) if is_all else owed.get(line.charge, Decimal(0))
                )
            lines.append(line)
    return Invoice("carrier", f"INV-{number}", "CNY", tuple(lines)), planted, too_much


def _as_measured(rng: np.random.Generator, real: Carriage) -> Carriage:
    """The carriage as an honest carrier's own clock and odometer have it."""
    waited = tuple(max(one + float(rng.uniform(-4, 4)), 0.0) for one in real.waited_min)
    return replace(real, distance_km=real.distance_km * float(rng.uniform(0.985, 1.015)), waited_min=waited)


def _kinds(tariff: Tariff, carriage: Carriage) -> list[str]:
    return [one.kind for one in price(tariff, carriage)]


def _line(key: str, tariff: Tariff, own: Carriage, kind: str) -> InvoiceLine:
    amount = {one.kind: one.amount.amount for one in price(tariff, own)}.get(kind, Decimal(0))
    lane = lane_of(tariff, own)
    quantity: Decimal | None = None
    if kind == "base" and lane:
        quantity = chargeable_kg(tariff, own) if lane.breaks else Decimal(str(round(own.distance_km, 3)))
    return InvoiceLine("", key, kind, amount, quantity)


def replace_line(line: InvoiceLine, number: str) -> InvoiceLine:
    """The line under its number."""
    return InvoiceLine(number, line.shipment, line.charge, line.amount, line.quantity)


def _with_wrong(
    rng: np.random.Generator, wrong: str, tariff: Tariff, own: Carriage, lines: list[InvoiceLine]
) -> Iterator[tuple[InvoiceLine, str]]:
    """The lines of one carriage with what is planted among them; what does not fit it plants nothing."""
    make = WRONG.get(wrong)
    changed = make(rng, tariff, own) if make else None
    for line in lines:
        is_more = changed and changed.charge == line.charge and changed.amount > line.amount + CENT
        yield (changed, wrong) if changed and is_more else (line, "")
    if changed and changed.amount > 0 and changed.charge not in {line.charge for line in lines}:
        yield changed, wrong
    if wrong == "double":
        yield lines[0], wrong
    if wrong == "no_shipment":
        yield InvoiceLine("", f"{own.shipment_id}-x", "base", lines[0].amount), wrong


def _detention(rng: np.random.Generator, tariff: Tariff, own: Carriage) -> InvoiceLine | None:
    waited = max(own.waited_min[0], 120) + float(rng.uniform(140, 300))
    return _line(own.shipment_id, tariff, replace(own, waited_min=(*own.waited_min[1:], waited)), "detention")


def _distance(rng: np.random.Generator, tariff: Tariff, own: Carriage) -> InvoiceLine | None:
    further = replace(own, distance_km=own.distance_km * float(rng.uniform(1.08, 1.4)))
    return None if _breaks(tariff, own) else _line(own.shipment_id, tariff, further, "base")


def _weight(_: np.random.Generator, tariff: Tariff, own: Carriage) -> InvoiceLine | None:
    heavier = replace(own, weight_kg=float(chargeable_kg(tariff, own)) * 1.6)
    return _line(own.shipment_id, tariff, heavier, "base") if _breaks(tariff, own) else None


def _weight_break(_: np.random.Generator, tariff: Tariff, own: Carriage) -> InvoiceLine | None:
    breaks, kg = _breaks(tariff, own), chargeable_kg(tariff, own)
    if not breaks:
        return None
    amount = (breaks[0].per_100_kg * kg / 100).quantize(CENT)
    return InvoiceLine("", own.shipment_id, "base", amount, kg)


def _fuel(_: np.random.Generator, tariff: Tariff, own: Carriage) -> InvoiceLine | None:
    share = tariff.fuel_percent * Decimal("1.25") + 1
    return _line(own.shipment_id, Tariff(tariff.currency, tariff.lanes, share), own, "fuel")


def _accessorial(_: np.random.Generator, tariff: Tariff, own: Carriage) -> InvoiceLine | None:
    missing = [name for name in tariff.accessorials if name not in own.accessorials]
    return InvoiceLine("", own.shipment_id, missing[0], tariff.accessorials[missing[0]]) if missing else None


def _breaks(tariff: Tariff, own: Carriage) -> tuple[Break, ...]:
    lane = lane_of(tariff, own)
    return lane.breaks if lane else ()


WRONG = {
    "detention": _detention,
    "distance": _distance,
    "weight": _weight,
    "weight_break": _weight_break,
    "fuel": _fuel,
    "accessorial": _accessorial,
}


if __name__ == "__main__":
    main()
