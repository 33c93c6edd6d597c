"""Makes native message bodies of recorded rows, one function a kind."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import NamedTuple

from edge.sources.columns import Convert
from lineshaft.wire import events, gps, readings, rfid

Stamped = list[tuple[int, Mapping[str, str]]]
"""Instants in µs and the rows' cells."""
Converters = Mapping[str, Convert]


def _readings(rows: Stamped, columns: Converters) -> bytes:
    """A message of kind m; empty where no cell holds a value."""
    base_us = rows[0][0]
    converted = [
        [_offset_ms(base_us, ts_us), *(convert(cells) for convert in columns.values())]
        for ts_us, cells in rows
    ]
    present = [row for row in converted if any(cell is not None for cell in row[1:])]
    return readings.encode(base_us // 1000, tuple(columns), present) if present else b""


def _reads(rows: Stamped, columns: Converters) -> bytes:
    """A message of kind rfid; rows without a tag are left out."""
    base_us = rows[0][0]
    reads = [{"dt": _offset_ms(base_us, ts_us), **_named(cells, columns)} for ts_us, cells in rows]
    present = [_whole(read, ("ant", "n")) for read in reads if "epc" in read]
    return rfid.encode(base_us // 1000, present) if present else b""


def _fixes(rows: Stamped, columns: Converters) -> bytes:
    """A message of kind gps; rows without a position are left out."""
    base_us = rows[0][0]
    fixes = [{"dt": _offset_ms(base_us, ts_us), **_named(cells, columns)} for ts_us, cells in rows]
    present = [_whole(fix, ("sat", "fix")) for fix in fixes if "lat" in fix and "lon" in fix]
    return gps.encode(base_us // 1000, present) if present else b""


def _events(rows: Stamped, columns: Converters) -> bytes:
    """A message of kind evt; what is not the event's own is its detail. Rows without a code are left out."""
    base_us = rows[0][0]
    named = [(_offset_ms(base_us, ts_us), _named(cells, columns)) for ts_us, cells in rows]
    present = [{"dt": dt, **_with_detail(found)} for dt, found in named if "code" in found]
    return events.encode(base_us // 1000, present) if present else b""


def _with_detail(found: dict[str, object]) -> dict[str, object]:
    own = {name: value for name, value in found.items() if name in {"code", "sev", "text"}}
    return {**own, "data": {name: value for name, value in found.items() if name not in own}}


def _offset_ms(base_us: int, ts_us: int) -> float | int:
    """Milliseconds after the message's own time, which is a whole millisecond; µs in the decimals."""
    offset_us = ts_us - base_us // 1000 * 1000
    return offset_us // 1000 if offset_us % 1000 == 0 else offset_us / 1000


def _named(cells: Mapping[str, str], columns: Converters) -> dict[str, object]:
    found = ((name, convert(cells)) for name, convert in columns.items())
    return {name: value for name, value in found if value is not None}


def _whole(row: dict[str, object], names: tuple[str, ...]) -> dict[str, object]:
    """Counts come out of a table as 1.0; the contract asks for whole numbers."""
    for name in names:
        value = row.get(name)
        if isinstance(value, float):
            row[name] = round(value)
    return row


class Emit(NamedTuple):
    """A kind that recorded rows can become."""

    body: Callable[[Stamped, Converters], bytes]
    required: frozenset[str] = frozenset()
    known: frozenset[str] = frozenset()
    """Empty: any name."""


EMIT: MappingProxyType[str, Emit] = MappingProxyType(
    {
        "m": Emit(_readings),
        "rfid": Emit(_reads, frozenset({"epc"}), frozenset({"epc", "ant", "rssi", "n"})),
        "gps": Emit(
            _fixes,
            frozenset({"lat", "lon"}),
            frozenset({"lat", "lon", "spd", "hdg", "acc", "alt", "sat", "fix"}),
        ),
        "evt": Emit(_events, frozenset({"code"})),
    }
)
