"""What happens in the office as time goes by: who looks when, and what is done about it.

All of it hangs on what the product says now, so that an office that was started again goes on.
"""

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from typing import Any
from zlib import crc32

import structlog

from simulators import noise
from simulators.office import invoices, orders, past, rounds
from simulators.office.api import Api

MINUTE_MS = 60_000
HOUR_MS = 60 * MINUTE_MS
FEW = 4
"""So few vans' loads planned, and the next batch comes in."""
BILLS_MS = 90 * 24 * HOUR_MS
"""So far back a carrier bills."""
BILLED_FROM = 3
"""A carrier bills when so many loads have come together."""
SETTLED_MS = 15 * MINUTE_MS
"""What a load cost is known when its vehicle has left again."""
KEPT_BACK = 1
"""Its latest load is on no bill yet."""
VAN_KG = 1_200
LACKING, DAMAGED = 0.04, 0.03
PLANS_AHEAD_MS = 12 * HOUR_MS
REPLAN_MS = 20 * MINUTE_MS

log = structlog.get_logger()


@dataclass(slots=True)
class Office:
    """The people who order, bill, plan and sign."""

    api: Api
    seed: int
    told: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """Order → what was last said of its lines."""
    planned_ms: int = 0
    """When tours were last planned."""

    def look(self, now_ms: int) -> None:
        """Everything that is due.

        Raises:
            AwayError: the product does not answer; the rest waits for the next look.
        """
        shipments = self.api.items("shipments")
        costs = self.api.items("freight-costs", from_ts=now_ms - BILLS_MS, to_ts=now_ms)
        if not any(one["shipment"].startswith("CR-") for one in costs):
            self._file_the_past(now_ms)
        self._order(shipments, now_ms)
        self._load_vans(shipments, now_ms)
        self._sign(shipments, now_ms)
        self._bill(costs, now_ms)
        self._plan(shipments, now_ms)

    def _file_the_past(self, now_ms: int) -> None:
        """Loads that were delivered before: each planned, and signed for with its own date."""
        for one in past.delivered(self.seed, now_ms * 1000):
            if not self._did("POST", "shipments", one.shipment):
                continue
            path = f"shipments/{one.shipment['id']}"
            self._did("POST", f"{path}/proof", one.proof)
            if one.complaint:
                self._did("POST", f"{path}/complaints", {"what": one.complaint})

    def _order(self, shipments: list[dict[str, Any]], now_ms: int) -> None:
        """Customers order what is under way and what is to leave; the plant says how much of it is ready."""
        for one in shipments:
            leaves = one["planned_departure"] or now_ms
            due = (leaves, (one["promised"] or leaves) + one["grace_ms"])
            for key in one["orders"] if one["state"] in {"planned", "underway"} else ():
                loaded = one["state"] == "underway" or not _is_van(one)
                document = orders.order(key, one["customer"], due, now_ms, loaded=loaded)
                said = tuple(line["made"] for line in document["lines"])
                if self.told.get(key) != said and self._did("PUT", f"orders/{key}", document):
                    self.told[key] = said

    def _load_vans(self, shipments: list[dict[str, Any]], now_ms: int) -> None:
        if sum(one["state"] == "planned" for one in filter(_is_van, shipments)) >= FEW:
            return
        number = now_ms // (10 * MINUTE_MS) % 100_000
        for document in rounds.batch(self.seed, number, now_ms):
            self._did("POST", "shipments", document)

    def _sign(self, shipments: list[dict[str, Any]], now_ms: int) -> None:
        """A receiver signs some minutes after the arrival; then the order is settled."""
        open_orders = {one["order"]["id"] for one in self.api.items("orders")}
        for one in shipments:
            if one["state"] == "arrived" and one["arrived"] and now_ms - one["arrived"] > 3 * MINUTE_MS:
                cargo = self.api.get(f"shipments/{one['id']}/journey")["cargo"]
                lacks, hurt = noise.uniform(crc32(one["id"].encode()), range(2)).tolist()
                proof = {
                    "by": "goods-in",
                    "at_ms": now_ms,
                    "quantity": sum(unit["quantity"] for unit in cargo) - (lacks < LACKING),
                    "damaged": int(hurt < DAMAGED),
                }
                self._did("POST", f"shipments/{one['id']}/proof", proof)
                for key in open_orders.intersection(one["orders"]):
                    self._did("DELETE", f"orders/{key}", {})

    def _bill(self, costs: list[dict[str, Any]], now_ms: int) -> None:
        """Carriers bill what has come together, the latest load apart; its second bill asks one twice."""
        open_: dict[str, list[dict[str, Any]]] = defaultdict(list)
        billed: dict[str, list[str]] = defaultdict(list)
        for one in costs:
            if one["carrier"] and one["total"] and one["arrived"] < now_ms - SETTLED_MS:
                if one["invoice"]:
                    billed[one["carrier"]].append(one["shipment"])
                else:
                    open_[one["carrier"]].append(one)
        known = Counter(one["invoice"]["carrier"] for one in self.api.items("invoices"))
        for carrier, those in sorted(open_.items()):
            if len(those) < BILLED_FROM + KEPT_BACK:
                continue
            number = f"{carrier[:3].upper()}-{1001 + known[carrier]}"
            again = billed[carrier][-1] if known[carrier] == 1 and billed[carrier] else None
            document = invoices.invoice(those[:-KEPT_BACK], now_ms, again)
            self._did("PUT", f"carriers/{carrier}/invoices/{number}", document)

    def _plan(self, shipments: list[dict[str, Any]], now_ms: int) -> None:
        """A dispatcher plans the vans' tours, anew when one is late; taking the plan is for who looks."""
        vans = [one for one in shipments if _is_van(one)]
        late = any(one["state"] == "underway" and (one["late_ms"] or 0) > 0 for one in vans)
        if self.planned_ms and (not late or now_ms - self.planned_ms < REPLAN_MS):
            return
        if not any(one["state"] == "underway" for one in vans):
            return  # the day has not begun
        vehicles = [{"vehicle": van, "capacity_kg": VAN_KG} for depot in rounds.DEPOTS for van in depot.vans]
        wanted = [one["id"] for one in vans if one["state"] == "planned"]
        body = {"from_ms": now_ms, "to_ms": now_ms + PLANS_AHEAD_MS, "vehicles": vehicles, "seconds": 5,
                "shipments": wanted, "pace_kmh": 40, "detour": 1.0, "service_min": 8}  # fmt: skip
        if wanted and self._did("POST", "plans", body):
            self.planned_ms = now_ms

    def _did(self, method: str, path: str, body: dict[str, Any]) -> bool:
        why = self.api.send(method, path, body)
        if why:
            log.warning("not taken", why=why)
        return not why


def _is_van(shipment: dict[str, Any]) -> bool:
    return str(shipment["id"]).startswith("DL-")
