"""Requests to addresses that people typed in: they reach what is public, or what an administrator allowed.

A name is resolved once, every address it has is judged, and the connection goes to the one that was judged:
a name that points elsewhere a moment later changes nothing. No redirect is followed, the whole exchange has
one deadline, and of the answer only the beginning is read.
"""

import http.client
import ipaddress
import socket
import ssl
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from threading import Timer
from urllib.parse import SplitResult, urlsplit

from stream.notify.base import DeliveryError, GoneError

DEADLINE_S = 15.0
CONNECT_S = 10.0
LARGEST = 64 * 1024

Ip = ipaddress.IPv4Address | ipaddress.IPv6Address
NAT64 = ipaddress.ip_network("64:ff9b::/96")


class AddressError(GoneError):
    """The address is none that may be reached."""


@dataclass(slots=True, frozen=True)
class Allowed:
    """What may be reached although it is inside, and without TLS: CIDR ranges and names (`*.plant.local`)."""

    entries: tuple[str, ...] = ()

    def has_name(self, host: str) -> bool:
        """Whether a name is allowed itself."""
        return any(fnmatchcase(host.lower(), entry.lower()) for entry in self.entries if "/" not in entry)

    def has_address(self, address: Ip) -> bool:
        """Whether an address lies in an allowed range."""
        ranges = [entry for entry in self.entries if "/" in entry]
        return any(address in ipaddress.ip_network(entry, strict=False) for entry in ranges)


@dataclass(slots=True, frozen=True)
class Answer:
    """What came back."""

    status: int
    body: bytes
    retry_after: str = ""


@dataclass(slots=True, frozen=True)
class Outgoing:
    """Sends requests under one set of rules."""

    allowed: Allowed = field(default_factory=Allowed)
    deadline_s: float = DEADLINE_S
    tls: ssl.SSLContext | None = None
    """Other authorities than the system's."""
    largest: int = LARGEST
    """Bytes that are read of an answer."""

    def post(self, url: str, body: bytes, headers: dict[str, str]) -> Answer:
        """Send a request and read the beginning of its answer.

        Raises:
            AddressError: the address may not be reached.
            DeliveryError: nobody answered, or not in time.
        """
        return self._send("POST", url, body, headers)

    def get(self, url: str, headers: dict[str, str]) -> Answer:
        """Ask, likewise."""
        return self._send("GET", url, None, headers)

    def _send(self, method: str, url: str, body: bytes | None, headers: dict[str, str]) -> Answer:
        """One exchange with an address that was judged.

        Raises:
            AddressError: the address may not be reached.
            DeliveryError: nobody answered, or not in time.
        """
        parts = checked(url, self.allowed)
        host = parts.hostname or ""
        try:
            # Rules before the network: also a name that resolves is only reached if all it means is allowed.
            address = self._resolve(host, parts.port or (443 if parts.scheme == "https" else 80))
            return self._exchange(parts, address, (method, body), headers)
        except (OSError, http.client.HTTPException) as error:
            raise DeliveryError(f"{host}: {_said(error)}") from error

    def _resolve(self, host: str, port: int) -> tuple[str, int]:
        addresses = resolved(host, port)
        allowed_name = self.allowed.has_name(host)
        for address in addresses:
            if not allowed_name and not may_reach(address, self.allowed):
                raise AddressError(f"{host} is at {address}, which is not public and not allowed")
        return addresses[0], port

    def _exchange(
        self,
        parts: SplitResult,
        address: tuple[str, int],
        asked: tuple[str, bytes | None],
        headers: dict[str, str],
    ) -> Answer:
        connection = _Pinned(parts, address, self.tls if parts.scheme == "https" else None)
        # A time-out of the socket is for each read: who sends a byte now and then would never end.
        guard = Timer(self.deadline_s, connection.cut)
        guard.daemon = True
        guard.start()
        try:
            path = f"{parts.path or '/'}?{parts.query}" if parts.query else parts.path or "/"
            method, body = asked
            connection.request(method, path, body, {**headers, "Connection": "close"})
            answer = connection.getresponse()
            beginning = answer.read(self.largest)
        except (OSError, http.client.HTTPException, AttributeError, ValueError) as error:
            if connection.is_cut:
                raise DeliveryError(f"{parts.hostname}: no answer within {self.deadline_s:g} s") from error
            raise
        finally:
            guard.cancel()
            connection.close()
        if connection.is_cut:
            raise DeliveryError(f"{parts.hostname}: no answer within {self.deadline_s:g} s")
        return Answer(answer.status, beginning, answer.headers.get("retry-after", ""))


def resolved(host: str, port: int) -> list[str]:
    """The addresses of a name, in the order to try them.

    Raises:
        DeliveryError: it has none, or nobody could be asked.
    """
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise DeliveryError(f"{host}: {_said(error)}") from error
    return [str(entry[4][0]).partition("%")[0] for entry in found]


def checked(url: str, allowed: Allowed) -> SplitResult:
    """The parts of an address that may be tried.

    Raises:
        AddressError: it may not.
    """
    try:
        parts = urlsplit(url)
        has_port = parts.port is None or 0 < parts.port < 65536
    except ValueError as error:
        raise AddressError(f"it is no URL: {error}") from error
    host = parts.hostname or ""
    if parts.scheme not in {"https", "http"} or not host or not has_port or parts.username or parts.password:
        raise AddressError("expected https://host/path, without a login in it")
    if parts.scheme == "http" and not (allowed.has_name(host) or _is_allowed_address(host, allowed)):
        raise AddressError("expected https: without TLS only hosts an administrator has allowed")
    return parts


def may_reach(address: str, allowed: Allowed) -> bool:
    """Whether an address may be reached: it is public in every form it can be read, or it is allowed.

    >>> may_reach("8.8.8.8", Allowed()), may_reach("::ffff:127.0.0.1", Allowed())
    (True, False)
    >>> may_reach("10.1.2.3", Allowed(("10.0.0.0/8",)))
    True
    """
    found = ipaddress.ip_address(address)
    if allowed.has_address(found):
        return True
    every = (found, *_inside(found))
    return all((one.is_global and not one.is_multicast) or allowed.has_address(one) for one in every)


def _is_allowed_address(host: str, allowed: Allowed) -> bool:
    try:
        return allowed.has_address(ipaddress.ip_address(host))
    except ValueError:
        return False


def _inside(address: Ip) -> list[Ip]:
    """The IPv4 addresses an IPv6 address carries along."""
    if isinstance(address, ipaddress.IPv4Address):
        return []
    found: list[Ip | None] = [address.ipv4_mapped, address.sixtofour, *(address.teredo or ())]
    if address in NAT64:
        found.append(ipaddress.IPv4Address(int(address) & 0xFFFFFFFF))
    return [one for one in found if one is not None]


def _said(error: Exception) -> str:
    return str(error) or type(error).__name__


class _Pinned(http.client.HTTPConnection):
    """A connection to an address that was judged, speaking to the host by its name."""

    def __init__(self, parts: SplitResult, address: tuple[str, int], tls: ssl.SSLContext | None) -> None:
        super().__init__(parts.hostname or "", parts.port or address[1], timeout=CONNECT_S)
        self._address = address
        self._tls = tls or (ssl.create_default_context() if parts.scheme == "https" else None)
        self.is_cut = False
        if parts.scheme == "https":
            self.default_port = 443

    def connect(self) -> None:
        """Connect to the judged address, and greet by the name."""
        sock = socket.create_connection(self._address, CONNECT_S)
        self.sock = self._tls.wrap_socket(sock, server_hostname=self.host) if self._tls else sock

    def cut(self) -> None:
        """End it from another thread: whoever reads from it wakes up."""
        self.is_cut = True
        sock = self.sock
        if sock is not None:
            try:
                sock.shutdown(socket.SHUT_RDWR)
            except OSError:
                sock.close()
