"""Orders: what is promised, how likely it is late and what that costs; and which machines hold it up."""

from dash import html
from dash.development.base_component import Component

from dashboard.components.money import (
    amount,
    as_of,
    by_machine,
    late_chance,
    link,
    moment,
    parted,
    penalty,
    zone_of,
)
from dashboard.components.parts import card, data, empty, plain_table
from dashboard.i18n import Words
from dashboard.visit import Row, Visit

PATH = "/orders"
TITLE = "nav.orders"
ICON = ""

COLUMNS = ("order", "customer", "promised", "order_value", "late_p", "penalty", "most", "loads", "makers")


async def layout(visit: Visit) -> Component:
    """All open orders, the soonest promised first."""
    words, zone = visit.words, await zone_of(visit)
    orders = await visit.client.items("orders")
    machines = await visit.client.items("at-risk")
    rows = [
        (
            link(row["order"]["id"], f"{PATH}/{row['order']['id']}"),
            row["order"]["customer"],
            moment(row["order"]["promised"], zone),
            amount(row["order"]["value"], row["order"]["currency"]),
            late_chance(row["late_p"], words),
            penalty(row, "expected"),
            amount(row["most"], row["order"]["currency"]) if row["most"] else words("stake.no_cap"),
            parted([link(one["shipment"], f"/shipments/{one['shipment']}") for one in row["loads"]]),
            parted(_makers(row)),
        )
        for row in orders
    ]
    table = plain_table(COLUMNS, rows, words, TITLE) if rows else empty(words("orders.none"))
    return html.Div(
        [
            html.Header([html.H1(words(TITLE)), as_of(visit)], className="page-head"),
            card(words("orders.open"), table, html.P(words("stake.how"), className="quiet")),
            by_machine(machines, words, zone),
            _import(words),
        ],
        className="models",
        **data(page="orders"),
    )


def _makers(row: Row) -> list[Component | str]:
    found: dict[str, Component | str] = {}
    for line in row["order"]["lines"]:
        key = line.get("machine") or line.get("plant_line")
        if key and float(line.get("made", 0)) < float(line["quantity"]):
            found[key] = link(key, f"/machines/{key}") if line.get("machine") else key
    return list(found.values())


def _import(words: Words) -> Component:
    return html.Details(
        [
            html.Summary(words("orders.import")),
            html.P(words("orders.import.what"), className="quiet"),
            html.Form(
                [
                    html.Label(
                        [
                            words("orders.import.csv"),
                            html.Textarea(className="field", rows="6", name="csv", required=True),
                        ],
                        className="field-row",
                    ),
                    html.Button(words("orders.import.go"), className="button", type="submit"),
                    html.Ul(className="notes", **data(slot="mistakes")),
                ],
                **data(form="orders"),
            ),
        ],
        className="card",
        hidden=True,
        **data(planner=""),
    )
