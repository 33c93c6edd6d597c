"""Planning: the tours as they are beside those that could be, what that saves, and a button to take them."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from dash import html
from dash.development.base_component import Component

from dashboard.components.money import as_of, link, moment, parted, percent, zone_of
from dashboard.components.parts import aria, card, data, empty, plain_table
from dashboard.i18n import DASH, Words
from dashboard.visit import Row, Visit

PATH = "/planning"
TITLE = "nav.planning"
ICON = ""

CAPACITY_KG = 12_000


async def layout(visit: Visit) -> Component:
    """The newest plan, or the one of `?plan=`."""
    words, zone = visit.words, await zone_of(visit)
    plans = await visit.client.items("plans")
    vehicles = await visit.client.items("vehicles")
    plan = next((one for one in plans if one["id"] == visit.query.get("plan")), plans[0] if plans else None)
    return html.Div(
        [
            html.Header([html.H1(words(TITLE)), as_of(visit)], className="page-head"),
            _form(visit, vehicles, plan, zone),
            *(
                _plan(plan, words, zone)
                if plan
                else [card(words("planning.plan"), empty(words("planning.none")))]
            ),
        ],
        className="models",
        **data(page="planning"),
    )


def _form(visit: Visit, vehicles: list[Row], plan: Row | None, zone: ZoneInfo) -> Component:
    words = visit.words
    now = datetime.fromtimestamp(visit.now_ms / 1000, zone)
    used = {one["vehicle"]: one["capacity_kg"] for one in plan["asked"]["vehicles"]} if plan else {}
    rows = [
        html.Label(
            [
                words.of(one["name"]) + " ",
                html.Span(
                    [
                        # A plain field of a form; Dash's own input is drawn by scripts.
                        html.Textarea(
                            str(used.get(one["key"], CAPACITY_KG if not used else "")),
                            rows="1",
                            className="field",
                            **data(vehicle=one["key"]),
                        ),
                        " kg",
                    ]
                ),
            ],
            className="field-row",
        )
        for one in vehicles
    ]
    days = [
        html.Option(f"{(now + timedelta(days=n)):%Y-%m-%d}", value=str(_midnight(now, n))) for n in range(3)
    ]
    return html.Details(
        [
            html.Summary(words("planning.make")),
            html.P(words("planning.make.what"), className="quiet"),
            html.Form(
                [
                    html.Label(
                        [words("planning.day"), html.Select(days, className="field", **data(slot="day"))],
                        className="field-row",
                    ),
                    html.Fieldset(
                        [html.Legend(words("planning.vehicles")), *rows], className="vehicles-form"
                    ),
                    html.Button(words("planning.go"), className="button", type="submit"),
                    html.P("", className="bad", **data(slot="plan-error"), **aria(live="polite")),
                ],
                **data(form="plan"),
            ),
        ],
        className="card",
        open=plan is None,
        hidden=True,
        **data(planner=""),
    )


def _midnight(now: datetime, days: int) -> int:
    start = (now + timedelta(days=days)).replace(hour=0, minute=0, second=0, microsecond=0)
    return int(start.timestamp() * 1000)


def _plan(plan: Row, words: Words, zone: ZoneInfo) -> list[Component]:
    found = plan["found"]
    present, proposed = found["present"], found["proposed"]
    figures = [
        ("planning.way", _km(present), _km(proposed)),
        ("planning.late", str(present["late"]), str(proposed["late"])),
        ("planning.left_out", str(len(present["left_out"])), str(len(proposed["left_out"]))),
        ("planning.tours", str(len(present["tours"])), str(len(proposed["tours"]))),
    ]
    rows = [(words(name), now, then) for name, now, then in figures]
    asked = plan["asked"]
    accept = html.Button(
        words("planning.accept"),
        className="button",
        type="button",
        hidden=True,
        **data(accept=plan["id"], planner=""),
    )
    state = (
        words("planning.accepted", who=plan["accepted_by"], when=moment(plan["accepted"], zone))
        if plan["accepted"]
        else accept
    )
    notes = [
        words("planning.bound", km=f"{found['bound_m'] / 1000:,.1f}", gap=percent(found["gap"])),
        words("planning.feasible" if found["feasible"] else "planning.infeasible"),
        words("planning.assumes", detour=asked["detour"], pace=f"{asked['pace_kmh']:.0f}"),
    ]
    saved = found["saved_m"]
    notes.insert(
        0,
        words("planning.not_alike")
        if saved is None
        else words("planning.saved", saved=f"{saved / 1000:,.1f} km"),
    )
    if len(found.get("depots", ())) > 1:
        notes.append(words("planning.depots", n=len(found["depots"])))
    if found["underway"]:
        notes.append(words("planning.underway", those=", ".join(found["underway"])))
    if found["free"]:
        free = ", ".join(f"{key} {moment(at, zone)}" for key, at in sorted(found["free"].items()))
        notes.append(words("planning.free", those=free))
    if found["skipped"]:
        notes.append(words("planning.skipped", those=", ".join(found["skipped"])))
    made = words("planning.made", who=plan["by"], when=moment(plan["at"], zone))
    return [
        card(
            words("planning.plan"),
            plain_table(("figure", "present", "proposed"), rows, words, "planning.plan"),
            html.Ul([html.Li(note) for note in notes], className="notes-plain"),
            html.Div(state, className="chips"),
            aside=html.Span(made, className="quiet"),
        ),
        card(words("planning.proposed"), _tours(proposed, words, zone)),
        card(words("planning.present"), _tours(present, words, zone)),
    ]


def _km(tours: Row) -> str:
    return f"{tours['way_m'] / 1000:,.1f} km"


def _tours(tours: Row, words: Words, zone: ZoneInfo) -> Component:
    rows = [
        (
            link(tour["vehicle"], f"/vehicles/{tour['vehicle']}"),
            moment(tour["leave"], zone),
            parted([_visit(leg, words, zone) for leg in tour["visits"]]),
            moment(tour["back"], zone),
            _load(tour, words),
            f"{tour['way_m'] / 1000:,.1f} km",
        )
        for tour in tours["tours"]
    ]
    left = (
        [html.P(words("planning.nobody", those=", ".join(tours["left_out"])), className="bad")]
        if tours["left_out"]
        else []
    )
    columns = ("vehicle", "leaves", "visits", "back", "load", "way")
    table = (
        plain_table(columns, rows, words, "planning.tours") if rows else empty(words("planning.tours.none"))
    )
    return html.Div([table, *left])


def _load(tour: Row, words: Words) -> Component | str:
    room = tour["capacity_kg"]
    text = f"{tour['load_kg']:,} / {f'{room:,}' if room else DASH} kg"
    if room and tour["load_kg"] > room:
        return html.B([text, " ", words("planning.too_heavy")], className="bad")
    return text


def _visit(leg: Row, words: Words, zone: ZoneInfo) -> Component:
    late: list[Component | str] = (
        [" ", html.B(words("planning.late_by", n=round(leg["late_ms"] / 60_000)), className="bad")]
        if leg["late_ms"]
        else []
    )
    shipment = link(leg["shipment"], f"/shipments/{leg['shipment']}")
    stops = leg.get("stops") or []  # plans of earlier versions have none
    several = (
        [words("planning.stops", n=len(stops), until=moment(stops[-1]["arrive"], zone))]
        if len(stops) > 1
        else []
    )
    return html.Span([shipment, f" {moment(leg['arrive'], zone)}", *several, *late])
