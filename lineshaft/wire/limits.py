"""What a message may hold at most, and how its names may look; the edge checks by the same table."""

import re
from functools import lru_cache

BODY_BYTES = 128 * 1024
"""A body as sent; the broker's own limit is 256 KiB, so that ours is the one that is met, and answered."""
UNPACKED_BYTES = 1024 * 1024
"""A compressed body once unpacked: a bomb of zeros must not fill the memory."""
ROWS = 5_000
NAMES = 500
TEXT_BYTES = 1024
INTEGER = 2**53
"""Beyond it a float64 no longer tells neighbours apart, so the value stored would not be the value sent."""
NUMBER = 1e15
"""A float beyond it is a fault of the sensor or of its reader, and its square would drown all others."""
NESTING = 4

NAME = re.compile(r"[\w .:/%#-]{1,96}")


@lru_cache(maxsize=16_384)
def is_name(name: str) -> bool:
    """Whether a signal, event or field may be called so.

    >>> is_name("Bearing 1/temp"), is_name("a;b"), is_name("")
    (True, False, False)
    """
    return NAME.fullmatch(name) is not None


def is_text(text: str) -> bool:
    """Whether a text may be stored: at most 1 KiB of UTF-8, and no NUL, which PostgreSQL cannot hold."""
    if "\0" in text:
        return False
    return len(text) <= TEXT_BYTES if text.isascii() else len(text.encode()) <= TEXT_BYTES
