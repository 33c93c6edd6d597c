"""The Alarms page's Performance tab: how good the alarm system is, who calls too often, what is one."""

from collections.abc import Sequence
from urllib.parse import urlencode

from dash import html
from dash.development.base_component import Component

from dashboard.components import alarm_load
from dashboard.components.parts import aria, card, data, empty, plain_table
from dashboard.i18n import DASH, Words
from dashboard.visit import Row, Visit
from lineshaft.domain.plant import Plant, Site, from_document

DAY_MS = 86_400_000
RANGES = (1, 7, 30)
USUAL = 7
MOST_DAYS = 90
TRIED = "threshold:"
"""Rules with limits: their readings tell which settings would have calmed them."""


async def layout(visit: Visit) -> Component:
    """The last week's figures against their targets; `?days=`, `?site=`, `?shift=` and `?area=` choose."""
    words, query, days = visit.words, visit.query, _days(visit.query.get("days", ""))
    plant = from_document(await visit.client.get("plant"))
    site = _site(plant, query.get("site"))
    shift = query.get("shift") if site and _has(site, query.get("shift")) else None
    asked = {"from_ts": visit.now_ms - days * DAY_MS, "to_ts": visit.now_ms}
    narrowed = {
        "site": query.get("site") or (site.key if site and shift else None),
        "area": query.get("area"),
    }
    found = await visit.client.get("alarm-performance", **asked, **narrowed, shift=shift)
    groups = await visit.client.items("alarm-groups", state="all", limit=20, site=query.get("site"))
    zone = site.timezone if site else plant.sites[0].timezone if plant.sites else "UTC"
    return html.Div(
        [
            _choices(plant, site, visit, days),
            *alarm_load.cards(found, zone, visit.now_ms, words),
            card(words("performance.title"), html.P(words("performance.what"), className="quiet"),
                 _figures(found["figures"], words)),
            card(words("performance.mix"), _mix(found["mix"], words)),
            card(words("performance.actors"), _actors(found["actors"], words), _calming(words)),
            card(words("performance.causes"), causes(groups, words)),
            card(words("performance.precision"), _precision(found["precision"], words)),
        ],
        className="models",
        **data(slot="performance", from_ts=str(asked["from_ts"]), to_ts=str(asked["to_ts"])),
    )  # fmt: skip


def _site(plant: Plant, key: str | None) -> Site | None:
    """The site whose shifts may be chosen: the one asked for, or the only one."""
    if key is None and len(plant.sites) == 1:
        return plant.sites[0]
    return next((one for one in plant.sites if one.key == key), None)


def _has(site: Site, shift: str | None) -> bool:
    return any(one.key == shift for one in site.shifts)


def _choices(plant: Plant, site: Site | None, visit: Visit, days: int) -> Component:
    """Range, site and shift, as links that keep the rest of what was chosen."""
    words, query = visit.words, visit.query

    def chip(text: str, *, is_on: bool, **changed: str | None) -> Component:
        kept = {name: query.get(name) for name in ("days", "site", "shift", "area")} | changed
        href = "/alarms?" + urlencode({"show": "performance"} | {k: v for k, v in kept.items() if v})
        return html.A(text, href=href, className="chip", **aria(current="true" if is_on else None))

    ranges = [chip(words("span.d", n=n), is_on=n == days, days=str(n)) for n in RANGES]
    rows = [(words("performance.range"), ranges)]
    if len(plant.sites) > 1:
        asked = query.get("site")
        sites = [chip(words("performance.all"), is_on=asked is None, site=None, shift=None)]
        for one in plant.sites:
            name = words.of({"en": one.name.en, "zh": one.name.zh})
            sites.append(chip(name, is_on=one.key == asked, site=one.key, shift=None))
        rows.append((words("column.site"), sites))
    if site and site.shifts:
        now = query.get("shift")
        shifts = [chip(words("performance.all"), is_on=not _has(site, now), shift=None)]
        shifts += [chip(one.key, is_on=one.key == now, shift=one.key) for one in site.shifts]
        rows.append((words("performance.shift"), shifts))
    return html.Div(
        [
            html.Div([html.Span(name, className="quiet"), *chips], className="chips", role="group",
                     **aria(label=name))
            for name, chips in rows
        ],
        className="card performance-choices",
    )  # fmt: skip


def causes(groups: Sequence[Row], words: Words) -> Component:
    """Alarms under one root, with how sure that is and why; a link to each group's alarms."""
    if not groups:
        return empty(words("performance.causes.none"))
    rows = [
        (
            words.of(one["root_name"]),
            str(one["children"]),
            words(
                "performance.reach", n=one["why"]["sources"], of=one["why"]["of"], s=one["why"]["within_s"]
            ),
            _percent(one["confidence"]),
            words("performance.open") if one["until"] is None else words("performance.over"),
        )
        for one in groups
    ]
    return plain_table(("root", "children", "reach", "sure", "state"), rows, words, "performance.causes")


def _days(text: str) -> int:
    return int(text) if text.isdecimal() and 1 <= int(text) <= MOST_DAYS else USUAL


def _figures(figures: Sequence[Row], words: Words) -> Component:
    rows = [
        (
            words(f"performance.{one['key']}"),
            _number(one["value"], one["unit"]),
            "\N{LESS-THAN OR EQUAL TO} " + _number(one["good"], one["unit"]),
            words(f"performance.is.{one['verdict']}"),
            one["standard"],
        )
        for one in figures
    ]
    return plain_table(("figure", "value", "target", "verdict", "standard"), rows, words, "performance.title")


def _mix(mix: Sequence[Row], words: Words) -> Component:
    rows = [
        (
            ", ".join(words(f"priority.{n}") for n in one["priorities"]),
            _percent(one["share"]),
            _percent(one["target"]),
        )
        for one in mix
    ]
    return plain_table(("priority", "share", "target"), rows, words, "performance.mix")


def _actors(actors: Sequence[Row], words: Words) -> Component:
    if not actors:
        return empty(words("performance.actors.none"))
    rows = [
        (
            html.A(one["source"], href=f"/machines/{one['source']}"),
            words.rule(one["rule"]),
            str(one["count"]),
            _percent(one["share"]),
            str(one["chattering"]),
            str(one["fleeting"]),
            _calm(one, words),
        )
        for one in actors
    ]
    heads = ("source", "rule", "count", "share", "chattering", "fleeting", "calmer")
    return plain_table(heads, rows, words, "performance.actors")


def _calm(actor: Row, words: Words) -> Component | str:
    """Asks for settings that would have calmed it; the browser does (assets/js/page_alarm_calming.js)."""
    if not actor["rule"].startswith(TRIED):
        return DASH
    return html.Button(
        words("calming.ask"),
        className="button",
        type="button",
        **data(calm=actor["source"], rule=actor["rule"]),
        **aria(label=f"{words('calming.ask')}: {actor['source']}, {words.rule(actor['rule'])}"),
    )


def _calming(words: Words) -> Component:
    return html.Div(role="status", className="calming", **data(slot="calming", none=words("calming.none")))


def _precision(rules: Sequence[Row], words: Words) -> Component:
    if not rules:
        return empty(words("performance.precision.none"))
    rows = [
        (
            words.rule(one["rule"]),
            str(one["true"]),
            str(one["false"] + one["no_fault_found"]),
            _percent(one["precision"]),
        )
        for one in rules
    ]
    return plain_table(("rule", "right", "wrong", "precision"), rows, words, "performance.precision")


def _percent(share: float | None) -> str:
    return DASH if share is None else f"{share * 100:.1f} %"


def _number(value: float | None, unit: str) -> str:
    if value is None:
        return DASH
    if unit == "%":
        return _percent(value)
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"
