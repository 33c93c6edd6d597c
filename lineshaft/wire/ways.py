"""Ways as others write them: GPX and GeoJSON files, and the answers of OSRM and Valhalla."""

import json
from collections.abc import Callable, Mapping
from typing import Any, Final
from xml.parsers import expat

from lineshaft.domain.ways import MOST_RAW, Leg, Point, WayError, checked

Answer = tuple[tuple[Point, ...], tuple[Leg, ...]]
"""The points of a way, and its legs."""

LARGEST_FILE: Final = 4 << 20


def from_file(body: bytes) -> tuple[str, tuple[Point, ...]]:
    """The kind and the points of a GPX or GeoJSON file, told apart by how they begin.

    Raises:
        WayError: it is neither, or holds no way.
    """
    if len(body) > LARGEST_FILE:
        raise WayError(f"{len(body)} bytes; expected at most {LARGEST_FILE}")
    start = body.removeprefix(b"\xef\xbb\xbf").lstrip()[:1]
    if start == b"<":
        return "gpx", from_gpx(body)
    if start == b"{":
        return "geojson", from_geojson(body)
    raise WayError("expected GPX or GeoJSON")


def from_gpx(body: bytes) -> tuple[Point, ...]:
    """The track's points, or the route's where there is no track; segments one after another.

    Raises:
        WayError: it is no GPX, has a document type (nothing is expanded), or holds no way.
    """
    tracks: list[Point] = []
    routes: list[Point] = []

    def begin(name: str, attributes: dict[str, str]) -> None:
        found = {"trkpt": tracks, "rtept": routes}.get(name.rpartition(" ")[2])
        if found is not None:
            found.append((float(attributes["lat"]), float(attributes["lon"])))
            if len(found) > MOST_RAW:
                raise WayError(f"more than {MOST_RAW} points")

    def refuse(*_: object) -> None:
        raise WayError("a GPX file has no document type")

    parser = expat.ParserCreate(namespace_separator=" ")
    parser.StartElementHandler, parser.StartDoctypeDeclHandler = begin, refuse
    try:
        parser.Parse(body, True)  # noqa: FBT003 - the library's positional flag: this is all of it
    except (expat.ExpatError, KeyError, ValueError) as error:
        raise error if isinstance(error, WayError) else WayError(f"no GPX: {error}") from error
    return checked(tracks or routes)


def from_geojson(body: bytes) -> tuple[Point, ...]:
    """The lines of a geometry, a feature or a collection (RFC 7946), one after another.

    Raises:
        WayError: it is no GeoJSON, or holds no line.
    """
    try:
        lines = list(_lines(json.loads(body), 0))
        return checked([(float(at[1]), float(at[0])) for line in lines for at in line])
    except (KeyError, TypeError, IndexError, RecursionError, ValueError) as error:
        raise error if isinstance(error, WayError) else WayError(f"no GeoJSON line: {error}") from error


def _lines(found: Mapping[str, Any], depth: int) -> list[Any]:
    kind = found["type"]
    if kind == "LineString":
        return [found["coordinates"]]
    if kind == "MultiLineString":
        return list(found["coordinates"])
    if kind == "Feature":
        return _lines(found["geometry"], depth) if found.get("geometry") else []
    inner = {"FeatureCollection": "features", "GeometryCollection": "geometries"}.get(kind)
    if inner is None or depth > 3:
        return []
    return [line for one in found[inner] for line in _lines(one, depth + 1)]


def from_osrm(body: bytes) -> Answer:
    """The first route of OSRM's `route` service, asked with `geometries=polyline6`.

    Raises:
        WayError: it found none, or this is not its answer.
    """

    def read(found: Mapping[str, Any]) -> Answer:
        if found["code"] != "Ok":
            raise WayError(f"OSRM: {str(found['code'])[:40]}")
        route = found["routes"][0]
        legs = [Leg(float(leg["distance"]), float(leg["duration"])) for leg in route["legs"]]
        return checked(polyline6(route["geometry"])), tuple(legs)

    return _answer(body, read)


def from_valhalla(body: bytes) -> Answer:
    """The trip of Valhalla's `route`.

    Raises:
        WayError: it found none, or this is not its answer.
    """

    def read(found: Mapping[str, Any]) -> Answer:
        if "error" in found or found["trip"]["status"] != 0:
            raise WayError(f"Valhalla: {str(found.get('error', 'no way'))[:80]}")
        trip = found["trip"]
        unit_m = 1609.344 if trip.get("units") == "miles" else 1000.0
        legs = [(leg["shape"], leg["summary"]) for leg in trip["legs"]]
        points = [point for shape, _ in legs for point in polyline6(shape)]
        return checked(points), tuple(Leg(float(s["length"]) * unit_m, float(s["time"])) for _, s in legs)

    return _answer(body, read)


def _answer(body: bytes, read: Callable[[Mapping[str, Any]], Answer]) -> Answer:
    try:
        return read(json.loads(body))
    except (KeyError, TypeError, IndexError, RecursionError, ValueError) as error:
        raise error if isinstance(error, WayError) else WayError(f"no answer of it: {error}") from error


def polyline6(text: str) -> list[Point]:
    """Points of an encoded polyline with six decimals (Google's algorithm).

    >>> polyline6("_izlhA~rlgdF_{geC~ywl@")
    [(38.5, -120.2), (40.7, -120.95)]

    Raises:
        WayError: it breaks off, or holds other characters.
    """
    points: list[Point] = []
    at, lat, lon = 0, 0, 0
    while at < len(text):
        turned = []
        for _ in range(2):
            value, shift = 0, 0
            while True:
                if at >= len(text) or shift > 35 or not 63 <= ord(text[at]) <= 126:
                    raise WayError("its polyline is broken")
                bits = ord(text[at]) - 63
                at, value, shift = at + 1, value | (bits & 31) << shift, shift + 5
                if bits < 32:
                    break
            turned.append(~(value >> 1) if value & 1 else value >> 1)
        lat, lon = lat + turned[0], lon + turned[1]
        points.append((lat / 1e6, lon / 1e6))
        if len(points) > MOST_RAW:
            raise WayError(f"more than {MOST_RAW} points")
    return points
