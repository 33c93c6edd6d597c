"""Drops RFID reads that were sent before: the recent reads of each reader.

Only a read that says exactly what an earlier one said is a repeat. The same tag at the same antenna and
millisecond with another signal strength is another sighting, from a reader whose clock is coarse.
"""

from dataclasses import dataclass, field
from hashlib import blake2b

import numpy as np

from lineshaft.domain.readings import Reads
from lineshaft.wire.limits import ROWS

DEPTH = ROWS
"""Reads remembered a reader: a message that is sent again is found whole, however large."""


@dataclass(slots=True)
class Repeats:
    """What each reader read, by its row in the shard: digests of its reads, oldest first."""

    seen: dict[int, dict[int, None]] = field(default_factory=dict)

    def sift(self, device: int, reads: Reads) -> tuple[Reads, int]:
        """The reads that were not sent before, and how many were."""
        seen = self.seen.setdefault(device, {})
        new = []
        for digest in _digests(reads):
            new.append(digest not in seen)
            seen[digest] = None
            if len(seen) > DEPTH:
                del seen[next(iter(seen))]
        if all(new):
            return reads, 0
        return _some(reads, new), new.count(False)


def _digests(reads: Reads) -> list[int]:
    """A number for each read; the same for equal ones only, for all we shall ever see."""
    rssi = np.nan_to_num(reads.rssi_dbm, nan=0.0).tolist()
    columns = (reads.ts_us.tolist(), reads.antenna.tolist(), reads.epcs, rssi, reads.count.tolist())
    return [
        int.from_bytes(blake2b(repr(read).encode(), digest_size=8).digest(), "big")
        for read in zip(*columns, strict=True)
    ]


def _some(reads: Reads, which: list[bool]) -> Reads:
    kept = np.array(which)
    return Reads(
        device=reads.device,
        ts_us=reads.ts_us[kept],
        epcs=tuple(epc for epc, stays in zip(reads.epcs, which, strict=True) if stays),
        antenna=reads.antenna[kept],
        rssi_dbm=reads.rssi_dbm[kept],
        count=reads.count[kept],
        flags=reads.flags[kept],
    )
