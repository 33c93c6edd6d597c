"""What the API takes in of what people do to alarms, and its answers that are no rows of the store."""

from dataclasses import dataclass
from typing import Annotated
from uuid import UUID

from pydantic import Field

from api.schemas import Line, StrictInput
from lineshaft.store.alarms import AlarmEntry, AlarmRow

Why = Annotated[Line, Field(min_length=1, examples=["sensor is being replaced"])]
# JSON has no ids of its own; strict would refuse its strings.
Id = Annotated[UUID, Field(strict=False)]
Some = Annotated[list[Id], Field(min_length=1, max_length=1000, description="Ids of alarms.")]


class AckInput(StrictInput):
    """What is known about an alarm."""

    comment: Line = Field("", examples=["seen, mechanic is on the way"])
    seen_pos: int | None = Field(
        None,
        ge=0,
        le=2**62,
        description="`seen_pos` of the alarm as it was shown: what has come up since is not acknowledged.",
    )


class SomeAckInput(StrictInput):
    """Which alarms somebody has seen, and what is known about them."""

    ids: Some
    comment: Line = Field("", examples=["all of them: the compressor"])


class CommentInput(StrictInput):
    """A word on an alarm."""

    comment: Why


class ShelveInput(StrictInput):
    """For how long an alarm is put aside, and why."""

    minutes: int = Field(ge=1, le=7 * 24 * 60, examples=[60], description="At most what the role may.")
    reason: Why
    one_shot: bool = Field(default=False, description="It ends as well when the condition goes away.")


class ReasonInput(StrictInput):
    """Why."""

    reason: Why


class ReturnInput(StrictInput):
    """What is to be said of it, where there is something."""

    reason: Line = Field("", examples=["mended"])


@dataclass(slots=True, frozen=True)
class AlarmOut:
    """An alarm with all that happened to it."""

    alarm: AlarmRow
    journal: list[AlarmEntry]


@dataclass(slots=True, frozen=True)
class RefusedOut:
    """An alarm that does not allow what was asked, as it is."""

    id: str
    why: str
    """state: not in this state; unseen: it has come up again meanwhile."""


@dataclass(slots=True, frozen=True)
class SomeOut:
    """What became of alarms."""

    items: list[AlarmRow]
    """Those it was done to, as they are now."""
    refused: list[RefusedOut]
