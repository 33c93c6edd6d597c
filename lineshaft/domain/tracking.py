"""What stands in a tracking link: the link's id and a signature, so that nobody can make one up."""

import base64
import binascii
import hmac
from collections.abc import Sequence
from uuid import UUID

from lineshaft.domain.geometry import distance_m
from lineshaft.domain.plant import Name, Plant

NEAR_M = 25_000.0
"""A stop is named after a place of the plant's routes so near to it: the town, not the street."""
HOLDS_US = 10 * 60_000_000
"""An arrival time that is older than this is not told to the public as one that holds."""
_ID, _MAC = 16, 16


def token_of(link_id: UUID, key: bytes) -> str:
    """The token of a link: its id and the first half of an HMAC-SHA256 over it, in base64url.

    >>> token = token_of(UUID(int=7), b"k" * 32)
    >>> len(token), link_of(token, [b"k" * 32]) == UUID(int=7), link_of(token, [b"x" * 32])
    (43, True, None)
    """
    return base64.urlsafe_b64encode(link_id.bytes + _mac(link_id.bytes, key)).decode().rstrip("=")


def link_of(token: str, keys: Sequence[bytes]) -> UUID | None:
    """The link a token is of, whose signature one of the keys made; None for any other text."""
    try:
        content = base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        return None
    if len(content) != _ID + _MAC:
        return None
    identity, mac = content[:_ID], content[_ID:]
    signed = [hmac.compare_digest(_mac(identity, key), mac) for key in keys]
    # One token, one text: the last character has bits to spare that would make four texts of one token.
    canonical = base64.urlsafe_b64encode(content).decode().rstrip("=") == token
    return UUID(bytes=identity) if any(signed) and canonical else None


def town_of(plant: Plant, lat: float, lon: float) -> Name | None:
    """The name of the nearest place on the plant's routes, None where none is near."""
    near = [
        (float(distance_m(stop.lat, stop.lon, lat, lon)), stop.name)
        for route in plant.route_of.values()
        for stop in route.stops
    ]
    metres, name = min(near, key=lambda one: one[0], default=(NEAR_M, None))
    return name if metres < NEAR_M else None


def _mac(identity: bytes, key: bytes) -> bytes:
    return hmac.digest(key, b"tracking link\n" + identity, "sha256")[:_MAC]
