"""Work orders: the states one goes through, who may move it, and where its id and its due date come from."""

from enum import StrEnum
from typing import Final, NamedTuple
from uuid import UUID, uuid5

from lineshaft.clock import SECOND_US

HOUR_US: Final = 3600 * SECOND_US
_SPACE: Final = UUID("6f1a4bb0-27a2-5d0c-9a53-0a1e3f4b7c21")

WORKERS: Final = ("maintainer", "supervisor", "admin")
"""Who does work: starts it, holds it, says what was found."""
LEADERS: Final = ("supervisor", "admin")
"""Who decides that work is not done, or has to be done again."""


class OrderState(StrEnum):
    """Where a work order stands."""

    OPEN = "open"
    IN_PROGRESS = "in_progress"
    ON_HOLD = "on_hold"
    DONE = "done"
    CANCELLED = "cancelled"


class Act(StrEnum):
    """What moves a work order to another state."""

    START = "start"
    HOLD = "hold"
    RESUME = "resume"
    CLOSE = "close"
    CANCEL = "cancel"
    REOPEN = "reopen"


class OrderMove(NamedTuple):
    """Where an act leads, and who may do it."""

    to: OrderState
    roles: tuple[str, ...]


MOVES: Final[dict[tuple[OrderState, Act], OrderMove]] = {
    (OrderState.OPEN, Act.START): OrderMove(OrderState.IN_PROGRESS, WORKERS),
    # Done without a word before: found on a round, mended at once.
    (OrderState.OPEN, Act.CLOSE): OrderMove(OrderState.DONE, WORKERS),
    (OrderState.OPEN, Act.HOLD): OrderMove(OrderState.ON_HOLD, WORKERS),
    (OrderState.OPEN, Act.CANCEL): OrderMove(OrderState.CANCELLED, LEADERS),
    (OrderState.IN_PROGRESS, Act.HOLD): OrderMove(OrderState.ON_HOLD, WORKERS),
    (OrderState.IN_PROGRESS, Act.CLOSE): OrderMove(OrderState.DONE, WORKERS),
    (OrderState.IN_PROGRESS, Act.CANCEL): OrderMove(OrderState.CANCELLED, LEADERS),
    (OrderState.ON_HOLD, Act.RESUME): OrderMove(OrderState.IN_PROGRESS, WORKERS),
    (OrderState.ON_HOLD, Act.CLOSE): OrderMove(OrderState.DONE, WORKERS),
    (OrderState.ON_HOLD, Act.CANCEL): OrderMove(OrderState.CANCELLED, LEADERS),
    # What was found then is taken back with it: it may have been something else.
    (OrderState.DONE, Act.REOPEN): OrderMove(OrderState.IN_PROGRESS, LEADERS),
    (OrderState.CANCELLED, Act.REOPEN): OrderMove(OrderState.OPEN, LEADERS),
}
"""All there is; what does not stand here cannot be done."""

UNFINISHED: Final = (OrderState.OPEN, OrderState.IN_PROGRESS, OrderState.ON_HOLD)

REASONED: Final = (Act.HOLD, Act.CANCEL, Act.REOPEN)
"""Acts that need a word why: what waits for what, and why nothing is done."""

DUE_H: Final = {1: 8, 2: 24, 3: 7 * 24, 4: 30 * 24}
"""Hours until an order of a priority is due where nobody says, in round figures of ours: within the shift, by
tomorrow, this week, this month."""


def move(state: OrderState, act: Act) -> OrderMove | None:
    """Where an act leads from a state; None where it cannot be done there.

    >>> move(OrderState.OPEN, Act.START).to.value
    'in_progress'
    >>> move(OrderState.DONE, Act.START) is None
    True
    """
    return MOVES.get((state, act))


def due_us(priority: int, now_us: int) -> int:
    """When an order of a priority is due where nobody says.

    >>> due_us(2, 0) // HOUR_US
    24
    """
    return now_us + DUE_H[priority] * HOUR_US


def id_of_alarm(alarm_id: UUID, turn: int) -> UUID:
    """The id of the order an alarm is worked on by: the same however often it is asked for.

    Args:
        alarm_id: the alarm.
        turn: how many orders of this alarm were cancelled before.
    """
    return uuid5(_SPACE, f"alarm/{alarm_id}/{turn}")


def id_of_occurrence(plan_id: UUID, occurrence: int, era: int = 0) -> UUID:
    """The id of the order of a plan's n-th occurrence: made twice, it is one.

    Args:
        plan_id: the plan.
        occurrence: its number.
        era: how often the plan began to count anew, because its rhythm was changed.

    >>> id_of_occurrence(_SPACE, 3) == id_of_occurrence(_SPACE, 3, era=1)
    False
    """
    return uuid5(_SPACE, f"plan/{plan_id}/{f'{era}/' if era else ''}{occurrence}")


def id_of_request(request_id: UUID) -> UUID:
    """The id of the order an accepted request becomes."""
    return uuid5(_SPACE, f"request/{request_id}")


def id_of_key(noun: str, login: str, key: str) -> UUID:
    """The id of what a person asks for with an idempotency key: asked for again, it is the same.

    >>> id_of_key("order", "ann", "1") == id_of_key("order", "ann", "1")
    True
    """
    return uuid5(_SPACE, f"{noun}/{login}/{key}")
