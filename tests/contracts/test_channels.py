from typing import Any

import pytest

from lineshaft.store.notifications import ROUTES
from stream.notify import CHANNELS
from stream.settings import StreamSettings


@pytest.fixture
def settings() -> StreamSettings:
    return StreamSettings("", "", "lineshaft", "mqtt://nobody:nothing@127.0.0.1:1", "", 0, "INFO")


@pytest.mark.parametrize("name", CHANNELS)
def test_a_channel_bears_its_key_and_gets_messages(name: str, settings: StreamSettings) -> None:
    channel: Any = CHANNELS[name](settings)
    assert channel.name == name
    assert name in ROUTES


@pytest.mark.parametrize("name", CHANNELS)
def test_a_channel_that_has_not_connected_says_so_and_wants_nothing(
    name: str, settings: StreamSettings
) -> None:
    channel: Any = CHANNELS[name](settings)
    assert not channel.is_ready
    assert not channel.wants_all()


def test_every_route_leads_to_a_channel() -> None:
    assert set(ROUTES) <= set(CHANNELS)
