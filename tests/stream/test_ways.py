"""A routing server is asked by HTTP: a small one here speaks as OSRM and Valhalla do."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

import orjson
import pytest

from lineshaft.clock import SECOND_US
from lineshaft.domain.ways import WayError, key_of
from lineshaft.settings import SettingsError
from lineshaft.store import shipments, ways
from lineshaft.store.database import Connection, connect, connect_async
from stream.notify.base import DeliveryError
from stream.ways import AGAIN_S, Asking, RoutingServer

PLACES = ((30.27, 120.15), (30.75, 120.76), (31.23, 121.47))
STOPS = [{"id": f"p{at}", "lat": lat, "lon": lon} for at, (lat, lon) in enumerate(PLACES)]
SHAPE = "_izlhA~rlgdF_{geC~ywl@"
"""(38.5, -120.2), (40.7, -120.95), by Google's own example with six decimals."""
NOW_US = 1_795_300_000 * SECOND_US


class Speaks(BaseHTTPRequestHandler):
    """Both formats; what it is told to say comes first."""

    def do_GET(self) -> None:
        legs = urlsplit(self.path).path.count(";")
        self.server.asked.append(self.path)  # type: ignore[attr-defined]
        leg = {"distance": 120_000.0, "duration": 5_000.0, "steps": [], "summary": "", "weight": 5_000.0}
        self._say({"code": "Ok", "routes": [{"geometry": SHAPE, "legs": [leg] * legs}], "waypoints": []})

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["content-length"])))
        self.server.asked.append(body)  # type: ignore[attr-defined]
        leg = {"shape": SHAPE, "summary": {"length": 120.0, "time": 5_000.0}}
        legs = [leg] * (len(body["locations"]) - 1)
        self._say({"trip": {"status": 0, "units": "kilometers", "legs": legs}})

    def _say(self, usual: object) -> None:
        status, body = self.server.says or (200, json.dumps(usual).encode())  # type: ignore[attr-defined]
        self.send_response(status)
        if status == 302:
            self.send_header("location", "http://127.0.0.1:1/")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Quiet."""


@pytest.fixture
def served() -> Iterator[ThreadingHTTPServer]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Speaks)
    server.asked, server.says = [], None  # type: ignore[attr-defined]
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture(params=["osrm", "valhalla"])
def routing(served: ThreadingHTTPServer, request: pytest.FixtureRequest) -> RoutingServer:
    return named(served, request.param)


def named(served: ThreadingHTTPServer, kind: str) -> RoutingServer:
    url = f"http://127.0.0.1:{served.server_port}/"
    found = RoutingServer.from_environment({f"LINESHAFT_{kind.upper()}_URL": url})
    assert found
    return found


def test_both_are_asked_in_their_own_way(routing: RoutingServer, served: ThreadingHTTPServer) -> None:
    way = routing.ask(key_of(PLACES))
    assert way.points == ((38.5, -120.2), (40.7, -120.95), (38.5, -120.2), (40.7, -120.95))[: len(way.points)]
    assert [leg.drive_s for leg in way.legs] == [5_000.0, 5_000.0]
    assert way.source == routing.kind
    (asked,) = served.asked  # type: ignore[attr-defined]
    if routing.kind == "osrm":
        path = urlsplit(asked)
        assert path.path == "/route/v1/driving/120.15000,30.27000;120.76000,30.75000;121.47000,31.23000"
        assert parse_qs(path.query)["geometries"] == ["polyline6"]
    else:
        assert asked["locations"][0] == {"lat": 30.27, "lon": 120.15, "type": "break"}
        assert asked["costing"] == "truck"


@pytest.mark.parametrize(
    ("says", "error"),
    [
        ((500, b"{}"), DeliveryError),
        ((404, b"not found"), DeliveryError),
        ((429, b""), DeliveryError),
        ((302, b""), WayError),  # nothing is followed
        ((400, b'{"code":"NoRoute","error":"No path"}'), WayError),
        ((200, b"<html>"), WayError),
        ((200, b"{" * (9 << 20)), WayError),
    ],
)
def test_what_is_no_way_is_told_from_what_is_no_server(
    routing: RoutingServer, served: ThreadingHTTPServer, says: tuple[int, bytes], error: type[Exception]
) -> None:
    served.says = says  # type: ignore[attr-defined]
    with pytest.raises(error):
        routing.ask(key_of(PLACES))


@pytest.mark.parametrize(
    ("environ", "said"),
    [
        ({"LINESHAFT_OSRM_URL": "http://a", "LINESHAFT_VALHALLA_URL": "http://b"}, "one of them"),
        ({"LINESHAFT_OSRM_URL": "file:///etc/passwd"}, "expected http"),
        ({"LINESHAFT_OSRM_URL": "http://a?x=1"}, "expected http"),
        ({"LINESHAFT_OSRM_URL": "http://a", "LINESHAFT_ROUTING_PROFILE": "../x"}, "letters"),
    ],
)
def test_an_address_that_cannot_be_meant_is_refused(environ: dict[str, str], said: str) -> None:
    assert RoutingServer.from_environment({}) is None
    with pytest.raises(SettingsError, match=said):
        RoutingServer.from_environment(environ)


@pytest.fixture
def conn(database_url: str) -> Iterator[Connection]:
    with connect(database_url) as connection:
        yield connection


async def planned(database_url: str, key: str) -> None:
    order = {"id": key, "vehicle": "truck-01", "stops": STOPS}
    async with await connect_async(database_url) as conn:
        assert await shipments.plan(conn, order, NOW_US)
        await conn.commit()


@pytest.mark.database
async def test_open_shipments_places_are_asked_about_once_and_told_to_the_stream(
    conn: Connection, database_url: str, served: ThreadingHTTPServer
) -> None:
    for key in ("S1", "S2"):
        await planned(database_url, key)
    asking = Asking(named(served, "osrm"), lambda: NOW_US, lambda: 0)
    assert [asking.step(conn), asking.step(conn)] == [1, 0]
    assert len(served.asked) == 1  # type: ignore[attr-defined]
    rows = conn.execute("SELECT body FROM journal WHERE topic = '_/way'").fetchall()
    assert [orjson.loads(body)["key"] for (body,) in rows] == [key_of(PLACES)]
    assert ways.wanted(conn, 5) == []


@pytest.mark.database
async def test_a_server_that_fails_is_left_alone_for_a_while_and_a_way_that_is_none_for_long(
    conn: Connection, database_url: str, served: ThreadingHTTPServer
) -> None:
    await planned(database_url, "S1")
    now_s = [0.0]
    asking = Asking(named(served, "osrm"), lambda: NOW_US, lambda: int(now_s[0] * SECOND_US))
    served.says = (503, b"")  # type: ignore[attr-defined]
    steps = [(0.0, 1), (9.0, 1), (11.0, 2), (40.0, 2), (42.0, 3)]
    for now_s[0], asked in steps:
        assert asking.step(conn) == 0
        assert len(served.asked) == asked  # type: ignore[attr-defined]
    served.says = (400, b'{"code":"NoRoute"}')  # type: ignore[attr-defined]
    for now_s[0], asked in [(200.0, 4), (300.0, 4), (AGAIN_S, 4), (AGAIN_S + 201, 5)]:
        assert asking.step(conn) == 0
        assert len(served.asked) == asked  # type: ignore[attr-defined]
