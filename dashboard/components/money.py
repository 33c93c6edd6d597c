"""Money, chances and times as tables that are drawn once, each with when it was asked for."""

from collections.abc import Sequence
from datetime import UTC, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from dash import html
from dash.development.base_component import Component

from dashboard.components.parts import card, data, empty, slot
from dashboard.i18n import DASH, Words
from dashboard.visit import Row, Visit

IN_TROUBLE = 0.2
"""P(fails within a day) from which a machine is named as one in trouble."""
SURELY = 0.99
HOLDS_MS = 600_000
"""An arrival time counts for so long after the fix it was computed at (`lineshaft.domain.tracking`)."""
LIKELY_LATE = 0.3
"""P(late) from which a figure stands out."""

"""What stands in one place of a table."""


async def zone_of(visit: Visit) -> ZoneInfo:
    """The clock of the first site: trucks have none of their own."""
    sites = (await visit.client.get("plant")).get("sites") or []
    return ZoneInfo(sites[0]["timezone"] if sites else "UTC")


def moment(ms: int | None, zone: ZoneInfo) -> str:
    """Day and minute of an instant.

    >>> moment(1_795_300_000_000, ZoneInfo("UTC")), moment(None, ZoneInfo("UTC"))
    ('11-21 22:26', '\N{EN DASH}')
    """
    return DASH if ms is None else f"{datetime.fromtimestamp(ms / 1000, UTC).astimezone(zone):%m-%d %H:%M}"


def amount(text: str | None, currency: str | None) -> str:
    """An exact amount for people.

    >>> amount("12345.60", "CNY"), amount(None, "CNY")
    ('12,345.60 CNY', '\N{EN DASH}')
    """
    return DASH if text is None else f"{Decimal(text):,.2f} {currency or ''}".strip()


def percent(chance: float | None) -> str:
    """A chance in whole percent, never surer than it is.

    >>> percent(0.004), percent(0.999), percent(0.25), percent(None)
    ('< 1 %', '> 99 %', '25 %', '\N{EN DASH}')
    """
    if chance is None:
        return DASH
    if 0 < chance < 0.01:
        return "< 1 %"
    return "> 99 %" if 0.99 < chance < 1 else f"{chance * 100:.0f} %"


def late_chance(chance: float | None, words: Words) -> Component | str:
    """P(late), told by words too where it stands out."""
    if chance is None or chance < LIKELY_LATE:
        return percent(chance)
    says = "stake.is_late" if chance > SURELY else "stake.at_risk"
    return html.B([percent(chance), " ", words(says)], className="bad")


def penalty(row: Row, which: str) -> str:
    """A figure of a stake; at least that, where a shipment of it has no arrival time."""
    if row[which] is None:
        return DASH
    return ("\N{GREATER-THAN OR EQUAL TO} " if row["unknown"] else "") + amount(
        row[which], row["order"]["currency"]
    )


def as_of(visit: Visit) -> Component:
    """When the page was asked for; the browser keeps its age, and marks it when it is old."""
    return slot("as-of", "", className="quiet seen", **data(age_text="ago", ts=str(visit.now_ms)))


def link(text: str, path: str) -> Component:
    """A link of the product."""
    return html.A(text, href=path)


def parted(parts: Sequence[Component | str]) -> list[Component | str]:
    """Parts with commas between."""
    found: list[Component | str] = []
    for part in parts:
        found += [", ", part] if found else [part]
    return found or [DASH]


def totals(rows: Sequence[Row], words: Words) -> Component:
    """What is at stake, a line a currency; what nobody knows is said beside."""
    return html.Ul(
        [
            html.Li(
                [
                    html.B(amount(row["expected"], row["currency"]), className="big"),
                    " ",
                    html.Span(
                        words(
                            "stake.total",
                            most=amount(row["most"], row["currency"]),
                            orders=row["orders"],
                            value=amount(row["value"], row["currency"]),
                        ),
                        className="quiet",
                    ),
                    *([html.Span(words("stake.unknown", n=row["unknown"]))] if row["unknown"] else []),
                    *([html.Span(words("stake.uncapped", n=row["uncapped"]))] if row["uncapped"] else []),
                ]
            )
            for row in rows
        ],
        className="notes-plain stakes",
    )


def at_risk(found: Row | None, words: Words, zone: ZoneInfo) -> Component:
    """What hangs on one machine: orders, trucks and money, for its page."""
    if not found or not found["orders"]:
        return card(words("stake.machine"), empty(words("stake.machine.none")))
    lines = []
    for row in found["orders"][:6]:
        order = row["order"]
        loads = [html.Div(_load(one, words, zone, found["ts"])) for one in row["loads"]]
        lines.append(
            html.Li(
                [
                    link(order["id"], f"/orders/{order['id']}"),
                    f" {order['customer']} · {words('stake.promised', when=moment(order['promised'], zone))}",
                    html.Div([*loads, *_words_of(row, words)], className="quiet"),
                ]
            )
        )
    more = len(found["orders"]) - len(lines)
    return card(
        words("stake.machine"),
        totals(found["totals"], words),
        html.Ul(lines, className="notes-plain"),
        *([link(words("stake.more", n=more), "/orders")] if more > 0 else []),
        html.P(words("stake.how"), className="quiet"),
        aside=html.Span(words("stake.asked", when=moment(found["ts"], zone)), className="quiet"),
        name="at-risk",
    )


def _load(load: Row, words: Words, zone: ZoneInfo, now_ms: int) -> list[Component | str]:
    """A shipment of an order: its pallets, its truck, and when that is there."""
    vehicle = link(load["vehicle"], f"/vehicles/{load['vehicle']}") if load["vehicle"] else DASH
    there = (
        words("stake.arrived", when=moment(load["arrived"], zone))
        if load["arrived"]
        else words("stake.there", eta=expected(load, words, zone, now_ms))
    )
    shipment = link(load["shipment"], f"/shipments/{load['shipment']}")
    return [shipment, f" · {words('stake.pallets', n=len(load['pallets']))} · ", vehicle, f" · {there}"]


def expected(load: Row, words: Words, zone: ZoneInfo, now_ms: int) -> str:
    """When a shipment is expected; what its vehicle said long ago is only the last that was known."""
    if load["eta_p50"] is None:
        return words("stake.nobody_knows")
    early, likely, late = (moment(load[f"eta_{name}"], zone) for name in ("p10", "p50", "p90"))
    if now_ms - load["eta_ts"] > HOLDS_MS:
        return words("stake.last_known", eta=likely)
    return f"{likely} ({early} … {late})"


def _words_of(row: Row, words: Words) -> list[Component | str]:
    if row["late_p"] is None:
        return [words("stake.nobody_knows")]
    return [
        words("stake.late"), " ", late_chance(row["late_p"], words), " · ",
        penalty(row, "expected"),
    ]  # fmt: skip


def by_machine(rows: Sequence[Row], words: Words, zone: ZoneInfo) -> Component:
    """Money at risk by machine: those in trouble, and those whose trucks are likely late; calm else."""
    shown = [row for row in rows if _matters(row)][:6]
    lines = [
        html.Li(
            [
                link(words.of(row["machine"]["name"]), f"/machines/{row['machine']['key']}"),
                html.Div(
                    "; ".join(
                        words(
                            "stake.short",
                            expected=amount(one["expected"], one["currency"]),
                            most=amount(one["most"], one["currency"]),
                            orders=one["orders"],
                        )
                        for one in row["totals"]
                    ),
                    className="quiet",
                ),
            ]
        )
        for row in shown
    ]
    asked = rows[0]["ts"] if rows else None
    return card(
        words("stake.title"),
        html.Ul(lines, className="notes-plain") if lines else empty(words("stake.none")),
        aside=html.A(
            words("stake.asked", when=moment(asked, zone)) if asked else words("nav.orders"),
            href="/orders",
            className="quiet",
        ),
    )


def _matters(row: Row) -> bool:
    machine = row["machine"]
    in_trouble = machine["state"] == "DOWN" or (machine["p_fail_24h"] or 0) >= IN_TROUBLE or machine["alarms"]
    return bool(in_trouble) or any(Decimal(one["expected"]) > 0 for one in row["totals"])
