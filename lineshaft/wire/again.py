"""What is left of a message once what is stored already is taken out of it, written as a message again.

A reading is told by its signal and time, a read by its time, antenna and tag, a fix by its time, an event by
its time and code: the same that makes a repeat a repeat where messages come in.
"""

from collections.abc import Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lineshaft.domain.readings import Batch, Decoded, DeviceKey, Event, Fixes, Flag, Reads, Report
from lineshaft.wire import events, gps, readings, rfid
from lineshaft.wire.topics import Topic

KINDS = MappingProxyType({Batch: "m", Fixes: "gps", Reads: "rfid", Event: "evt"})
"""What a part is → the kind of message that carries it; a report is never said again."""
Key = tuple[object, ...]
"""Tells a reading, read, fix or event among those of its device; times in microseconds."""


def keys(part: Decoded) -> list[Key]:
    """The keys of what is in a part, in its order."""
    match part:
        case Batch():
            names = [part.names[column] for column in part.column.tolist()]
            return list(zip(names, part.ts_us.tolist(), strict=True))
        case Reads():
            return list(zip(part.ts_us.tolist(), part.antenna.tolist(), part.epcs, strict=True))
        case Fixes():
            return [(ts_us,) for ts_us in part.ts_us.tolist()]
        case Event():
            return [(part.ts_us, part.code)]
        case Report():
            return []


def left(part: Decoded, known: set[Key]) -> Decoded | None:
    """A part without what is known; None where nothing remains. What remains is known from then on.

    A report is never left: what a device says of itself today is truer than what it said then.
    """
    which = []
    for key in keys(part):
        which.append(key not in known)
        known.add(key)
    if not any(which):
        return None
    return part if all(which) else _some(part, np.array(which))


def encode(parts: Sequence[Decoded]) -> bytes:
    """Parts of one message as the body of a message of their kind; at least one."""
    match parts[0]:
        case Batch():
            return _encode_batch(parts[0])
        case Reads():
            return _encode_reads(parts[0])
        case Fixes():
            return _encode_fixes(parts[0])
        case _:
            return _encode_events([part for part in parts if isinstance(part, Event)])


def apart(parts: Sequence[Decoded]) -> list[tuple[str, bytes]]:
    """Parts of a foreign message as messages of the contract: (topic, body) of each device and kind."""
    together: dict[tuple[DeviceKey, str], list[Decoded]] = {}
    for n, part in enumerate(parts):
        kind = KINDS[type(part)]
        # Only events can share a message.
        together.setdefault((part.device, kind if kind == "evt" else f"{kind} {n}"), []).append(part)
    return [
        (str(Topic(*device, kind.partition(" ")[0])), encode(those))
        for (device, kind), those in together.items()
    ]


def _some(part: Decoded, which: NDArray[np.bool_]) -> Decoded:
    """A part's rows where `which` is true; an event has only one."""
    match part:
        case Batch():
            stays = which[part.text_row]
            return replace(
                part,
                column=part.column[which],
                ts_us=part.ts_us[which],
                value=part.value[which],
                quality=part.quality[which],
                flags=part.flags[which],
                text_row=(np.cumsum(which) - 1)[part.text_row[stays]].astype(np.int32),
                texts=tuple(text for text, kept in zip(part.texts, stays.tolist(), strict=True) if kept),
            )
        case Reads():
            return replace(
                part,
                ts_us=part.ts_us[which],
                epcs=tuple(epc for epc, kept in zip(part.epcs, which.tolist(), strict=True) if kept),
                antenna=part.antenna[which],
                rssi_dbm=part.rssi_dbm[which],
                count=part.count[which],
                flags=part.flags[which],
            )
        case Fixes():
            columns = ("ts_us", "lat", "lon", "speed_ms", "heading_deg", "accuracy_m", "ignition", "flags")
            return replace(part, **{name: getattr(part, name)[which] for name in columns})
    return part


def _encode_batch(batch: Batch) -> bytes:
    names = tuple(sorted({batch.names[column] for column in batch.column.tolist()}))
    place = {name: at for at, name in enumerate(names, 1)}
    values: list[Any] = batch.value.tolist()
    for at, text in zip(batch.text_row.tolist(), batch.texts, strict=True):
        values[at] = text
    base_us = int(batch.ts_us[0])
    rows: dict[int, list[Any]] = {}
    numbers: dict[int, int] = {}
    qualities = []
    for (name, ts_us), value, quality in zip(keys(batch), values, batch.quality.tolist(), strict=True):
        number = numbers.setdefault(int(str(ts_us)), len(numbers))
        row = rows.setdefault(number, [_offset_ms(int(str(ts_us)), base_us), *[None] * len(names)])
        row[place[str(name)]] = value
        if quality:
            qualities.append((number, str(name), quality))
    return readings.encode(base_us // 1000, names, list(rows.values()), qualities or None)


def _encode_reads(reads: Reads) -> bytes:
    base_us = int(reads.ts_us[0])
    columns = (reads.ts_us, reads.antenna, reads.rssi_dbm, reads.count)
    return rfid.encode(
        base_us // 1000,
        [
            _known(dt=_offset_ms(ts_us, base_us), epc=epc, ant=antenna or None, rssi=rssi, n=count)
            for epc, ts_us, antenna, rssi, count in zip(
                reads.epcs, *(column.tolist() for column in columns), strict=True
            )
        ],
    )


def _encode_fixes(fixes: Fixes) -> bytes:
    base_us = int(fixes.ts_us[0])
    names = ("ts_us", "lat", "lon", "speed_ms", "heading_deg", "accuracy_m")
    columns = [getattr(fixes, name).tolist() for name in names]
    known = [
        {"ign": None if runs != runs else bool(runs), "jam": True if flags & Flag.SUSPECT else None}  # noqa: PLR0124 - NaN
        for runs, flags in zip(fixes.ignition.tolist(), fixes.flags.tolist(), strict=True)
    ]
    return gps.encode(
        base_us // 1000,
        [
            # `fix`: it was taken for one when it was decoded, 0,0 or not.
            _known(dt=_offset_ms(ts_us, base_us), lat=lat, lon=lon, spd=spd, hdg=hdg, acc=acc, fix=1, **said)
            for ts_us, lat, lon, spd, hdg, acc, said in zip(*columns, known, strict=True)
        ],
    )


def _encode_events(said: Sequence[Event]) -> bytes:
    base_us = said[0].ts_us
    return events.encode(
        base_us // 1000,
        [
            {
                "dt": _offset_ms(one.ts_us, base_us),
                "code": one.code,
                "sev": one.severity,
                "text": one.text,
                "data": one.detail,
            }
            for one in said
        ],
    )


def _offset_ms(ts_us: int, base_us: int) -> float:
    return (ts_us - base_us // 1000 * 1000) / 1000


def _known(**fields: Any) -> dict[str, object]:
    """Fields without what is unknown: None, and NaN, which is not JSON."""
    return {name: value for name, value in fields.items() if value is not None and value == value}  # noqa: PLR0124 - NaN
