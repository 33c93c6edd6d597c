"""Database ids for the names in bundles: looked up once, kept once the transaction that made them held."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from lineshaft.clock import to_datetime
from lineshaft.domain.readings import DeviceKey, Ints32
from lineshaft.domain.results import Bundle, Device
from lineshaft.store.database import Connection

SignalKey = tuple[int, str]
"""Device id and signal name."""


@dataclass(slots=True)
class Ids:
    """Ids that are committed, and those that this transaction found or made."""

    devices: dict[DeviceKey, int] = field(default_factory=dict)
    signals: dict[SignalKey, int] = field(default_factory=dict)
    new_devices: dict[DeviceKey, int] = field(default_factory=dict)
    new_signals: dict[SignalKey, int] = field(default_factory=dict)

    def keep(self) -> None:
        """The transaction was committed."""
        self.devices.update(self.new_devices)
        self.signals.update(self.new_signals)
        self.forget()

    def forget(self) -> None:
        """The transaction was rolled back: ids it made do not exist."""
        self.new_devices.clear()
        self.new_signals.clear()

    def resolve(self, conn: Connection, bundles: Sequence[Bundle]) -> list[tuple[Ints32, Ints32]]:
        """Device ids and signal ids of each bundle's `devices` and `series`; unknown names get a row."""
        unknown = {
            device.key: (device, bundle.received_us)
            for bundle in bundles
            for device in bundle.devices
            if device.key not in self.devices and device.key not in self.new_devices
        }
        if unknown:
            self._make_devices(conn, list(unknown.values()))
        found = [[self._device(device.key) for device in bundle.devices] for bundle in bundles]
        keys = [
            [(devices[series.device], series.name) for series in bundle.series]
            for bundle, devices in zip(bundles, found, strict=True)
        ]
        missing = {
            key: bundle.received_us
            for bundle, mine in zip(bundles, keys, strict=True)
            for key in mine
            if key not in self.signals and key not in self.new_signals
        }
        if missing:
            self._make_signals(conn, missing)
        return [
            (np.array(devices, np.int32), np.array([self._signal(key) for key in mine], np.int32))
            for devices, mine in zip(found, keys, strict=True)
        ]

    def _device(self, key: DeviceKey) -> int:
        return self.devices.get(key) or self.new_devices[key]

    def _signal(self, key: SignalKey) -> int:
        return self.signals.get(key) or self.new_signals[key]

    def _make_devices(self, conn: Connection, wanted: list[tuple[Device, int]]) -> None:
        rows = sorted((*device.key, device.asset, to_datetime(received)) for device, received in wanted)
        names = [list(column) for column in zip(*rows, strict=True)]
        conn.execute(
            "INSERT INTO device (site, agent, device, asset_id, first_seen, last_seen)"
            " SELECT w.site, w.agent, w.device, asset.asset_id, w.seen, w.seen"
            " FROM unnest(%s::text[], %s::text[], %s::text[], %s::text[], %s::timestamptz[])"
            "   AS w (site, agent, device, asset, seen)"
            " LEFT JOIN asset ON asset.key = w.asset AND asset.removed IS NULL"
            " LEFT JOIN device AS old ON (old.site, old.agent, old.device) = (w.site, w.agent, w.device)"
            " WHERE old.device_id IS NULL ON CONFLICT (site, agent, device) DO NOTHING",
            names,
        )
        found = conn.execute(
            "SELECT d.site, d.agent, d.device, d.device_id FROM device d"
            " JOIN unnest(%s::text[], %s::text[], %s::text[]) AS w (site, agent, device)"
            " ON (d.site, d.agent, d.device) = (w.site, w.agent, w.device)",
            names[:3],
        ).fetchall()
        self.new_devices.update(
            (DeviceKey(site, agent, device), number) for site, agent, device, number in found
        )

    def _make_signals(self, conn: Connection, wanted: dict[SignalKey, int]) -> None:
        rows = sorted((device, name, to_datetime(received)) for (device, name), received in wanted.items())
        names = [list(column) for column in zip(*rows, strict=True)]
        conn.execute(
            "INSERT INTO signal (device_id, name, first_seen)"
            " SELECT w.device_id, w.name, w.seen"
            " FROM unnest(%s::int[], %s::text[], %s::timestamptz[]) AS w (device_id, name, seen)"
            " LEFT JOIN signal AS old ON (old.device_id, old.name) = (w.device_id, w.name)"
            " WHERE old.signal_id IS NULL ON CONFLICT (device_id, name) DO NOTHING",
            names,
        )
        found = conn.execute(
            "SELECT s.device_id, s.name, s.signal_id FROM signal s"
            " JOIN unnest(%s::int[], %s::text[]) AS w (device_id, name)"
            " ON (s.device_id, s.name) = (w.device_id, w.name)",
            names[:2],
        ).fetchall()
        self.new_signals.update(((device, name), number) for device, name, number in found)
