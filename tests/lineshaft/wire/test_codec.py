"""Decoding never raises, and says why: topics, compression, text, and rubbish of every kind."""

import gzip
import json

import pytest
import zstandard
from hypothesis import example, given, settings
from hypothesis import strategies as st

from lineshaft.domain.readings import Batch
from lineshaft.wire import codec, compression
from lineshaft.wire.rejected import CODES, Rejected
from lineshaft.wire.topics import KINDS

TOPIC = "lineshaft/v1/hall1/gw1/press-1/m"
NOW_US = 1_700_000_060_000_000
GOOD = b'{"ts":1700000000000,"values":{"temp":22.5}}'


def codes(body: bytes, encoding: str = "", topic: str = TOPIC) -> list[str]:
    return [part.code for part in codec.decode(topic, body, encoding, NOW_US) if isinstance(part, Rejected)]


@pytest.mark.parametrize(
    ("topic", "code"),
    [
        ("lineshaft/v1/hall1/gw1/press-1/volts", "kind"),
        ("lineshaft/v1/hall1/gw1/press-1/cmd", "kind"),
        ("lineshaft/v2/hall1/gw1/press-1/m", "topic"),
        ("lineshaft/v1/hall 1/gw1/press-1/m", "topic"),
        ("lineshaft/v1/hall1/gw1/_/m", "topic"),
        ("factory/line", "topic"),
        ("", "topic"),
    ],
)
def test_topics_outside_the_contract_are_named(topic: str, code: str) -> None:
    assert codes(GOOD, topic=topic) == [code]


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"\xef\xbb\xbf" + GOOD, "utf8"),
        (b'{"temp":"\xff"}', "utf8"),
        (b'{"temp":"\\ud800"}', "json"),
        (b'{"temp":NaN}', "json"),
        (b'{"temp":1e999}', "number"),
        (b'{"temp":1', "json"),
        (b"", "json"),
        (b"[" * 100_000, "json"),
        (b'{"a":' * 20_000, "json"),
        (b"x" * (128 * 1024 + 1), "oversize"),
    ],
)
@pytest.mark.parametrize("kind", KINDS)
def test_what_is_no_json_is_told_apart(kind: str, body: bytes, code: str) -> None:
    assert codes(body, topic=TOPIC[:-1] + kind) == [code]


@pytest.mark.parametrize("encoding", ["gzip", "zstd", ""])
def test_compressed_bodies_are_unpacked_also_by_their_first_bytes(encoding: str) -> None:
    pack = compression.zstd if encoding == "zstd" else compression.gzip
    (batch,) = codec.decode(TOPIC, pack(GOOD), encoding, NOW_US)
    assert isinstance(batch, Batch)
    assert codes(compression.zstd(GOOD)) == []


@pytest.mark.parametrize(
    ("body", "encoding"),
    [
        (GOOD, "gzip"),
        (GOOD, "zstd"),
        (GOOD, "br"),
        (gzip.compress(GOOD)[:-9], "gzip"),
        (zstandard.compress(GOOD)[:-3], "zstd"),
        (gzip.compress(bytes(2 * 1024 * 1024)), "gzip"),
        (zstandard.compress(bytes(2 * 1024 * 1024)), "zstd"),
        (zstandard.ZstdCompressor(write_content_size=False).compress(bytes(2 * 1024 * 1024)), ""),
    ],
    # Compressed bytes hold the time they were made at: as ids they would differ from worker to worker.
    ids=["no-gzip", "no-zstd", "unknown", "cut-gzip", "cut-zstd", "bomb-gzip", "bomb-zstd", "bomb-unsaid"],
)
def test_broken_unknown_and_swollen_bodies_are_rejected(body: bytes, encoding: str) -> None:
    assert codes(body, encoding) == ["encoding"]


JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=8)),
    lambda inner: st.one_of(
        st.lists(inner, max_size=4),
        st.dictionaries(
            st.sampled_from(
                ["v", "ts", "n", "r", "q", "values", "reads", "fixes", "events", "dt", "epc", "lat", "x"]
            ),
            inner,
            max_size=5,
        ),
    ),
    max_leaves=15,
)


@settings(max_examples=300, deadline=None)
@given(
    st.sampled_from(KINDS),
    st.one_of(st.binary(max_size=60), JSON.map(lambda value: json.dumps(value).encode())),
)
@example("m", b'{"ts":1700000000000,"n":[],"r":[[0]]}')
@example("m", b'{"ts":1700000000000,"n":["a"],"r":[[-1e308,1]]}')
@example("gps", b'{"ts":1700000000000,"fixes":[{"lat":1e308,"lon":0}]}')
def test_nothing_makes_it_raise(kind: str, body: bytes) -> None:
    found = codes(body, topic=TOPIC[:-1] + kind)
    assert "internal" not in found
    assert set(found) <= set(CODES)
