from hypothesis import given
from hypothesis import strategies as st

from lineshaft.wire import topics
from lineshaft.wire.topics import SHARDS, Topic, parse

LEVELS = st.from_regex(topics.LEVEL, fullmatch=True)


@given(LEVELS, LEVELS, LEVELS, LEVELS)
def test_a_topic_written_is_a_topic_read(site: str, agent: str, device: str, kind: str) -> None:
    topic = Topic(site, agent, device, kind)
    assert parse(str(topic)) == topic
    assert 0 <= topics.shard_of(site, agent) < SHARDS


@given(st.text(max_size=60))
def test_any_text_is_a_topic_of_the_contract_or_none(text: str) -> None:
    topic = parse(text)
    assert topic is None or str(topic) == text


def test_the_servers_own_levels_are_known() -> None:
    assert topics.is_server_own(topics.mark_topic("hall1", "gw1"))
    assert topics.is_server_own(topics.alert_topic("hall1", "pump-1", "high"))
    assert topics.is_server_own("lineshaft/v1/hall1/gw1/press-1/cmd")
    assert not topics.is_server_own("lineshaft/v1/hall1/gw1/press-1/m")
