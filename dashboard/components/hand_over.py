"""The tables of the shift hand-over: in words, with names, and every number a link to what it rests on."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from urllib.parse import quote, urlencode
from zoneinfo import ZoneInfo

from dash import html
from dash.development.base_component import Component

from dashboard.components.parts import empty, plain_table, shape
from dashboard.i18n import DASH, Words
from dashboard.visit import Row

AT_RISK = 0.2
"""P(fails within a day) from which a machine is told to the next shift."""
UNWELL = 60.0
"""Health below which it is, whatever is foreseen."""
LATE_MS = 15 * 60_000
MOST_ACTORS = 5
ASKED = 500
MOST_SHOWN = 50
"""Alarms on the page, which is to be read and printed; how many more there are is said, and linked to."""

Cell = Component | str


@dataclass(slots=True, frozen=True)
class Seen:
    """How a shift is looked at: in which language, by which clock, and when."""

    words: Words
    zone: ZoneInfo
    now_ms: int
    site: str
    names: Mapping[str, object] = field(default_factory=dict)
    """Machine or vehicle → its name."""
    vehicles: frozenset[str] = frozenset()

    def at(self, ms: int) -> str:
        """An instant by the site's clock: the time, and the date where it is another day's."""
        then, now = (
            datetime.fromtimestamp(one / 1000, UTC).astimezone(self.zone) for one in (ms, self.now_ms)
        )
        return f"{then:%H:%M}" if then.date() == now.date() else f"{then:%Y-%m-%d %H:%M}"

    def span(self, ms: float) -> str:
        """A span in its two largest useful units."""
        minutes = int(ms // 60_000)
        if minutes >= 60:
            return self.words("span.h", n=minutes // 60, m=f"{minutes % 60:02}")
        return self.words("span.min", n=minutes) if minutes else self.words("span.s", n=int(ms // 1000))


def notes(rows: Sequence[Row], seen: Seen) -> Component:
    """What people of the shift have said; what was taken back is struck out."""
    if not rows:
        return empty(seen.words("handover.notes.none"))
    return html.Ul(
        [
            html.Li([
                html.Del(one["note"]) if one["struck"] else html.Span(one["note"]),
                html.Span(f" {DASH} {one['author']}, {seen.at(one['written'])}", className="quiet"),
            ])
            for one in rows
        ],
        className="notes",
    )  # fmt: skip


def happened(found: Row, seen: Seen) -> Component:
    """How many alarms called, how close together, and which of them most."""
    words, values = seen.words, {one["key"]: one["value"] for one in found["figures"]}
    graded = "/alarms?show=performance"
    figures = [
        (words("handover.raised"), _link(str(found["count"]), _alarms(show="history", site=seen.site))),
        (words("handover.floods"), _link(str(len(found["floods"])), graded)),
        (words("performance.peak"), _link(f"{values['peak']:.0f}", graded)),
    ]
    actors = [
        (
            _source(one["source"], seen.names.get(one["source"], one["source"]), seen),
            words.rule(one["rule"]),
            _link(str(one["count"]), _alarms(show="history", source=one["source"], rule=one["rule"])),
        )
        for one in found["actors"][:MOST_ACTORS]
    ]
    parts = [plain_table(("figure", "value"), figures, words, "handover.happened")]
    if actors:
        parts.append(html.H3(words("performance.actors")))
        parts.append(plain_table(("source", "rule", "count"), actors, words, "performance.actors"))
    return html.Div(parts)


def stood(rows: Sequence[Row], machines: Sequence[Row], seen: Seen) -> Component:
    """Machines that were down: for how long, how often, and whether they still are."""
    words = seen.words
    if not rows:
        return empty(words("handover.stood.none"))
    down = {one["key"]: one["state_since"] for one in machines if one["state"] == "DOWN"}
    cells = [
        (
            _machine(one["machine"], one["name"], words),
            _link(seen.span(one["down_s"] * 1000), f"/machines/{quote(one['machine'])}?range=8h"),
            str(one["stops"]),
            words("handover.still", when=seen.at(down[one["machine"]]))
            if down.get(one["machine"])
            else seen.at(one["latest"]),
        )
        for one in rows
    ]
    return plain_table(("machine", "stood", "stops", "stood_last"), cells, words, "handover.stood")


def findings(rows: Sequence[Row], codes: Row, seen: Seen) -> Component:
    """What was found at machines: the close codes given in the shift."""
    words = seen.words
    if not rows:
        return empty(words("handover.found.none"))
    named = {
        family: {one["key"]: words.of(one["name"]) for one in codes[f"{family}s"]}
        for family in ("mode", "cause", "action")
    }
    cells = [
        (
            _machine(one["machine"], one["name"], words),
            words(f"verdict_of.{one['verdict']}"),
            ", ".join(filter(None, (named[family].get(one[family]) for family in named))) or DASH,
            _link(f"WO-{one['number']}", f"/work-orders/{one['order']}") if one["order"] else DASH,
            f"{one['by']}, {seen.at(one['at'])}",
        )
        for one in rows
    ]
    return plain_table(("machine", "verdict", "code_given", "order", "by"), cells, words, "handover.found")


def open_alarms(alarms: Sequence[Row], seen: Seen) -> Component:
    """Alarms that somebody still has to do something about."""
    words = seen.words
    if not alarms:
        return empty(words("handover.open.none"))
    cells = [
        (
            shape(one["priority"], words),
            _source(one["source"], one["source_name"], seen),
            _link(words.alarm(one), _alarms(show="active", open=one["id"])),
            seen.span(seen.now_ms - one["raised"]),
            one["acked_by"] or DASH,
        )
        for one in alarms[:MOST_SHOWN]
    ]
    shown = plain_table(("priority", "source", "message", "age", "who"), cells, words, "handover.open")
    return html.Div([shown, *_more(alarms, "active", seen)])


def orders(rows: Sequence[Row], seen: Seen) -> Component:
    """Work orders that wait, or were done in the shift."""
    words = seen.words
    if not rows:
        return empty(words("handover.orders.none"))
    cells = [
        (
            _link(f"WO-{one['number']}", f"/work-orders/{one['id']}"),
            _machine(one["machine"], one["machine_name"], words),
            _title(one, words),
            words(f"work.state.{one['state']}"),
            one["assignee"] or one["team"] or DASH,
        )
        for one in rows
    ]
    return plain_table(("order", "machine", "what", "state", "who_for"), cells, words, "handover.orders")


def kept(alarms: Sequence[Row], seen: Seen) -> Component:
    """Alarms nobody is told of now: why, by whom, and until when."""
    words = seen.words
    if not alarms:
        return empty(words("handover.kept.none"))
    cells = []
    for one in alarms[:MOST_SHOWN]:
        acted = one["shelved"] or one["out_of_service"]
        design = words(f"suppressed.{one['suppressed']}") if one.get("suppressed") else DASH
        cells.append((
            _source(one["source"], one["source_name"], seen),
            _link(words.alarm(one), _alarms(show="shelved", open=one["id"])),
            words(f"alarm.{one['state']}"),
            seen.at(acted["until"]) if acted and acted.get("until") else DASH,
            f"{acted['by']}: {acted['why']}" if acted else design,
        ))  # fmt: skip
    shown = plain_table(("source", "message", "state", "until", "why_kept"), cells, words, "handover.kept")
    return html.Div([shown, *_more(alarms, "shelved", seen)])


def risk(machines: Sequence[Row], seen: Seen) -> Component:
    """Machines that may fail within a day, or are unwell."""
    words = seen.words
    odd = [one for one in machines if (one.get("p_fail_24h") or 0) >= AT_RISK or _health(one) < UNWELL]
    if not odd:
        return empty(words("handover.risk.none"))
    cells = []
    for one in sorted(odd, key=_health):
        page = f"/machines/{quote(one['key'])}"
        health, fails = one.get("health"), one.get("p_fail_24h")
        cells.append((
            _machine(one["key"], one["name"], words),
            DASH if health is None else _link(f"{health:.0f}", page),
            DASH if fails is None else _link(f"{fails * 100:.0f} %", page),
        ))  # fmt: skip
    return plain_table(("machine", "health", "fails_24h"), cells, words, "handover.risk")


def late(shipments: Sequence[Row], seen: Seen) -> Component:
    """Shipments that are expected late."""
    words = seen.words
    those = [one for one in shipments if not one["arrived"] and (one["late_ms"] or 0) > LATE_MS]
    if not those:
        return empty(words("handover.late.none"))
    cells = [
        (
            _link(one.get("reference") or one["id"], f"/shipments/{quote(one['id'])}"),
            seen.span(one["late_ms"]),
        )
        for one in those
    ]
    return plain_table(("shipment", "late"), cells, words, "handover.late")


def _title(order: Row, words: Words) -> str:
    """What an order is about: its title, or what its alarm said."""
    if order["title"]["en"]:
        return words.of(order["title"])
    return words.alarm(order["alarm"]) if order["alarm"] else DASH


def _more(alarms: Sequence[Row], show: str, seen: Seen) -> list[Component]:
    """How many alarms are not on the page."""
    if len(alarms) <= MOST_SHOWN:
        return []
    more = f"{len(alarms) - MOST_SHOWN}{'+' if len(alarms) == ASKED else ''}"
    return [html.P(_link(seen.words("handover.more", n=more), _alarms(show=show, site=seen.site)))]


def _source(key: str, name: object, seen: Seen) -> Cell:
    """Where an alarm comes from, with a link where that has a page."""
    if "/" in key:  # a device that nobody described
        return seen.words.of(name)
    if key in seen.vehicles:
        return _link(seen.words.of(name), f"/vehicles/{quote(key)}")
    return _machine(key, name, seen.words)


def _machine(key: str, name: object, words: Words) -> Component:
    return _link(words.of(name), f"/machines/{quote(key, safe='')}")


def _alarms(**query: str) -> str:
    return f"/alarms?{urlencode(query)}"


def _link(text: str, href: str) -> Component:
    return html.A(text, href=href)


def _health(machine: Row) -> float:
    health: float | None = machine.get("health")
    return 100.0 if health is None else health
