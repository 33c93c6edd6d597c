"""What a shipment's document says of its way, as the shard that follows its vehicle needs it."""

from typing import Any, NamedTuple

from lineshaft.domain.stops import Stop, stops_of


class Plan(NamedTuple):
    """What was planned."""

    shipment_id: str
    vehicle: str
    route: str
    departure_us: int | None
    arrival_us: int | None
    stops: tuple[Stop, ...] = ()
    carrier: str = ""
    rule: str = ""
    """Of `lineshaft.domain.driving_rules`, which the driver keeps; empty: none is reckoned."""


def plan_of(vehicle: str, detail: dict[str, Any]) -> Plan | None:
    """The plan in a shipment's document; None where it has no id, or neither a route nor two stops."""
    shipment_id, route = detail.get("id"), detail.get("route")
    try:
        stops = stops_of(detail.get("stops") or [])
    except ValueError:
        stops = ()
    if not isinstance(shipment_id, str) or not shipment_id or (not isinstance(route, str) and len(stops) < 2):
        return None
    departure, arrival = (_instant(detail.get(f"planned_{what}_ms")) for what in ("departure", "arrival"))
    if stops:
        departure = stops[0].planned_depart_us if departure is None else departure
        arrival = stops[-1].planned_arrive_us if arrival is None else arrival
    carrier, rule = (str(detail.get(name) or "") for name in ("carrier", "driving_rule"))
    return Plan(
        shipment_id,
        vehicle,
        route if isinstance(route, str) else "",
        departure,
        arrival,
        stops,
        carrier,
        rule,
    )


def _instant(ms: object) -> int | None:
    return round(ms * 1000) if isinstance(ms, int | float) and not isinstance(ms, bool) else None
