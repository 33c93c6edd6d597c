"""Kind m: every shape it comes in, and what is kept of a message that is not wholly good."""

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lineshaft.domain.readings import Batch, DeviceKey, Flag
from lineshaft.wire import codec, readings
from lineshaft.wire.cells import Cells
from lineshaft.wire.loose import read
from lineshaft.wire.rejected import Rejected

TOPIC = "lineshaft/v1/hall1/gw1/press-1/m"
NOW_US = 1_700_000_060_000_000
BASE_MS = 1_700_000_000_000


def decode(body: bytes) -> tuple[list[tuple[int, str, float | str, int]], list[Rejected]]:
    """Readings as (ms after the base, name, value, quality), and what was set aside."""
    found: list[tuple[int, str, float | str, int]] = []
    rejected = []
    for part in codec.decode(TOPIC, body, "", NOW_US):
        if isinstance(part, Rejected):
            rejected.append(part)
            continue
        assert isinstance(part, Batch)
        assert part.device == DeviceKey("hall1", "gw1", "press-1")
        found += as_tuples(part)
    return found, rejected


def as_tuples(batch: Batch) -> list[tuple[int, str, float | str, int]]:
    texts = dict(zip(batch.text_row.tolist(), batch.texts, strict=True))
    assert all(math.isnan(batch.value[row]) for row in texts)
    assert {batch.ts_us.dtype, batch.value.dtype, batch.column.dtype} == {
        np.dtype(t) for t in ("i8", "f8", "i4")
    }
    return [
        ((int(ts) - BASE_MS * 1000) // 1000, batch.names[column], texts.get(row, float(value)), int(quality))
        for row, (ts, column, value, quality) in enumerate(
            zip(batch.ts_us, batch.column, batch.value, batch.quality, strict=True)
        )
    ]


def test_columns_with_gaps_texts_and_qualities() -> None:
    body = b"""{"v":1,"boot":"01hf7y","seq":4711,"ts":1700000000000,"n":["temp","vib","state"],
        "r":[[0,21.5,0.21,"RUN"],[1000,21.6,null,"RUN"]],"q":[[1,"temp",2]]}"""
    assert decode(body) == (
        [
            (0, "temp", 21.5, 0),
            (0, "vib", 0.21, 0),
            (0, "state", "RUN", 0),
            (1000, "temp", 21.6, 2),
            (1000, "state", "RUN", 0),
        ],
        [],
    )


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b'{"ts":1700000000000,"values":{"temp":22.5,"on":true}}', [(0, "temp", 22.5, 0), (0, "on", 1.0, 0)]),
        (
            b'[{"ts":1700000000000,"values":{"a":1}},{"ts":1700000001000,"values":{"a":"x"}}]',
            [(0, "a", 1.0, 0), (1000, "a", "x", 0)],
        ),
        (b'[{"a":1},{"b":true}]', [(60_000, "a", 1.0, 0), (60_000, "b", 1.0, 0)]),
        (b'{"temp":22.5,"note":null}', [(60_000, "temp", 22.5, 0)]),
        (b'{"values":{"temp":22.5}}', [(60_000, "temp", 22.5, 0)]),
        (b'{"ts":1700000000000,"n":["a"],"r":[]}', []),
        (b'{"ts":1700000000000,"n":["a"],"r":[[0,null]]}', []),
        (b"{}", []),
        (
            b'{"ts":1700000000000,"n":["a","b"],"r":[[0.25,true,false]],"more":{}}',
            [(0, "a", 1.0, 0), (0, "b", 0.0, 0)],
        ),
    ],
)
def test_all_shapes_are_read(body: bytes, expected: list[Any]) -> None:
    assert decode(body) == (expected, [])


@pytest.mark.parametrize(
    ("body", "kept", "code", "count"),
    [
        (b'{"ts":1700000000000,"n":["a","b"],"r":[[0,1,2],[5,3]]}', 2, "shape", 2),
        (b'{"ts":1700000000000,"n":["a","b;"],"r":[[0,1,2],[5,3,4]]}', 2, "name", 2),
        (b'{"ts":1700000000000,"n":["a","a"],"r":[[0,1,2]]}', 1, "name", 1),
        (b'{"ts":1700000000000,"n":["a","b"],"r":[[0,1,{"x":1}]]}', 1, "type", 1),
        (b'{"ts":1700000000000,"n":["a","b"],"r":[[0,1,9007199254740993]]}', 1, "number", 1),
        (b'{"ts":1700000000000,"n":["a","b"],"r":[[0,1,"x\\u0000y"]]}', 1, "text", 1),
        (b'{"ts":1700000000000,"n":["a","b"],"r":[[0,1,"' + b"x" * 1025 + b'"]]}', 1, "text", 1),
        (b'{"ts":1700000000000,"n":["a"],"r":[[0,1],[true,2],[1e300,3],["5",4]]}', 1, "bad_ts", 3),
        (b'{"ts":1700000000000,"n":["a","b"],"r":[[0,1,2]],"q":[[0,"b",7]]}', 1, "shape", 1),
        (b'{"ts":1700000000000,"n":["a","b"],"r":[[0,1,2]],"q":[[9,"b",1]]}', 2, "shape", 0),
        (b'[{"ts":1700000000000,"values":{"a":1}},{"ts":"soon","values":{"a":1,"b":2}}]', 1, "bad_ts", 2),
        (b'[{"ts":1700000000000,"values":{"a":1}},7]', 1, "shape", 1),
    ],
)
def test_what_is_good_in_a_bad_message_is_kept(body: bytes, kept: int, code: str, count: int) -> None:
    found, rejected = decode(body)
    assert len(found) == kept
    assert [(part.code, part.readings) for part in rejected] == [(code, count)]


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b'{"v":2,"ts":1700000000000,"n":["a"],"r":[[0,1]]}', "version"),
        (b'{"v":true,"ts":1700000000000,"values":{"a":1}}', "version"),
        (b'{"ts":253402300799000,"n":["a"],"r":[[0,1]]}', "bad_ts"),
        (b'{"ts":1700000000,"values":{"a":1}}', "bad_ts"),
        (b'{"ts":true,"n":["a"],"r":[[0,1]]}', "bad_ts"),
        (b'{"n":["a"],"r":[[0,1]]}', "bad_ts"),
        (b'{"ts":1700000000000,"temp":1}', "shape"),
        (b'{"n":"a","r":[],"ts":1700000000000}', "shape"),
        (b"7", "shape"),
        (b'"text"', "shape"),
        (b'{"ts":1700000000000,"n":["a"],"r":[' + b",".join([b"[0,1]"] * 5001) + b"]}", "too_many"),
        (b"{" + b",".join(b'"n%d":1' % n for n in range(501)) + b"}", "too_many"),
    ],
)
def test_a_message_that_cannot_be_used_is_rejected_whole(body: bytes, code: str) -> None:
    found, rejected = decode(body)
    assert found == []
    assert [part.code for part in rejected] == [code]


def test_a_clock_far_ahead_is_flagged_and_its_time_kept() -> None:
    ahead_ms = NOW_US // 1000 + 5 * 60 * 1000
    body = readings.encode(ahead_ms, ("a",), [[0, 1], [1, 2]])
    (batch,) = codec.decode(TOPIC, body, "", NOW_US)
    assert isinstance(batch, Batch)
    assert batch.flags.tolist() == [0, Flag.CLOCK_BAD]
    assert batch.ts_us.tolist() == [ahead_ms * 1000, ahead_ms * 1000 + 1000]


NAMES = st.lists(
    st.from_regex(r"[A-Za-z][\w .:/%#-]{0,20}", fullmatch=True), min_size=1, max_size=5, unique=True
)
VALUES = st.one_of(
    st.none(),
    st.booleans(),
    st.floats(-1e15, 1e15),
    st.integers(-(2**53), 2**53),
    st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=20),
)


@st.composite
def messages(draw: st.DrawFn) -> tuple[tuple[str, ...], list[list[Any]], list[tuple[int, str, int]]]:
    names = tuple(draw(NAMES))
    cells = draw(st.lists(st.lists(VALUES, min_size=len(names), max_size=len(names)), min_size=1, max_size=6))
    rows = [[draw(st.integers(-10_000, 10_000)), *row] for row in cells]
    places = st.tuples(st.integers(0, len(rows) - 1), st.sampled_from(names), st.integers(0, 3))
    return names, rows, draw(st.lists(places, max_size=3, unique_by=lambda place: place[:2]))


@settings(deadline=None)
@given(messages())
def test_what_was_encoded_is_decoded(message: tuple[tuple[str, ...], list[list[Any]], list[Any]]) -> None:
    names, rows, qualities = message
    graded = {(row, name): code for row, name, code in qualities}
    expected = [
        (row[0], name, cell if isinstance(cell, str) else float(cell), graded.get((number, name), 0))
        for number, row in enumerate(rows)
        for name, cell in zip(names, row[1:], strict=True)
        if cell is not None
    ]
    body = readings.encode(BASE_MS, names, rows, qualities)
    assert decode(body) == (expected, [])


@settings(deadline=None)
@given(messages())
def test_the_fast_way_and_the_careful_way_agree(
    message: tuple[tuple[str, ...], list[list[Any]], list[Any]],
) -> None:
    names, rows, qualities = message
    cells = Cells(NOW_US)
    said = {"v": 1, "ts": BASE_MS, "n": list(names), "r": rows, "q": [list(place) for place in qualities]}
    assert read(cells, said) is None
    careful = as_tuples(cells.batch(DeviceKey("hall1", "gw1", "press-1")))
    assert careful == decode(readings.encode(BASE_MS, names, rows, qualities))[0]
