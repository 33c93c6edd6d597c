"""Kinds `state` and `meta`: what a device or agent says about itself, retained by the broker."""

from collections.abc import Mapping

import msgspec

from lineshaft.domain.readings import DeviceKey, Report
from lineshaft.wire import times
from lineshaft.wire.body import check_version, parse
from lineshaft.wire.nested import fault_in
from lineshaft.wire.rejected import Rejected


def decode_state(device: DeviceKey, body: bytes, received_us: int) -> list[Report | Rejected]:
    """Whether it is online, how full its spool is, how its sources do. A last will has no time of its own."""
    report = _report(device, "state", body, received_us)
    if isinstance(report, Report) and not isinstance(report.body.get("online"), bool):
        return [Rejected("type", f"online is {report.body.get('online')!r:.64}, expected true or false")]
    return [report]


def decode_meta(device: DeviceKey, body: bytes, received_us: int) -> list[Report | Rejected]:
    """What it is and which signals it has: units, ranges, expected intervals."""
    report = _report(device, "meta", body, received_us)
    if isinstance(report, Report) and not isinstance(report.body.get("sig", {}), dict):
        return [Rejected("type", "sig is not an object of signals")]
    return [report]


def _report(device: DeviceKey, kind: str, body: bytes, received_us: int) -> Report | Rejected:
    message = parse(body)
    if isinstance(message, Rejected):
        return message
    if not isinstance(message, dict):
        return Rejected("shape", f"a JSON {type(message).__name__}, expected an object")
    ts_us = times.to_us(message["ts"]) if "ts" in message else received_us
    if ts_us is None:
        return Rejected("bad_ts", f"ts is {message['ts']!r:.64}, expected ms, 2000 to 2100")
    code = fault_in(message)
    if code:
        return Rejected(code, f"in a {kind} message")
    return check_version(message) or Report(device, kind, ts_us, message)


def encode(fields: Mapping[str, object]) -> bytes:
    """The body of a state or meta message."""
    return msgspec.json.encode({"v": 1, **fields})
