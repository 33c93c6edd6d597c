"""Alarms: what is to be done, what is kept from that list, what was, and how good the alarms are."""

import json

import dash_ag_grid as dag
from dash import dcc, html
from dash.development.base_component import Component

from dashboard.components import performance
from dashboard.components.alarm_parts import ack_dialog, act_dialog, detail, said
from dashboard.components.parts import aria, data, empty
from dashboard.i18n import DASH, Words, texts
from dashboard.visit import Visit

PATH = "/alarms"
TITLE = "nav.alarms"
ICON = "alert-triangle"

SHOWN = ("active", "shelved", "history", "performance")
ONLY = ("source", "site", "line", "rule")
"""What the address may narrow the lists to, as the API calls it."""
# AG Grid's own themes as stylesheets come from a CDN; this one is in the program, in the page's own colours.
THEME = (
    "themeBalham.withParams({backgroundColor: 'var(--card)', foregroundColor: 'var(--text)',"
    " headerBackgroundColor: 'var(--well)', headerTextColor: 'var(--text)', borderColor: 'var(--line)',"
    " oddRowBackgroundColor: 'var(--card)', rowHoverColor: 'var(--well)', accentColor: 'var(--select)',"
    " fontFamily: 'inherit', fontSize: 14, rowHeight: 38, spacing: 6, browserColorScheme: 'inherit'})"
)


async def layout(visit: Visit) -> Component:
    """The grid for desks, a list for phones; the browser fills both from the same rows."""
    words = visit.words
    shown = visit.query.get("show", "")
    shown = shown if shown in SHOWN else "active"
    inside = [await performance.layout(visit)] if shown == "performance" else _list(shown, words)
    head = [html.H1(words(TITLE)), _tabs(shown, words)]
    if shown != "performance":
        head += [_filters(words), _find(visit), _actions(words)]
    return html.Div(
        [html.Div(head, className="page-head"), *inside],
        **data(
            page="alarms",
            show=shown,
            open=visit.query.get("open", ""),
            only=json.dumps({name: visit.query[name] for name in ONLY if visit.query.get(name)}),
        ),
    )


def _tabs(shown: str, words: Words) -> Component:
    tabs = [
        html.A(
            words(f"alarms.{name}"),
            href=f"/alarms?show={name}",
            className="chip",
            **aria(current="true" if name == shown else None),
        )
        for name in SHOWN
    ]
    return html.Nav(tabs, className="chips", **aria(label=words("alarms.tabs")))


def _list(shown: str, words: Words) -> list[Component]:
    none: list[Component | str] = [words(f"alarms.none.{shown}")]
    if shown == "active":
        none += [" ", html.A(words("alarms.none.all"), href="/alarms?show=history")]
    return [
        html.Button(
            words("alarms.new", n="0"),
            className="button new-rows",
            type="button",
            hidden=True,
            **data(slot="new-rows"),
        ),
        html.Div(
            [
                html.Div(
                    [
                        html.Div(_grid(words), className="grid-box"),
                        html.Ul(className="card phone-list", **data(slot="phone")),
                        html.Div(empty("", *none), hidden=True, className="card", **data(slot="none")),
                        said(words),
                        html.P(words("alarms.keys"), className="quiet keys"),
                    ]
                ),
                detail(words),
            ],
            className="alarm-split",
        ),
        ack_dialog(words),
        act_dialog(words),
    ]


def _called(visit: Visit, name: str) -> str:
    """What the list is narrowed to, in words where it is a rule."""
    return visit.words.rule(visit.query[name]) if name == "rule" else visit.query[name]


def _find(visit: Visit) -> Component:
    only = [
        html.A(
            f"{visit.words(f'column.{name}')}: {_called(visit, name)} \N{MULTIPLICATION SIGN}",
            href=f"/alarms?show={visit.query.get('show', 'active')}",
            className="chip",
            title=visit.words("alarms.only.end"),
        )
        for name in ONLY
        if visit.query.get(name)
    ]
    field = html.Div(
        dcc.Input(type="search", id="alarm-find", className="field", placeholder=visit.words("alarms.find")),
        **data(slot="find"),
    )
    return html.Div([field, *only], className="chips")


def _filters(words: Words) -> Component:
    chips = [
        html.Button(
            [
                html.Span(str(n), className="shape", **data(priority=str(n)), **aria(hidden="true")),
                html.B(DASH, **data(count=str(n))),
            ],
            className="chip",
            type="button",
            title=words(f"priority.{n}"),
            **data(filter=str(n)),
            **aria(pressed="false", label=words(f"priority.{n}")),
        )
        for n in (1, 2, 3, 4)
    ]
    return html.Div(chips, className="chips", role="group", **aria(label=words("alarms.filter")))


def _actions(words: Words) -> Component:
    return html.Button(
        words("ack.selected", n="0"),
        className="button",
        type="button",
        disabled=True,
        **data(slot="ack-selected"),
    )


def _grid(words: Words) -> Component:
    def column(name: str, **more: object) -> dict[str, object]:
        return {"colId": name, "headerName": words(f"column.{name}"), **more}

    columns = [
        column("priority", field="priority", width=100, cellRenderer="AlarmShape"),
        column("state", valueGetter={"function": "alarmState(params)"}, width=215),
        column(
            "source", valueGetter={"function": "alarmSource(params)"}, width=170, cellRenderer="AlarmSource"
        ),
        column("message", valueGetter={"function": "alarmText(params)"}, flex=1, minWidth=260, filter=True),
        column("raised", field="raised", valueFormatter={"function": "alarmWhen(params)"}, width=130),
        column("age", field="raised", cellRenderer="AlarmAge", width=80, sortable=False),
        column("count", field="count", width=84, type="rightAligned"),
        column("who", valueGetter={"function": "alarmWho(params)"}, width=170),
        column("ack", cellRenderer="AlarmAck", width=185, sortable=False, resizable=False),
        {"colId": "rank", "valueGetter": {"function": "alarmRank(params)"}, "hide": True, "sort": "asc"},
    ]
    own = {
        key.removeprefix("grid."): text
        for key, text in texts(words.language).items()
        if key.startswith("grid.")
    }
    grid: Component = dag.AgGrid(
        id="alarm-grid",
        columnDefs=columns,
        rowData=[],
        getRowId="params.data.id",
        defaultColDef={"sortable": True, "resizable": True, "suppressHeaderMenuButton": True},
        dashGridOptions={
            "theme": {"function": THEME},
            "rowSelection": {"mode": "multiRow", "isRowSelectable": {"function": "alarmOpen(params)"}},
            "postSortRows": {"function": "alarmsTogether(params)"},
            "rowClassRules": {"at": "alarmIsAt(params)", "under": "params.data.under"},
            "localeText": own,
            "animateRows": False,
            "suppressCellFocus": False,
            "suppressNoRowsOverlay": True,
        },
        style={"height": "100%"},
    )
    return grid
