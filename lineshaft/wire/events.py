"""Kind `evt`: what a device says once."""

from typing import Any

import msgspec

from lineshaft.domain.readings import DeviceKey, Event
from lineshaft.wire import limits, times
from lineshaft.wire.nested import fault_in
from lineshaft.wire.rejected import Rejected
from lineshaft.wire.rows import Rows


class _Event(msgspec.Struct):
    code: str
    sev: str | None = None
    text: str | None = None
    data: dict[str, Any] | None = None


def decode(device: DeviceKey, body: bytes, received_us: int) -> list[Event | Rejected]:
    """The events in a body, and what had to be set aside."""
    rows = Rows(_Event, "events")
    found = rows.read(body)
    if isinstance(found, Rejected):
        return [found]
    good = []
    for ts_us, row in found:
        fault = _fault_of(row)
        if fault:
            rows.faults.add(fault, f"event {row.code!r:.100}")
            continue
        severity, text, detail = row.sev or "info", row.text or "", row.data or {}
        flag = times.flag_of(ts_us, received_us)
        good.append(Event(device, ts_us, row.code, severity, text, detail, flag))
    return [*good, *rows.faults.rejected()]


def _fault_of(row: _Event) -> str:
    if not limits.is_name(row.code) or not limits.is_name(row.sev or "info"):
        return "name"
    if not limits.is_text(row.text or ""):
        return "text"
    return fault_in(row.data)


def encode(ts_ms: int, events: list[dict[str, object]]) -> bytes:
    """The body of a message of events, each `{"dt": ms, "code": name, "sev": name, "text": …, "data": …}`."""
    return msgspec.json.encode({"v": 1, "ts": ts_ms, "events": events})
