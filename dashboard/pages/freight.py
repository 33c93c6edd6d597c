"""Freight cost: what is accrued, what carriers ask for beyond it and why, and what it emits."""

from collections import defaultdict
from collections.abc import Iterable
from decimal import Decimal

from dash import html
from dash.development.base_component import Component

from dashboard.components.money import amount, as_of, link, moment, parted, zone_of
from dashboard.components.parts import aria, card, data, empty, plain_table
from dashboard.i18n import DASH, Words
from dashboard.visit import Row, Visit

PATH = "/freight"
TITLE = "nav.freight"
ICON = ""

DAYS = (7, 30, 90)
USUAL = 30
DAY_MS = 86_400_000
SHOWN = 200


async def layout(visit: Visit) -> Component:
    """The address holds the period."""
    words, zone = visit.words, await zone_of(visit)
    days = int(visit.query.get("days", "")) if visit.query.get("days", "") in map(str, DAYS) else USUAL
    span = {"from_ts": visit.now_ms - days * DAY_MS, "to_ts": visit.now_ms + 1}
    costs = await visit.client.items("freight-costs", **span)
    invoices = await visit.client.items("invoices")
    names = {
        one["carrier"]: (words.language.startswith("zh") and one["name_zh"]) or one["name"]
        for one in await visit.client.items("carriers")
    }
    chips = [
        html.A(
            words("carriers.days", n=n),
            href=f"{PATH}?days={n}",
            className="chip",
            **aria(current="true" if n == days else None),
        )
        for n in DAYS
    ]
    rows = [
        (
            link(one["shipment"], f"/shipments/{one['shipment']}"),
            names.get(one["carrier"], one["carrier"] or DASH),
            moment(one["arrived"], zone),
            ", ".join(f"{_charge(part['kind'], words)} {part['amount']}" for part in one["charges"]) or DASH,
            amount(one["total"], one["currency"]) if one["total"] else words(f"freight.{one['problem']}"),
            one["invoice"] or words("freight.accrued"),
            _way(one["evidence"], words),
            f"{one['co2e_kg']:,.1f} kg",
        )
        for one in costs[:SHOWN]
    ]
    columns = ("shipment", "carrier", "arrived", "charges", "total", "invoice", "way", "co2e")
    return html.Div(
        [
            html.Header(
                [html.H1(words(TITLE)), html.Div(chips, className="chips"), as_of(visit)],
                className="page-head",
            ),
            card(words("freight.accrual"), _accrual(costs, names, words)),
            card(words("freight.invoices"), *_invoices(invoices, names, words)),
            card(words("freight.co2"), *_emissions(costs, names, words)),
            card(
                words("freight.costs"),
                plain_table(columns, rows, words, "freight.costs")
                if rows
                else empty(words("freight.costs.none")),
            ),
        ],
        className="models",
        **data(page="freight"),
    )


KNOWN = {"base", "fuel", "detention"}


def _charge(kind: str, words: Words) -> str:
    return words(f"charge.{kind}") if kind in KNOWN else kind


def _way(known: Row, words: Words) -> str:
    sure = words("freight.measured" if known["way_measured"] else "freight.assumed")
    return f"{known['distance_km']:,.1f} km, {sure}"


def _accrual(costs: list[Row], names: dict[str, str], words: Words) -> Component:
    sums: dict[tuple[str, str], list[Decimal]] = defaultdict(lambda: [Decimal(0), Decimal(0), Decimal(0)])
    for one in costs:
        found = sums[one["carrier"] or DASH, one["currency"] or ""]
        if one["total"]:
            found[1 if one["invoice"] else 0] += Decimal(one["total"])
        else:
            found[2] += 1
    rows = [
        (
            names.get(carrier, carrier),
            amount(str(open_), currency),
            amount(str(billed), currency),
            str(unpriced),
        )
        for (carrier, currency), (open_, billed, unpriced) in sorted(sums.items())
    ]
    if not rows:
        return empty(words("freight.costs.none"))
    return plain_table(("carrier", "accrued", "billed", "unpriced"), rows, words, "freight.accrual")


def _emissions(costs: list[Row], names: dict[str, str], words: Words) -> list[Component]:
    if not costs:
        return [empty(words("freight.costs.none"))]
    sums: dict[str, list[float]] = defaultdict(lambda: [0.0, 0.0, 0])
    factors = {}
    for one in costs:
        found = sums[one["carrier"] or DASH]
        found[0] += one["co2e_kg"]
        found[1] += one["evidence"]["weight_kg"] / 1000 * one["evidence"]["distance_km"]
        found[2] += 1
        factors[one["factor"]["kind"], one["factor"]["assumed"]] = one["factor"]
    rows = [
        (names.get(carrier, carrier), str(int(loads)), f"{tkm:,.0f} tkm", f"{kg:,.0f} kg")
        for carrier, (kg, tkm, loads) in sorted(sums.items(), key=lambda one: -one[1][0])
    ]
    return [
        plain_table(("carrier", "loads", "tkm", "co2e"), rows, words, "freight.co2"),
        html.P(words("freight.co2.default"), className="bad"),
        html.Ul([html.Li(_factor(one, words)) for one in factors.values()], className="notes-plain quiet"),
    ]


def _factor(one: Row, words: Words) -> str:
    assumed = f" ({words('freight.co2.assumed')})" if one["assumed"] else ""
    return f"{one['kind']}: {one['g_per_tkm']:g} g/tkm{assumed}. {one['source']}"


def _invoices(invoices: Iterable[Row], names: dict[str, str], words: Words) -> list[Component]:
    found = [_invoice(one, names, words) for one in invoices]
    return found or [empty(words("freight.invoices.none"))]


def _invoice(one: Row, names: dict[str, str], words: Words) -> Component:
    row, currency = one["invoice"], one["invoice"]["currency"]
    state = words(f"invoice.{row['state']}")
    head: list[Component | str] = [
        html.B(f"{names.get(row['carrier'], row['carrier'])} {row['number']}"),
        f" {amount(one['asked'], currency)} · {state} · ",
        html.B(words("invoice.over", amount=amount(one["over"], currency)), className="bad")
        if Decimal(one["over"])
        else words("invoice.fine"),
    ]
    path = f"carriers/{row['carrier']}/invoices/{row['number']}/decision"
    buttons = [
        html.Button(
            words(f"invoice.do.{decision}"),
            className="button",
            type="button",
            **data(decide=decision, path=path),
        )
        for decision in ("approved", "disputed")
        if row["state"] != decision
    ]
    rows = [
        (
            finding["line"],
            link(finding["shipment"], f"/shipments/{finding['shipment']}"),
            words(f"overcharge.{finding['reason']}"),
            amount(finding["asked"], currency),
            amount(finding["owed"], currency),
            amount(finding["over"], currency),
            _evidence(finding, words),
        )
        for finding in one["findings"]
    ]
    columns = ("line", "shipment", "reason", "asked", "owed", "over", "evidence")
    inside = plain_table(columns, rows, words, "freight.findings") if rows else html.P(words("invoice.fine"))
    return html.Details(
        [
            html.Summary(head),
            inside,
            html.Div(buttons, className="chips", hidden=True, **data(planner="")),
        ],
        open=bool(rows) and row["state"] == "received",
        className="invoice",
    )


def _evidence(finding: Row, words: Words) -> list[Component | str]:
    known = finding["evidence"]
    if known is None:
        return [words("freight.no_evidence")]
    waits = " + ".join(f"{one:.0f}" for one in known["waited_min"]) or DASH
    parts: list[Component | str] = [
        _way(known, words),
        words("freight.waited", minutes=waits),
        f"{known['weight_kg']:,.0f} kg",
    ]
    if not finding["proven"]:
        parts.append(html.B(words("freight.unproven")))
    return parted(parts)
