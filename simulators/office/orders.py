"""What customers order: lines, who makes each, how much is ready, and what being late costs."""

from typing import Any
from zlib import crc32

from simulators import noise
from simulators.machines import MACHINES

ITEMS = (
    "pump housing",
    "bearing cap",
    "valve plate",
    "gear cover",
    "flange DN80",
    "motor foot",
    "coupling half",
)
PRESSES = tuple(one.id for one in MACHINES if one.kind == "press")
LINES = tuple(sorted({one.line for one in MACHINES}))
MAKING_MS = 4 * 3_600_000
"""How long before it has to leave the plant begins to make an order."""
STEPS = 12
"""The plant reports what is ready in such parts of an order."""
PER_HOUR = ("120", "250", "400", "800")


def order(
    key: str, customer: str, due: tuple[int, int | None], now_ms: int, *, loaded: bool = False
) -> dict[str, Any]:
    """An order as the API takes it, by its number alone, as far as it is made by now.

    Args:
        key: of the order.
        customer: who wants it.
        due: when it has to leave the plant, and when it was promised (epoch ms).
        now_ms: now.
        loaded: it is on its way: all of it was made.
    """
    place = crc32(key.encode())
    leaves_ms, promised_ms = due
    begun = min(max(1 - (leaves_ms - now_ms) / MAKING_MS, 0.15), 1.0)
    share = 1.0 if loaded else int(begun * STEPS) / STEPS
    chance = noise.uniform(place, range(8)).tolist()
    value = 8_000 + 400 * int(chance[0] * 80)
    made_by: list[dict[str, str]] = [
        {"machine": PRESSES[place % len(PRESSES)]},
        {"plant_line": LINES[place % len(LINES)]},
    ]
    return {
        "customer": customer,
        "currency": "CNY",
        "value": str(value),
        "promised_ms": promised_ms,
        "penalty": {
            "grace_min": 10,
            "fixed": "300",
            "per_hour": PER_HOUR[place % len(PER_HOUR)],
            "cap": str(value // 5),
        },
        "lines": [
            _line(n, ITEMS[(place + n) % len(ITEMS)], 60 + 20 * int(chance[n] * 12), share, maker)
            for n, maker in enumerate(made_by, 1)
        ],
    }


def _line(number: int, item: str, quantity: int, share: float, maker: dict[str, str]) -> dict[str, str]:
    made = int(quantity * min(share * (1.25 if number == 1 else 1.0), 1.0))
    return {"line": str(number), "item": item, "quantity": str(quantity), "made": str(made), **maker}
