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
