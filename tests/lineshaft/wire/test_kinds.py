"""Kinds rfid, gps, evt, state and meta."""

import json
import math
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lineshaft.domain.readings import DeviceKey, Event, Fixes, Flag, Reads, Report
from lineshaft.wire import codec, events, gps, rfid
from lineshaft.wire.rejected import Rejected

DEVICE = DeviceKey("hall1", "gw1", "dev-1")
NOW_US = 1_700_000_060_000_000
BASE_MS = 1_700_000_000_000


def decode(kind: str, body: bytes | dict[str, Any]) -> tuple[list[Any], list[tuple[str, int]]]:
    """What was decoded, and the codes of what was set aside with their readings."""
    encoded = body if isinstance(body, bytes) else json.dumps(body).encode()
    parts = codec.decode(f"lineshaft/v1/hall1/gw1/dev-1/{kind}", encoded, "", NOW_US)
    good = [part for part in parts if not isinstance(part, Rejected)]
    return good, [(part.code, part.readings) for part in parts if isinstance(part, Rejected)]


def test_reads_with_all_fields_and_with_few() -> None:
    reads = [
        {
            "dt": 12,
            "epc": "3074257bf7194e4000001a85",
            "ant": 1,
            "rssi": -54.2,
            "n": 3,
            "tid": None,
            "mhz": 866.9,
        },
        {"epc": "E2801160"},
    ]
    (found,), rejected = decode("rfid", {"v": 1, "ts": BASE_MS, "reads": reads})
    assert isinstance(found, Reads)
    assert (found.device, found.epcs, rejected) == (DEVICE, ("3074257BF7194E4000001A85", "E2801160"), [])
    assert found.ts_us.tolist() == [BASE_MS * 1000 + 12_000, BASE_MS * 1000]
    assert (found.antenna.tolist(), found.count.tolist()) == ([1, 0], [3, 1])
    assert found.rssi_dbm[0] == -54.2
    assert math.isnan(found.rssi_dbm[1])


@pytest.mark.parametrize(
    ("row", "code"),
    [
        ({"epc": "E28011"}, "epc"),
        ({"epc": "E2801160F"}, "epc"),
        ({"epc": "E2801160ZZ"}, "epc"),
        ({"epc": "AB" * 65}, "epc"),
        ({"epc": 7}, "type"),
        ({"ant": 1}, "type"),
        ({"epc": "E2801160", "ant": -1}, "type"),
        ({"epc": "E2801160", "n": 0}, "type"),
        ({"epc": "E2801160", "rssi": "low"}, "type"),
        ({"epc": "E2801160", "dt": "soon"}, "bad_ts"),
        (7, "type"),
    ],
)
def test_a_bad_read_costs_itself_alone(row: Any, code: str) -> None:
    (found,), rejected = decode("rfid", {"ts": BASE_MS, "reads": [{"epc": "E2801160"}, row]})
    assert (len(found), rejected) == (1, [(code, 1)])


def test_fixes_with_all_fields_and_with_few() -> None:
    full = {
        "dt": 5,
        "lat": 51.4,
        "lon": 5.45,
        "alt": 17.0,
        "spd": 4.2,
        "hdg": 113,
        "acc": 5,
        "sat": 9,
        "fix": 3,
    }
    (found,), rejected = decode("gps", {"ts": BASE_MS, "fixes": [full, {"lat": 0, "lon": 0, "fix": 3}]})
    assert isinstance(found, Fixes)
    assert rejected == []
    assert (found.lat.tolist(), found.lon.tolist()) == ([51.4, 0.0], [5.45, 0.0])
    assert (found.speed_ms[0], found.heading_deg[0], found.accuracy_m[0]) == (4.2, 113, 5)
    assert all(math.isnan(column[1]) for column in (found.speed_ms, found.heading_deg, found.accuracy_m))


@pytest.mark.parametrize(
    ("row", "code"),
    [
        ({"lat": 0, "lon": 0}, "no_fix"),
        ({"lat": 0.0, "lon": 0.0, "fix": 0, "spd": 3}, "no_fix"),
        ({"lat": 90.1, "lon": 5}, "position"),
        ({"lat": 5, "lon": -180.1}, "position"),
        ({"lat": 5}, "type"),
        ({"lat": "5", "lon": 5}, "type"),
        ({"lat": True, "lon": 5}, "type"),
        ({"lat": 5, "lon": 5, "dt": 1e300}, "bad_ts"),
    ],
)
def test_a_bad_fix_costs_itself_alone(row: Any, code: str) -> None:
    (found,), rejected = decode("gps", {"ts": BASE_MS, "fixes": [{"lat": 1, "lon": 2}, row]})
    assert (len(found), rejected) == (1, [(code, 1)])


def test_events_with_all_fields_and_with_few() -> None:
    full = {"dt": 7, "code": "E-STOP", "sev": "crit", "text": "pressed", "data": {"by": ["a"]}}
    found, rejected = decode("evt", {"ts": BASE_MS, "events": [full, {"code": "ok"}]})
    assert rejected == []
    assert found == [
        Event(DEVICE, BASE_MS * 1000 + 7000, "E-STOP", "crit", "pressed", {"by": ["a"]}),
        Event(DEVICE, BASE_MS * 1000, "ok", "info", "", {}),
    ]


@pytest.mark.parametrize(
    ("row", "code"),
    [
        ({"code": ""}, "name"),
        ({"code": "a;b"}, "name"),
        ({"code": "a", "sev": "<b>"}, "name"),
        ({"code": "a", "text": "x" * 1025}, "text"),
        ({"code": "a", "text": "x\0"}, "text"),
        ({"code": "a", "data": {"x\0": 1}}, "text"),
        ({"code": "a", "data": {"x": 2**53 + 1}}, "number"),
        ({"code": "a", "data": [[1]]}, "type"),
        ({"code": "a", "data": {"x": [[[[1]]]]}}, "shape"),
        ({"text": "a"}, "type"),
    ],
)
def test_a_bad_event_costs_itself_alone(row: Any, code: str) -> None:
    found, rejected = decode("evt", {"ts": BASE_MS, "events": [{"code": "ok"}, row]})
    assert (len(found), rejected) == (1, [(code, 1)])


@pytest.mark.parametrize(("kind", "field"), [("rfid", "reads"), ("gps", "fixes"), ("evt", "events")])
def test_a_message_that_cannot_be_used_is_rejected_whole(kind: str, field: str) -> None:
    assert decode(kind, {"ts": BASE_MS, "rows": []}) == ([], [("shape", 0)])
    assert decode(kind, b"[]") == ([], [("shape", 0)])
    assert decode(kind, {field: [{}]}) == ([], [("bad_ts", 1)])
    assert decode(kind, {"ts": 9e15, field: [{}, {}]}) == ([], [("bad_ts", 2)])
    assert decode(kind, {"v": 2, "ts": BASE_MS, field: []}) == ([], [("version", 0)])
    assert decode(kind, {"ts": BASE_MS, field: [{}] * 5001}) == ([], [("too_many", 5001)])
    assert decode(kind, {"ts": BASE_MS, field: []}) == ([], [])


def test_a_clock_far_ahead_is_flagged() -> None:
    ahead_ms = NOW_US // 1000 + 301_000
    for kind, body in (
        ("rfid", rfid.encode(ahead_ms, [{"epc": "E2801160"}])),
        ("gps", gps.encode(ahead_ms, [{"lat": 1, "lon": 2}])),
    ):
        (found,), _ = decode(kind, body)
        assert found.flags.tolist() == [Flag.CLOCK_BAD]
    (event,), _ = decode("evt", events.encode(ahead_ms, [{"code": "x"}]))
    assert event.flags == Flag.CLOCK_BAD


def test_a_state_and_a_last_will_without_time() -> None:
    state = {
        "v": 1,
        "online": True,
        "ts": BASE_MS,
        "boot": "01hf7y",
        "spool": {"n": 0},
        "src": {"press-1": "ok"},
    }
    assert decode("state", state) == ([Report(DEVICE, "state", BASE_MS * 1000, state)], [])
    will = {"v": 1, "online": False, "boot": "01hf7y", "run": 12, "reason": "lwt"}
    assert decode("state", will) == ([Report(DEVICE, "state", NOW_US, will)], [])


def test_a_meta_message() -> None:
    meta = {
        "v": 1,
        "device": "press-1",
        "sig": {"temp": {"t": "f64", "u": "Cel"}, "state": {"enum": ["RUN"]}},
    }
    assert decode("meta", meta) == ([Report(DEVICE, "meta", NOW_US, meta)], [])


@pytest.mark.parametrize(
    ("kind", "body", "code"),
    [
        ("state", {"v": 1}, "type"),
        ("state", {"online": 1}, "type"),
        ("state", {"online": True, "ts": 5}, "bad_ts"),
        ("state", {"online": True, "v": 7}, "version"),
        ("state", {"online": True, "x": "\0"}, "text"),
        ("meta", {"sig": []}, "type"),
        ("meta", {"sig": {"a": {"b": {"c": {"d": 1}}}}}, "shape"),
    ],
)
def test_a_bad_report_is_rejected(kind: str, body: dict[str, Any], code: str) -> None:
    assert decode(kind, body) == ([], [(code, 0)])


@settings(deadline=None)
@given(
    st.lists(
        st.fixed_dictionaries(
            {"dt": st.integers(-1000, 1000), "epc": st.from_regex(r"([0-9A-F]{2}){4,64}", fullmatch=True)},
            optional={"ant": st.integers(0, 64), "rssi": st.floats(-120, 0), "n": st.integers(1, 99)},
        ),
        min_size=1,
        max_size=5,
    )
)
def test_encoded_reads_are_decoded(rows: list[dict[str, Any]]) -> None:
    (found,), rejected = decode("rfid", rfid.encode(BASE_MS, rows))
    assert rejected == []
    assert [
        (ts // 1000 - BASE_MS, epc) for ts, epc in zip(found.ts_us.tolist(), found.epcs, strict=True)
    ] == [(row["dt"], row["epc"]) for row in rows]
    assert found.count.tolist() == [row.get("n", 1) for row in rows]
