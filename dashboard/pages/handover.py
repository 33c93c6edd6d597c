"""Shift hand-over: what happened in a shift, what is open and what is at risk, each with its evidence."""

from collections.abc import Sequence
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from dash import html
from dash.development.base_component import Component

from dashboard.components.parts import card, data, empty
from dashboard.components.performance import causes, plain_table
from dashboard.i18n import DASH, Words
from dashboard.visit import Row, Visit
from lineshaft.domain.maintenance.orders import UNFINISHED
from lineshaft.domain.plant import Plant, Site, from_document
from lineshaft.domain.shifts import Turn, turn_at

PATH = "/handover"
TITLE = "nav.handover"
ICON = "activity"

HOURS_8_MS = 8 * 3_600_000
AT_RISK = 0.2
"""P(fails within a day) from which a machine is told to the next shift."""
UNWELL = 60.0
"""Health below which it is, whatever is foreseen."""
LATE_MS = 15 * 60_000


async def layout(visit: Visit) -> Component:
    """The shift that is on at `?at=` (epoch ms), or now; of `?site=`, or the first one."""
    words, client = visit.words, visit.client
    plant = from_document(await client.get("plant"))
    site = next((one for one in plant.sites if one.key == visit.query.get("site")), None) or plant.sites[0]
    turn = _turn(site, visit)
    from_ts, to_ts = turn.start_us // 1000, min(turn.end_us // 1000, visit.now_ms)
    asked = {"from_ts": from_ts, "to_ts": max(to_ts, from_ts + 1), "site": site.key}
    figures = await client.get("alarm-performance", **asked)
    groups = await client.items("alarm-groups", state="all", limit=100, site=site.key)
    active = await client.items("alarms", state="active", limit=500)
    active = [one for one in active if one["site"] == site.key]
    kept = await client.items("alarms", state="shelved", limit=500)
    kept = [one for one in kept if one["site"] == site.key]
    orders = await client.items("work-orders", state=[*UNFINISHED, "done"], limit=500)
    orders = [one for one in orders if one["site"] == site.key and _of_shift(one, from_ts, to_ts)]
    notes = await client.items("hand-over-notes", site=site.key, start=from_ts)
    machines = await client.items("machines")
    shipments = await client.items("shipments")
    inside = [one for one in groups if one["since"] < to_ts and (one["until"] or to_ts) >= from_ts]
    return html.Div(
        [
            _head(words, site, plant, turn),
            card(words("handover.happened"), _happened(figures, words), causes(inside, words)),
            card(words("handover.notes"), _notes(notes, words), _say(site, turn, words)),
            card(words("handover.open"), _open(active, words, visit.now_ms)),
            card(words("handover.orders"), _orders(orders, words)),
            card(words("handover.kept"), _kept(kept, words)),
            card(words("handover.risk"), _risk(machines, words), _late(shipments, words)),
        ],
        className="models handover",
        **data(page="handover"),
    )


def _turn(site: Site, visit: Visit) -> Turn:
    """The shift; outside of all shifts the last eight hours."""
    text = visit.query.get("at", "")
    at_ms = int(text) if text.isdecimal() else visit.now_ms
    found = turn_at(site.shifts, site.timezone, at_ms * 1000)
    return found or Turn(DASH, (at_ms - HOURS_8_MS) * 1000, at_ms * 1000)


def _name(site: Site, words: Words) -> str:
    return words.of({"en": site.name.en, "zh": site.name.zh})


def _of_shift(order: Row, from_ts: int, to_ts: int) -> bool:
    """Whether an order waited at the shift's end, or was done in it."""
    if order["state"] in UNFINISHED:
        return bool(order["created"] < to_ts)
    return bool(from_ts <= (order["finished"] or 0) < to_ts)


def _notes(notes: Sequence[Row], words: Words) -> Component:
    if not notes:
        return empty(words("handover.notes.none"))
    return html.Ul([
        html.Li([
            html.Del(one["note"]) if one["struck"] else html.Span(one["note"]),
            html.Span(f" {DASH} {one['author']}", className="quiet"),
        ])
        for one in notes
    ])  # fmt: skip


def _say(site: Site, turn: Turn, words: Words) -> Component:
    """Where people write; the browser sends it (assets/js/page_handover.js)."""
    return html.Div(
        [
            html.Label(
                [words("handover.say"), html.Textarea(className="field wide", rows=2, maxLength=2000)]
            ),
            html.Button(words("handover.tell"), className="button", type="button", **data(slot="note-go")),
        ],
        className="no-print",
        **data(slot="note-box", site=site.key, shift=turn.key, start=str(turn.start_us // 1000)),
    )


def _orders(orders: Sequence[Row], words: Words) -> Component:
    if not orders:
        return empty(words("handover.orders.none"))
    rows = [
        (
            html.A(f"WO-{one['number']}", href=f"/work-orders/{one['id']}"),
            html.A(words.of(one["machine_name"]), href=f"/machines/{one['machine']}"),
            words.of(one["title"]) if one["title"]["en"] else (one["alarm"] or {}).get("rule", DASH),
            words(f"work.state.{one['state']}"),
            one["assignee"] or one["team"] or DASH,
        )
        for one in orders
    ]
    return plain_table(("order", "machine", "what", "state", "who"), rows, words, "handover.orders")


def _kept(alarms: Sequence[Row], words: Words) -> Component:
    """Alarms nobody is told of now: why, by whom, and until when."""
    if not alarms:
        return empty(words("handover.kept.none"))
    rows = []
    for one in alarms:
        why = one["shelved"] or one["out_of_service"] or {"by": DASH, "why": one.get("suppressed") or DASH}
        until = datetime.fromtimestamp(why["until"] / 1e3, UTC) if why.get("until") else None
        rows.append((
            html.A(words.of(one["source_name"]), href=f"/machines/{one['source']}"),
            html.A(one["rule"], href=f"/alarms?show=shelved&open={one['id']}"),
            words(f"alarm.{one['state']}"),
            f"{until:%Y-%m-%d %H:%M} UTC" if until else DASH,
            f"{why['by']}: {why['why']}",
        ))  # fmt: skip
    return plain_table(("source", "rule", "state", "until", "who"), rows, words, "handover.kept")


def _head(words: Words, site: Site, plant: Plant, turn: Turn) -> Component:
    zone = ZoneInfo(site.timezone)
    start, end = (
        datetime.fromtimestamp(us / 1e6, UTC).astimezone(zone) for us in (turn.start_us, turn.end_us)
    )
    before, here = turn.start_us // 1000 - 1, f"{PATH}?site={site.key}"
    sites = [
        html.A(_name(one, words), href=f"{PATH}?site={one.key}", className="chip") for one in plant.sites
    ]
    return html.Div(
        [
            html.H1(words(TITLE)),
            html.P(f"{_name(site, words)} · {turn.key} ·"
                   f" {start:%Y-%m-%d %H:%M} {DASH} {end:%H:%M} {site.timezone}"),
            html.Div(
                [html.A(words("handover.before"), href=f"{here}&at={before}", className="chip"),
                 html.A(words("handover.now"), href=here, className="chip"), *sites],
                className="chips",
            ),
        ],
        className="page-head",
    )  # fmt: skip


def _happened(found: Row, words: Words) -> Component:
    values = {one["key"]: one["value"] for one in found["figures"]}
    rows: list[tuple[Component | str, str]] = [
        (html.A(words("handover.raised"), href="/alarms?show=all"), str(found["count"])),
        (words("handover.floods"), str(len(found["floods"]))),
        (words("performance.peak"), f"{values['peak']:.0f}"),
    ]
    return plain_table(("figure", "value"), rows, words, "handover.happened")


def _open(alarms: Sequence[Row], words: Words, now_ms: int) -> Component:
    if not alarms:
        return empty(words("handover.open.none"))
    rows = [
        (
            words(f"priority.{one['priority']}"),
            html.A(words.of(one["source_name"]), href=f"/machines/{one['source']}"),
            one["rule"],
            _age(now_ms - one["raised"]),
            one["acked_by"] or DASH,
        )
        for one in alarms
    ]
    return plain_table(("priority", "source", "rule", "age", "who"), rows, words, "handover.open")


def _risk(machines: Sequence[Row], words: Words) -> Component:
    odd = [one for one in machines if (one.get("p_fail_24h") or 0) >= AT_RISK or _health(one) < UNWELL]
    if not odd:
        return empty(words("handover.risk.none"))
    rows = [
        (
            html.A(words.of(one["name"]), href=f"/machines/{one['key']}"),
            DASH if one.get("health") is None else f"{one['health']:.0f}",
            DASH if one.get("p_fail_24h") is None else f"{one['p_fail_24h'] * 100:.0f} %",
        )
        for one in sorted(odd, key=_health)
    ]
    return plain_table(("machine", "health", "fails_24h"), rows, words, "handover.risk")


def _late(shipments: Sequence[Row], words: Words) -> Component:
    late = [one for one in shipments if not one["arrived"] and (one["late_ms"] or 0) > LATE_MS]
    if not late:
        return empty(words("handover.late.none"))
    rows = [(html.A(one["id"], href="/logistics"), _age(one["late_ms"])) for one in late]
    return plain_table(("shipment", "late"), rows, words, "handover.late")


def _health(machine: Row) -> float:
    health: float | None = machine.get("health")
    return 100.0 if health is None else health


def _age(ms: float) -> str:
    minutes = int(ms // 60_000)
    return f"{minutes // 60} h {minutes % 60:02} min" if minutes >= 60 else f"{minutes} min"
