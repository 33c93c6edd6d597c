"""What the API takes in, checked once at the border; and the few answers that are no rows of the store."""

from dataclasses import dataclass
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from api.replay import Outcome
from lineshaft.store.items import ItemRow, MoveRow

Id = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$")]
Line = Annotated[
    str, StringConstraints(strip_whitespace=True, max_length=200, pattern=r"^[^\x00-\x1f\x7f]*$")
]
Instant = Annotated[int, Field(ge=0, le=4_102_444_800_000, description="Epoch milliseconds, before 2100.")]


class StrictInput(BaseModel):
    """What comes in: nothing more than is asked for, and of the right type."""

    model_config = ConfigDict(strict=True, extra="forbid")


_Input = StrictInput


class LoginInput(StrictInput):
    """Who wants in."""

    login: Annotated[str, StringConstraints(max_length=200)] = Field(examples=["ann"])
    password: Annotated[str, StringConstraints(max_length=1000)] = Field(examples=["correct horse battery"])


class LanguageInput(StrictInput):
    """The language to read in."""

    language: Literal["en", "zh-CN"]


class AdoptInput(StrictInput):
    """What an unassigned device is, and where."""

    key: Id | None = Field(None, description="The new asset's key; default: the device's own name.")
    name: Line = Field(min_length=1, examples=["Coolant pump 9"])
    kind: Id = Field(examples=["pump"], description="A machine kind, or 'reader', or a vehicle's kind.")
    line: Id | None = Field(
        None,
        description="Key of the line the machine stands on; of the area for a reader; none for a vehicle.",
    )


class ReplayInput(StrictInput):
    """Which dead letters to replay; what is left empty does not matter."""

    code: Annotated[str, StringConstraints(pattern=r"^[a-z0-9_]{0,32}$")] = Field("", examples=["type"])
    stage: Literal["", "ingest", "flow", "plant"] = ""
    site: Id | Literal[""] = ""
    agent: Id | Literal[""] = ""
    device: Id | Literal[""] = ""
    after: Annotated[int, Field(ge=0, le=2**62, description="Go on behind this letter.")] = 0


class LabelInput(StrictInput):
    """What was found at a machine: what a work order's close code says."""

    machine: Id = Field(examples=["pump-101"])
    from_ts: Instant = Field(description="Of a fault: when it was one. Epoch milliseconds.")
    to_ts: Instant = Field(description="Mended, or closed. Epoch milliseconds.")
    mode: Id | None = Field(None, examples=["bearing"], description="Failure mode, where it is known.")
    verdict: Literal["true", "false", "no_fault_found"] = Field(
        description="A fault was found; the alarm was false; nothing was found."
    )
    source: Literal["work_order", "person", "import"] = "person"
    reference: Line = Field("", examples=["WO-2041"], description="With it, a label is added once.")


class RoleInput(StrictInput):
    """What a model is to be, and why."""

    role: Literal["challenger", "champion", "advisory", "retired"]
    why: Line = Field(min_length=1, examples=["fewer false alarms in the shadow for four weeks"])


class RollbackInput(StrictInput):
    """Which family of models goes back to the champion before the last one, and why."""

    name: Id = Field("failure", examples=["failure"])
    kind: Id | Literal["*"] = Field("*", examples=["pump"], description="Machine kind; * for all.")
    why: Line = Field(min_length=1, examples=["cries wolf since the new pipe"])


@dataclass(slots=True, frozen=True)
class MeOut:
    """The person who is logged in."""

    login: str
    name: str
    role: str
    language: str


@dataclass(slots=True, frozen=True)
class AdoptedOut:
    """What a device became."""

    key: str
    version: int
    """Of the plant."""


@dataclass(slots=True, frozen=True)
class ItemOut(ItemRow):
    """An item with its latest moves, newest first."""

    moves: list[MoveRow]


@dataclass(slots=True)
class ReplayOut:
    """What became of letters; `items` has each."""

    replayed: int
    stored_already: int
    """Nothing of their message was missing."""
    still_rejected: int
    """Today's software cannot use them either; nothing was changed."""
    left_alone: int
    after: int | None
    """Where to go on: there may be more behind this letter."""
    items: list[Outcome]


@dataclass(slots=True, frozen=True)
class LetterOut:
    """A dead letter with all that is kept of it."""

    id: int
    received: int
    stage: str
    topic: str
    device: str
    boot: str | None
    lane: int | None
    seq: int | None
    code: str
    detail: str
    readings: int
    length: int
    """Of the whole body in bytes; at most 64 kB are kept."""
    sha256: str
    version: str
    """The software that set it aside."""
    pos: int | None
    properties: dict[str, Any] | None
    replayed: int | None
    replayed_pos: int | None
    replay_of: int | None
    body_text: str | None
    """Unpacked; null where it is no text, or not kept."""
    body_hex: str | None
    siblings: list[int]
    """Other letters about the same message."""
    again: list[int]
    """Letters that its replay ended in."""


@dataclass(slots=True, frozen=True)
class HealthOut:
    """How the web process is; a check that failed says why."""

    ok: bool
    checks: dict[str, str | None]


Document = dict[str, Any]
"""The plant's description, as plant.yaml has it with every default filled in."""
