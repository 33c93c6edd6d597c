"""Rows that carry an offset from their message's time: what reads, fixes and events have in common."""

from collections.abc import Iterator
from typing import Generic, TypeVar

import msgspec

from lineshaft.wire import limits, times
from lineshaft.wire.body import check_version, parse
from lineshaft.wire.faults import Faults
from lineshaft.wire.rejected import Rejected

Row = TypeVar("Row", bound=msgspec.Struct)


class Rows(Generic[Row]):
    """The rows of one message that fit their type, each with its instant; the others are among the faults."""

    def __init__(self, row: type[Row], field: str) -> None:
        self._row = row
        self._field = field
        self.faults = Faults()

    def read(self, body: bytes) -> list[tuple[int, Row]] | Rejected:
        """Instants and rows of a body such as `{"ts": …, "reads": [{"dt": 12, …}]}`."""
        message = parse(body)
        if isinstance(message, Rejected):
            return message
        if not isinstance(message, dict) or not isinstance(message.get(self._field), list):
            return Rejected("shape", f"expected an object with `{self._field}`, a list")
        rows: list[object] = message[self._field]
        if len(rows) > limits.ROWS:
            return Rejected("too_many", f"{len(rows)} rows, at most {limits.ROWS}", len(rows))
        base_us = times.to_us(message.get("ts"))
        if base_us is None:
            return Rejected(
                "bad_ts", f"ts is {message.get('ts')!r:.64}, expected ms, 2000 to 2100", len(rows)
            )
        return check_version(message) or list(self._fitting(base_us, rows))

    def _fitting(self, base_us: int, rows: list[object]) -> Iterator[tuple[int, Row]]:
        for number, row in enumerate(rows):
            offset_ms = row.get("dt", 0) if isinstance(row, dict) else 0
            ts_us = times.offset_us(base_us, offset_ms)
            if ts_us is None:
                self.faults.add("bad_ts", f"row {number}: dt is {offset_ms!r:.64}")
                continue
            try:
                yield ts_us, msgspec.convert(row, self._row)
            except msgspec.ValidationError as error:
                self.faults.add("type", f"row {number}: {error}")
