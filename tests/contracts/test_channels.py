from typing import Any

import pytest

from lineshaft.store.notifications import ROUTES
from stream.notify import CHANNELS, Means
from stream.notify.contacts import Book
from stream.settings import StreamSettings


@pytest.fixture
def means() -> Means:
    def no_one() -> Any:
        raise AssertionError("a channel that nobody entered asks for nothing")

    settings = StreamSettings("", "", "lineshaft", "mqtt://nobody:nothing@127.0.0.1:1", "", 0, "INFO")
    return Means(settings, Book(no_one, no_one))


@pytest.mark.parametrize("name", CHANNELS)
def test_a_channel_bears_its_key_and_knows_when_to_try_again(name: str, means: Means) -> None:
    channel: Any = CHANNELS[name](means)
    assert channel.name == name
    assert list(channel.schedule_s) == sorted(channel.schedule_s)
    assert 20 * 3600 <= sum(channel.schedule_s) <= 3 * 86_400


@pytest.mark.parametrize("name", CHANNELS)
def test_a_channel_that_has_not_connected_wants_nothing(name: str, means: Means) -> None:
    channel: Any = CHANNELS[name](means)
    assert not channel.wants_all()


def test_every_route_leads_to_a_channel() -> None:
    assert set(ROUTES) <= set(CHANNELS)
