"""What a description must keep beyond its shape: names that are unique, and names that exist."""

import itertools
from collections.abc import Iterator
from typing import Any

from lineshaft.domain import shifts
from lineshaft.domain.failure_modes import FAILURE_MODES
from lineshaft.domain.machines import KINDS
from lineshaft.domain.plant.document import Document
from lineshaft.domain.plant.model import LIMITS, Shift, Site
from lineshaft.domain.plant.sheet import Place, Sheet, choose, nearest
from lineshaft.domain.plant.supply import check_supply
from lineshaft.domain.signals import SIGNALS

Found = Iterator[tuple[Place, Any]]


def each(document: Document, *keys: str) -> Found:
    """Every thing under a chain of list keys, with its place.

    >>> list(each({"sites": [{"areas": [{"id": "a"}]}]}, "sites", "areas"))
    [(('sites', 0, 'areas', 0), {'id': 'a'})]
    """
    things: list[tuple[Place, Any]] = [((), document)]
    for key in keys:
        things = [((*p, key, n), one) for p, thing in things for n, one in enumerate(thing.get(key, ()))]
    return iter(things)


def machines(document: Document) -> Found:
    """Every machine."""
    return each(document, "sites", "areas", "lines", "machines")


def check_references(sheet: Sheet) -> None:
    """Complain about what does not fit together; the shape of everything is known to be right."""
    document = sheet.document
    _check_kinds(sheet, document)
    _check_ids(sheet, document)
    _check_devices(sheet, document)
    for place, machine in machines(document):
        _check_kind(sheet, place, machine, {*KINDS, *(kind["id"] for kind in document.get("kinds", ()))})
        _check_unique(sheet, each(machine, "signals"), "name", place)
    _check_zones(sheet, document)
    _check_vehicles(sheet, document)
    check_supply(sheet, document)
    for place, route in each(document, "routes"):
        if len(route["stops"]) < 2:
            sheet.complain(
                (*place, "stops"), "a route has at least two stops", "add where it starts and ends"
            )


def check_limits(sheet: Sheet, place: Place, signal: Document) -> None:
    """Complain where a signal's limits, defaults included, do not rise from the bottom up."""
    given = [(name, signal[name]) for name in LIMITS if signal[name] is not None]
    for (below, low), (above, high) in itertools.pairwise(given):
        if low >= high:
            which = next((name for name in (above, below) if (*place, name) in sheet.lines), "name")
            sheet.complain(
                (*place, which),
                f"{signal['name']}: {below} {low:g} is not below {above} {high:g}",
                "limits rise: low_low, low, high, high_high (null takes a kind's limit away)",
            )


def check_shifts(sheet: Sheet, place: Place, site: Site) -> None:
    """Complain about shifts of one site that work at the same time."""
    for (n, one), (m, other) in itertools.combinations(enumerate(site.shifts), 2):
        if shifts.overlap(one, other):
            sheet.complain((*place, "shifts", m), *_overlapping(one, other, n))


def _overlapping(one: Shift, other: Shift, n: int) -> tuple[str, str]:
    return f"shift {other.key!r} overlaps shift {one.key!r} (number {n + 1})", "change start, end or days"


def _assets(document: Document) -> Found:
    yield from each(document, "sites")
    yield from each(document, "sites", "areas")
    for noun in ("lines", "zones", "readers"):
        yield from each(document, "sites", "areas", noun)
    yield from machines(document)
    yield from each(document, "sites", "utilities")
    yield from each(document, "vehicles")


def _check_ids(sheet: Sheet, document: Document) -> None:
    _check_unique(sheet, _assets(document), "id", ())
    _check_unique(sheet, each(document, "routes"), "id", ())
    for place, site in each(document, "sites"):
        _check_unique(sheet, each(site, "shifts"), "id", place)


def _check_unique(sheet: Sheet, things: Found, key: str, above: Place) -> None:
    first: dict[str, Place] = {}
    for place, thing in things:
        here = (*above, *place, key)
        if thing[key] in first:
            line = sheet.lines[first[thing[key]]]
            sheet.complain(here, f"{key} {thing[key]!r} is taken on line {line}", "choose another")
        first.setdefault(thing[key], here)


def _check_devices(sheet: Sheet, document: Document) -> None:
    first: dict[tuple[str, str], Place] = {}
    readers = each(document, "sites", "areas", "readers")
    for place, asset in itertools.chain(machines(document), readers, each(document, "vehicles")):
        site = asset["site"] if place[0] == "vehicles" else document["sites"][place[1]]["id"]
        here = (*place, "device")
        other = first.setdefault((site, asset["device"]), here)
        if other != here:
            what = f"device {asset['device']!r} already speaks for line {sheet.lines[other]}"
            sheet.complain(here, what, "a device speaks for one asset")


def _check_kinds(sheet: Sheet, document: Document) -> None:
    for place, kind in each(document, "kinds"):
        if kind["id"] in KINDS:
            sheet.complain((*place, "id"), f"kind {kind['id']!r} is there already", "give it another id")
        for n, key in enumerate(kind.get("failure_modes", ())):
            if key not in FAILURE_MODES:
                here = (*place, "failure_modes", n)
                sheet.complain(here, f"failure mode {key!r} is not known", choose(key, FAILURE_MODES))
        _check_quantities(sheet, place, kind)
        _check_unique(sheet, each(kind, "signals"), "name", place)
    _check_unique(sheet, each(document, "kinds"), "id", ())


def _check_kind(sheet: Sheet, place: Place, machine: Document, kinds: set[str]) -> None:
    kind = machine["kind"]
    if kind not in kinds and (nearest(kind, kinds) or not machine.get("signals", ())):
        fix = choose(kind, kinds) + " (a kind of your own lists its signals)"
        sheet.complain((*place, "kind"), f"kind {kind!r} is not known", fix)
    _check_quantities(sheet, place, machine)


def _check_quantities(sheet: Sheet, place: Place, thing: Document) -> None:
    for n, signal in enumerate(thing.get("signals", ())):
        quantity = signal.get("quantity", "")
        if quantity not in SIGNALS:
            here = (*place, "signals", n, "quantity")
            sheet.complain(here, f"quantity {quantity!r} is not known", choose(quantity, set(SIGNALS) - {""}))


def _check_zones(sheet: Sheet, document: Document) -> None:
    for n, site in enumerate(document["sites"]):
        zones = {zone["id"] for _, zone in each(site, "areas", "zones")}
        for place, reader in each(site, "areas", "readers"):
            for port, zone in reader["antennas"].items():
                if zone not in zones:
                    here = ("sites", n, *place, "antennas", port)
                    sheet.complain(here, f"zone {zone!r} is not of this site", choose(zone, zones))


def _check_vehicles(sheet: Sheet, document: Document) -> None:
    sites = {site["id"] for site in document["sites"]}
    _check_unique(sheet, each(document, "dialects"), "filter", ())
    for place, vehicle in (*each(document, "vehicles"), *each(document, "dialects")):
        if vehicle["site"] not in sites:
            what = f"site {vehicle['site']!r} is not described"
            sheet.complain((*place, "site"), what, choose(vehicle["site"], sites))
