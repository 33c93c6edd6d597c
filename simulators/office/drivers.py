"""The drivers: they take the loads the plan gives their van, and their trackers tell where they are."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from simulators.base import SECOND_US
from simulators.office.api import Api
from simulators.office.rounds import DEPOTS, Depot
from simulators.office.vans import Halt, Van, said

BREAKS_DOWN = "van-2"
DOWN_US = (3 * 60 * SECOND_US, 50 * 60 * SECOND_US)
"""From when to when it stands by the road, after it has left for its first tour."""
LOADING_S = 240.0

Publish = Callable[[str, bytes], object]


@dataclass(slots=True)
class Drivers:
    """All vans."""

    api: Api
    publish: Publish
    vans: dict[str, Van] = field(default_factory=dict)
    home: dict[str, Depot] = field(default_factory=dict)
    is_known: bool = False
    """Whether anybody has asked where they were last."""

    def __post_init__(self) -> None:
        """They stand at their depots."""
        for depot in DEPOTS:
            for key in depot.vans:
                self.vans[key], self.home[key] = Van(key, depot.city.lat, depot.city.lon), depot

    def tell(self, now_us: int) -> None:
        """Drive on, and say where everyone is, once that is known."""
        for van in self.vans.values():
            van.step(now_us)
            if self.is_known:
                self.publish(*said(van))

    def look(self, now_us: int) -> None:
        """Idle drivers take what is to leave by now.

        Raises:
            AwayError: the product does not answer.
        """
        shipments = self.api.items("shipments")
        if not self.is_known:  # an office that was started again finds its vans where they were
            for row in self.api.items("vehicles"):
                if row["key"] in self.vans and row["lat"] is not None:
                    self.vans[row["key"]].lat, self.vans[row["key"]].lon = row["lat"], row["lon"]
            self.is_known = True
        for key, van in self.vans.items():
            if not van.is_idle:
                continue
            mine = [
                one for one in shipments if one["vehicle"] == key and one["state"] in {"planned", "underway"}
            ]
            tour = _tour(mine, now_us // 1000)
            if tour:
                self._leave(van, tour, now_us)

    def _leave(self, van: Van, tour: list[dict[str, Any]], now_us: int) -> None:
        home = self.home[van.key].city
        depot = Halt(home.lat, home.lon, LOADING_S)
        van.halts = [*self._halts(tour), depot]
        if van.key == BREAKS_DOWN and not van.down_us[1]:
            van.down_us = (now_us + DOWN_US[0], now_us + DOWN_US[1])

    def _halts(self, tour: list[dict[str, Any]]) -> list[Halt]:
        """The stops of a tour that nobody has been at, in the order of the plan."""
        found = []
        for one in sorted(tour, key=lambda one: one["planned_arrival"] or 0):
            stops = self.api.get(f"shipments/{one['id']}/journey")["stops"][1:]
            found += [
                Halt(stop["lat"], stop["lon"], 60.0 * (stop["service_min"] or 8.0))
                for stop in stops
                if stop["arrived_ms"] is None
            ]
        return found


def _tour(mine: list[dict[str, Any]], now_ms: int) -> list[dict[str, Any]]:
    """What is on board; else what leaves together, and first of all, once it is time."""
    aboard = [one for one in mine if one["state"] == "underway"]
    if aboard:
        return aboard
    due = [one for one in mine if one["planned_departure"] is not None and one["planned_departure"] <= now_ms]
    first = min((one["planned_departure"] for one in due), default=None)
    return [one for one in due if one["planned_departure"] == first]
