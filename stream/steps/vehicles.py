"""The vehicles of a shard: takes fixes in, moves their tracks and shipments, and says what was reached."""

from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from lineshaft.clock import SECOND_US
from lineshaft.domain import trips
from lineshaft.domain.alarms import Condition
from lineshaft.domain.fences import Crossing, Fences, Spot, fence_of
from lineshaft.domain.plant import Route
from lineshaft.domain.readings import DeviceKey, Fixes, Flag
from lineshaft.domain.results import CountKey, LegRow, TrackRow, VisitRow
from stream.bundle import Draft, TakenFixes
from stream.rules.base import Bools
from stream.steps.described import Described
from stream.steps.plans import plan_of
from stream.steps.recent import CONFLICT, NEW, SAME, Recent
from stream.steps.shipments import Shipments

AHEAD_US = 10 * SECOND_US
"""A fix further in the future than clocks drift would block the true ones behind it."""
ROUTE_EVERY_US = 20 * SECOND_US
"""How often a vehicle is held against its route."""
EVERY_S = 10.0
"""Expected between the fixes of a vehicle that nobody described."""
OFFLINE_PRIORITY, OFF_ROUTE_PRIORITY = 3, 2
FLAGS = {"old": Flag.LATE}
"""How a fix that moved nothing is flagged, by its fault; by all others it cannot be true."""


@dataclass(slots=True)
class Vehicles:
    """One track a device row; their shipments by the vehicle's key."""

    tracks: dict[int, trips.Track] = field(default_factory=dict)
    recent: Recent = field(default_factory=Recent)
    shipments: Shipments = field(default_factory=Shipments)
    fences: Fences = field(default_factory=Fences)
    heard_us: dict[int, int] = field(default_factory=dict)
    """When each vehicle's last fix came, on the clock that stands still while nobody listens."""
    offline: set[int] = field(default_factory=set)
    deviations: dict[tuple[str, str], trips.Deviation] = field(default_factory=dict)
    """(vehicle, shipment) → whether it is on its route."""
    routed_us: dict[str, int] = field(default_factory=dict)
    """When each vehicle was held against its route last."""

    def sift(self, device: int, fixes: Fixes) -> tuple[Fixes, list[int]]:
        """The fixes that did not come before; how many are new, the same, or contradict an earlier one."""
        self.recent.grow(device + 1)
        place = fixes.lat * 1_000 + fixes.lon
        verdict = self.recent.sift(np.full(len(fixes), device, np.int32), fixes.ts_us, place)
        counts = np.bincount(verdict, minlength=3)
        return _some(fixes, verdict == NEW), [int(counts[kind]) for kind in (NEW, SAME, CONFLICT)]

    def follow(self, taken: TakenFixes, source: str, now_us: int, draft: Draft) -> Fixes:
        """Move a vehicle by its live fixes; gives the fixes, those that cannot be true flagged."""
        fixes, flags = taken.fixes, taken.fixes.flags.copy()
        columns = (
            fixes.ts_us, fixes.lat, fixes.lon, fixes.speed_ms, fixes.heading_deg, fixes.accuracy_m,
            fixes.ignition,
        )  # fmt: skip
        for at, values in enumerate(zip(*(column.tolist() for column in columns), strict=True)):
            fix = trips.Fix(*values)
            if flags[at] & Flag.SUSPECT:
                moved = trips.Moved("jammed")
            else:
                moved = trips.Moved("ahead") if fix.ts_us > now_us + AHEAD_US else self._move(taken, fix)
            if moved.fault:
                flags[at] |= FLAGS.get(moved.fault, Flag.SUSPECT)
                count_odd(fixes.device, moved.fault, draft)
            else:
                self._tell(taken, source, moved, draft)
        return replace(fixes, flags=flags)

    def hear(self, device: int, source: str, pos: int, listened_us: int, draft: Draft) -> None:
        """A vehicle says where it is: if it had no signal, it has one again."""
        self.heard_us[device] = listened_us
        if device in self.offline:
            self.offline.discard(device)
            self._tell_offline(source, pos, (listened_us, 0.0), draft, active=False)

    def turn(self, described: Described, pos: int, listened_us: int, draft: Draft) -> None:
        """Say at a tick who has no signal any more; in the time of who listens, as `Hearing` has it."""
        for device, heard_us in self.heard_us.items():
            said_s = described.quickest_s[device]
            every = said_s if said_s > 0 else EVERY_S  # NaN where nobody said
            if device not in self.offline and trips.is_offline(heard_us, every, listened_us):
                self.offline.add(device)
                silent_s = (listened_us - heard_us) / SECOND_US
                self._tell_offline(
                    described.speaker[device], pos, (listened_us, silent_s), draft, active=True
                )

    def order(self, order: dict[str, Any], route: Route | None, now_us: int) -> None:
        """A shipment is planned, changed or called off."""
        plan = plan_of(str(order.get("vehicle") or ""), order)
        if order.get("state") == "cancelled" or plan is None:
            self.shipments.cancel(str(order.get("id")))
        else:
            self.shipments.plan(plan, route, now_us)

    def fence(self, said: dict[str, Any]) -> None:
        """A geofence is drawn, changed or taken away.

        Raises:
            FenceError: it cannot be used.
        """
        if said.get("removed"):
            self.fences.remove(str(said.get("key")))
        else:
            self.fences.put(fence_of(said))

    def _move(self, taken: TakenFixes, fix: trips.Fix) -> trips.Moved:
        track = self.tracks.get(taken.device)
        if track is not None:
            return trips.advance(track, fix)
        fault = trips.doubt(fix)
        if not fault:
            self.tracks[taken.device] = trips.start(fix)
        return trips.Moved(fault)

    def _tell(self, taken: TakenFixes, source: str, moved: trips.Moved, draft: Draft) -> None:
        device, pos = taken.device, taken.pos
        track = self.tracks[device]
        last = track.last
        draft.tracks.append(TrackRow(device, *last[:6], track.state, track.since_us, track.odometer_m, pos))
        if moved.ended is not None:
            draft.legs.append(LegRow(device, pos, moved.ended))
        for crossing in self.fences.follow(source, Spot(last.ts_us, last.lat, last.lon, last.speed_ms)):
            self._cross(device, source, pos, crossing, draft)
        if last.ts_us - self.routed_us.get(source, 0) >= ROUTE_EVERY_US:
            self.routed_us[source] = last.ts_us
            self._hold_to_route(source, last, pos, draft)
        milestones, etas = self.shipments.follow(source, last, pos)
        draft.etas += etas
        for one in milestones:
            body: dict[str, Any] = {"shipment_id": one.shipment_id, "at_us": one.at_us}
            if one.stop:
                body["stop"] = one.stop
            draft.fact(pos, one.at_us, one.kind, source, body)

    def _cross(self, device: int, source: str, pos: int, crossing: Crossing, draft: Draft) -> None:
        fence = crossing.fence
        body = {"fence": fence.key, "entered_us": crossing.entered_us, "visited": crossing.visited}
        draft.fact(pos, crossing.at_us, f"fence.{crossing.kind}", source, body)
        if crossing.visited:
            left_us = crossing.at_us if crossing.kind == "leave" else None
            draft.visits.append(VisitRow(device, fence.key, fence.version, crossing.entered_us, left_us, pos))

    def _hold_to_route(self, source: str, fix: trips.Fix, pos: int, draft: Draft) -> None:
        """Say which shipments' vehicles have left their planned route, or are back on it."""
        underway = {one.plan.shipment_id: one for one in self.shipments.trips.get(source, []) if one.underway}
        for vehicle, shipment_id in [key for key in self.deviations if key[0] == source]:
            if shipment_id not in underway:
                deviation = self.deviations.pop((vehicle, shipment_id))
                if deviation.is_off:
                    _tell_route(source, shipment_id, pos, fix.ts_us, 0.0, draft, active=False)
        for shipment_id, trip in underway.items():
            _, off_m = trip.line.project(fix.lat, fix.lon)
            deviation = self.deviations.setdefault((source, shipment_id), trips.Deviation())
            changed = deviation.follow(off_m, fix.ts_us)
            if changed is not None:
                _tell_route(source, shipment_id, pos, fix.ts_us, off_m, draft, active=changed)

    def _tell_offline(
        self, source: str, pos: int, silence: tuple[int, float], draft: Draft, *, active: bool
    ) -> None:
        at_us, silent_s = silence
        condition = Condition(
            source, "offline", active, OFFLINE_PRIORITY, "alarm.offline",
            value=round(silent_s / 60, 1) if active else None,
            threshold=trips.OFFLINE_US / SECOND_US / 60, arguments={"unit": "min"},
        )  # fmt: skip
        draft.fact(pos, at_us, "condition", source, condition.to_body())


def count_odd(device: DeviceKey, fault: str, draft: Draft) -> None:
    """Book a fix that is stored, but moved nothing, by the reason."""
    draft.count(CountKey(device.site, device.agent, "flagged", f"fix_{fault}"), 0, 1)


def _tell_route(  # noqa: PLR0913, PLR0917 - a fact's parts
    source: str, shipment_id: str, pos: int, at_us: int, off_m: float, draft: Draft, *, active: bool
) -> None:
    condition = Condition(
        source, f"offroute:{shipment_id}", active, OFF_ROUTE_PRIORITY, "alarm.offroute",
        value=round(off_m / 1000, 1) if active else None, threshold=trips.OFF_M / 1000,
        arguments={"shipment": shipment_id, "unit": "km"},
    )  # fmt: skip
    draft.fact(pos, at_us, "condition", source, condition.to_body())


def _some(fixes: Fixes, which: Bools) -> Fixes:
    if which.all():
        return fixes
    return Fixes(
        fixes.device, fixes.ts_us[which], fixes.lat[which], fixes.lon[which], fixes.speed_ms[which],
        fixes.heading_deg[which], fixes.accuracy_m[which], fixes.ignition[which], fixes.flags[which],
    )  # fmt: skip
