"""Whatever comes: decoded or rejected with its reason, every reading of it accounted for, and nothing raised.

JSON's corner cases are a table of our own in the spirit of JSONTestSuite: those of `Y` must be taken, of `N`
refused, of `EITHER` a parser may think as it likes. Naughty strings are after the Big List of them.
"""

import json
import random
from collections.abc import Iterator
from typing import Any

import pytest

from lineshaft.domain.readings import Batch, Event, Report
from lineshaft.wire import codec, limits
from lineshaft.wire.rejected import CODES, Rejected
from lineshaft.wire.topics import KINDS

TOPIC = "lineshaft/v1/hall1/gw1/press-1/"
NOW_US = 1_700_000_060_000_000
BASE_MS = 1_700_000_000_000
NOT_JSON = {"json", "utf8", "number"}

Y = (
    b'""', b'"\\u0060\\u012a\\u12AB"', b'"\\uD801\\udc37"', b'"\\"\\\\\\/\\b\\f\\n\\r\\t"', b'"\\\\u0000"',
    b'"\\uFFFF"', b'"\\u200B"', b'"\\u2028"', b'"\xe2\x80\xa8"', b'"\xf4\x8f\xbf\xbf"', b'"\x7f"',
    b'"\xe2\x8d\x82\xe3\x88\xb4"', b"[]", b"[[]   ]", b'[""]', b'[null, 1, "1", {}]', b" [1] ", b"[1\n]",
    b"[2] ", b"-0", b"0", b"-1", b"20e1", b"1E22", b"1E+2", b"1e-2", b"123.456e78", b"0e1", b"0e+1",
    b"-0.0000000000000000000000000000000000000000000000000000000000000000000000000001", b"{}", b'{"":0}',
    b'{"a":[]}', b'{"a":"b","a":"c"}', b'{"min": -1.0e+28, "max": 1.0e+28}', b'{"\\u0061":1}', b"true",
    b"false", b"null", b"\t[1]", b"\r\n[1]\r\n",
)  # fmt: skip
N = (
    b"", b" ", b"[", b"]", b"{", b"}", b'"', b"[1", b"[1,", b"[1,]", b"[,1]", b"[1,,2]", b"[1 2]",
    b'["": 1]', b'["a"', b'["', b"[a", b"[1:2]", b"[1]]", b"[1]x", b"[][]", b"[*]", b"[\x0c]",
    b"[\xe2\x81\xa0]", b"{]", b'{"a"}', b'{"a":', b'{"a":1', b'{"a":1,}', b'{"a":1,,"b":2}', b'{"a" 1}',
    b"{a:1}", b"{1:1}", b"{'a':1}", b'{"a":1}#', b'{"a":1}//', b'{"a":/*c*/1}', b'{"a":1}{}', b"{null:1}",
    b'{[: "x"}', b"tru", b"nul", b"fals", b"True", b"NULL", b"undefined", b"NaN", b"-NaN", b"Infinity",
    b"-Infinity", b"+Inf", b"0x1", b"0x", b"01", b"-01", b"-012", b"+1", b"++1", b"--1", b"-", b"-a", b".1",
    b"-.1", b"1.", b"-1.", b"1.e1", b"0.e1", b"1e", b"1e+", b"1eE2", b"1.2.3", b"1_000", b"1,000", b"1 000",
    b"1a", b"\xef\xbc\x91", b"'a'", b"`a`", b'"a', b'a"', b'"\\', b'"\\"', b'"\\x00"', b'"\\a"',
    b'"\\\xe2\x80\xa8"', b'"\\u"', b'"\\u12"', b'"\\u00A"', b'"\\uD834\\', b'"\\uD800\\u"', b'"\\u{1F600}"',
    b'"\x00"', b'"\t"', b'"\n"', b'"\x1f"', b"\x00", b"1\x00", b"[1]\x00", b"\xff", b'"\xff"',
    b'"\xc0\xaf"', b'"\xe0\x80\xaf"', b'"\xed\xa0\x80"', b'"\xf5\x80\x80\x80"', b'"\xe2\x82"',
    b"\xef\xbb\xbf1", b"\xef\xbb\xbf", b"\xfe\xff\x00[\x00]", b"[\x00]\x00", b"<.>", b"[<null>]",
    b"\\u0022a\\u0022", b"//", b"/**/1", b"[" * 100_000, b'[{"":' * 20_000, b'{"a":' * 20_000,
)  # fmt: skip
EITHER = (
    b'"\\uD800"', b'"\\uDC00\\uD800"', b'"\\uD800\\uD800\\n"', b"1e9999", b"-1e9999", b"123123e100000",
    b"-237462374673276894279832749832423479823246327846", b"100000000000000000000", b"1e-10000",
    b"[" * 500 + b"]" * 500, b"[" * 1_500 + b"]" * 1_500,
)  # fmt: skip

NAUGHTY = (
    "", " ", "\0", "a\0b", "undefined", "null", "NaN", "-Infinity", "true", "0x10", "1e999", "١٢٣", "\\",
    "'", '"', "Ω≈ç√∫µ≤≥÷", "田中さんにあげて下さい", "社會科學院語學研究所", "😍👾🏽\u200d♀️",
    "\u202etest\u202c", "\u200b\ufeff", "\u2028\u2029", "Z\u0346\u0310a\u0320\u0318", "\ufdfa" * 20,
    "\U0010ffff", "\uffff", "\x7f\x80", "\x07\x1b[31m", "<script>alert(1)</script>", "{{7*7}}", "${7*7}",
    "'; DROP TABLE reading; --", "' OR 1=1 --", "%s%n", "{0}", "../../etc/passwd", "=cmd|' /C calc'!A0",
    "@SUM(1)", "\r\nSet-Cookie: x", "z" * 96, "z" * 97, "z" * 1_024, "z" * 1_025, "\u4e2d" * 341,
    "\u4e2d" * 342, "a/b", "#", "+", "$SYS/x", "_", "__proto__", "1" * 400,
)  # fmt: skip


def opened(kind: str, body: bytes) -> tuple[int, list[Rejected]]:
    """How many readings a message holds, and what was set aside; checks what holds for every message."""
    parts = codec.decode(TOPIC + kind, body, "", NOW_US)
    rejected = [part for part in parts if isinstance(part, Rejected)]
    assert {part.code for part in rejected} <= CODES.keys() - {"internal"}, body[:200]
    assert all(part.detail and part.readings >= 0 for part in rejected)
    good = [part for part in parts if not isinstance(part, Rejected)]
    return sum(1 if isinstance(part, Event | Report) else len(part) for part in good), rejected


def inside(body: bytes) -> Iterator[tuple[str, bytes]]:
    """A piece of JSON alone, as a value, and where nobody looks: in a field that we do not know."""
    yield from ((kind, body) for kind in KINDS)
    yield "m", b'{"temp":' + body + b"}"
    yield "m", b'{"ts":%d,"values":{"temp":%b}}' % (BASE_MS, body)
    yield "m", b'{"ts":%d,"n":["temp"],"r":[[0,%b]]}' % (BASE_MS, body)
    yield "m", b'{"ts":%d,"n":["temp"],"r":[[0,1]],"unknown":%b}' % (BASE_MS, body)
    yield "m", b'{"unknown":%b,"ts":%d,"n":["temp"],"r":[[0,1]]}' % (body, BASE_MS)
    yield "gps", b'{"ts":%d,"unknown":%b,"fixes":[{"lat":1,"lon":1}]}' % (BASE_MS, body)


@pytest.mark.parametrize("body", N, ids=lambda body: repr(body[:20]))
def test_what_is_not_json_is_refused_wherever_it_stands(body: bytes) -> None:
    for kind, whole in inside(body):
        if body in {b"", b" "} and b"[0,%b]" % body not in whole and whole != body:
            continue  # a value that is missing is no JSON; a row that is short has a reason of its own
        readings, rejected = opened(kind, whole)
        assert (readings, len(rejected)) == (0, 1), whole[:100]
        assert rejected[0].code in NOT_JSON


@pytest.mark.parametrize("body", Y, ids=repr)
def test_what_is_json_is_never_called_otherwise(body: bytes) -> None:
    for kind, whole in inside(body):
        readings, rejected = opened(kind, whole)
        assert not {"json", "utf8"} & {part.code for part in rejected}, whole
        if b"unknown" in whole:
            assert (readings, rejected) == (1, []), whole


@pytest.mark.parametrize("body", EITHER, ids=lambda body: repr(body[:20]))
def test_what_parsers_disagree_on_is_taken_or_refused(body: bytes) -> None:
    for kind, whole in inside(body):
        readings, rejected = opened(kind, whole)
        assert readings or rejected or whole == body


def named(text: str) -> bool:
    return limits.is_name(text)


@pytest.mark.parametrize("text", NAUGHTY, ids=ascii)
def test_a_naughty_string_is_kept_as_it_is_or_named(text: str) -> None:
    storable = limits.is_text(text)
    columns = {"ts": BASE_MS, "n": ["temp"], "r": [[0, text]]}
    cases: list[tuple[str, Any, bool]] = [
        ("m", {"temp": text}, storable),
        ("m", {"ts": BASE_MS, "values": {"temp": text}}, storable),
        ("m", columns, storable),
        ("m", {**columns, "n": [text], "r": [[0, 1.5]]}, named(text)),
        ("m", {text: 1.5}, named(text)),
        ("m", {**columns, "r": [[0, 1.5]], "q": [[0, text, 1]]}, True),
        ("m", {**columns, "r": [[0, 1.5]], "boot": text, text * 2: text}, True),
        ("rfid", {"ts": BASE_MS, "reads": [{"epc": text}]}, text == "1" * 128),
        ("gps", {"ts": BASE_MS, "fixes": [{"lat": 1, "lon": text}]}, False),
        ("evt", {"ts": BASE_MS, "events": [{"code": text}]}, named(text)),
        ("evt", {"ts": BASE_MS, "events": [{"code": "E1", "text": text, "data": {"x": text}}]}, storable),
        ("state", {"online": True, "reason": text}, storable),
        ("meta", {"sig": {"temp": {"u": text}}}, storable),
    ]
    for kind, message, is_good in cases:
        for ascii_only in (True, False):
            readings, rejected = opened(kind, json.dumps(message, ensure_ascii=ascii_only).encode())
            assert readings == int(is_good), (kind, message)
            if kind in {"m", "rfid", "gps", "evt"}:
                assert readings + sum(part.readings for part in rejected) == 1
            else:
                assert len(rejected) == 1 - readings


def test_a_text_comes_out_as_it_went_in() -> None:
    for text in filter(limits.is_text, NAUGHTY):
        for body in ({"temp": text}, {"ts": BASE_MS, "n": ["temp"], "r": [[0, text]]}):
            (batch,) = codec.decode(TOPIC + "m", json.dumps(body).encode(), "", NOW_US)
            assert isinstance(batch, Batch)
            assert batch.texts == (text,)


CELLS: tuple[Any, ...] = (
    0, 1, -1, 1.5, -0.0, 1e15, 1.1e15, 1e308, 2**53, 2**53 + 1, 10**30, True, False, None, "RUN", "5", "a\0",
    "x" * 1_025, [], {}, [1], {"a": {"b": 1}},
)  # fmt: skip
TIMES: tuple[Any, ...] = (
    BASE_MS,
    BASE_MS + 0.5,
    BASE_MS + 10**7,
    0,
    -1,
    10**30,
    1e300,
    None,
    True,
    "now",
    [],
)
OFFSETS: tuple[Any, ...] = (0, 0, 0, 10, -10, 0.25, 10**12, -(10**13), 1e300, True, None, "1", [])
NAMES: tuple[Any, ...] = ("temp", "vib", "a b", "é", "a;b", "", "x" * 97)


def columnar(chance: random.Random) -> tuple[dict[str, Any], int]:
    """A message of ours whose rows are as long as they should be, and how many samples it says it has."""
    names = chance.sample(NAMES, chance.randint(1, 4))
    rows = [
        [chance.choice(OFFSETS), *chance.choices(CELLS, k=len(names))] for _ in range(chance.randint(1, 5))
    ]
    samples = sum(cell is not None for row in rows for cell in row[1:])
    return {"ts": BASE_MS, "n": names, "r": rows}, samples


def dated(chance: random.Random) -> tuple[Any, int]:
    """One or more `{"ts","values"}` or flat objects, and how many samples they say they have."""
    rows: list[Any] = []
    for _ in range(chance.randint(1, 4)):
        values = {name: chance.choice(CELLS) for name in chance.sample(NAMES, chance.randint(0, 4))}
        rows.append(values if chance.random() < 0.4 else {"ts": BASE_MS, "values": values})
    samples = sum(cell is not None for row in rows for cell in row.get("values", row).values())
    return (rows, samples) if len(rows) > 1 or chance.random() < 0.5 else (rows[0], samples)


def listed(chance: random.Random) -> tuple[str, dict[str, Any], int]:
    """Reads, fixes or events, and how many."""
    kind, field = chance.choice((("rfid", "reads"), ("gps", "fixes"), ("evt", "events")))
    parts = {"epc": (*NAUGHTY[:9], "AABBCCDD"), "lat": CELLS, "lon": CELLS, "code": NAMES, "dt": OFFSETS}
    parts |= {"ant": CELLS, "rssi": CELLS, "n": CELLS, "spd": CELLS, "sev": NAUGHTY, "text": NAUGHTY}
    rows: list[Any] = [
        {name: chance.choice(parts[name]) for name in chance.sample(sorted(parts), chance.randint(2, 9))}
        for _ in range(chance.randint(0, 5))
    ]
    rows += chance.choices(CELLS, k=chance.choice((0, 0, 1)))
    return kind, {"ts": BASE_MS, field: rows}, len(rows)


def test_every_sample_of_a_generated_message_is_decoded_or_rejected() -> None:
    chance = random.Random(1)  # noqa: S311 - the same messages each time
    for _ in range(8_000):
        body, samples = columnar(chance) if chance.random() < 0.6 else dated(chance)
        readings, rejected = opened("m", json.dumps(body).encode())
        assert readings + sum(part.readings for part in rejected) == samples, body
        kind, body, samples = listed(chance)
        readings, rejected = opened(kind, json.dumps(body).encode())
        assert readings + sum(part.readings for part in rejected) == samples, body


def test_no_generated_rubbish_makes_it_raise() -> None:
    chance = random.Random(2)  # noqa: S311 - the same rubbish each time
    for _ in range(12_000):
        body: Any = columnar(chance)[0] if chance.random() < 0.7 else listed(chance)[1]
        for _ in range(chance.randint(0, 3)):
            field = chance.choice(["ts", "n", "r", "q", "v", "values", "reads", "fixes", "events"])
            body[field] = chance.choice((*CELLS, *TIMES, [[]], [["temp"]], [None] * 5_001, ["temp", "temp"]))
        raw = bytearray(json.dumps(body).encode())
        for _ in range(chance.choice((0, 0, 1, 3))):
            at = chance.randrange(len(raw))
            raw[at : at + chance.randint(0, 2)] = chance.randbytes(chance.randint(0, 2))
        opened(chance.choice(KINDS), bytes(raw))
