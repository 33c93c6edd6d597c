"""What carriers bill: each load as the tariff has it, and now and then more than that."""

from collections.abc import Iterable
from decimal import Decimal
from typing import Any
from zlib import crc32

from simulators import noise

WRONG = 0.22
"""Share of loads billed with a mistake."""
MISTAKES = ("rate", "fuel", "detention", "accessorial", "weight")
PENNY = Decimal("0.01")


def invoice(costs: Iterable[dict[str, Any]], issued_ms: int, again: str | None = None) -> dict[str, Any]:
    """An invoice as the API takes it.

    Args:
        costs: what is accrued of one carrier, as `/freight-costs` gives it.
        issued_ms: when.
        again: a shipment that was billed before, and is billed once more.
    """
    lines: list[dict[str, Any]] = []
    currency = "CNY"
    for cost in costs:
        currency = cost["currency"]
        for charge, amount, weight in _charges(cost, mistake_of(cost["shipment"])):
            lines.append({"line": str(len(lines) + 1), "shipment": cost["shipment"], "charge": charge,
                          "amount": str(amount), "quantity": weight})  # fmt: skip
    if again:
        lines.append({"line": str(len(lines) + 1), "shipment": again, "charge": "base", "amount": "240.00"})
    return {"currency": currency, "issued_ms": issued_ms, "lines": lines}


def mistake_of(shipment: str) -> str | None:
    """What is wrong with the bill of a load: mostly nothing.

    >>> [mistake_of(f"SH-{n}") for n in range(5)].count(None) >= 2
    True
    """
    chance, which = noise.uniform(crc32(shipment.encode()), range(2)).tolist()
    return MISTAKES[int(which * len(MISTAKES))] if chance < WRONG else None


def _charges(cost: dict[str, Any], mistake: str | None) -> Iterable[tuple[str, Decimal, str | None]]:
    charges = {one["kind"]: Decimal(one["amount"]) for one in cost["charges"]}
    weight = None
    match mistake:
        case "rate":
            charges["base"] = (charges["base"] * Decimal("1.15")).quantize(PENNY)
        case "fuel":
            charges["fuel"] = (charges.get("fuel", Decimal(0)) + charges["base"] * Decimal("0.08")).quantize(
                PENNY
            )
        case "detention":
            charges["detention"] = charges.get("detention", Decimal(0)) + 240
        case "accessorial":
            charges["tail_lift"] = Decimal(180)
        case "weight":
            weight = f"{cost['evidence']['weight_kg'] * 1.3:.0f}"
            charges["base"] = (charges["base"] * Decimal("1.3")).quantize(PENNY)
    for charge, amount in charges.items():
        yield charge, amount, weight if charge == "base" else None
