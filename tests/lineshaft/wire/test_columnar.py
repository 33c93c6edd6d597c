"""The fast way of kind m: what it takes, the careful way takes the same; the rest it leaves alone."""

import json
from typing import Any

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lineshaft.domain.readings import Batch, DeviceKey
from lineshaft.wire import codec, columnar, compression, readings
from lineshaft.wire.rejected import Rejected

DEVICE = DeviceKey("hall1", "gw1", "press-1")
TOPIC = "lineshaft/v1/hall1/gw1/press-1/m"
NOW_US = 1_700_000_060_000_000
BASE_MS = 1_700_000_000_000


def shown(parts: list[Any]) -> list[Any]:
    """Parts as plain values: readings by name, rejections by code and number."""
    found: list[Any] = []
    for part in parts:
        if isinstance(part, Rejected):
            found.append((part.code, part.readings))
        elif isinstance(part, Batch):
            texts = dict(zip(part.text_row.tolist(), part.texts, strict=True))
            columns = (part.ts_us, part.column, part.value, part.quality, part.flags)
            found += [
                (part.device, ts, part.names[column], texts.get(row, repr(value)), quality, flags)
                for row, (ts, column, value, quality, flags) in enumerate(
                    zip(*(column.tolist() for column in columns), strict=True)
                )
            ]
        else:
            found.append(repr(part))
    return found


cells = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-100, 100),
    st.floats(allow_nan=False, allow_infinity=False),
    st.sampled_from([2**53, 2**53 + 1, -(2**53) - 1, 10**400, 1e15, 1.1e15, -0.0, 5e-324, 1e308]),
    st.sampled_from(
        ["", "RUN", "5", "nan", "a\0b", "é", "\u4e2d" * 341, "\u4e2d" * 342, "x" * 257, "x" * 1025]
    ),
    st.sampled_from([[], {}, [1], {"a": 1}]),
)
names = st.sampled_from(["temp", "vib", "état", "a;b", "", "x" * 97, "温度", "s/1"])
offsets = st.one_of(
    st.integers(-1000, 1000),
    st.floats(-1000, 1000),
    st.sampled_from([None, True, "0", 1e300, -1e18, 2**62, 10**400, -(BASE_MS - 946_684_800_000)]),
)
instants = st.one_of(
    st.just(BASE_MS),
    st.floats(BASE_MS, BASE_MS + 1),
    st.sampled_from(
        [
            *(BASE_MS + 360_000, 946_684_799_999, 946_684_800_000, 4_102_444_799_999, 4_102_444_800_000),
            *(0, -1, 1e300, True, None, "now", 1_700_000_000, 10**400),
        ]
    ),
)


@st.composite
def messages(draw: st.DrawFn) -> dict[str, Any]:
    """Columnar messages, most of them with something odd in them."""
    some = draw(st.lists(names, min_size=0 if draw(st.booleans()) else 1, max_size=4))
    width = len(some) + draw(st.sampled_from([0, 0, 0, 0, 0, 0, 1, -1]))
    row = st.tuples(offsets, st.lists(cells, min_size=max(width, 0), max_size=max(width, 0)))
    rows = [[offset, *rest] for offset, rest in draw(st.lists(row, max_size=4))]
    message: dict[str, Any] = {"ts": draw(instants), "n": some, "r": rows}
    if draw(st.booleans()):
        quality = st.sampled_from([0, 1, 2, 3, 4, -1, None, True, 1.5, "2"])
        entry = st.tuples(st.integers(-1, 4), st.sampled_from([*some, "other"]), quality)
        message["q"] = draw(st.lists(entry, max_size=3))
    message.update(
        draw(st.dictionaries(st.sampled_from(["v", "boot", "x"]), st.sampled_from([1, 2, "é", None])))
    )
    return message


@settings(deadline=None, max_examples=400)
@given(messages())
def test_it_gives_what_the_careful_way_gives(message: dict[str, Any]) -> None:
    body = json.dumps(message, ensure_ascii=False).encode()
    assert shown(readings.decode(DEVICE, body, NOW_US)) == shown(
        readings.decode_carefully(DEVICE, body, NOW_US)
    )


@settings(deadline=None)
@given(st.lists(st.tuples(messages(), st.integers(0, 2), st.sampled_from(["", "gzip", "zstd"])), max_size=12))
def test_many_messages_give_what_each_gives(some: list[tuple[dict[str, Any], int, str]]) -> None:
    sent: list[codec.Sent] = [
        (
            TOPIC.replace("press-1", f"press-{device}"),
            packed(message, encoding),
            encoding,
            NOW_US + at * 10**8,
        )
        for at, (message, device, encoding) in enumerate(some)
    ]
    assert shown(one_by_one(codec.decode_many(sent))) == shown(
        [part for one in sent for part in codec.decode(*one)]
    )


def packed(message: dict[str, Any], encoding: str) -> bytes:
    body = json.dumps(message).encode()
    return getattr(compression, encoding)(body) if encoding else body


def one_by_one(opened: codec.Opened) -> list[Any]:
    """The parts of each message, those in the stack as batches."""
    parts: list[Any] = []
    turn, stack = 0, opened.stack
    for message in opened.messages:
        if not isinstance(message, codec.Stacked):
            parts += message
            continue
        mine = stack.message == turn
        turn += 1
        first = int(np.flatnonzero(mine)[0]) if mine.any() else 0
        texts = {at - first: text for at, text in stack.texts.items() if mine[at]}
        assert mine.sum() == message.readings
        columns = (stack.column, stack.ts_us, stack.value, stack.quality, stack.flags)
        column, *rest = (one[mine] for one in columns)
        row = np.array(list(texts), np.int32)
        parts.append(Batch(message.device, message.names, column, *rest, row, tuple(texts.values())))
    return parts


@pytest.mark.parametrize(
    "body",
    [
        b'{"ts":1700000000000,"n":["a"],"r":[[0,1]]}',
        b'{"v":1,"boot":"b","seq":7,"ts":1700000000000.5,"n":["a","b"],"r":[[0.25,true,null],[1,-3,"RUN"]],"q":[[1,"b",3]]}',
        '{"ts":1700000000000,"n":["温度"],"r":[[0,"运行"]]}'.encode(),
    ],
)
def test_ordinary_messages_go_the_fast_way(body: bytes) -> None:
    assert columnar.fits(body) is not None


def test_texts_that_look_like_numbers_stay_texts() -> None:
    bodies = [readings.encode(BASE_MS, ("a", "b"), [[0, "5", 6.5], [1, "1e3", None]])] * 2
    some = [columnar.fits(body) for body in bodies]
    stack = columnar.stack([one for one in some if one], np.full(2, NOW_US))
    assert stack.texts == {0: "5", 2: "1e3", 3: "5", 5: "1e3"}
    assert stack.value[[1, 4]].tolist() == [6.5, 6.5]
    assert np.isnan(stack.value[[0, 2, 3, 5]]).all()


def test_an_unknown_field_may_hold_anything_that_is_json() -> None:
    good = msgspec.json.encode({"ts": BASE_MS, "n": ["a"], "r": [[0, 1]], "more": [{"deep": [None, "é"]}]})
    assert [len(part) for part in codec.decode(TOPIC, good, "", NOW_US) if isinstance(part, Batch)] == [1]
    bad = good.replace("é".encode(), b"\xff")
    assert shown(codec.decode(TOPIC, bad, "", NOW_US)) == [("utf8", 0)]
