"""What all routes of one web process share."""

from dataclasses import dataclass, field

from api.auth import Door
from api.live.bookkeeper import Bookkeeper
from api.live.feed import Feed
from api.live.hub import Hub
from api.live.vitals import Vitals
from api.settings import ApiSettings
from api.turnstile import Turnstile
from lineshaft.clock import Clock
from lineshaft.store import database
from lineshaft.store.database import Pool

TRACKED_A_MINUTE = 60
"""Looks at tracking links from one address; an open page looks twice a minute."""


@dataclass(slots=True, frozen=True)
class Web:
    """Made once by `api.app.create`; nothing here does input or output before the application starts."""

    settings: ApiSettings
    clock: Clock
    pool: Pool
    door: Door
    hub: Hub
    vitals: Vitals
    feed: Feed
    bookkeeper: Bookkeeper
    turnstile: Turnstile = field(default_factory=lambda: Turnstile(TRACKED_A_MINUTE))
    """Before what needs no login."""


def assemble(settings: ApiSettings, clock: Clock) -> Web:
    """Join the parts."""
    pool = database.pool(
        settings.database_url,
        role=settings.database_role,
        schema=settings.database_schema,
        application="lineshaft web",
    )
    hub, vitals = Hub(clock), Vitals(clock)
    door = Door(pool, settings, clock)
    feed = Feed(hub, vitals, pool, settings, clock)
    return Web(settings, clock, pool, door, hub, vitals, feed, Bookkeeper())
