"""Shipments from a table of text, one row a shipment or one a stop; each mistake with its row and column."""

import csv
import io
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from lineshaft.domain.journeys import planned

TEXTS = ("id", "vehicle", "route", "reference", "customer", "carrier", "driver")
TIMES = {"planned_departure": "planned_departure_ms", "planned_arrival": "planned_arrival_ms"}
STOP_TEXTS = {"stop_id": "id", "stop_kind": "kind", "stop_name": "name", "facility": "facility"}
STOP_NUMBERS = {"lat": "lat", "lon": "lon", "radius_m": "radius_m", "free_min": "free_min"}
STOP_TIMES = {"from": "from_ms", "to": "to_ms"}
COLUMNS = (*TEXTS, *TIMES, "orders", *STOP_TEXTS, *STOP_NUMBERS, *STOP_TIMES)


class Mistake(NamedTuple):
    """What is wrong with a row; row 1 is the heading."""

    row: int
    column: str
    message: str


@dataclass(slots=True)
class ShipmentSheet:
    """What a table came to."""

    orders: list[dict[str, Any]]
    """Documents of shipments without a mistake, in the table's order."""
    mistakes: list[Mistake]
    rows: dict[str, int] = field(default_factory=dict)
    """Shipment → its first row."""


class CellError(ValueError):
    """A cell that cannot be used, and its column."""

    def __init__(self, column: str, message: str) -> None:
        super().__init__(message)
        self.column = column


def read(text: str, zone: str = "UTC") -> ShipmentSheet:
    r"""Shipments of a table of comma- or semicolon-separated text.

    Args:
        text: the table with its heading.
        zone: of times that name none.

    >>> sheet = read("id,planned_arrival\nSH-1,2026-01-05 08:30\nSH-2,tomorrow")
    >>> sheet.orders[0]["planned_arrival_ms"], sheet.mistakes[0][:2]
    (1767601800000, (3, 'planned_arrival'))
    """
    try:
        there = ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError):
        return ShipmentSheet([], [Mistake(0, "zone", f"no time zone {zone!r}")])
    text = text.removeprefix("\ufeff")
    heading = text.partition("\n")[0]
    rows = csv.DictReader(
        io.StringIO(text), delimiter=";" if heading.count(";") > heading.count(",") else ","
    )
    unknown = [name for name in rows.fieldnames or () if name not in COLUMNS]
    if unknown or "id" not in (rows.fieldnames or ()):
        return ShipmentSheet([], [Mistake(1, name, "no such column") for name in unknown] or [_NO_ID])
    return _gathered(enumerate(rows, start=2), there)


_NO_ID = Mistake(1, "id", "the column is missing")


def _gathered(rows: Iterable[tuple[int, dict[str, str]]], zone: ZoneInfo) -> ShipmentSheet:
    found: dict[str, dict[str, Any]] = {}
    first: dict[str, int] = {}
    mistakes: list[Mistake] = []
    spoiled: set[str] = set()
    for n, row in rows:
        cells = {
            name: (value or "").strip() for name, value in row.items() if name and isinstance(value, str)
        }
        key = cells.get("id", "")
        try:
            order, stop = _order(cells, zone), _stop(cells, zone)
        except CellError as error:
            mistakes.append(Mistake(n, error.column, str(error)))
            spoiled.add(key)
            continue
        first.setdefault(key, n)
        known = found.setdefault(key, order)
        known["stops"] += [stop] if stop else []
        if known is not order and not stop:
            mistakes.append(Mistake(n, "id", f"{key} comes twice, and the second row names no stop"))
            spoiled.add(key)
    for key, order in found.items():
        try:
            planned(order, 0, 0)
        except (KeyError, TypeError, ValueError) as error:
            mistakes.append(Mistake(first[key], "stops", str(error)))
            spoiled.add(key)
    return ShipmentSheet([one for key, one in found.items() if key not in spoiled], sorted(mistakes), first)


def _order(cells: dict[str, str], zone: ZoneInfo) -> dict[str, Any]:
    if not cells.get("id"):
        raise CellError("id", "is empty")
    order: dict[str, Any] = {name: cells[name] for name in TEXTS if cells.get(name)}
    order |= {to: time_of(cells, name, zone) for name, to in TIMES.items() if cells.get(name)}
    leaves, comes = (order.get(to) for to in TIMES.values())
    if leaves is not None and comes is not None and comes <= leaves:
        raise CellError("planned_arrival", "is not after planned_departure")
    return order | {"orders": cells.get("orders", "").replace("|", " ").split(), "stops": []}


def _stop(cells: dict[str, str], zone: ZoneInfo) -> dict[str, Any] | None:
    if not cells.get("stop_id"):
        return None
    stop: dict[str, Any] = {to: cells[name] for name, to in STOP_TEXTS.items() if cells.get(name)}
    for name in ("lat", "lon"):
        if not cells.get(name):
            raise CellError(name, "is empty")
    stop |= {to: _number(cells, name) for name, to in STOP_NUMBERS.items() if cells.get(name)}
    return stop | {to: time_of(cells, name, zone) for name, to in STOP_TIMES.items() if cells.get(name)}


def _number(cells: dict[str, str], name: str) -> float:
    try:
        return float(cells[name])
    except ValueError:
        raise CellError(name, f"expected a number, got {cells[name]!r}") from None


def time_of(cells: dict[str, str], name: str, zone: ZoneInfo) -> int:
    """Epoch milliseconds of a cell.

    Raises:
        CellError: it is no time.
    """
    try:
        instant = datetime.fromisoformat(cells[name])
    except ValueError:
        raise CellError(name, f"expected a time like 2026-01-05 08:30, got {cells[name]!r}") from None
    if instant.tzinfo is None:
        instant = instant.replace(tzinfo=zone)
    return round(instant.astimezone(UTC).timestamp() * 1000)
