"""Trackers that do not speak our contract: each dialect, and what it must survive."""

import json
import math
from typing import Any

import numpy as np
import pytest

from lineshaft.domain.bindings import SPOKEN
from lineshaft.domain.readings import Batch, DeviceKey, Event, Fixes, Flag, Identity, Report
from lineshaft.wire import codec
from lineshaft.wire.dialects import DIALECTS
from lineshaft.wire.door import Door
from lineshaft.wire.rejected import CODES, Rejected

NOW_US = 1_700_000_100_000_000
NOW_S = NOW_US // 1_000_000


def read(dialect: str, said: object, *, device: str = "van-1", **door: str) -> list[Any]:
    body = said if isinstance(said, bytes) else json.dumps(said).encode()
    entrance = Door("hall1", dialect, dialect, device, **door)
    return codec.decode_foreign(entrance, "owntracks/alice/phone", body, "", NOW_US)


def of(kind: type, parts: list[Any]) -> list[Any]:
    return [part for part in parts if isinstance(part, kind)]


def codes(parts: list[Any]) -> list[str]:
    return [part.code for part in of(Rejected, parts)]


def values(parts: list[Any]) -> dict[str, float | str]:
    (batch,) = of(Batch, parts)
    found: list[Any] = batch.value.tolist()
    for row, text in zip(batch.text_row.tolist(), batch.texts, strict=True):
        found[row] = text
    return {batch.names[column]: one for column, one in zip(batch.column.tolist(), found, strict=True)}


def test_every_dialect_a_plant_may_name_is_read() -> None:
    assert set(SPOKEN) == set(DIALECTS)


def test_owntracks_says_km_per_hour_and_seconds() -> None:
    parts = read(
        "owntracks",
        {
            "_type": "location",
            "lat": 46.06,
            "lon": 11.15,
            "tst": NOW_S - 5,
            "vel": 72,
            "cog": 271,
            "batt": 46,
        },
    )
    (fixes,) = of(Fixes, parts)
    assert fixes.device == DeviceKey("hall1", "owntracks", "van-1")
    assert fixes.ts_us.tolist() == [NOW_US - 5_000_000]
    assert fixes.speed_ms.tolist() == [20.0]
    assert fixes.heading_deg.tolist() == [271.0]
    assert math.isnan(fixes.accuracy_m[0])
    assert values(parts) == {"battery_pct": 46.0}


def test_owntracks_names_its_device_by_the_topic_where_the_binding_does_not() -> None:
    said = {"_type": "location", "lat": 1.5, "lon": 2.5, "tst": NOW_S, "topic": "owntracks/mallory/x"}
    (fixes,) = of(Fixes, read("owntracks", said, device=""))
    assert fixes.device.device == "alice-phone"


def test_owntracks_wills_transitions_and_what_nobody_reads() -> None:
    (report,) = read("owntracks", {"_type": "lwt", "tst": 1})
    assert isinstance(report, Report)
    assert report.body["online"] is False
    (event,) = read("owntracks", {"_type": "transition", "event": "enter", "desc": "home", "tst": NOW_S})
    assert isinstance(event, Event)
    assert (event.code, event.detail) == ("region.enter", {"place": "home"})
    assert codes(read("owntracks", {"_type": "encrypted", "data": "…"})) == ["kind"]


TELTONIKA = {
    "ts": NOW_US // 1000, "latlng": "51.4462749,5.4539066", "alt": "17", "ang": "113", "sat": "9", "sp": "36",
    "evt": "250", "239": "1", "66": 11922, "67": "4110", "17": 65530,
}  # fmt: skip


def test_teltonika_says_numbers_as_text_and_millivolts() -> None:
    parts = read("teltonika", {"state": {"reported": TELTONIKA}})
    (fixes,) = of(Fixes, parts)
    assert (fixes.lat.tolist(), fixes.lon.tolist()) == ([51.4462749], [5.4539066])
    assert (fixes.speed_ms.tolist(), fixes.heading_deg.tolist()) == ([10.0], [113.0])
    assert values(parts) == {
        "ignition": 1.0, "supply_v": 11.922, "tracker_battery_v": 4.11, "acceleration_17": -6.0,
        "altitude_m": 17.0,
    }  # fmt: skip


def test_before_its_first_fix_teltonika_keeps_its_inputs_and_loses_its_place() -> None:
    before_2005 = 1_072_915_200_000  # 2004-01-01
    parts = read("teltonika", {"state": {"reported": {**TELTONIKA, "ts": before_2005, "latlng": "0,0"}}})
    assert of(Fixes, parts) == []
    assert codes(parts) == ["no_fix"]
    (batch,) = of(Batch, parts)
    assert batch.flags.tolist() == [Flag.CLOCK_BAD] * 5


def test_a_place_with_a_clock_that_was_never_set_is_no_fix() -> None:
    parts = read("teltonika", {"state": {"reported": {**TELTONIKA, "ts": 1_072_915_200_000}}})
    assert (of(Fixes, parts), codes(parts)) == ([], ["bad_ts"])


def test_a_disturbed_receiver_is_stored_told_and_not_believed() -> None:
    parts = read("teltonika", {"state": {"reported": {**TELTONIKA, "249": 1}}})
    (fixes,) = of(Fixes, parts)
    assert fixes.flags.tolist() == [Flag.SUSPECT]
    assert codes(parts) == ["jammed"]
    assert [part.readings for part in of(Rejected, parts)] == [0]


def traccar(**position: object) -> dict[str, object]:
    usual = {
        "deviceId": 7, "fixTime": "2023-11-14T22:15:00.000+00:00", "deviceTime": "2023-11-15T06:15:00+08:00",
        "valid": True, "latitude": 30.1, "longitude": 120.2, "speed": 10, "course": 90, "accuracy": 0,
        "attributes": {"batteryLevel": 80, "ignition": True, "alarm": "sos", "nested": {"a": 1}},
    }  # fmt: skip
    return {"position": {**usual, **position}, "device": {"uniqueId": "86:04"}}


def test_traccar_says_knots_and_names_the_device_itself() -> None:
    parts = read("traccar", traccar(), device="")
    (fixes,) = of(Fixes, parts)
    assert fixes.device.device == "86_3a04"
    assert fixes.ts_us.tolist() == [NOW_US]
    assert fixes.speed_ms[0] == pytest.approx(5.1444, abs=1e-3)
    assert math.isnan(fixes.accuracy_m[0])
    assert values(parts) == {"batteryLevel": 80.0, "ignition": 1.0}
    assert [event.detail for event in of(Event, parts)] == [{"alarm": "sos"}]


@pytest.mark.parametrize("said", [{"valid": False}, {"outdated": True}])
def test_traccar_repeats_old_places_which_are_no_fixes(said: dict[str, object]) -> None:
    assert codes(read("traccar", traccar(**said))) == ["no_fix"]


def test_osmand_in_json_says_metres_per_second_and_minus_one() -> None:
    coords = {"latitude": -6.1, "longitude": 106.7, "accuracy": 3.8, "speed": 18.67, "heading": -1}
    said = {
        "location": {"timestamp": "2023-11-14T22:15:00.250Z", "coords": coords, "battery": {"level": 0.79}}
    }
    parts = read("osmand", {**said, "device_id": "1"}, device="")
    (fixes,) = of(Fixes, parts)
    assert fixes.ts_us.tolist() == [NOW_US + 250_000]
    assert (fixes.speed_ms.tolist(), fixes.accuracy_m.tolist()) == ([18.67], [3.8])
    assert math.isnan(fixes.heading_deg[0])
    assert values(parts) == {"battery_pct": 79.0}


QUERY = b"/?id=7&lat=60.5&lon=30.25&timestamp=%s&hdop=2&speed=10&bearing=12&batt=87"


def test_osmand_in_its_older_text_says_knots_and_hdop() -> None:
    parts = read("osmand", QUERY % b"1700000100", device="")
    (fixes,) = of(Fixes, parts)
    assert fixes.ts_us.tolist() == [NOW_US]
    assert fixes.speed_ms[0] == pytest.approx(5.1444, abs=1e-3)
    assert fixes.accuracy_m.tolist() == [10.0]
    assert values(parts) == {"batt": 87.0}


def test_a_time_without_a_zone_is_trusted_only_where_the_binding_gives_one() -> None:
    text = QUERY % b"2023-11-15+06%3A15%3A00"
    assert codes(read("osmand", text)) == ["bad_ts"]
    (fixes,) = of(Fixes, read("osmand", text, timezone="Asia/Shanghai"))
    assert fixes.ts_us.tolist() == [NOW_US]


def test_flespi_sends_lists_with_dotted_keys() -> None:
    row = {
        "ident": "60:5", "timestamp": NOW_S + 0.25, "position.latitude": 53.9, "position.longitude": 27.4,
        "position.speed": 36, "position.direction": 262.6, "ain#1": 1, "engine.ignition.status": True,
    }  # fmt: skip
    stuck = {**row, "timestamp": 946_684_840, "position.valid": False}
    parts = read("flespi", [row, stuck, 3], device="")
    (fixes,) = of(Fixes, parts)
    assert (fixes.ts_us.tolist(), fixes.speed_ms.tolist()) == ([NOW_US + 250_000], [10.0])
    assert sorted(codes(parts)) == ["no_fix", "shape"]
    (batch,) = of(Batch, parts)
    assert batch.flags.tolist() == [0, 0, Flag.CLOCK_BAD, Flag.CLOCK_BAD]


def test_meshtastic_names_packets_and_senders_by_number() -> None:
    payload = {"latitude_i": 559_748_544, "longitude_i": 373_418_112, "time": NOW_S, "ground_speed": 3}
    parts = read(
        "meshtastic", {"from": -5, "id": 7, "type": "position", "payload": payload}, device="gateway"
    )
    (fixes,) = of(Fixes, parts)
    assert fixes.device.device == "fffffffb"
    assert fixes.lat.tolist() == [55.9748544]
    assert of(Identity, parts) == [Identity(fixes.device, "7")]
    assert codes(read("meshtastic", {"from": 1, "type": "text", "payload": {}})) == ["kind"]


def test_what_is_labelled_gcj02_is_moved_to_where_it_is() -> None:
    said = {"_type": "location", "lat": 39.90874, "lon": 116.39713, "tst": NOW_S}
    (fixes,) = of(Fixes, read("owntracks", said, crs="gcj02"))
    assert fixes.lat[0] == pytest.approx(39.90734, abs=1e-5)
    assert fixes.lon[0] == pytest.approx(116.39089, abs=1e-5)


def test_a_future_fix_is_kept_and_flagged() -> None:
    said = {"_type": "location", "lat": 1, "lon": 2, "tst": NOW_S + 3600}
    (fixes,) = of(Fixes, read("owntracks", said))
    assert fixes.flags.tolist() == [Flag.CLOCK_BAD]


HOSTILE = [
    b"", b"\xff\xfe", b"[" * 100_000, b"null", b"[]", b"{}", b'"x"', b"1e999", b"NaN", b"a=b&c", b"=" * 5000,
    b'{"_type":"location","lat":"x","lon":null,"tst":[]}',
    b'{"_type":"location","lat":91,"lon":0,"tst":1e300}',
    b'{"state":{"reported":[1]}}', b'{"state":{"reported":{"latlng":"","ts":true,"66":{}}}}',
    b'{"position":{"attributes":[],"fixTime":5,"latitude":[]},"device":[]}',
    b'{"location":{"coords":{"latitude":{}},"battery":3,"extras":[]},"device_id":{}}',
    b'[{"ident":"\\u0000","position.latitude":1e308}]', b'{"from":1e308,"payload":{},"type":{}}',
    b'{"from":true,"payload":{"latitude_i":"x"},"type":"position"}',
]  # fmt: skip


@pytest.mark.parametrize("dialect", SPOKEN)
@pytest.mark.parametrize("device", ["van-1", "", "x/y\0", "é" * 70])
def test_nothing_a_tracker_says_raises_and_all_is_told(dialect: str, device: str) -> None:
    for body in HOSTILE:
        parts = read(dialect, body, device=device)
        assert parts
        assert all(code in CODES and code != "internal" for code in codes(parts)), (body, parts)
        for fixes in of(Fixes, parts):
            assert np.isfinite(fixes.lat).all()
            assert np.isfinite(fixes.lon).all()
