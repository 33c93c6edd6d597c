"""Who is on call: layers of people who take turns at a local time of day, and overrides.

A turn is a number of days of the rota's own calendar and begins at the same time by the clock on the wall: on
the days the clocks change it is an hour shorter or longer, and nobody is on call twice or not at all.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import pairwise
from typing import NamedTuple
from zoneinfo import ZoneInfo

from lineshaft.clock import from_datetime, to_datetime
from lineshaft.domain.shifts import DAYS, turn_at

MOST_TURNS = 2000


@dataclass(slots=True, frozen=True)
class Hours:
    """Hours of some week days, by the clock on the wall; `end_min` at or before `start_min`: the next day."""

    start_min: int
    end_min: int
    days: tuple[str, ...] = DAYS
    key: str = ""


@dataclass(slots=True, frozen=True)
class Layer:
    """People who take turns, in their order."""

    people: tuple[str, ...]
    """Logins."""
    start: str
    """Day on which the first one's turn begins, ISO."""
    turn_days: int = 7
    handover_min: int = 8 * 60
    """Minutes after midnight at which turns begin."""
    hours: tuple[Hours, ...] = ()
    """When the layer is on call at all; empty: always."""


@dataclass(slots=True, frozen=True)
class Override:
    """Somebody stands in for whoever it would be."""

    person: str
    from_us: int
    to_us: int


@dataclass(slots=True, frozen=True)
class Rota:
    """Layers, the later ones above the earlier, and overrides above all."""

    key: str
    timezone: str
    name: str = ""
    layers: tuple[Layer, ...] = ()
    overrides: tuple[Override, ...] = ()


class OnCall(NamedTuple):
    """A person's stretch."""

    person: str
    start_us: int
    end_us: int


def on_call(rota: Rota, at_us: int) -> str | None:
    """The person on call at an instant; None where the rota names nobody."""
    for override in reversed(rota.overrides):
        if override.from_us <= at_us < override.to_us:
            return override.person
    zone = ZoneInfo(rota.timezone)
    for layer in reversed(rota.layers):
        if not layer.hours or turn_at(layer.hours, rota.timezone, at_us):
            person = _person(layer, zone, at_us)
            if person:
                return person
    return None


def stretches(rota: Rota, from_us: int, to_us: int) -> list[OnCall]:
    """Who is on call from when to when, in order; stretches of nobody are left out."""
    found: list[OnCall] = []
    inner = {edge for edge in _edges(rota, from_us, to_us) if from_us < edge < to_us}
    for start_us, end_us in pairwise(sorted({from_us, to_us} | inner)):
        person = on_call(rota, start_us)
        if person is None:
            continue
        if found and found[-1].person == person and found[-1].end_us == start_us:
            found[-1] = OnCall(person, found[-1].start_us, end_us)
        else:
            found.append(OnCall(person, start_us, end_us))
    return found


def turn_day(layer: Layer, zone: ZoneInfo, at_us: int) -> date:
    """The day whose hand-over was the last one before or at an instant."""
    day = to_datetime(at_us).astimezone(zone).date() + timedelta(days=1)
    while _handover_us(layer, zone, day) > at_us:
        day -= timedelta(days=1)
    return day


def _person(layer: Layer, zone: ZoneInfo, at_us: int) -> str | None:
    days = (turn_day(layer, zone, at_us) - date.fromisoformat(layer.start)).days
    if days < 0 or not layer.people:
        return None
    return layer.people[days // layer.turn_days % len(layer.people)]


def _handover_us(layer: Layer, zone: ZoneInfo, day: date) -> int:
    return _instant(zone, day, layer.handover_min)


def _edges(rota: Rota, from_us: int, to_us: int) -> Iterator[int]:
    """Every instant at which the person may change."""
    zone = ZoneInfo(rota.timezone)
    for override in rota.overrides:
        yield from (override.from_us, override.to_us)
    first = to_datetime(from_us).astimezone(zone).date() - timedelta(days=1)
    days = min((to_datetime(to_us) - to_datetime(from_us)).days + 3, MOST_TURNS)
    for day in (first + timedelta(days=n) for n in range(days)):
        for layer in rota.layers:
            yield _handover_us(layer, zone, day)
            for hours in layer.hours:
                yield _instant(zone, day, hours.start_min)
                yield _instant(zone, day, hours.end_min)


def _instant(zone: ZoneInfo, day: date, minutes: int) -> int:
    return from_datetime(datetime.combine(day, time(minutes // 60, minutes % 60), zone))
