from edge.sources.bodies import EMIT
from edge.sources.columns import Column
from lineshaft.domain.readings import Event
from lineshaft.wire import codec

TOPIC = "lineshaft/v1/hall/gw/bus-1/evt"
NOW_US = 1_700_000_000_000_000


def test_a_row_becomes_an_event_with_its_other_columns_as_detail() -> None:
    columns = {
        "code": Column(value="shipment.planned"),
        "id": Column(column="trip", text=True, prefix="T-"),
        "seats": Column(column="seats"),
    }
    convert = {name: column.convert() for name, column in columns.items()}
    body = EMIT["evt"].body([(NOW_US, {"trip": "7", "seats": "40"})], convert)
    (event,) = codec.decode(TOPIC, body, "", NOW_US)
    assert isinstance(event, Event)
    assert (event.code, event.ts_us, event.detail) == (
        "shipment.planned",
        NOW_US,
        {"id": "T-7", "seats": 40.0},
    )


def test_rows_without_a_code_are_no_events() -> None:
    convert = {"code": Column(column="code", text=True).convert()}
    assert EMIT["evt"].body([(NOW_US, {"code": ""})], convert) == b""
