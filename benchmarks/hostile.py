"""What devices never should send, made in any number: for the test that it does no harm, and what it costs.

Each family is a function of a source of chance; adding one is adding a row to `FAMILIES`. A case says what
ingest must refuse it with where that follows from the wire contract alone; all other cases are ingest's to
journal, and the flow's to judge. The same seed gives the same cases.
"""

import gzip
import json
import random
import zlib
from collections.abc import Callable, Iterator
from functools import cache
from typing import NamedTuple

import zstandard

BODY_BYTES = 128 * 1024
START_MS = 1_790_000_000_000


class Case(NamedTuple):
    """One message below `lineshaft/v1/{site}/{agent}/`."""

    family: str
    suffix: str
    body: bytes
    properties: dict[str, str] = {}  # noqa: RUF012 - never written to
    """Beside the envelope's or instead of them."""
    refused: str = ""
    """What ingest must refuse it with; empty: it must be journaled."""
    in_order: bool = True
    """Whether it takes its place in the agent's order; what has no valid envelope does not."""


NAUGHTY = (
    "", " ", "\0", "a\0b", "\\", "'", '"', "`", "null", "undefined", "NaN", "-Infinity", "true", "1e999",
    "0x10", "١٢٣", "Ω≈ç√∫µ≤≥÷", "田中さんにあげて下さい", "社會科學院語學研究所",
    "😍👾 🙇 💁🏽‍♀️", "🏳0🌈️", "\u202etest\u202c",
    "\u200b\u200c\u200d\ufeff", "\u2028\u2029", "الكل في المجمو عة", "Z̮̞̠͙͔ͅḀ̗̞͈̻̗Ḷ͙͎̯̹̞͓G̻O̭̗̮",
    "\ufdfa" * 20, "\U0010ffff", "<script>alert(1)</script>", "<img src=x onerror=alert(1)>",
    "javascript:alert(1)", "{{7*7}}", "${7*7}", "1;DROP TABLE reading", "'; DROP TABLE reading; --",
    "' OR 1=1 --", "%s%s%s%n", "%(id)s", "{0}", "$HOME", "../../../../etc/passwd", "C:\\con\\con",
    "file:///etc/passwd", "=cmd|' /C calc'!A0", "+1+1", "-2+3", "@SUM(1)", "() { :; }; echo x",
    "\r\nSet-Cookie: x", "\x07\x08\x1b[31m", "\x7f\x80\x9f", "CON", "a" * 97, "a" * 1025, "a/b", "#", "+",
    "$SYS/x", "_", "_/mark", "__proto__", "constructor", "2026-02-30T25:61:61Z", "1" * 400,
)  # fmt: skip
"""Strings that have broken programs, after the Big List of Naughty Strings."""

DOCUMENTS = (
    b"", b" ", b"{", b"}", b"[", b"]", b'"', b"{}", b"[]", b"null", b"true", b"1", b"-", b"--1", b"01",
    b"1.", b".5", b"1e", b"1e+", b"+1", b"0x1", b"Infinity", b"-Infinity", b"NaN", b"[NaN]", b"1e999",
    b"-1e999", b"nul", b"TRUE", b"'a'", b'{"a"}', b'{"a":}', b'{"a":1,}', b"{,}", b'{"a":1 "b":2}',
    b"{a:1}", b'{"a":1}}', b"[1,,2]", b"[1,]", b"[1]x", b"//c\n1", b"/*c*/1", b'"\\x"', b'"\\u12"',
    b'"\\ud800"', b'"\\udc00\\ud800"', b'["\\u0000"]', b'"\t"', b'"a\nb"', b"\xff", b'"\xc0\xaf"',
    b'"\xed\xa0\x80"', b'"\xf8\x88\x80\x80\x80"', b"\xef\xbb\xbf{}", b"\xfe\xff\x00{",
    b"\xff\xfe{\x00}\x00", b"\x00", b"\x00{}", b"{}\x00", b"\x1f\x8b", b"\x28\xb5\x2f\xfd", b'{"":0}',
    b'{"a":1,"a":2}', b'{"ts":1790000000000}', b'{"values":{}}', b'{"ts":null,"values":null}', b"[[[]]]",
    b'[{"ts":1,"values":[]}]',
)  # fmt: skip
"""Bodies after the JSON test suite: must be refused, may be, and odd ones that are JSON."""

NUMBERS = (
    b"1e999", b"-1e999", b"1e308", b"1e-400", b"-0", b"-0.0", b"9007199254740993", b"18446744073709551616",
    b"1" + b"0" * 400, b"0." + b"1" * 400, b"1e+0000000000000000000001", b"123456789012345678901234567890",
)  # fmt: skip
TIMES = (
    "-1", "0", "1", "1790000000", "1790000000000000", "1790000000000000000", "253402300799000",
    "946684799999", "4102444800000", "null", "true", '"2026-09-21T12:00:00Z"', '"2016-12-31T23:59:60Z"',
    "[]", "{}", "1e999", "1.5",
)  # fmt: skip
VALUES: tuple[object, ...] = ({}, [], {"deep": {"er": 1}}, [[1]], True, None, "x", -1, 2**53 + 1, 1.5)


def _good(rng: random.Random) -> dict[str, object]:
    """A well-formed message of readings."""
    rows = [
        [n * 10, rng.uniform(0, 100), rng.choice((None, "RUN", 1, True))] for n in range(rng.randint(1, 20))
    ]
    return {"v": 1, "ts": START_MS + rng.randrange(10**9), "n": ["temp", "state"], "r": rows}


def _encode(body: object) -> bytes:
    return json.dumps(body, separators=(",", ":")).encode()


def _truncated(rng: random.Random) -> Case:
    body = _encode(_good(rng))
    return Case("truncated", "d1/m", body[: rng.randrange(1, len(body))])


def _bit_flipped(rng: random.Random) -> Case:
    body = bytearray(_encode(_good(rng)))
    for _ in range(rng.randint(1, 8)):
        body[rng.randrange(len(body))] ^= 1 << rng.randrange(8)
    return Case("bit_flipped", "d1/m", bytes(body))


def _spliced(rng: random.Random) -> Case:
    first, second = _encode(_good(rng)), _encode(_good(rng))
    return Case("spliced", "d1/m", first[: rng.randrange(len(first))] + second[rng.randrange(len(second)) :])


def _wrong_types(rng: random.Random) -> Case:
    body = _good(rng)
    for _ in range(rng.randint(1, 3)):
        body[rng.choice(("v", "ts", "n", "r", "q"))] = rng.choice(VALUES)
    return Case("wrong_types", "d1/m", _encode(body))


def _wrong_cells(rng: random.Random) -> Case:
    body = _good(rng)
    rows = [
        [0, rng.choice(VALUES), rng.choice(VALUES)][: rng.randint(0, 4)] for _ in range(rng.randint(1, 9))
    ]
    return Case("wrong_cells", "d1/m", _encode({**body, "r": rows}))


def _deep(rng: random.Random) -> Case:
    # Up to 60,000 brackets deep; one level more than a body can hold is `oversize`.
    depth = rng.choice((5, 64, 1_023, 1_025, 20_000, 60_000))
    opening, closing = rng.choice(((b"[", b"]"), (b'{"a":', b"}")))
    depth = min(depth, BODY_BYTES // (len(opening) + 1) - 20)
    body = opening * depth + b"1" + (closing * depth if rng.random() < 0.5 else b"")
    return Case("deep", "d1/m", body if rng.random() < 0.5 else b'{"values":{"t":' + body + b"}}")


def _huge_numbers(rng: random.Random) -> Case:
    number = rng.choice(NUMBERS)
    shapes = (b'{"ts":%d,"values":{"t":%b}}', b'{"v":1,"ts":%d,"n":["t"],"r":[[0,%b]]}')
    return Case("huge_numbers", "d1/m", rng.choice(shapes) % (START_MS + rng.randrange(10**6), number))


def _duplicate_keys(rng: random.Random) -> Case:
    ts = START_MS + rng.randrange(10**6)
    body = '{"ts":1,"ts":%d,"values":{"t":1,"t":%d},"values":{"t":"x","t":%f}}'
    return Case("duplicate_keys", "d1/m", (body % (ts, rng.randrange(99), rng.random())).encode())


def _bad_times(rng: random.Random) -> Case:
    return Case(
        "bad_times", "d1/m", f'{{"ts":{rng.choice(TIMES)},"values":{{"t":{rng.randrange(9)}}}}}'.encode()
    )


def _is_speakable(text: str) -> bool:
    """Whether a broker takes it outside a body: control characters and non-characters may not be there."""
    return all(n >= 0x20 and not 0x7F <= n <= 0x9F and n & 0xFFFE != 0xFFFE for n in map(ord, text))


def _strings(rng: random.Random) -> Case:
    """A naughty string in every string field of a kind."""
    text, ts = rng.choice(NAUGHTY), START_MS + rng.randrange(10**9)
    kind, body = rng.choice((
        ("m", {"v": 1, "ts": ts, "n": [text, "b"], "r": [[0, 1, text]], "q": [[0, text, 2]]}),
        ("m", {"ts": ts, "values": {text: text, "t": 1}}),
        ("m", {text: text}),
        ("rfid", {"v": 1, "ts": ts, "reads": [{"epc": text, "ant": 1, "tid": text}]}),
        ("gps", {"v": 1, "ts": ts, "fixes": [{"lat": text, "lon": text, "src": text}]}),
        ("gps", {"v": 1, "ts": ts, "fixes": [{"lat": 91, "lon": 181, "src": text}]}),
        ("evt", {"ts": ts, "events": [{"code": text, "sev": text, "text": text, "data": {text: text}}]}),
        ("evt", {"ts": ts, "events": [{"code": "E1", "sev": "high", "text": text, "data": {"a": text}}]}),
        ("state", {"v": 1, "online": True, "ts": ts, "boot": text, "sw": text, "src": {text: text}}),
        ("meta", {"v": 1, "device": text, "model": text, "sig": {text: {"t": text, "u": text}}}),
    ))  # fmt: skip
    extra = {"note": text[:200]} if _is_speakable(text) else {}
    raw = json.dumps(body, ensure_ascii=rng.random() < 0.5).encode("utf-8", "surrogatepass")
    return Case("strings", f"d2/{kind}", raw, extra)


def _surrogates(rng: random.Random) -> Case:
    lone = rng.choice((r"\ud800", r"\udfff", r"\ud83d", r"a\udc00b", r"\ud800\ud800"))
    shapes = (
        '{"values":{"t":"%s"}}',
        '{"values":{"%s":1}}',
        '{"v":1,"ts":1790000000000,"n":["t"],"r":[[0,"%s"]]}',
    )
    return Case("surrogates", "d2/m", (rng.choice(shapes) % lone).encode())


def _documents(rng: random.Random) -> Case:
    return Case("documents", f"d1/{rng.choice(('m', 'rfid', 'gps', 'evt', 'meta'))}", rng.choice(DOCUMENTS))


def _noise(rng: random.Random) -> Case:
    return Case("noise", "d1/m", rng.randbytes(rng.randint(0, 300)))


def _too_many(rng: random.Random) -> Case:
    if rng.random() < 0.5:
        return Case("too_many", "d1/m", _encode({"ts": START_MS, "n": ["t"], "r": [[0, 1]] * 5_001}))
    return Case("too_many", "d1/m", _encode({"ts": START_MS, "values": {f"s{n}": n for n in range(501)}}))


@cache
def _bomb(letter: bytes, size_mib: int, kind: str) -> bytes:
    plain = letter * (size_mib * 1024 * 1024)
    if kind == "gzip":
        return gzip.compress(plain, 9, mtime=0)[:BODY_BYTES]
    return zstandard.ZstdCompressor(level=1).compress(plain)


def _bombs(rng: random.Random) -> Case:
    kind = rng.choice(("gzip", "zstd"))
    return Case(
        "bombs", "d1/m", _bomb(rng.choice((b" ", b"[", b"0")), rng.choice((2, 30)), kind), {"ce": kind}
    )


def _packed(rng: random.Random) -> Case:
    body = _encode(_good(rng))
    raw = rng.choice((zlib.compress(body), gzip.compress(body, mtime=0)[: rng.randint(1, 40)], body, b""))
    return Case("packed", "d1/m", raw, {"ce": rng.choice(("gzip", "zstd", "br", "gzip,gzip", "x" * 300))})


def _wrong_kinds(rng: random.Random) -> Case:
    return Case(
        "wrong_kinds", f"d1/{rng.choice(('M', 'x', 'weather', 'mm', 'ack', 'rfid.2'))}", _encode(_good(rng))
    )


def _wrong_topics(rng: random.Random) -> Case:
    suffix = rng.choice(
        ("d1/m/more", "d1", "d 1/m", "-d/m", "d\u00e91/m", "d1/m/", "d1//m", "d" * 65 + "/m", "=1-1/m")
    )
    return Case("wrong_topics", suffix, b"{}", refused="topic")


def _foreign_agents(rng: random.Random) -> Case:
    other = rng.choice(("other", "", "gw ", "GW", "../gw", "ingest"))
    return Case(
        "foreign_agents", "d1/m", _encode(_good(rng)), {"agent": other}, "agent_mismatch", in_order=False
    )


def _broken_envelopes(rng: random.Random) -> Case:
    name = rng.choice(("seq", "lo", "lane", "boot"))
    worse = {
        "seq": ("0", "-1", "1.0", "", "1e3", "9" * 30, "\u0661"), "lo": ("0", "x", "9" * 19),
        "lane": ("", "fast", "LIVE\u0130", "2"), "boot": ("", "a/b", "b" * 65, "'; --"),
    }  # fmt: skip
    return Case(
        "broken_envelopes", "d1/m", b"{}", {name: rng.choice(worse[name])}, "envelope", in_order=False
    )


def _oversize(rng: random.Random) -> Case:
    return Case(
        "oversize", "d1/m", b" " * rng.randint(BODY_BYTES + 1, BODY_BYTES + 20_000), refused="oversize"
    )


Family = Callable[[random.Random], Case]
FAMILIES: tuple[tuple[Family, int], ...] = (
    (_truncated, 100), (_bit_flipped, 100), (_spliced, 60), (_wrong_types, 60), (_wrong_cells, 60),
    (_deep, 4), (_huge_numbers, 60), (_duplicate_keys, 30), (_bad_times, 60), (_strings, 200),
    (_surrogates, 30), (_documents, 100), (_noise, 60), (_too_many, 1), (_bombs, 2), (_packed, 20),
    (_wrong_kinds, 20), (_wrong_topics, 20), (_foreign_agents, 10), (_broken_envelopes, 20), (_oversize, 1),
)  # fmt: skip
"""Each family, and how often it comes: the large ones seldom, for they only fill the wire."""


def cases(seed: int) -> Iterator[Case]:
    """Cases without end, each family in its share; the first ones are one of each."""
    rng = random.Random(seed)  # noqa: S311 - cases that can be made again
    families = [family for family, _ in FAMILIES]
    shares = [share for _, share in FAMILIES]
    for family in families:
        yield family(rng)
    while True:
        yield rng.choices(families, shares)[0](rng)
