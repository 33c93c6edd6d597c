"""Chats, text messages and pagers through apprise's services, inside our outbox.

Apprise only forms and sends one message: tries, pauses and books are ours. Its addresses hold tokens, so they
are opened for the sending and appear nowhere; a service whose host is somebody's choice obeys the webhooks'
rules.
"""

from types import TracebackType
from typing import Any, Self

import apprise

from lineshaft.domain.delivery.message import say
from lineshaft.domain.delivery.targets import SERVICES, scheme_of
from lineshaft.store.notifications import Notification
from stream.notify.base import PROMPT_S, DeliveryError, GoneError
from stream.notify.contacts import Book
from stream.notify.outgoing import Allowed, may_reach, resolved


class Chat:
    """One message a time, to one service."""

    name = "apprise"
    latest_only = False
    is_whole = False
    schedule_s = PROMPT_S
    is_ready = True

    def __init__(self, book: Book, base_url: str) -> None:
        """Nothing happens before a message comes."""
        self._book = book
        self._base_url = base_url

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Nothing stays open between messages."""

    def wants_all(self) -> bool:
        """See `Channel`."""
        return False

    def show(self, target: str, body: dict[str, Any]) -> None:
        """See `Channel`: there is no place where an alarm stands."""

    def deliver(self, notification: Notification) -> None:
        """See `Channel`."""
        url = self._book.address(notification.target)["url"]
        service = opened(url)
        check_host(service, Allowed(self._book.allowed))
        said = say(notification.body, notification.language, self._base_url)
        kind = apprise.NotifyType.INFO
        if notification.body["kind"] in {"firing", "escalated"}:
            urgent = notification.body.get("worst", 4) <= 2
            kind = apprise.NotifyType.FAILURE if urgent else apprise.NotifyType.WARNING
        elif notification.body["kind"] == "resolved":
            kind = apprise.NotifyType.SUCCESS
        if not service.notify(
            body=said.plain, title=said.title, notify_type=kind, body_format=apprise.NotifyFormat.TEXT
        ):
            raise DeliveryError(f"{scheme_of(url)} did not take it")


def opened(url: str) -> Any:
    """Apprise's sender for an address.

    Raises:
        GoneError: it is none that can be used; the address is not named, it holds secrets.
    """
    if scheme_of(url) not in SERVICES:
        raise GoneError("this service cannot be used from here")
    asset = apprise.AppriseAsset(
        app_id="Lineshaft", app_desc="Lineshaft", app_url="", async_mode=False, http_redirects=False
    )
    service = apprise.Apprise.instantiate(url, asset=asset, suppress_exceptions=True)
    if service is None:
        raise GoneError(f"the address is none of {scheme_of(url)}")
    return service


def check_host(service: Any, allowed: Allowed) -> None:
    """Let a service go only where webhooks may, if its host is somebody's choice.

    Raises:
        GoneError: its host is inside and not allowed.
    """
    host = getattr(service, "host", None)
    if not host or "{host}" not in "".join(service.templates) or allowed.has_name(host):
        return
    for address in resolved(host, 443):
        if not may_reach(address, allowed):
            raise GoneError(f"{host} is at {address}, which is not public and not allowed")
