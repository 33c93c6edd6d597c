"""What the API takes in about maintenance, checked once at the border."""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from api.schemas import Id, Instant, Line

Text = Annotated[str, StringConstraints(strip_whitespace=True, max_length=4000, pattern=r"^[^\x00]*$")]
Login = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9_.@-]{0,63}$")]
Priority = Annotated[int, Field(ge=1, le=4, description="1 critical … 4 low.")]
Hours = Annotated[float, Field(ge=0, le=10_000, description="Hours.")]
# A program that sends JSON has no UUID type; the rest stays strict.
Uuid = Annotated[UUID, Field(strict=False)]


class _Input(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid")


class WorkOrderInput(_Input):
    """An order: of an alarm (`alarm_id`; the rest follows from it where it is not said), or by hand."""

    alarm_id: Uuid | None = Field(
        None, description="The alarm it is about; asked for twice, the same order comes."
    )
    machine: Id | None = Field(None, examples=["pump-101"], description="Without an alarm: the machine.")
    title: Line = Field("", examples=["Change the coupling"], description="Without an alarm: needed.")
    detail: Text = Field("", description="What has to be known to do it.")
    kind: Literal["corrective", "preventive"] = "corrective"
    priority: Priority | None = Field(None, description="Default: the alarm's; else 3.")
    due: Instant | None = Field(None, description="Epoch milliseconds; default: by priority.")
    assignee: Login | None = Field(None, description="Who is to do it.")
    team: Id | None = Field(None, description="Key of the team that is to do it.")
    estimate_h: Hours = 0.0
    checks: Annotated[list[Line], Field(max_length=60)] = Field(
        default_factory=list, description="Lines of the checklist."
    )


class StepInput(_Input):
    """What is done to an order; closing says what was found."""

    act: Literal["start", "hold", "resume", "close", "cancel", "reopen"] = Field(examples=["start"])
    why: Line = Field("", description="Needed to hold, cancel and reopen.")
    verdict: Literal["true", "false", "no_fault_found"] | None = Field(
        None, description="Close: a fault was found; the alarm was false; nothing was found."
    )
    mode: Id | Literal["valve leak", "belt slip", "tool wear"] | None = Field(
        None, examples=["bearing"], description="Close: failure mode, of /maintenance/codes."
    )
    cause: Id | None = Field(None, examples=["lubrication"], description="Close: of /maintenance/codes.")
    action: Id | None = Field(None, examples=["replaced"], description="Close: of /maintenance/codes.")
    found: Text = Field("", description="Close: in words.")
    fault_from: Instant | None = Field(None, description="Close: since when; default: the alarm.")
    down_min: Annotated[float, Field(ge=0, le=525_600)] | None = Field(
        None, description="Close: minutes the machine stood because of it."
    )


class ChangeInput(_Input):
    """What changes; what is left out stays."""

    title: Line | None = Field(None, examples=["Change the coupling"])
    detail: Text | None = None
    priority: Priority | None = None
    due: Instant | None = None
    assignee: Login | Literal[""] | None = Field(None, description="Empty: nobody.")
    team: Id | Literal[""] | None = Field(None, description="Empty: none.")
    estimate_h: Hours | None = None
    cost_other: Annotated[float, Field(ge=0, le=1e9)] | None = Field(
        None, description="What labour and parts do not say: a hired crane."
    )


class CheckInput(_Input):
    """A line of a checklist: done, or not after all."""

    done: bool = Field(examples=[True])


class CheckLineInput(_Input):
    """A line to add to a checklist."""

    text: Line = Field(min_length=1, examples=["Check the coupling guard"])


class NoteInput(_Input):
    """A comment."""

    text: Text = Field(min_length=1, examples=["The seal leaks as well."])


class TimerInput(_Input):
    """Whether one works on it now."""

    running: bool = Field(examples=[True])


class TimeInput(_Input):
    """Time that was worked without the timer, until now."""

    minutes: Annotated[float, Field(gt=0, le=1440)] = Field(examples=[45.0])
    note: Line = ""


class OrderPartInput(_Input):
    """What happens with a part for an order."""

    part: Id = Field(examples=["seal-45"])
    what: Literal["use", "return", "reserve", "release"] = "use"
    amount: Annotated[float, Field(gt=0, le=1e6)] = 1.0


class RequestInput(_Input):
    """What an operator asks for."""

    machine: Id | None = Field(None, examples=["pump-101"], description="Without an alarm: the machine.")
    alarm_id: Uuid | None = None
    text: Text = Field(min_length=1, examples=["It squeals when it starts."])
    priority: Priority = 3


class AnswerInput(_Input):
    """What becomes of a request."""

    accept: bool = Field(examples=[True])
    answer: Line = Field("", description="Declined: why.")
    priority: Priority | None = None
    team: Id | None = None
    assignee: Login | None = None


class PartInput(_Input):
    """A spare part."""

    name: Line = Field(min_length=1, examples=["Shaft seal 45 mm"])
    name_zh: Line = ""
    unit: Annotated[str, StringConstraints(max_length=16)] = Field("", description="Empty: pieces.")
    location: Line = Field("", examples=["A-03-2"])
    minimum: Annotated[float, Field(ge=0, le=1e6)] = 0.0
    unit_cost: Annotated[float, Field(ge=0, le=1e9)] = 0.0
    kinds: Annotated[list[Id], Field(max_length=40)] = Field(
        default_factory=list, description="Machine kinds it fits; empty: any."
    )


class MovementInput(_Input):
    """What comes in, or what lies there."""

    what: Literal["receive", "count"] = Field(examples=["receive"])
    amount: Annotated[float, Field(ge=0, le=1e6)] = Field(description="Of a count: what lies there.")
    note: Line = Field("", description="Why: needed of a count that differs from the books.")


class TeamInput(_Input):
    """People who share work."""

    name: Line = Field(min_length=1, examples=["Mechanics"])
    name_zh: Line = ""
    members: Annotated[list[Login], Field(max_length=200)] = Field(default_factory=list)
    hours_week: Annotated[float, Field(ge=0, le=10_000)] = 0.0
    rate_hour: Annotated[float, Field(ge=0, le=1e6)] | None = None


class TermsInput(_Input):
    """What is true of all maintenance here."""

    currency: Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")] = Field(examples=["CNY"])
    rate_hour: Annotated[float, Field(ge=0, le=1e6)] = Field(description="Of labour.")


class PlanCheckInput(_Input):
    """A line of a plan's checklist."""

    text: Line = Field(min_length=1, examples=["Check the oil"])
    text_zh: Line = ""


class PlanPartInput(_Input):
    """A part that each order of a plan reserves."""

    part: Id = Field(examples=["filter-12"])
    amount: Annotated[float, Field(gt=0, le=1e6)] = 1.0


class PlanInput(_Input):
    """A preventive plan: every so many days, weeks or months, or by what a signal of the machine counts."""

    machine: Id = Field(examples=["pump-101"])
    title: Line = Field(min_length=1, examples=["Grease the bearings"])
    title_zh: Line = ""
    detail: Text = ""
    priority: Priority = 3
    team: Id | None = None
    assignee: Login | None = None
    estimate_h: Hours = 0.0
    checks: Annotated[list[PlanCheckInput], Field(max_length=60)] = Field(default_factory=list)
    parts: Annotated[list[PlanPartInput], Field(max_length=60)] = Field(default_factory=list)
    lead_days: Annotated[float, Field(ge=0, le=365)] = Field(
        1.0, description="An order is made so long before it is due; by a meter, it is due so long after."
    )
    way: Literal["calendar", "counter", "running"] = Field(
        description="The site's calendar; a signal that counts; hours in which a signal is above `above`."
    )
    every: Annotated[float, Field(gt=0, le=1e9)] = Field(
        examples=[4.0], description="How many units, counts or hours."
    )
    unit: Literal["day", "week", "month"] = "week"
    starts: Annotated[str, StringConstraints(pattern=r"^\d{4}-\d\d-\d\d$")] | None = Field(
        None, examples=["2026-12-01"], description="Calendar: the site's day of the first."
    )
    at_min: Annotated[int, Field(ge=0, le=1439)] = Field(480, description="Minutes after midnight there.")
    signal: Annotated[str, StringConstraints(max_length=64)] | None = Field(None, examples=["current"])
    above: float = 0.0
    active: bool = True
