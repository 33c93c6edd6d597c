"""What `utilities`, `feeds` and `depends` of a description must keep: they name what is there, in no ring."""

from typing import Any

from lineshaft.domain.plant.document import Document
from lineshaft.domain.plant.sheet import Place, Sheet, choose
from lineshaft.domain.utilities import UTILITIES

Named = list[tuple[Place, Document]]


def check_supply(sheet: Sheet, document: Document) -> None:
    """Complain about kinds that are not known, ids that are not of the site, and rings."""
    for n, site in enumerate(document["sites"]):
        _check_site(sheet, ("sites", n), site)


def _check_site(sheet: Sheet, place: Place, site: Document) -> None:
    utilities: Named = [((*place, "utilities", n), one) for n, one in enumerate(site.get("utilities", ()))]
    areas = site.get("areas", ())
    lines = [line for area in areas for line in area.get("lines", ())]
    machines: Named = [
        ((*place, "areas", a, "lines", b, "machines", c), machine)
        for a, area in enumerate(areas)
        for b, line in enumerate(area.get("lines", ()))
        for c, machine in enumerate(line.get("machines", ()))
    ]
    readers = [reader for area in areas for reader in area.get("readers", ())]
    makers = {one["id"] for _, one in (*utilities, *machines)}
    fed = makers | {one["id"] for one in (*areas, *lines, *readers)}
    for where, utility in utilities:
        if utility["kind"] not in UTILITIES:
            what = f"utility kind {utility['kind']!r} is not known"
            sheet.complain((*where, "kind"), what, choose(utility["kind"], UTILITIES))
        _check_known(sheet, (*where, "feeds"), utility["feeds"], fed)
    for where, one in (*utilities, *machines):
        _check_known(sheet, (*where, "depends"), one.get("depends", ()), makers)
    _check_rings(sheet, [*utilities, *machines])


def _check_known(sheet: Sheet, place: Place, named: Any, known: set[str]) -> None:
    for n, key in enumerate(named):
        if key not in known:
            sheet.complain((*place, n), f"{key!r} is not of this site", choose(key, known))


def _check_rings(sheet: Sheet, things: Named) -> None:
    """Among utilities and machines; a line that is fed feeds nothing."""
    above: dict[str, set[str]] = {one["id"]: set(one.get("depends", ())) for _, one in things}
    for _, one in things:
        for key in one.get("feeds", ()):
            above.setdefault(key, set()).add(one["id"])
    for where, one in things:
        if one["id"] in _reached(above, one["id"]):
            what = f"{one['id']!r} depends on itself, by way of what it depends on"
            sheet.complain((*where, "id"), what, "take one of feeds or depends away")


def _reached(above: dict[str, set[str]], start: str) -> set[str]:
    found: set[str] = set()
    waiting = list(above.get(start, ()))
    while waiting:
        key = waiting.pop()
        if key not in found:
            found.add(key)
            waiting += above.get(key, ())
    return found
