"""A broker's address as one URL: `mqtt://user:password@host:1883`, `mqtts://…` with TLS."""

from typing import NamedTuple
from urllib.parse import parse_qs, unquote, urlsplit

PORTS = {"mqtt": 1883, "mqtts": 8883}


class AddressError(ValueError):
    """The broker's URL cannot be used."""


class Address(NamedTuple):
    """Where the broker is and who we are there; `ca_file` empty trusts the system's authorities."""

    host: str
    port: int
    user: str
    password: str
    tls: bool
    ca_file: str


def parse(url: str) -> Address:
    """The address in a URL; user and password percent-encoded; `?ca=file` names an authority's certificate.

    >>> parse("mqtt://plant:se%40cret@127.0.0.1:1884")
    Address(host='127.0.0.1', port=1884, user='plant', password='se@cret', tls=False, ca_file='')

    Raises:
        AddressError: the scheme is another, or there is no host, or the port is no number.
    """
    parts = urlsplit(url)
    if parts.scheme not in PORTS or not parts.hostname:
        shown = url if "@" not in url else f"{parts.scheme}://…@{parts.hostname}"  # no password in a message
        raise AddressError(f"broker URL is {shown!r}, expected mqtt://user:password@host:port or mqtts://…")
    try:
        port = parts.port or PORTS[parts.scheme]
    except ValueError as error:
        raise AddressError(f"broker URL: {error}") from error
    ca_file = parse_qs(parts.query).get("ca", [""])[0]
    user, password = unquote(parts.username or ""), unquote(parts.password or "")
    return Address(parts.hostname, port, user, password, parts.scheme == "mqtts", ca_file)
