"""A warehouse: pallets and their cases move from dock to rack to packing to dock, and readers half see it.

Every read comes from one model: the signal falls with the distance between tag and antenna, tags hang well
or badly, and a weak signal is seldom decoded. So a tag is missed now and then where it is, and read now and
then by the neighbour, in the way real portals do.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from simulators import noise
from simulators.base import SECOND_US, Message, ticks
from simulators.epc import sgtin_96, sscc_96

Values = NDArray[np.float64]


class Zone(NamedTuple):
    """Where pallets stand: a rectangle around a middle, in metres."""

    id: str
    en: str
    zh: str
    x: float
    y: float
    half_x: float
    half_y: float
    capacity: int


class Antenna(NamedTuple):
    """One antenna of a reader, above the floor at a place."""

    reader: str
    port: int
    zone: str
    x: float
    y: float
    gain_db: float


ZONES = (
    Zone("dock-in-1", "Inbound dock 1", "收货口 1", 0.0, 0.0, 1.2, 1.2, 40),
    Zone("dock-in-2", "Inbound dock 2", "收货口 2", 5.5, 0.0, 1.2, 1.2, 40),
    Zone("racks-a", "Racks A", "货架 A", 4.0, 18.0, 8.0, 2.5, 300),
    Zone("racks-b", "Racks B", "货架 B", 4.0, 27.0, 8.0, 2.5, 300),
    Zone("packing", "Packing", "包装区", 22.0, 20.0, 2.5, 2.5, 60),
    Zone("dock-out-1", "Outbound dock 1", "发货口 1", 20.0, 0.0, 1.2, 1.2, 40),
    Zone("dock-out-2", "Outbound dock 2", "发货口 2", 25.5, 0.0, 1.2, 1.2, 40),
)
READERS = {
    "gate-in-1": ("Inbound gate 1", "收货门 1", 1),
    "gate-in-2": ("Inbound gate 2", "收货门 2", 1),
    "racks": ("Rack reader", "货架读写器", 5),
    "packing-table": ("Packing table", "包装台", 2),
    "gate-out-1": ("Outbound gate 1", "发货门 1", 1),
    "gate-out-2": ("Outbound gate 2", "发货门 2", 1),
}
"""Reader → English name, Chinese name, seconds between its reports."""

ANTENNAS = (
    Antenna("gate-in-1", 1, "dock-in-1", -1.5, 0.0, 0.0),
    Antenna("gate-in-1", 2, "dock-in-1", 1.5, 0.0, 0.0),
    Antenna("gate-in-2", 1, "dock-in-2", 4.0, 0.0, 0.0),
    Antenna("gate-in-2", 2, "dock-in-2", 7.0, 0.0, 0.0),
    # Over the racks: fewer antennas with more gain, so more is missed and more is strayed.
    Antenna("racks", 1, "racks-a", 0.0, 18.0, 7.0),
    Antenna("racks", 2, "racks-a", 8.0, 18.0, 7.0),
    Antenna("racks", 3, "racks-b", 0.0, 27.0, 7.0),
    Antenna("racks", 4, "racks-b", 8.0, 27.0, 7.0),
    Antenna("packing-table", 1, "packing", 22.0, 20.0, 2.0),
    Antenna("gate-out-1", 1, "dock-out-1", 18.5, 0.0, 0.0),
    Antenna("gate-out-1", 2, "dock-out-1", 21.5, 0.0, 0.0),
    Antenna("gate-out-2", 1, "dock-out-2", 24.0, 0.0, 0.0),
    Antenna("gate-out-2", 2, "dock-out-2", 27.0, 0.0, 0.0),
)

ARRIVES_EVERY_US = 75 * SECOND_US
CASES_MOST = 4
STAYS_S = ((60.0, 180.0), (600.0, 2400.0), (120.0, 360.0), (60.0, 180.0))
"""Shortest and longest stay at inbound dock, racks, packing, outbound dock."""
DRIVE_S = 25.0
"""A fork lift takes so long from one zone to the next."""
LONGEST_US = int(sum(most for _, most in STAYS_S) + 4 * DRIVE_S) * SECOND_US

RSSI_1M_DBM = -45.0
FALL_DB = 36.0
"""Per tenfold distance: there and back again, in a hall that reflects."""
FADING_DB = 3.0
HANG_DB = 5.0
"""How differently tags hang on their boxes."""
SENSITIVE_DBM = -67.5
"""Read every other time at this strength."""
SOFT_DB = 1.6
HEIGHT_M = 1.6
"""Antennas hang this far above the tags."""


class Visit(NamedTuple):
    """A pallet's way through the house: zone indices, and when it enters and leaves each."""

    number: int
    zones: tuple[int, ...]
    enters_us: tuple[int, ...]
    leaves_us: tuple[int, ...]


def visit(seed: int, number: int) -> Visit:
    """The visit of a pallet by its number: pallet n arrives in the n-th stretch since 1970."""
    chance = noise.uniform(noise.key(seed, "visit"), number * 8 + np.arange(8))
    zones = (int(chance[0] * 2), 2 + int(chance[1] * 2), 4, 5 + int(chance[2] * 2))
    at_us = number * ARRIVES_EVERY_US + int(chance[3] * ARRIVES_EVERY_US)
    enters, leaves = [], []
    for (low, high), u in zip(STAYS_S, chance[4:], strict=True):
        enters.append(at_us)
        at_us += int((low + (high - low) * u) * SECOND_US)
        leaves.append(at_us)
        at_us += int(DRIVE_S * SECOND_US)
    return Visit(number, zones, tuple(enters), tuple(leaves))


def tags(seed: int, number: int) -> list[str]:
    """The EPCs of a pallet and its cases."""
    place = noise.key(seed, "tags")
    cases = 1 + int(noise.uniform(place, number) * CASES_MOST)
    item = 100_000 + int(noise.uniform(place ^ 1, number) * 40)
    return [sscc_96(number % 2**30)] + [sgtin_96(item, number * 8 % 2**37 + c) for c in range(cases)]


class Warehouse:
    """The warehouse's world."""

    def __init__(self, seed: int, start_us: int, from_us: int) -> None:
        del start_us  # Pallets come and go whenever one looks.
        self._seed = seed
        self._done_us = from_us
        self._visits: dict[int, tuple[Visit, list[str]]] = {}

    def step(self, now_us: int) -> list[Message]:
        """One message a reader and reporting interval in which it read anything."""
        found: list[Message] = []
        for number, (reader, (_, _, every_s)) in enumerate(READERS.items()):
            every_us = every_s * SECOND_US
            for at_us in ticks(self._done_us, now_us, every_us, number * every_us // len(READERS)):
                reads = self._reads(reader, at_us, every_us)
                if reads:
                    begins_ms = (at_us - every_us) // 1000
                    body: dict[str, object] = {"v": 1, "ts": begins_ms, "reads": reads}
                    found.append(Message(at_us, reader, "rfid", body))
        self._done_us = max(self._done_us, now_us)
        return sorted(found, key=lambda message: (message.sent_us, message.device))

    def where(self, at_us: int) -> tuple[list[str], Values, Values]:
        """Every tag in the house, and its x and y in metres."""
        last = at_us // ARRIVES_EVERY_US
        first = (at_us - LONGEST_US) // ARRIVES_EVERY_US - 1
        for gone in [number for number in self._visits if number < first]:
            del self._visits[gone]
        epcs: list[str] = []
        xs: list[float] = []
        ys: list[float] = []
        for number in range(first, last + 1):
            if number not in self._visits:
                self._visits[number] = visit(self._seed, number), tags(self._seed, number)
            pallet, numbers = self._visits[number]
            place = self._place(pallet, at_us)
            if place:
                epcs += numbers
                xs += [place[0]] * len(numbers)
                ys += [place[1]] * len(numbers)
        return epcs, np.array(xs), np.array(ys)

    def _place(self, pallet: Visit, at_us: int) -> tuple[float, float] | None:
        if not pallet.enters_us[0] <= at_us < pallet.leaves_us[-1]:
            return None
        step = max(i for i, enters_us in enumerate(pallet.enters_us) if enters_us <= at_us)
        x, y = self._spot(pallet, step)
        if at_us < pallet.leaves_us[step]:
            return x, y
        share = (at_us - pallet.leaves_us[step]) / (DRIVE_S * SECOND_US)
        to_x, to_y = self._spot(pallet, step + 1)
        return x + (to_x - x) * share, y + (to_y - y) * share

    def _spot(self, pallet: Visit, step: int) -> tuple[float, float]:
        zone = ZONES[pallet.zones[step]]
        u, v = (
            noise.uniform(noise.key(self._seed, "spot"), pallet.number * 8 + step * 2 + np.arange(2)) * 2 - 1
        )
        return zone.x + float(u) * zone.half_x, zone.y + float(v) * zone.half_y

    def _reads(self, reader: str, at_us: int, every_us: int) -> list[dict[str, object]]:
        epcs, x, y = self.where(at_us)
        if not epcs:
            return []
        names = np.array([int(epc[6:], 16) % 2**63 for epc in epcs], np.uint64)
        hang_db = HANG_DB * noise.normal(names, 0)
        found = []
        for antenna in ANTENNAS:
            if antenna.reader != reader:
                continue
            place = names ^ np.uint64(noise.key(self._seed, reader, antenna.port))
            away_m = np.sqrt((x - antenna.x) ** 2 + (y - antenna.y) ** 2 + HEIGHT_M**2)
            fading_db = FADING_DB * noise.normal(place, at_us)
            rssi = RSSI_1M_DBM + antenna.gain_db - FALL_DB * np.log10(away_m) + hang_db + fading_db
            chance = 1.0 / (1.0 + np.exp((SENSITIVE_DBM - rssi) / SOFT_DB))
            seen = np.flatnonzero(noise.uniform(place, at_us + 1) < chance)
            when = noise.uniform(place, at_us + 2)
            found += [
                {
                    "dt": int(when[i] * every_us / 1000),
                    "epc": epcs[i],
                    "ant": antenna.port,
                    "rssi": round(float(rssi[i]), 1),
                    "n": 1 + int(float(chance[i]) * 6 * float(noise.uniform(place[i], at_us + 3))),
                }
                for i in seen
            ]
        return found
