"""Alarm messages from the outbox to people and machines; a channel is a file and a line here."""

from collections.abc import Callable
from dataclasses import dataclass

from stream.notify.base import Channel
from stream.notify.browser import Browser
from stream.notify.chat import Chat
from stream.notify.contacts import Book
from stream.notify.mail import Mail, Server
from stream.notify.mqtt import Mqtt
from stream.notify.webhook import Webhook
from stream.settings import StreamSettings


@dataclass(slots=True, frozen=True)
class Means:
    """What channels are made of."""

    settings: StreamSettings
    book: Book
    base_url: str = ""
    """Where people reach the screens."""
    mail: Server | None = None


CHANNELS: dict[str, Callable[[Means], Channel]] = {
    "mqtt": lambda means: Mqtt(means.settings),
    "browser": lambda means: Browser(means.book.connect),
    "email": lambda means: Mail(means.book, means.base_url, means.mail),
    "webhook": lambda means: Webhook(means.book, means.base_url),
    "apprise": lambda means: Chat(means.book, means.base_url),
}
"""Channel of the outbox's rows → what delivers it. What every alarm says is
`lineshaft.store.notifications.ROUTES`; what people are told follows from `stream.notify.router`."""
