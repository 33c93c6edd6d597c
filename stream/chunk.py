"""A stretch of the journal for one shard: what the source gives and the shard's state takes.

Every shard gets a chunk for each range that was read, an empty one where it had no rows, so that all
frontiers move together. Results must not depend on where the journal is cut into chunks.
"""

from typing import NamedTuple

from lineshaft.store.journal import Row


class Chunk(NamedTuple):
    """The shard's own rows and the control rows of positions `first_pos` to `last_pos`, in order."""

    shard: int
    first_pos: int
    last_pos: int
    rows: list[Row]
