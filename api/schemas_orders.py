"""Orders as the API takes them in, and what they put at risk; amounts are exact, so they are text."""

from dataclasses import dataclass
from typing import Annotated

from pydantic import Field, StringConstraints

from api.schemas import Id, Instant, Line, StrictInput
from lineshaft.store.customer_orders import Danger, Maker, OrderRow, Truckload

Exact = Annotated[str, StringConstraints(pattern=r"^[0-9]{1,13}(\.[0-9]{1,6})?$")]
"""An amount as text: a float is no exact one."""
Currency = Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")]


class PenaltyInput(StrictInput):
    """What is owed for being late, in the order's currency."""

    grace_min: Annotated[int, Field(ge=0, le=100_000)] = 0
    fixed: Exact = Field(default="0", description="Once, when the grace is over.")
    per_hour: Exact = Field(
        default="0", examples=["250"], description="For each hour begun since the promise."
    )
    per_day: Exact = Field(default="0", description="For each day begun since the promise.")
    cap: Exact | None = Field(default=None, examples=["4000"], description="Never more than this.")


class OrderLineInput(StrictInput):
    """One thing that was ordered, and what makes it."""

    line: Id = Field(examples=["1"])
    item: Line = Field(min_length=1, examples=["pump housing"])
    quantity: Exact = Field(examples=["24"])
    made: Exact = "0"
    machine: Id | None = Field(default=None, examples=["press-1"])
    plant_line: Id | None = Field(default=None, description="Where any machine of a line may stop it.")


class CustomerOrderInput(StrictInput):
    """An order."""

    customer: Line = Field(min_length=1, examples=["Harbour Foods"])
    currency: Currency = Field(examples=["CNY"])
    value: Exact = "0"
    promised_ms: Instant | None = Field(default=None, description="When all of it has to be there.")
    penalty: PenaltyInput = PenaltyInput()
    lines: list[OrderLineInput] = Field(default=[], max_length=500)


class OrderSheetInput(StrictInput):
    """Orders as a sheet."""

    csv: Annotated[str, StringConstraints(max_length=900_000)] = Field(
        description="id,customer,currency,value,promised,grace_min,fixed,per_hour,per_day,cap,"
        "line,item,quantity,made,machine,plant_line; one row an order line."
    )
    zone: Line = Field(default="UTC", examples=["Asia/Shanghai"], description="Of the times that name none.")
    keep_good_rows: bool = Field(
        default=False, description="Take in what is right, and report the rest; else all, or nothing."
    )


@dataclass(slots=True, frozen=True)
class StakeOut:
    """An order and what it puts at risk; null: nobody can say."""

    order: OrderRow
    late_p: float | None
    """Probability that a penalty becomes due."""
    expected: str | None
    """Mean of the penalty."""
    bad: str | None
    """Exceeded in one of ten cases."""
    most: str | None
    """All the terms allow; null: they have no cap."""
    unknown: list[str]
    """Its shipments without an arrival time."""
    loads: list[Truckload]


@dataclass(slots=True, frozen=True)
class StakeTotal:
    """Stakes of one currency together."""

    currency: str
    orders: int
    value: str
    expected: str
    most: str
    """Of those with a cap."""
    unknown: int
    """Orders nobody can say anything of."""
    uncapped: int


@dataclass(slots=True, frozen=True)
class AtRiskOut:
    """What hangs on a machine."""

    ts: int
    machine: Maker
    totals: list[StakeTotal]
    orders: list[StakeOut]


@dataclass(slots=True, frozen=True)
class MachineAtRisk:
    """A machine and what hangs on it."""

    ts: int
    machine: Maker
    totals: list[StakeTotal]
    orders: list[str]


@dataclass(slots=True, frozen=True)
class OrderOut:
    """An order with all that endangers it."""

    ts: int
    stake: StakeOut
    machines: list[Maker]
    """Those something of it still needs."""
    alarms: list[Danger]


@dataclass(slots=True, frozen=True)
class OrderSheetOut:
    """What became of a sheet."""

    written: list[str]
    mistakes: "list[SheetMistake]"


@dataclass(slots=True, frozen=True)
class SheetMistake:
    """What is wrong with a row of a sheet; row 1 is the heading."""

    row: int
    column: str
    message: str
