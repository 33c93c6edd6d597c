"""What customers ordered: the lines, who makes each, when it was promised, and what being late costs."""

import csv
import io
from decimal import Decimal
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec

from lineshaft.domain.money import decimal
from lineshaft.domain.sheets import CellError, Mistake, time_of


class Penalty(msgspec.Struct, frozen=True, omit_defaults=True):
    """What is owed for being late, in the order's currency; nothing where all is nought."""

    grace_min: int = 0
    """So late costs nothing."""
    fixed: Decimal = Decimal(0)
    """Once, when the grace is over."""
    per_hour: Decimal = Decimal(0)
    """For each hour begun since the promise."""
    per_day: Decimal = Decimal(0)
    """For each day of 24 hours begun since the promise."""
    cap: Decimal | None = None
    """Never more than this; None: nobody agreed on a limit."""


class OrderLine(msgspec.Struct, frozen=True):
    """One thing that was ordered, and what makes it."""

    line: str
    item: str
    quantity: Decimal
    made: Decimal = Decimal(0)
    """How much of it is ready."""
    machine: str | None = None
    """Key of the machine that makes it."""
    plant_line: str | None = None
    """Key of the production line, where any of its machines may stop it."""

    @property
    def is_open(self) -> bool:
        """Whether something of it is still to be made."""
        return self.made < self.quantity


class CustomerOrder(msgspec.Struct, frozen=True):
    """An order as its document has it; amounts as text, the promise in epoch milliseconds."""

    id: str
    customer: str
    currency: str
    value: Decimal = Decimal(0)
    promised_ms: int | None = None
    penalty: Penalty = Penalty()
    lines: tuple[OrderLine, ...] = ()


def order_of(document: dict[str, Any]) -> CustomerOrder:
    """An order from its document.

    Raises:
        ValueError: it has another shape, a line comes twice, or an amount is below nought.
    """
    try:
        order = msgspec.convert(document, CustomerOrder)
    except msgspec.ValidationError as error:
        raise ValueError(f"order: {error}") from error
    if len({one.line for one in order.lines}) != len(order.lines):
        raise ValueError("lines: a number comes twice")
    terms = order.penalty
    amounts = [order.value, terms.fixed, terms.per_hour, terms.per_day, terms.cap or Decimal(0)]
    amounts += [amount for one in order.lines for amount in (one.quantity, one.made)]
    if terms.grace_min < 0 or any(not amount.is_finite() or amount < 0 for amount in amounts):
        raise ValueError("order: an amount is below nought")
    return order


def document_of(order: CustomerOrder) -> dict[str, Any]:
    """The order as it is written down; `order_of` reads it again."""
    found: dict[str, Any] = msgspec.to_builtins(order)
    return found


ORDER_COLUMNS = ("id", "customer", "currency", "value", "promised")
PENALTY_COLUMNS = ("grace_min", "fixed", "per_hour", "per_day", "cap")
LINE_COLUMNS = ("line", "item", "quantity", "made", "machine", "plant_line")
COLUMNS = (*ORDER_COLUMNS, *PENALTY_COLUMNS, *LINE_COLUMNS)
NEEDED = ("id", "customer", "currency")
AMOUNTS = frozenset({"value", "fixed", "per_hour", "per_day", "cap", "quantity", "made"})


class OrderSheet(NamedTuple):
    """What a table of orders came to."""

    orders: list[CustomerOrder]
    """Those without a mistake, in the table's order."""
    mistakes: list[Mistake]
    rows: dict[str, int]
    """Order → its first row."""


def read_orders(text: str, zone: str = "UTC") -> OrderSheet:
    r"""Orders of a table of comma- or semicolon-separated text, one row an order line.

    >>> sheet = read_orders("id,customer,currency,line,item,quantity\nSO-1,Bay,CNY,1,lid,5\nSO-2,,CNY,,,")
    >>> sheet.orders[0].lines[0].quantity, sheet.mistakes
    (Decimal('5'), [Mistake(row=3, column='customer', message='is empty')])
    """
    try:
        there = ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError):
        return OrderSheet([], [Mistake(0, "zone", f"no time zone {zone!r}")], {})
    text = text.removeprefix("\ufeff")
    heading = text.partition("\n")[0]
    rows = csv.DictReader(
        io.StringIO(text), delimiter=";" if heading.count(";") > heading.count(",") else ","
    )
    names = rows.fieldnames or ()
    wrong = [Mistake(1, name, "no such column") for name in names if name not in COLUMNS]
    wrong += [Mistake(1, name, "the column is missing") for name in NEEDED if name not in names]
    if wrong:
        return OrderSheet([], wrong, {})
    documents: dict[str, dict[str, Any]] = {}
    first: dict[str, int] = {}
    spoiled: set[str] = set()
    for n, row in enumerate(rows, start=2):
        cells = {name: (row[name] or "").strip() for name in names if isinstance(row[name], str)}
        try:
            head, line = _head(cells, there), _line(cells)
        except CellError as error:
            wrong.append(Mistake(n, error.column, str(error)))
            spoiled.add(cells.get("id", ""))
            continue
        first.setdefault(head["id"], n)
        documents.setdefault(head["id"], head)["lines"] += [line] if line else []
    orders = []
    for key, document in documents.items():
        try:
            orders.append(order_of(document))
        except ValueError as error:
            wrong.append(Mistake(first[key], "id", str(error)))
    return OrderSheet([one for one in orders if one.id not in spoiled], sorted(wrong), first)


def _head(cells: dict[str, str], zone: ZoneInfo) -> dict[str, Any]:
    for name in NEEDED:
        if not cells.get(name):
            raise CellError(name, "is empty")
    head: dict[str, Any] = {name: cells[name] for name in NEEDED}
    if cells.get("value"):
        head["value"] = _amount(cells, "value")
    if cells.get("promised"):
        head["promised_ms"] = time_of(cells, "promised", zone)
    penalty: dict[str, Any] = {name: _amount(cells, name) for name in PENALTY_COLUMNS[1:] if cells.get(name)}
    if cells.get("grace_min"):
        penalty["grace_min"] = int(decimal(_amount(cells, "grace_min")))
    return head | {"penalty": penalty, "lines": []}


def _line(cells: dict[str, str]) -> dict[str, Any] | None:
    if not cells.get("line"):
        return None
    for name in ("item", "quantity"):
        if not cells.get(name):
            raise CellError(name, "is empty")
    return {
        name: _amount(cells, name) if name in AMOUNTS else cells[name]
        for name in LINE_COLUMNS
        if cells.get(name)
    }


def _amount(cells: dict[str, str], name: str) -> str:
    try:
        return str(decimal(cells[name]))
    except ValueError:
        raise CellError(name, f"expected an amount, got {cells[name]!r}") from None
