"""Builds a batch one reading at a time, setting aside what is not allowed: the careful way of kind `m`."""

import numpy as np

from lineshaft.domain.readings import Batch, DeviceKey
from lineshaft.wire import limits, times
from lineshaft.wire.faults import Faults


class Cells:
    """Readings gathered so far and the faults among them."""

    def __init__(self, received_us: int) -> None:
        self.received_us = received_us
        self.faults = Faults()
        self._columns: dict[str, int] = {}
        self._rows: list[tuple[int, int, float, int]] = []
        self._texts: dict[int, str] = {}

    def add(self, ts_us: int, name: str, cell: object, quality: int | None = 0) -> None:
        """Take one reading in, or count why not; None as a cell is no sample, None as a quality a bad one."""
        if cell is None:
            return
        code = self._fault_of(name, cell)
        if quality is None:
            self.faults.add("shape", f"{name!r:.100}: quality is not 0 to 3")
        elif code:
            self.faults.add(code, f"{name!r:.100}: {cell!r:.100}")
        else:
            if isinstance(cell, str):
                self._texts[len(self._rows)] = cell
            column = self._columns.setdefault(name, len(self._columns))
            value = float(cell) if isinstance(cell, int | float) else np.nan
            self._rows.append((column, ts_us, value, quality))

    def _fault_of(self, name: str, cell: object) -> str:
        if not limits.is_name(name):
            return "name"
        if name not in self._columns and len(self._columns) >= limits.NAMES:
            return "too_many"
        match cell:
            case str():
                return "" if limits.is_text(cell) else "text"
            case int():
                return "" if -limits.INTEGER <= cell <= limits.INTEGER else "number"
            case float():  # the parser lets no NaN and no infinity in
                return "" if -limits.NUMBER <= cell <= limits.NUMBER else "number"
        return "type"

    def batch(self, device: DeviceKey) -> Batch:
        """The readings taken in, in the order they came."""
        rows = np.array(
            self._rows, np.dtype([("column", "i4"), ("ts", "i8"), ("value", "f8"), ("quality", "u1")])
        )
        return Batch(
            device=device,
            names=tuple(self._columns),
            column=rows["column"].copy(),
            ts_us=rows["ts"].copy(),
            value=rows["value"].copy(),
            quality=rows["quality"].copy(),
            flags=times.flags_of(rows["ts"], self.received_us),
            text_row=np.fromiter(self._texts, np.int32, len(self._texts)),
            texts=tuple(self._texts.values()),
        )
