"""Adds a device that nobody described to the plant's description: pure, the description in and out."""

from copy import deepcopy
from typing import Any

from api.schemas import AdoptInput
from lineshaft.domain.machines import MachineKind
from lineshaft.domain.plant import Document, Plant, parse, to_yaml
from lineshaft.domain.plant.document import from_document
from lineshaft.store.devices import DeviceRow

READER = "reader"


class AdoptError(ValueError):
    """The device cannot become what was asked."""


def adopted(document: Document, device: DeviceRow, what: AdoptInput) -> tuple[Plant, str]:
    """The plant with the device in it, and the new asset's key.

    A machine takes the signals of its kind, and besides them what the device has sent.

    Args:
        document: the plant as it is; not changed.
        device: unassigned.
        what: it is to be; on a line a machine, in an area a reader, else a vehicle.

    Raises:
        AdoptError: the place is not there, or the key is taken.
    """
    fresh = deepcopy(document)
    key = what.key or device.device
    asset: dict[str, Any] = {
        "id": key,
        "name": {"en": what.name, "zh": what.name},
        "device": f"{device.agent}/{device.device}",
    }
    if what.kind == READER:
        area = _one(_areas(fresh, device.site), what.line, "area")
        zone = next((zone["id"] for zone in area["zones"]), None)
        if zone is None:
            raise AdoptError(f"area {what.line} has no zone for the reader to look at")
        area["readers"].append(asset | {"antennas": {"1": zone}})
    elif what.line:
        lines = [line for area in _areas(fresh, device.site) for line in area["lines"]]
        line = _one(lines, what.line, "line")
        kind = from_document(fresh).kind_of.get(what.kind)
        line["machines"].append(asset | {"kind": what.kind, "signals": _signals(kind, device)})
    else:
        fresh["vehicles"].append(asset | {"kind": what.kind, "site": device.site, "every_s": 10.0})
    # The description is read as if a person had written it: the same checks, the same defaults.
    plant = parse(to_yaml(from_document(fresh)))
    if not isinstance(plant, Plant):
        raise AdoptError("; ".join(f"{problem.what}: {problem.fix}" for problem in plant))
    return plant, key


def _areas(document: Document, site: str) -> list[Document]:
    return [area for one in document["sites"] if one["id"] == site for area in one["areas"]]


def _one(places: list[Document], key: str | None, noun: str) -> Document:
    found = next((place for place in places if place["id"] == key), None)
    if found is None:
        known = ", ".join(place["id"] for place in places) or "there is none"
        raise AdoptError(f"no {noun} {key!r} at this site: {known}")
    return found


def _signals(kind: MachineKind | None, device: DeviceRow) -> list[Document]:
    """Signals the device sends and its kind does not have; the kind's own come by themselves."""
    known = {signal.name for signal in kind.signals} if kind else set()
    return [
        {
            "name": name,
            "label": {"en": name, "zh": name},
            "unit": "",
            "quantity": "",
            "every_s": None,
        }
        for name in device.signals
        if name not in known
    ]
