"""What people set about who is told of alarms; shapes are those of `lineshaft.domain.delivery`."""

from dataclasses import dataclass
from typing import Annotated, Any, Literal
from zoneinfo import available_timezones

from pydantic import AfterValidator, Field, StringConstraints

from api.schemas import Id, Instant, Line, _Input
from lineshaft.domain.shifts import DAYS

Minutes = Annotated[int, Field(ge=0, lt=1440, description="Minutes after midnight.")]
Priority = Annotated[int, Field(ge=1, le=4)]
Login = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9_.@-]{0,63}$")]
Pattern = Annotated[str, StringConstraints(max_length=100, pattern=r"^[^\x00-\x1f\x7f]*$")]
Label = Annotated[str, StringConstraints(pattern=r"^[a-z_]{1,32}$")]
Day = Annotated[str, StringConstraints(pattern=r"^(mon|tue|wed|thu|fri|sat|sun)$")]
Date = Annotated[str, StringConstraints(pattern=r"^20\d\d-(0[1-9]|1[0-2])-(0[1-9]|1\d|2[0-8])$")]
Channel = Literal["browser", "email", "webhook", "apprise"]


def _zone(name: str) -> str:
    if name not in available_timezones():
        raise ValueError("no such time zone")
    return name


Zone = Annotated[str, StringConstraints(max_length=64), AfterValidator(_zone)]


class ReceiverInput(_Input):
    """Somebody to be told."""

    kind: Literal["role", "team", "person", "rota", "contact"]
    key: Annotated[str, StringConstraints(min_length=1, max_length=64, pattern=r"^[^\x00-\x1f\x7f]*$")]


class ScopeInput(_Input):
    """Which alarms; what is empty does not matter."""

    assets: list[Id] = Field(default=[], max_length=200)
    priority: Priority = 4
    rules: list[Pattern] = Field(default=[], max_length=200)
    shifts: list[Id] = Field(default=[], max_length=50)


class StepInput(_Input):
    """Whom to tell as well when nobody has acknowledged."""

    after_s: float = Field(ge=10, le=7 * 86_400)
    to: list[ReceiverInput] = Field(min_length=1, max_length=50)


class PolicyInput(_Input):
    """These alarms, to those people, at this pace."""

    name: Line = Field(min_length=1, examples=["Line 1 at night"])
    enabled: bool = True
    scope: ScopeInput = Field(default_factory=ScopeInput)
    to: list[ReceiverInput] = Field(default=[], max_length=50)
    channels: list[Channel] = Field(default=[], max_length=4)
    group_by: list[Label] = Field(default=["area"], max_length=8)
    wait_s: float = Field(default=1, ge=0, le=3600)
    wait_most_s: float = Field(default=30, ge=0, le=3600)
    interval_s: float = Field(default=300, ge=1, le=86_400)
    repeat_s: float = Field(default=14_400, ge=60, le=30 * 86_400)
    send_resolved: bool = True
    escalation: list[StepInput] = Field(default=[], max_length=10)


class HoursInput(_Input):
    """Hours of some week days."""

    start_min: Minutes
    end_min: Minutes
    days: list[Day] = Field(default=list(DAYS), min_length=1, max_length=7)


class LayerInput(_Input):
    """People who take turns."""

    people: list[Login] = Field(min_length=1, max_length=100)
    start: Date = Field(examples=["2026-11-02"])
    turn_days: int = Field(default=7, ge=1, le=366)
    handover_min: Minutes = 480
    hours: list[HoursInput] = Field(default=[], max_length=14)


class OverrideInput(_Input):
    """Somebody stands in; instants are epoch milliseconds."""

    person: Login
    from_ms: Instant
    to_ms: Instant


class RotaInput(_Input):
    """Who is on call; later layers stand above earlier ones."""

    name: Line = Field(min_length=1, examples=["Maintenance on call"])
    timezone: Zone = Field(examples=["Asia/Shanghai"])
    layers: list[LayerInput] = Field(min_length=1, max_length=10)
    overrides: list[OverrideInput] = Field(default=[], max_length=200)

    def document(self) -> dict[str, Any]:
        """A rota as it is kept and judged: instants in microseconds, as everywhere inside."""
        overrides = [
            {"person": one.person, "from_us": one.from_ms * 1000, "to_us": one.to_ms * 1000}
            for one in self.overrides
        ]
        return self.model_dump() | {"overrides": overrides}


class TeamInput(_Input):
    """Some people under one name."""

    name: Line = Field(min_length=1)
    people: list[Login] = Field(max_length=200)


class InhibitionInput(_Input):
    """While what matches `source` fires, what matches `target` and agrees in `equal` is mute."""

    source: dict[Label, list[Pattern]] = Field(min_length=1)
    target: dict[Label, list[Pattern]] = Field(min_length=1)
    equal: list[Label] = Field(default=[], max_length=8)
    enabled: bool = True


class PreferenceInput(_Input):
    """What a person wants to hear by which way."""

    channels: dict[Channel, Annotated[int, Field(ge=0, le=4)]] = Field(
        default={}, description="Channel → least urgent priority; 0: never."
    )
    quiet: list[HoursInput] = Field(default=[], max_length=14)
    timezone: Zone = "UTC"
    break_through: int = Field(default=1, ge=0, le=4)
    digest_s: float = Field(default=0, ge=0, le=86_400)
    digest_above: int = Field(default=2, ge=0, le=4)


class ContactInput(_Input):
    """A place messages can go. The address comes in and never goes out again."""

    channel: Literal["email", "webhook", "apprise"]
    name: Line = Field(min_length=1, examples=["Maintenance chat"])
    owner: Login | None = Field(default=None, description="A person's; none: of the works.")
    language: Literal["en", "zh-CN"] = "en"
    address: Annotated[str, StringConstraints(max_length=2000, pattern=r"^[^\x00-\x1f\x7f]*$")] = Field(
        default="", description="URL or e-mail address; empty: as it was."
    )
    rotate: bool = Field(
        default=False, description="A new webhook secret; the one before stays valid beside it."
    )


class SilenceInput(_Input):
    """Nobody is told of what matches, for a time."""

    matchers: dict[Label, list[Pattern]] = Field(default={}, max_length=8)
    assets: list[Id] = Field(default=[], max_length=200)
    from_ms: Instant
    to_ms: Instant
    reason: Line = Field(min_length=1, examples=["belt is changed"])


class NetworkInput(_Input):
    """What webhooks and chats may reach inside: CIDR ranges and host names."""

    entries: list[Annotated[str, StringConstraints(max_length=100)]] = Field(max_length=100)


class IdsInput(_Input):
    """Which messages; none named: all."""

    ids: list[Annotated[str, StringConstraints(pattern=r"^[0-9a-f-]{36}$")]] = Field(
        default=[], max_length=1000
    )


@dataclass(slots=True, frozen=True)
class ContactOut:
    """A contact that was saved; a webhook's new secret is shown this once."""

    key: str
    shown: str
    secret: str | None


@dataclass(slots=True, frozen=True)
class PersonOut:
    """Somebody who may log in."""

    login: str
    name: str
    role: str


@dataclass(slots=True, frozen=True)
class OnCallOut:
    """Who is on call, from when to when; epoch milliseconds."""

    rota: str
    person: str
    start: int
    end: int


@dataclass(slots=True, frozen=True)
class CountOut:
    """How many it were."""

    count: int


@dataclass(slots=True, frozen=True)
class SentOut:
    """The id of a message, to look for it among the deliveries."""

    id: str
