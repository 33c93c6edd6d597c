"""The mark: the server's word to one agent about what is committed (retained at `…/_/mark`)."""

import msgspec

VERSION = 1


class Mark(msgspec.Struct, frozen=True):
    """Everything up to `live` and `late` of this boot is in the journal `db`; 0 is nothing yet."""

    db: str
    boot: str
    live: int
    late: int
    v: int = VERSION


_MARK = msgspec.json.Decoder(Mark)


def encode(mark: Mark) -> bytes:
    """The body of a mark.

    >>> encode(Mark("a41c", "01hf7y", 4711, 87))
    b'{"db":"a41c","boot":"01hf7y","live":4711,"late":87,"v":1}'
    """
    return msgspec.json.encode(mark)


def decode(body: bytes) -> Mark | None:
    """The mark in a body; None where it is none of a version known here."""
    try:
        mark = _MARK.decode(body)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None
    return mark if mark.v == VERSION and mark.live >= 0 and mark.late >= 0 else None
