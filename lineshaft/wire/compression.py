"""Unpacking of bodies that came compressed, never to more than the contract allows."""

import zlib

import zstandard

from lineshaft.wire.limits import BODY_BYTES, UNPACKED_BYTES
from lineshaft.wire.rejected import Rejected

GZIP_MAGIC = b"\x1f\x8b"
ZSTD_MAGIC = b"\x28\xb5\x2f\xfd"
WINDOW_BYTES = 8 * 1024 * 1024
"""A zstd frame may ask for gigabytes of window before its first byte comes out."""


def unpack(body: bytes, encoding: str) -> bytes | Rejected:
    """The plain body behind a message's encoding.

    Args:
        body: the bytes as sent.
        encoding: `gzip`, `zstd`, `identity` or empty. MQTT 3.1.1 has no place to say it, so an empty one is
            also told by the magic bytes, with which no JSON begins.
    """
    if len(body) > BODY_BYTES:
        return Rejected("oversize", f"{len(body)} bytes, at most {BODY_BYTES}")
    if encoding == "gzip" or (not encoding and body.startswith(GZIP_MAGIC)):
        return _gunzip(body)
    if encoding == "zstd" or (not encoding and body.startswith(ZSTD_MAGIC)):
        return _unzstd(body)
    if encoding in {"", "identity"}:
        return body
    return Rejected("encoding", f"{encoding[:64]!r}, expected gzip or zstd")


def _gunzip(body: bytes) -> bytes | Rejected:
    stream = zlib.decompressobj(wbits=31)  # 31: gzip header and checksum
    try:
        plain = stream.decompress(body, UNPACKED_BYTES + 1)
    except zlib.error as error:
        return Rejected("encoding", f"gzip: {error}")
    if len(plain) > UNPACKED_BYTES:
        return Rejected("encoding", f"gzip: unpacks to more than {UNPACKED_BYTES} bytes")
    if not stream.eof:
        return Rejected("encoding", "gzip: cut off")
    return plain


def _unzstd(body: bytes) -> bytes | Rejected:
    try:
        with zstandard.ZstdDecompressor(max_window_size=WINDOW_BYTES).stream_reader(body) as stream:
            plain = stream.read(UNPACKED_BYTES + 1)
        size = zstandard.frame_content_size(body)
    except zstandard.ZstdError as error:
        return Rejected("encoding", f"zstd: {error}")
    if len(plain) > UNPACKED_BYTES:
        return Rejected("encoding", f"zstd: unpacks to more than {UNPACKED_BYTES} bytes")
    if size >= 0 and size != len(plain):
        return Rejected("encoding", f"zstd: cut off after {len(plain)} of {size} bytes")
    return plain


def gzip(body: bytes) -> bytes:
    """The body packed for property `ce` = gzip; the same bytes each time, for it carries no time stamp."""
    packer = zlib.compressobj(wbits=31)
    return packer.compress(body) + packer.flush()


def zstd(body: bytes) -> bytes:
    """The body packed for property `ce` = zstd."""
    return zstandard.ZstdCompressor(level=3).compress(body)
