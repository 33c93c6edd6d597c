import json

import pytest

from lineshaft.domain.ways import Leg, Point, WayError
from lineshaft.wire.ways import from_file, from_osrm, from_valhalla, polyline6

HEAD = '<?xml version="1.0" encoding="UTF-8"?><gpx version="1.1" xmlns="http://www.topografix.com/GPX/1/1">'
TRACK = (
    '<trk><name>a &amp; b</name><trkseg><trkpt lat="30.27" lon="120.15"><ele>4</ele></trkpt></trkseg>'
    '<trkseg><trkpt lat="31.23" lon="121.47"/></trkseg></trk>'
)
ROUTE = '<rte><rtept lat="48.1" lon="11.6"/><rtept lat="48.4" lon="10.9"/></rte>'
LINE = {"type": "LineString", "coordinates": [[120.15, 30.27, 4.0], [121.47, 31.23]]}
POINTS = ((30.27, 120.15), (31.23, 121.47))


def encoded(points: list[Point]) -> str:
    """Google's algorithm, by its description; six decimals."""
    text, before = "", [0, 0]
    for point in points:
        for at in (0, 1):
            value = round(point[at] * 1e6)
            step = value - before[at]
            before[at] = value
            step = ~(step << 1) if step < 0 else step << 1
            while step >= 32:
                text += chr((32 | step & 31) + 63)
                step >>= 5
            text += chr(step + 63)
    return text


@pytest.mark.parametrize(
    ("body", "kind", "points"),
    [
        (HEAD + ROUTE + TRACK + "</gpx>", "gpx", POINTS),
        ("\ufeff" + HEAD + ROUTE + "</gpx>", "gpx", ((48.1, 11.6), (48.4, 10.9))),
        (json.dumps(LINE), "geojson", POINTS),
        (json.dumps({"type": "Feature", "properties": None, "geometry": LINE}), "geojson", POINTS),
        (
            json.dumps(
                {
                    "type": "FeatureCollection",
                    "features": [
                        {"type": "Feature", "geometry": {"type": "Point", "coordinates": [1, 2]}},
                        {"type": "Feature", "geometry": None},
                        {
                            "type": "Feature",
                            "geometry": {
                                "type": "MultiLineString",
                                "coordinates": [[at] for at in LINE["coordinates"]],
                            },
                        },
                    ],
                }
            ),
            "geojson",
            POINTS,
        ),
    ],
)
def test_files_of_a_way_are_read(body: str, kind: str, points: tuple[Point, ...]) -> None:
    found, where = from_file(body.encode())
    assert (found, tuple(where)) == (kind, points)


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"", "expected GPX or GeoJSON"),
        (b"PK\x03\x04", "expected GPX or GeoJSON"),
        (b"<gpx>", "no GPX"),
        (b"<gpx></gpx>", "0 points"),
        (b'<gpx><trkpt lat="x" lon="1"/></gpx>', "no GPX"),
        (b'<gpx><trkpt lat="1"/></gpx>', "no GPX"),
        (b'<!DOCTYPE g [<!ENTITY a "aaaa">]><gpx>&a;</gpx>', "document type"),
        (b"{", "no GeoJSON"),
        (b"{}", "no GeoJSON"),
        (b'{"type": "Point", "coordinates": [1, 2]}', "0 points"),
        (b'{"type": "LineString", "coordinates": [[1]]}', "no GeoJSON"),
        (b'{"type": "LineString", "coordinates": [[1, 200], [2, 3]]}', "not on the earth"),
        (b'{"type":"GeometryCollection","geometries":' * 3000 + b"[]" + b"}" * 3000, "no GeoJSON|0 points"),
        (b"{" + b" " * (5 << 20), "bytes"),
    ],
)
def test_a_file_without_a_way_is_refused_with_what_is_wrong(body: bytes, said: str) -> None:
    with pytest.raises(WayError, match=said):
        from_file(body)


def test_an_encoded_polyline_is_read_and_a_broken_one_refused() -> None:
    points = [(30.27, 120.15), (-31.234567, -0.000001), (0.0, 179.9)]
    assert polyline6(encoded(points)) == points
    for broken in ("_izlhA", "_", "\x10\x11", "~" * 40):
        with pytest.raises(WayError, match="broken"):
            polyline6(broken)


def test_answers_of_osrm_and_valhalla_are_read() -> None:
    shape = encoded(list(POINTS))
    osrm = {
        "code": "Ok",
        "routes": [{"geometry": shape, "legs": [{"distance": 170_000.5, "duration": 7_200.2, "steps": []}]}],
        "waypoints": [],
    }
    assert from_osrm(json.dumps(osrm).encode()) == (POINTS, (Leg(170_000.5, 7_200.2),))
    leg = {"shape": shape, "summary": {"length": 170.0, "time": 7_300.0}}
    valhalla = {"trip": {"status": 0, "units": "kilometers", "legs": [leg]}}
    assert from_valhalla(json.dumps(valhalla).encode()) == (POINTS, (Leg(170_000.0, 7_300.0),))
    valhalla["trip"]["units"] = "miles"
    _, (miles,) = from_valhalla(json.dumps(valhalla).encode())
    assert round(miles.metres) == 273_588


@pytest.mark.parametrize(
    "body", [b"", b"<html>", b"[]", b"null", b'{"code":"NoRoute"}', b'{"code":"Ok","routes":[]}', b"\xff" * 9]
)
def test_an_answer_without_a_way_is_none(body: bytes) -> None:
    for read in (from_osrm, from_valhalla):
        with pytest.raises(WayError):
            read(body)


def test_valhallas_own_error_is_told() -> None:
    with pytest.raises(WayError, match="No path could be found"):
        from_valhalla(b'{"error_code":442,"error":"No path could be found for input","status_code":400}')
