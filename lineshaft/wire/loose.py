"""Reads kind `m` cell by cell: shapes that are not ours, and messages of ours with something wrong in them.

Four shapes come on the same topic: `{"ts","n","r","q"}` (ours), `{"ts","values"}`, a flat
`{"temp": 21.5}`, which has no time of its own and takes that of its receipt, and a list of the latter two.
"""

from lineshaft.domain.readings import Quality
from lineshaft.wire import limits, times
from lineshaft.wire.body import check_version
from lineshaft.wire.cells import Cells
from lineshaft.wire.rejected import Rejected


def read(cells: Cells, value: object) -> Rejected | None:
    """Read a message of any of the four shapes; a `Rejected` refuses it as a whole."""
    if isinstance(value, list):
        return _read_list(cells, value)
    if not isinstance(value, dict):
        return Rejected("shape", f"a JSON {type(value).__name__}, expected an object or a list of objects")
    if "r" in value and "n" in value:
        return check_version(value) or _read_columnar(cells, value)
    if "values" in value:
        return check_version(value) or _read_dated(cells, value)
    if "ts" in value:
        return Rejected("shape", "a time without `values`, or without `n` and `r`")
    return _read_named(cells, cells.received_us, value)


def _read_list(cells: Cells, rows: list[object]) -> Rejected | None:
    """Read a list of `{"ts","values"}` or flat objects; a bad row costs itself alone."""
    if len(rows) > limits.ROWS:
        return Rejected("too_many", f"{len(rows)} rows, at most {limits.ROWS}")
    for row in rows:
        if isinstance(row, dict) and "values" not in row and "ts" not in row:
            fault = _read_named(cells, cells.received_us, row)
        else:
            fault = _read_dated(cells, row)
        if fault is not None:
            cells.faults.add(fault.code, fault.detail, fault.readings)
    return None


def _read_dated(cells: Cells, row: object) -> Rejected | None:
    """Read `{"ts","values"}`; without a time it takes that of its receipt."""
    values = row.get("values") if isinstance(row, dict) else None
    if not isinstance(row, dict) or not isinstance(values, dict):
        return Rejected("shape", "expected an object with `values`, an object", 1)
    ts_us = times.to_us(row["ts"]) if "ts" in row else cells.received_us
    if ts_us is None:
        return Rejected("bad_ts", f"ts is {row['ts']!r:.64}, expected ms, 2000 to 2100", len(values))
    return _read_named(cells, ts_us, values)


def _read_named(cells: Cells, ts_us: int, values: dict[str, object]) -> Rejected | None:
    if len(values) > limits.NAMES:
        return Rejected("too_many", f"{len(values)} names, at most {limits.NAMES}", len(values))
    for name, cell in values.items():
        cells.add(ts_us, name, cell)
    return None


def _read_columnar(cells: Cells, message: dict[str, object]) -> Rejected | None:
    """Read `{"ts","n","r","q"}`."""
    names, rows = message["n"], message["r"]
    if (
        not isinstance(names, list)
        or not isinstance(rows, list)
        or not all(isinstance(n, str) for n in names)
    ):
        return Rejected("shape", "expected `n`, a list of names, and `r`, a list of rows")
    if len(rows) > limits.ROWS or len(names) > limits.NAMES:
        return Rejected("too_many", f"{len(rows)} rows of {len(names)} names", len(rows) * len(names))
    base_us = times.to_us(message.get("ts"))
    if base_us is None:
        said = message.get("ts")
        return Rejected("bad_ts", f"ts is {said!r:.64}, expected ms, 2000 to 2100", len(rows) * len(names))
    qualities = _sparse(cells, message.get("q"), len(rows), names)
    once = [name not in names[:position] for position, name in enumerate(names)]
    for number, row in enumerate(rows):
        ts_us = _time_of(cells, base_us, number, row, names)
        if ts_us is None:
            continue
        for name, is_first, cell in zip(names, once, row[1:], strict=True):
            if is_first:
                cells.add(ts_us, name, cell, qualities.get((number, name), Quality.GOOD))
            else:
                cells.faults.add("name", f"{name!r:.100} stands twice")
    return None


def _time_of(cells: Cells, base_us: int, number: int, row: object, names: list[str]) -> int | None:
    """The instant of a row; None, and a fault counted, where it has none or too few or many cells."""
    if not isinstance(row, list) or len(row) != len(names) + 1:
        cells.faults.add("shape", f"row {number}: expected {len(names) + 1} cells", len(names))
        return None
    ts_us = times.offset_us(base_us, row[0])
    if ts_us is None:
        present = sum(cell is not None for cell in row[1:])
        cells.faults.add("bad_ts", f"row {number}: offset {row[0]!r:.64}", present)
    return ts_us


def _sparse(cells: Cells, said: object, rows: int, names: list[str]) -> dict[tuple[int, str], int | None]:
    """The qualities `q` says; None where a quality cannot be read: that reading is not to be trusted."""
    found: dict[tuple[int, str], int | None] = {}
    if said is not None and not isinstance(said, list):
        cells.faults.add("shape", "q: expected a list of [row, name, quality]", 0)
        return found
    for entry in said or ():
        match entry:
            case [int(row), str(name), code] if 0 <= row < rows and name in names:
                is_known = type(code) is int and code in Quality.__members__.values()
                found[row, name] = code if is_known else None
            case _:
                cells.faults.add("shape", f"q: {entry!r:.100} names no cell", 0)
    return found
