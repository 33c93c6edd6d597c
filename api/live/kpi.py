"""The few figures at the head of every screen, out of the rows the topics show."""

from collections.abc import Iterable
from dataclasses import dataclass

from typing_extensions import TypedDict  # pydantic reads typing.TypedDict only from Python 3.12 on

from lineshaft.store.alarms import AlarmCounts
from lineshaft.store.machines import MachineRow
from lineshaft.store.shipments import ShipmentRow
from lineshaft.store.vehicles import VehicleRow

LATE_MS = 15 * 60 * 1000
"""A shipment is late from here on, as the rule 'late' has it."""
SILENT_INTERVALS = 10
"""A vehicle is silent after this many intervals without a fix …"""
SILENT_LEAST_MS = 60_000
"""… but not sooner than this: tunnels."""


class MachineFigures(TypedDict):
    """Machines by what matters about them now."""

    total: int
    down: int
    offline: int
    alarming: int


class VehicleFigures(TypedDict):
    """Vehicles likewise."""

    total: int
    moving: int
    silent: int


class ShipmentFigures(TypedDict):
    """Shipments on their way."""

    underway: int
    late: int


class ItemFigures(TypedDict):
    """Items any reader sees."""

    present: int


@dataclass(slots=True, frozen=True)
class Kpi:
    """What topic `kpi` shows."""

    machines: MachineFigures
    alarms: dict[str, int]
    """Priority '1' … '4' → to do something about; 'unacked' → nobody has acknowledged."""
    vehicles: VehicleFigures
    shipments: ShipmentFigures
    items: ItemFigures
    readings_s: float | None


def machine_figures(machines: Iterable[MachineRow]) -> MachineFigures:
    """Count the machines; one that was never heard is offline."""
    rows = list(machines)
    return MachineFigures(
        total=len(rows),
        down=sum(row.state == "DOWN" for row in rows),
        offline=sum(row.state in {None, "OFFLINE"} for row in rows),
        alarming=sum(row.alarms["count"] > 0 for row in rows),
    )


def alarm_figures(counts: AlarmCounts) -> dict[str, int]:
    """All of them, however many the list shows."""
    return {
        "1": counts.critical,
        "2": counts.high,
        "3": counts.medium,
        "4": counts.low,
        "unacked": counts.unacked,
    }


def vehicle_figures(vehicles: Iterable[VehicleRow], now_ms: int) -> VehicleFigures:
    """Count the vehicles; one that is silent is not counted as moving."""
    rows = list(vehicles)
    silent = {row.key for row in rows if is_silent(row, now_ms)}
    return VehicleFigures(
        total=len(rows),
        moving=sum(row.trip_state == "MOVING" and row.key not in silent for row in rows),
        silent=len(silent),
    )


def is_silent(vehicle: VehicleRow, now_ms: int) -> bool:
    """Whether nothing has come from a vehicle for long."""
    limit_ms = max(SILENT_LEAST_MS, SILENT_INTERVALS * vehicle.every_ms)
    return vehicle.ts is None or now_ms - vehicle.ts > limit_ms


def shipment_figures(shipments: Iterable[ShipmentRow]) -> ShipmentFigures:
    """Count the shipments on the road."""
    rows = [row for row in shipments if row.state == "underway"]
    return ShipmentFigures(underway=len(rows), late=sum((row.late_ms or 0) > LATE_MS for row in rows))
