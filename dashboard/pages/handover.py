"""Shift hand-over: what happened in a shift, what is open and what is at risk, each with its evidence.

Drawn once, as it will be read and printed: on one page of paper where the shift was calm.
"""

from asyncio import gather
from collections.abc import Awaitable, Mapping
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from dash import html
from dash.development.base_component import Component

from dashboard.components import hand_over as parts
from dashboard.components.parts import card, data
from dashboard.components.performance import causes
from dashboard.i18n import DASH, Words, texts
from dashboard.visit import Row, Visit
from lineshaft.domain.maintenance.orders import UNFINISHED
from lineshaft.domain.plant import Plant, Site, from_document
from lineshaft.domain.shifts import Turn, turn_at

PATH = "/handover"
TITLE = "nav.handover"
ICON = "activity"

HOURS_8_MS = 8 * 3_600_000
NO_SHIFT = "none"


async def layout(visit: Visit) -> Component:
    """The shift that is on at `?at=` (epoch ms), or now; of `?site=`, or the first one."""
    words = visit.words
    plant = from_document(await visit.client.get("plant"))
    site = next((one for one in plant.sites if one.key == visit.query.get("site")), None) or plant.sites[0]
    turn = _turn(site, visit)
    start, end = turn.start_us // 1000, min(turn.end_us // 1000, visit.now_ms)
    found = await _asked(visit, site.key, start, max(end, start + 1))
    inside = [one for one in found["groups"] if one["since"] < end and (one["until"] or end) >= start]
    orders = [one for one in found["orders"] if one["site"] == site.key and _of_shift(one, start, end)]
    ours = {machine.key for area in site.areas for line in area.lines for machine in line.machines}
    machines = [one for one in found["machines"] if one["key"] in ours]
    names = {one["key"]: one["name"] for one in machines}
    vehicles = {one.key: {"en": one.name.en, "zh": one.name.zh} for one in plant.vehicles}
    shift = parts.Seen(
        words, ZoneInfo(site.timezone), visit.now_ms, site.key, names | vehicles, frozenset(vehicles)
    )
    return html.Div(
        [
            _head(words, site, plant, turn),
            card(words("handover.notes"), parts.notes(found["notes"], shift), _say(site, turn, words)),
            card(words("handover.happened"), parts.happened(found["figures"], shift), causes(inside, words)),
            card(words("handover.stood"), parts.stood(found["facts"]["standstills"], machines, shift)),
            card(words("handover.found"), parts.findings(found["facts"]["findings"], found["codes"], shift)),
            card(words("handover.open"), parts.open_alarms(found["active"], shift)),
            card(words("handover.orders"), parts.orders(orders, shift)),
            card(words("handover.kept"), parts.kept(found["kept"], shift)),
            card(words("handover.risk"), parts.risk(machines, shift), parts.late(found["shipments"], shift)),
        ],
        className="models handover",
        **data(page="handover"),
    )


async def _asked(visit: Visit, site: str, start: int, end: int) -> dict[str, Any]:
    """Everything the page says, asked for at the same time."""
    client, span = visit.client, {"from_ts": start, "to_ts": end, "site": site}
    return await _together({
        "figures": client.get("alarm-performance", **span),
        "facts": client.get("hand-over-facts", **span),
        "codes": client.get("maintenance/codes"),
        "groups": client.items("alarm-groups", state="all", limit=100, site=site),
        "active": client.items("alarms", state="active", limit=parts.ASKED, site=site),
        "kept": client.items("alarms", state="shelved", limit=parts.ASKED, site=site),
        "orders": client.items("work-orders", state=[*UNFINISHED, "done"], limit=500),
        "notes": client.items("hand-over-notes", site=site, start=start),
        "machines": client.items("machines"),
        "shipments": client.items("shipments"),
    })  # fmt: skip


async def _together(asked: Mapping[str, Awaitable[Any]]) -> dict[str, Any]:
    return dict(zip(asked, await gather(*asked.values()), strict=True))


def _turn(site: Site, visit: Visit) -> Turn:
    """The shift; outside of all shifts eight hours of the day, which stay the same while they last."""
    text = visit.query.get("at", "")
    at_ms = int(text) if text.isdecimal() and len(text) < 14 else visit.now_ms
    found = turn_at(site.shifts, site.timezone, at_ms * 1000)
    start_ms = at_ms - at_ms % HOURS_8_MS
    return found or Turn(NO_SHIFT, start_ms * 1000, (start_ms + HOURS_8_MS) * 1000)


def _of_shift(order: Row, start: int, end: int) -> bool:
    """Whether an order waited at the shift's end, or was done in it."""
    if order["state"] in UNFINISHED:
        return bool(order["created"] < end)
    return bool(start <= (order["finished"] or 0) < end)


def _head(words: Words, site: Site, plant: Plant, turn: Turn) -> Component:
    zone = ZoneInfo(site.timezone)
    start, end = (
        datetime.fromtimestamp(us / 1e6, UTC).astimezone(zone) for us in (turn.start_us, turn.end_us)
    )
    before, here = turn.start_us // 1000 - 1, f"{PATH}?site={site.key}"
    # A site names its shifts as it likes; the usual names are known in both languages.
    shift = texts(words.language).get(f"shift.{turn.key}", turn.key)
    return html.Div(
        [
            html.H1(words(TITLE)),
            html.P(
                f"{_name(site, words)} · {shift} · {start:%Y-%m-%d %H:%M} {DASH} {end:%H:%M} {site.timezone}"
            ),
            html.Div(
                [
                    html.A(words("handover.before"), href=f"{here}&at={before}", className="chip"),
                    html.A(words("handover.now"), href=here, className="chip"),
                    *(
                        html.A(_name(one, words), href=f"{PATH}?site={one.key}", className="chip")
                        for one in plant.sites
                        if len(plant.sites) > 1
                    ),
                    html.Button(words("print"), className="chip", type="button", **data(slot="print")),
                ],
                className="chips no-print",
            ),
        ],
        className="page-head",
    )


def _name(site: Site, words: Words) -> str:
    return words.of({"en": site.name.en, "zh": site.name.zh})


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
