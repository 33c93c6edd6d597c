"""plant.yaml as people write it, to a plant and back.

What a description leaves out is filled in here, once: names from ids, and a machine's signals from its
kind. Writing it back leaves the same out again, so an exported file stays short and reads back equal.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from lineshaft.domain.machines import KINDS, MachineKind, SignalDefault
from lineshaft.domain.plant.document import Document, from_document, to_document, to_kind
from lineshaft.domain.plant.model import LIMITS, Plant
from lineshaft.domain.plant.references import check_limits, check_references, check_shifts, each, machines
from lineshaft.domain.plant.shape import check_shape
from lineshaft.domain.plant.sheet import Problem, Sheet, dump, load
from lineshaft.domain.shifts import DAYS
from lineshaft.domain.signals import quantity

RADIUS_M = 500.0
"""Of a stop that gives none: twice the error of a poor fix beside tall walls."""

EVERY_S = 10.0
"""Expected seconds between the fixes of a vehicle that says nothing."""


def parse(text: str) -> Plant | list[Problem]:
    """The plant of a plant.yaml, or everything that is wrong with it, in the order of its lines."""
    sheet = load(text)
    if not sheet.problems:
        check_shape(sheet, sheet.document)
    if not sheet.problems:
        check_references(sheet)
    if sheet.problems:
        return _sorted(sheet)
    plant = from_document(_filled(sheet))
    for n, site in enumerate(plant.sites):
        check_shifts(sheet, ("sites", n), site)
    return _sorted(sheet) if sheet.problems else plant


def to_yaml(plant: Plant) -> str:
    """The description of a plant, without what its kinds already say; `parse` gives an equal plant."""
    document = to_document(plant)
    for _, machine in machines(document):
        machine["signals"] = _own_signals(machine, plant.kind_of.get(machine["kind"]))
    for kind in document.get("kinds", ()):
        kind["signals"] = [_without(signal, _usual(signal)) for signal in kind["signals"]]
    return dump(_short(document))


def _sorted(sheet: Sheet) -> list[Problem]:
    return sorted(set(sheet.problems))


def _filled(sheet: Sheet) -> Document:
    document: Document = sheet.document
    _fill(each(document, "kinds"), iso_group=0, support="rigid", failure_modes=[])
    for place, signal in each(document, "kinds", "signals"):
        signal.update({**_usual(signal), **signal})
        check_limits(sheet, place, signal)
    kinds = _kinds(document)
    for place, machine in machines(document):
        own = {one["name"]: n for n, one in enumerate(machine.get("signals", ()))}
        machine["signals"] = _signals(machine, kinds.get(machine["kind"]))
        for signal in machine["signals"]:
            n = own.get(signal["name"])
            check_limits(sheet, place if n is None else (*place, "signals", n), signal)
    _fill(each(document, "sites", "shifts"), days=list(DAYS))
    for noun in ("lines", "zones", "readers"):
        _fill(each(document, "sites", "areas", noun))
    _fill(each(document, "sites", "areas", "lines"), machines=[])
    _fill(machines(document))
    _fill(each(document, "sites"))
    _fill(each(document, "sites", "areas"))
    _fill(each(document, "sites", "utilities"))
    _fill(each(document, "routes"))
    _fill(each(document, "routes", "stops"), radius_m=RADIUS_M)
    _fill(each(document, "vehicles"), kind="truck", every_s=EVERY_S)
    return document


def _fill(things: Iterable[tuple[Any, Document]], **defaults: object) -> None:
    for _, thing in things:
        thing.update({key: value for key, value in defaults.items() if key not in thing})
        thing["name"] = _both(thing.get("name") or thing["id"])


def _both(name: str | Mapping[str, str]) -> Document:
    if isinstance(name, str):
        return {"en": name, "zh": name}
    return {"en": name["en"], "zh": name.get("zh", name["en"])}


def _kinds(document: Document) -> Mapping[str, MachineKind]:
    """The kinds a description may name: everyone's, and its own."""
    own = [to_kind(raw) for raw in document.get("kinds", ())]
    return {**KINDS, **{kind.key: kind for kind in own}}


def _usual(signal: Document) -> Document:
    """What a kind's signal is where the description leaves it out."""
    return {"unit": quantity(signal["quantity"]).unit, **dict.fromkeys(LIMITS)}


def _signals(machine: Document, kind: MachineKind | None) -> list[Document]:
    """A machine's signals, complete: its kind's in their order, then those of its own."""
    own = {signal["name"]: signal for signal in machine.get("signals", ())}
    defaults = {signal.name: signal for signal in kind.signals} if kind else {}
    return [_signal(name, own.get(name, {}), defaults.get(name)) for name in dict.fromkeys([*defaults, *own])]


def _signal(name: str, own: Document, default: SignalDefault | None) -> Document:
    key = own.get("quantity", default.quantity if default else "")
    row = quantity(key)
    signal: Document = {
        "name": name,
        "label": {"en": row.name_en, "zh": row.name_zh} if row.key else _both(name),
        "unit": row.unit,
        "quantity": key,
        "every_s": None,
        **dict.fromkeys(LIMITS),
    }
    if default:
        signal |= {"unit": default.unit, "every_s": default.every_s}
        signal |= {limit: getattr(default, limit) for limit in LIMITS}
    signal |= own
    signal["label"] = _both(signal["label"])
    return signal


def _own_signals(machine: Document, kind: MachineKind | None) -> list[Document]:
    """What a machine says of its signals that its kind does not."""
    defaults = {signal.name: signal for signal in kind.signals} if kind else {}
    said = []
    for signal in machine["signals"]:
        default = defaults.get(signal["name"])
        known = default.quantity if default else ""
        start = {"quantity": signal["quantity"]} if signal["quantity"] != known else {}
        plain = _signal(signal["name"], start, default)
        own = start | {key: value for key, value in signal.items() if value != plain[key]}
        if own or not default:
            said.append({"name": signal["name"], **own})
    return said


def _without(signal: Document, usual: Document) -> Document:
    return {key: value for key, value in signal.items() if key not in usual or value != usual[key]}


def _short(value: Any) -> Any:
    """Names in one language as one text, and nothing that is empty."""
    if isinstance(value, dict):
        if set(value) == {"en", "zh"}:
            return value["en"] if value["en"] == value["zh"] else value
        return {key: _short(one) for key, one in value.items() if one not in ([], {}) and _said(key, one)}
    return [_short(one) for one in value] if isinstance(value, list) else value


def _said(key: str, value: object) -> bool:
    return value is not None or key in LIMITS
