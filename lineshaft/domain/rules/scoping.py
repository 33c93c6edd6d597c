"""Where in the plant a rule applies."""

from collections.abc import Iterable
from fnmatch import fnmatchcase
from typing import NamedTuple

from lineshaft.domain.plant import Plant, Shift
from lineshaft.domain.rules.document import Scope


class Place(NamedTuple):
    """Where a machine stands; all empty of a device that nobody described."""

    machine: str
    site: str = ""
    area: str = ""
    line: str = ""
    kind: str = ""
    timezone: str = "UTC"
    shifts: tuple[Shift, ...] = ()


def places(plant: Plant) -> dict[str, Place]:
    """Machine key → where it stands."""
    return {
        machine.key: Place(
            machine.key, site.key, area.key, line.key, machine.kind, site.timezone, site.shifts
        )
        for site, area in plant.areas
        for line in area.lines
        for machine in line.machines
    }


def covers(scope: Scope, place: Place) -> bool:
    """Whether a machine is in a rule's scope."""
    return (
        _any(scope.site, place.site)
        and _any(scope.area, place.area)
        and _any(scope.line, place.line)
        and _any(scope.machine, place.machine)
        and _any(scope.kind, place.kind)
    )


def covers_signal(scope: Scope, signal: str, quantity: str) -> bool:
    """Whether a signal of a machine in the scope is in it as well.

    >>> covers_signal(Scope(signal=("temp*",)), "temp_2", "temperature")
    True
    """
    return _any(scope.signal, signal) and _any(scope.quantity, quantity)


def _any(globs: Iterable[str], word: str) -> bool:
    wanted = tuple(globs)
    return not wanted or any(fnmatchcase(word, glob) for glob in wanted)
