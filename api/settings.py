"""What the web process is told by its environment."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

from lineshaft import settings

MINUTE_S = 60


@dataclass(slots=True, frozen=True)
class ApiSettings:
    """How the API reaches its database and how people reach it."""

    database_url: str
    database_role: str = ""
    database_schema: str = "lineshaft"
    host: str = "127.0.0.1"
    port: int = 8050
    log_level: str = "INFO"
    tls: bool = False
    """People come by https: the cookie is Secure and bound to the host."""
    origins: tuple[str, ...] = ()
    """Origins besides the request's own host that may change things: `https://plant.example`."""
    proxies: str = ""
    """Addresses of reverse proxies whose word on the client's address is taken, by commas; empty: none."""
    idle_s: float = 30 * MINUTE_S
    """A session that nobody used for this long is over; an open page with its live line counts as use."""
    data_dir: str = ""
    """The data folder, whose disk is watched; empty: not on this machine."""
    secret_key: str = ""
    """Seals contacts' addresses (`lineshaft.sealing`); empty: the key of the data folder."""
    longest_s: float = 12 * 60 * MINUTE_S
    """However much it is used, a session is over after this."""

    @property
    def cookie(self) -> str:
        """The session cookie's name; browsers let nobody else set one that starts with `__Host-`."""
        return "__Host-lineshaft_session" if self.tls else "lineshaft_session"

    @classmethod
    def from_environ(cls, environ: Mapping[str, str]) -> Self:
        """The settings an environment gives.

        Raises:
            SettingsError: a variable is missing or cannot be used.
        """
        origins = settings.text(environ, "LINESHAFT_WEB_ORIGINS", " ").split(",")
        return cls(
            database_url=settings.text(environ, "LINESHAFT_DATABASE_URL"),
            database_role=environ.get("LINESHAFT_DATABASE_ROLE", "").strip(),
            database_schema=settings.text(environ, "LINESHAFT_DATABASE_SCHEMA", "lineshaft"),
            host=settings.text(environ, "LINESHAFT_WEB_HOST", "127.0.0.1"),
            port=round(settings.number(environ, "LINESHAFT_WEB_PORT", 8050)),
            log_level=settings.text(environ, "LINESHAFT_LOG_LEVEL", "INFO").upper(),
            tls=settings.number(environ, "LINESHAFT_WEB_TLS", 0) == 1,
            origins=tuple(origin.strip().rstrip("/").lower() for origin in origins if origin.strip()),
            proxies=environ.get("LINESHAFT_WEB_PROXIES", "").strip(),
            data_dir=environ.get("LINESHAFT_DATA_DIR", "").strip(),
            secret_key=environ.get("LINESHAFT_SECRET_KEY", "").strip(),
            idle_s=settings.number(environ, "LINESHAFT_WEB_IDLE_S", 30 * MINUTE_S, low=MINUTE_S),
            longest_s=settings.number(environ, "LINESHAFT_WEB_LONGEST_S", 12 * 60 * MINUTE_S, low=MINUTE_S),
        )
