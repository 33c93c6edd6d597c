"""What maintenance begins with, from a file: teams, parts with their opening stock, preventive plans.

The file is configuration. What it names is written down once; what people change afterwards stays theirs.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

import yaml

from lineshaft.domain.maintenance.plans import Unit

VERSION: Final = 1
UNITS: Final[dict[str, Unit]] = {"days": "day", "weeks": "week", "months": "month"}


class KitError(ValueError):
    """The file cannot be used; the text says where and why."""


@dataclass(slots=True, frozen=True)
class KitTeam:
    """A team of the file."""

    key: str
    name: str
    name_zh: str
    members: tuple[str, ...]
    hours_week: float
    rate_hour: float | None


@dataclass(slots=True, frozen=True)
class KitPart:
    """A part of the file."""

    key: str
    name: str
    name_zh: str
    unit: str
    location: str
    minimum: float
    unit_cost: float
    kinds: tuple[str, ...]
    on_hand: float
    """Opening stock, booked as a count."""


@dataclass(slots=True, frozen=True)
class KitPlan:
    """A plan of the file."""

    key: str
    machine: str
    title: str
    title_zh: str
    team: str | None
    estimate_h: float
    lead_days: float
    checks: tuple[tuple[str, str], ...]
    parts: tuple[tuple[str, float], ...]
    way: str
    every: float
    unit: Unit
    starts: date | None
    at_min: int
    signal: str | None
    above: float


@dataclass(slots=True, frozen=True)
class Kit:
    """All of the file."""

    currency: str
    rate_hour: float
    teams: tuple[KitTeam, ...]
    parts: tuple[KitPart, ...]
    plans: tuple[KitPlan, ...]


def parse(text: str) -> Kit:
    """The kit of a file.

    Raises:
        KitError: it has another form; the text names the entry.
    """
    try:
        said = _of_our_version(yaml.safe_load(text))
        terms = said.get("terms", {})
        return Kit(
            str(terms.get("currency", "CNY")),
            float(terms.get("rate_hour", 0)),
            tuple(_team(one) for one in _each(said, "teams")),
            tuple(_part(one) for one in _each(said, "parts")),
            tuple(_plan(one) for one in _each(said, "plans")),
        )
    except KitError:
        raise
    except (yaml.YAMLError, AttributeError, KeyError, TypeError, ValueError) as error:
        raise KitError(f"maintenance file: {error!r}") from error


def _of_our_version(said: dict[str, Any]) -> dict[str, Any]:
    if said.get("version") != VERSION:
        raise KitError(f"version: expected {VERSION}, got {said.get('version')!r}")
    return said


def _each(said: dict[str, Any], family: str) -> Iterator[dict[str, Any]]:
    for one in said.get(family, []):
        if "id" not in one:
            raise KitError(f"{family}: an entry has no id: {one}")
        yield one


def _name(said: Any) -> tuple[str, str]:
    """Name in English and Chinese; plain text is both."""
    return (str(said["en"]), str(said.get("zh", ""))) if isinstance(said, dict) else (str(said), "")


def _team(one: dict[str, Any]) -> KitTeam:
    rate = one.get("rate_hour")
    return KitTeam(
        one["id"], *_name(one["name"]), tuple(one.get("members", ())), float(one.get("hours_week", 0)),
        None if rate is None else float(rate),
    )  # fmt: skip


def _part(one: dict[str, Any]) -> KitPart:
    numbers = (float(one.get("minimum", 0)), float(one.get("unit_cost", 0)))
    kinds = tuple(one.get("kinds", ()))
    return KitPart(
        one["id"], *_name(one["name"]), str(one.get("unit", "")), str(one.get("location", "")), *numbers,
        kinds, float(one.get("on_hand", 0)),
    )  # fmt: skip


def _plan(one: dict[str, Any]) -> KitPlan:
    way, every, unit = _way(one)
    said = one["every"]
    hours, _, minutes = str(said.get("at", "08:00")).partition(":")
    starts = date.fromisoformat(str(said["starts"])) if way == "calendar" else None
    title = _name(one["title"])
    return KitPlan(
        key=one["id"],
        machine=one["machine"],
        title=title[0],
        title_zh=title[1],
        team=one.get("team"),
        estimate_h=float(one.get("estimate_h", 0)),
        lead_days=float(one.get("lead_days", 1)),
        checks=tuple(_name(line) for line in one.get("checks", ())),
        parts=tuple((part["id"], float(part.get("amount", 1))) for part in one.get("parts", ())),
        way=way,
        every=every,
        unit=unit,
        starts=starts,
        at_min=int(hours) * 60 + int(minutes),
        signal=said.get("signal"),
        above=float(said.get("above", 0)),
    )


def _way(one: dict[str, Any]) -> tuple[str, float, Unit]:
    said = one["every"]
    for word, unit in UNITS.items():
        if word in said:
            return "calendar", float(said[word]), unit
    for word, way in (("running_hours", "running"), ("counts", "counter")):
        if word in said:
            return way, float(said[word]), "day"
    raise KitError(f"plan {one['id']}: every: say days, weeks, months, running_hours or counts")
