"""Asks a user's OSRM or Valhalla how the road goes, for the places that open shipments call at.

What it says reaches the flow as a row of the journal (`_/way`) and is kept: each set of places is asked about
once. Only numbers of ours go into the request, its address comes from the environment alone, no redirect is
followed, and the answer has an end in time and size. Without an answer the flow goes by what it learned.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from threading import Event
from typing import Final, Self
from urllib.parse import urlsplit

import orjson
import structlog
from prometheus_client import Counter

from lineshaft import __version__
from lineshaft.clock import SECOND_US, Clock, monotonic_clock
from lineshaft.domain.ways import Point, RoadWay, WayError, places_of, simplified
from lineshaft.settings import SettingsError
from lineshaft.store import ways
from lineshaft.store.database import Connection, ConnectionLost
from lineshaft.wire.ways import Answer as Told
from lineshaft.wire.ways import from_osrm, from_valhalla
from stream.notify.base import DeliveryError
from stream.notify.outgoing import Allowed, Answer, Outgoing

READ: Final[Mapping[str, Callable[[bytes], Told]]] = {"osrm": from_osrm, "valhalla": from_valhalla}
PROFILE: Final = {"osrm": "driving", "valhalla": "truck"}
BY: Final = "routing"
LARGEST: Final = 8 << 20
POLL_S: Final = 1.0
AT_ONCE: Final = 20
"""Places asked about between two looks at what is wanted."""
PAUSE_S: Final = (10.0, 30.0, 120.0, 600.0)
"""After so many failures in a row nobody is asked for so long."""
AGAIN_S: Final = 6 * 3600.0
"""Places without a way are asked about again after so long: maps are mended."""

REQUESTS: Final = Counter(
    "lineshaft_routing_requests_total", "Questions to the routing server", ["server", "result"]
)

_log = structlog.get_logger(__name__)


@dataclass(slots=True, frozen=True)
class RoutingServer:
    """A routing server of the user's."""

    kind: str
    url: str
    profile: str
    outgoing: Outgoing

    @classmethod
    def from_environment(cls, environ: Mapping[str, str]) -> Self | None:
        """The server that is named; None where none is.

        Raises:
            SettingsError: both are named, or an address is no URL.
        """
        named = {kind: environ.get(f"LINESHAFT_{kind.upper()}_URL", "").strip().rstrip("/") for kind in READ}
        given = [kind for kind, url in named.items() if url]
        if not given:
            return None
        if len(given) > 1:
            raise SettingsError("LINESHAFT_OSRM_URL and LINESHAFT_VALHALLA_URL: give one of them")
        (kind,) = given
        parts = urlsplit(named[kind])
        if parts.scheme not in {"http", "https"} or not parts.hostname or parts.query or parts.fragment:
            raise SettingsError(f"LINESHAFT_{kind.upper()}_URL: expected http://host:port")
        profile = environ.get("LINESHAFT_ROUTING_PROFILE", "").strip() or PROFILE[kind]
        if not profile.replace("_", "").replace("-", "").isalnum():
            raise SettingsError(f"LINESHAFT_ROUTING_PROFILE: expected letters, got {profile!r}")
        # Who starts the service names this one host; nothing that people type in leads to another.
        return cls(kind, named[kind], profile, Outgoing(Allowed((parts.hostname,)), largest=LARGEST))

    def ask(self, key: str) -> RoadWay:
        """The way between the places of a key.

        Raises:
            WayError: there is none, or the answer cannot be used.
            DeliveryError: nobody answered, not in time, or with an error of the server's.
        """
        places = places_of(key)
        answer = self._request(places)
        if answer.status >= 500 or answer.status in {401, 403, 404, 429}:
            raise DeliveryError(f"{self.kind} answered {answer.status}")
        if len(answer.body) >= LARGEST:
            raise WayError(f"an answer of more than {LARGEST} bytes")
        points, legs = READ[self.kind](answer.body)
        if len(legs) != len(places) - 1:
            raise WayError(f"{len(legs)} legs between {len(places)} places")
        return RoadWay(key, simplified(points), legs, self.kind)

    def _request(self, places: tuple[Point, ...]) -> Answer:
        headers = {"Accept": "application/json", "User-Agent": f"lineshaft/{__version__}"}
        if self.kind == "osrm":
            where = ";".join(f"{lon:.5f},{lat:.5f}" for lat, lon in places)
            options = "overview=full&geometries=polyline6&steps=false"
            return self.outgoing.get(f"{self.url}/route/v1/{self.profile}/{where}?{options}", headers)
        asked = {
            "locations": [{"lat": lat, "lon": lon, "type": "break"} for lat, lon in places],
            "costing": self.profile,
            "units": "kilometers",
            "directions_type": "none",
        }
        headers["Content-Type"] = "application/json"
        return self.outgoing.post(f"{self.url}/route", orjson.dumps(asked), headers)


@dataclass(slots=True)
class Asking:
    """What was asked for in vain, and until when nobody is asked; times on a clock that never goes back."""

    server: RoutingServer
    clock: Clock
    monotonic: Clock = monotonic_clock
    in_vain_us: dict[str, int] = field(default_factory=dict)
    failures: int = 0
    paused_us: int = -(1 << 62)

    def step(self, conn: Connection) -> int:
        """Ask about what is wanted; gives how many ways were found.

        Raises:
            ConnectionLost: the database is gone; what was found until then is kept.
        """
        now_us = self.monotonic()
        if now_us < self.paused_us:
            return 0
        self.in_vain_us = {key: until for key, until in self.in_vain_us.items() if until > now_us}
        todo = ways.wanted(conn, AT_ONCE + len(self.in_vain_us))
        conn.commit()  # the network may take its time: no transaction waits for it
        found = 0
        for key in [one for one in todo if one not in self.in_vain_us][:AT_ONCE]:
            way = self._ask(key)
            if way is not None:
                ways.keep(conn, way, BY, self.clock())
                conn.commit()
                found += 1
            elif self.failures:
                break
        return found

    def _ask(self, key: str) -> RoadWay | None:
        try:
            way = self.server.ask(key)
        except WayError as error:
            self._count("no_way", error, key)
            self.failures = 0
            self.in_vain_us[key] = self.monotonic() + int(AGAIN_S * SECOND_US)
            return None
        except DeliveryError as error:
            self._count("failed", error, key)
            pause_s = PAUSE_S[min(self.failures, len(PAUSE_S) - 1)]
            self.failures += 1
            self.paused_us = self.monotonic() + int(pause_s * SECOND_US)
            return None
        self.failures = 0
        REQUESTS.labels(self.server.kind, "found").inc()
        return way

    def _count(self, result: str, error: Exception, key: str) -> None:
        REQUESTS.labels(self.server.kind, result).inc()
        _log.warning("no way", result=result, error=str(error)[:300], places=key[:200])


def run(asking: Asking, connect: Callable[[], Connection], stopping: Event) -> None:
    """Ask until told to stop; a lost database is waited for."""
    while not stopping.is_set():
        try:
            with connect() as conn:
                while not stopping.is_set():
                    if not asking.step(conn):
                        stopping.wait(POLL_S)
        except ConnectionLost as error:
            _log.warning("database lost", part="ways", error=str(error).strip())
            stopping.wait(POLL_S)
