"""Alarm messages from the outbox to people and machines; a channel is a file and a line here."""

from collections.abc import Callable

from stream.notify.base import Channel
from stream.notify.mqtt import Mqtt
from stream.settings import StreamSettings

CHANNELS: dict[str, Callable[[StreamSettings], Channel]] = {"mqtt": Mqtt}
"""Channel of the outbox's rows → what delivers it. Who gets what: `lineshaft.store.notifications.ROUTES`."""
