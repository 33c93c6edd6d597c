"""The vehicles of a shard: takes fixes in, moves their tracks and shipments, and says what was reached."""

from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from lineshaft.clock import SECOND_US
from lineshaft.domain.plant import Route
from lineshaft.domain.readings import Fixes, Flag
from lineshaft.domain.results import TrackRow
from stream.bundle import Draft, TakenFixes
from stream.rules.base import Bools
from stream.steps import positions
from stream.steps.recent import CONFLICT, NEW, SAME, Recent
from stream.steps.shipments import Shipments, plan_of

AHEAD_US = 10 * SECOND_US
"""A fix further in the future than clocks drift would block the true ones behind it."""


@dataclass(slots=True)
class Vehicles:
    """One track a device row; their shipments by the vehicle's key."""

    tracks: dict[int, positions.Track] = field(default_factory=dict)
    recent: Recent = field(default_factory=Recent)
    shipments: Shipments = field(default_factory=Shipments)

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
        columns = (fixes.ts_us, fixes.lat, fixes.lon, fixes.speed_ms, fixes.heading_deg, fixes.accuracy_m)
        for at, values in enumerate(zip(*(column.tolist() for column in columns), strict=True)):
            fix = positions.Fix(*values)
            if fix.ts_us > now_us + AHEAD_US or not self._move(taken.device, fix):
                flags[at] |= Flag.SUSPECT
                continue
            track = self.tracks[taken.device]
            row = TrackRow(
                taken.device, *track.last, track.state, track.since_us, track.odometer_m, taken.pos
            )
            draft.tracks.append(row)
            milestones, etas = self.shipments.follow(source, track.last, taken.pos)
            draft.etas += etas
            for one in milestones:
                body = {"shipment_id": one.shipment_id, "at_us": one.at_us}
                draft.fact(taken.pos, one.at_us, one.kind, source, body)
        return replace(fixes, flags=flags)

    def order(self, order: dict[str, Any], route: Route | None, now_us: int) -> None:
        """A shipment is planned, changed or called off."""
        plan = plan_of(str(order.get("vehicle") or ""), order)
        if order.get("state") == "cancelled" or plan is None:
            self.shipments.cancel(str(order.get("id")))
        else:
            self.shipments.plan(plan, route, now_us)

    def _move(self, device: int, fix: positions.Fix) -> bool:
        track = self.tracks.get(device)
        if track is not None:
            return positions.advance(track, fix)
        if not positions.is_rough(fix):
            self.tracks[device] = positions.start(fix)
        return device in self.tracks


def _some(fixes: Fixes, which: Bools) -> Fixes:
    if which.all():
        return fixes
    return Fixes(
        fixes.device, fixes.ts_us[which], fixes.lat[which], fixes.lon[which], fixes.speed_ms[which],
        fixes.heading_deg[which], fixes.accuracy_m[which], fixes.flags[which],
    )  # fmt: skip
