"""One order backwards: its money, the trucks that carry it, the machines it needs, the alarms."""

from zoneinfo import ZoneInfo

from dash import html
from dash.development.base_component import Component

from dashboard.components.money import (
    amount,
    as_of,
    expected,
    late_chance,
    link,
    moment,
    penalty,
    percent,
    zone_of,
)
from dashboard.components.parts import card, data, empty, plain_table, shape
from dashboard.i18n import DASH, Words
from dashboard.visit import Row, Visit

PATH = "/orders/{key}"
TITLE = "nav.order"
ICON = ""


async def layout(visit: Visit) -> Component:
    """The order of the address."""
    words, zone = visit.words, await zone_of(visit)
    found = await visit.client.get(f"orders/{visit.key}")
    stake, order = found["stake"], found["stake"]["order"]
    return html.Div(
        [
            html.Header(
                [
                    html.H1(f"{order['id']} · {order['customer']}"),
                    link(words("nav.orders"), "/orders"),
                    as_of(visit),
                ],
                className="page-head",
            ),
            card(
                words("order.money"),
                _money(stake, words, zone),
                html.P(words("stake.how"), className="quiet"),
            ),
            card(words("order.trucks"), _loads(stake, words, zone, visit.now_ms)),
            card(words("order.machines"), _lines(order, words), _machines(found["machines"], words)),
            card(words("order.alarms"), _alarms(found["alarms"], words, zone)),
        ],
        className="models",
        **data(page="order", key=visit.key),
    )


def _money(stake: Row, words: Words, zone: ZoneInfo) -> Component:
    order, terms = stake["order"], stake["order"]["penalty"]
    currency = order["currency"]
    said = [
        words(f"penalty.{name}", amount=amount(str(terms[name]), currency))
        for name in ("fixed", "per_hour", "per_day", "cap")
        if float(terms.get(name) or 0)
    ]
    if terms.get("grace_min"):
        said.insert(0, words("penalty.grace", n=terms["grace_min"]))
    pairs = [
        (words("column.promised"), moment(order["promised"], zone)),
        (words("column.order_value"), amount(order["value"], currency)),
        (words("column.late_p"), late_chance(stake["late_p"], words)),
        (words("column.penalty"), penalty(stake, "expected")),
        (words("stake.bad"), penalty(stake, "bad")),
        (words("column.most"), amount(stake["most"], currency) if stake["most"] else words("stake.no_cap")),
        (words("penalty.terms"), "; ".join(said) or words("penalty.none")),
    ]
    unknown = (
        [html.P(words("stake.unknown_loads", those=", ".join(stake["unknown"])))] if stake["unknown"] else []
    )
    return html.Div(
        [
            html.Dl(
                [part for name, text in pairs for part in (html.Dt(name), html.Dd(text))], className="defined"
            ),
            *unknown,
        ]
    )


def _loads(stake: Row, words: Words, zone: ZoneInfo, now_ms: int) -> Component:
    if not stake["loads"]:
        return empty(words("order.trucks.none"))
    rows = [
        (
            link(one["shipment"], f"/shipments/{one['shipment']}"),
            words(f"shipment.{one['state']}"),
            link(one["vehicle"], f"/vehicles/{one['vehicle']}") if one["vehicle"] else DASH,
            ", ".join(one["pallets"][:4]) + (" …" if len(one["pallets"]) > 4 else "") or DASH,
            moment(one["promised"], zone),
            moment(one["arrived"], zone) if one["arrived"] else expected(one, words, zone, now_ms),
            moment(one["eta_ts"], zone),
        )
        for one in stake["loads"]
    ]
    columns = ("shipment", "state", "vehicle", "pallets", "appointment", "eta", "measured")
    return plain_table(columns, rows, words, "order.trucks")


def _lines(order: Row, words: Words) -> Component:
    rows = [
        (line["line"], line["item"], f"{line.get('made', 0)} / {line['quantity']}",
         line.get("machine") or line.get("plant_line") or DASH)
        for line in order["lines"]
    ]  # fmt: skip
    columns = ("line", "item", "made", "machine")
    return plain_table(columns, rows, words, "order.lines") if rows else empty(words("order.lines.none"))


def _machines(machines: list[Row], words: Words) -> Component:
    if not machines:
        return empty(words("order.machines.none"))
    rows = [
        (
            link(words.of(one["name"]), f"/machines/{one['key']}"),
            words(f"state.{one['state']}") if one["state"] else DASH,
            DASH if one["health"] is None else f"{one['health']:.0f}",
            percent(one["p_fail_24h"]),
            str(one["alarms"]),
        )
        for one in machines
    ]
    return plain_table(("machine", "state", "health", "fails_24h", "alarms"), rows, words, "order.machines")


def _alarms(alarms: list[Row], words: Words, zone: ZoneInfo) -> Component:
    if not alarms:
        return empty(words("order.alarms.none"))
    rows = [
        (
            shape(one["priority"], words),
            link(
                one["source"],
                f"/shipments/{one['shipment']}" if one["shipment"] else f"/machines/{one['source']}",
            ),
            words.rule(one["rule"]),
            moment(one["raised"], zone),
        )
        for one in alarms
    ]
    return plain_table(("priority", "source", "rule", "raised"), rows, words, "order.alarms")
