"""Which process of a cluster looks after which shard.

Shards are dealt out in turns. A process reads its own shards, thinks for them and writes what comes of it,
so nothing but control crosses between processes. Bytewax sends a key's items to the process its hash of the
key says; so keys are chosen that it sends where we want them. Were its hash to change, chunks would travel
and results stay the same.
"""

from collections.abc import Iterator
from functools import cache
from itertools import count

from lineshaft.wire.topics import SHARDS

MASK = (1 << 64) - 1


@cache
def key_of(shard: int, processes: int = 1) -> str:
    """A shard as a key of the flow; in order as text.

    >>> key_of(3), key_of(8, 2)
    ('03', '08a')
    """
    wanted = process_of(shard, processes)
    return next(key for key in _keys(shard) if siphash(key.encode() + b"\xff") % processes == wanted)


def shard_of_key(key: str) -> int:
    """The shard that a key stands for."""
    return int(key[:2])


def process_of(shard: int, processes: int) -> int:
    """The number of the process that looks after a shard."""
    return shard % processes


def shards_of(process: int, processes: int) -> list[int]:
    """The shards a process looks after."""
    return [shard for shard in range(SHARDS) if process_of(shard, processes) == process]


def siphash(text: bytes) -> int:
    """SipHash-1-3 with a key of zeros: what Rust's standard library, and so Bytewax, hashes with.

    A text is hashed as its UTF-8 bytes and one of 255.
    """
    words = [0x736F6D6570736575, 0x646F72616E646F6D, 0x6C7967656E657261, 0x7465646279746573]
    whole = len(text) - len(text) % 8
    blocks = [int.from_bytes(text[at : at + 8], "little") for at in range(0, whole, 8)]
    blocks.append(int.from_bytes(text[whole:], "little") | (len(text) & 0xFF) << 56)
    for block in blocks:
        words[3] ^= block
        _mix(words)
        words[0] ^= block
    words[2] ^= 0xFF
    for _ in range(3):
        _mix(words)
    return words[0] ^ words[1] ^ words[2] ^ words[3]


def _mix(words: list[int]) -> None:
    a, b, c, d = words
    a = (a + b) & MASK
    b = _turn(b, 13) ^ a
    a = _turn(a, 32)
    c = (c + d) & MASK
    d = _turn(d, 16) ^ c
    a = (a + d) & MASK
    d = _turn(d, 21) ^ a
    c = (c + b) & MASK
    b = _turn(b, 17) ^ c
    c = _turn(c, 32)
    words[:] = a, b, c, d


def _turn(word: int, bits: int) -> int:
    return (word << bits | word >> (64 - bits)) & MASK


def _keys(shard: int) -> Iterator[str]:
    yield f"{shard:02}"
    for n in count():
        yield f"{shard:02}{_letters(n)}"


def _letters(n: int) -> str:
    more, last = divmod(n, 26)
    return (_letters(more - 1) if more else "") + chr(ord("a") + last)
