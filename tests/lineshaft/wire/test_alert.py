from dataclasses import replace

from lineshaft.domain.alarm_states import State
from lineshaft.domain.alarm_steps import apply_condition
from lineshaft.domain.alarms import Alarm, Condition, ConditionChange
from lineshaft.wire.alert import body_of, topic_of

NOW = 1_763_700_000_000_000


def alarm(source: str = "press-1", rule: str = "threshold:temp") -> Alarm:
    condition = Condition(
        source, rule, active=True, priority=2, message="alarm.high", value=91.5, threshold=85.0
    )
    result = apply_condition(None, ConditionChange(condition, "hall1", NOW, 7))
    assert result
    return result[0]


def test_an_alarm_has_a_topic_of_its_own() -> None:
    assert topic_of(alarm()) == "lineshaft/v1/hall1/_alerts/press-1/threshold:temp"


def test_names_that_mean_something_in_topics_stay_one_level() -> None:
    topic = topic_of(alarm("hall1/gw/press 1", "threshold:bearing/#2+"))
    assert topic == "lineshaft/v1/hall1/_alerts/hall1%2Fgw%2Fpress%201/threshold:bearing%2F%232%2B"


def test_the_state_is_told_in_the_contracts_words() -> None:
    words = {state: body_of(replace(alarm(), state=state))["st"] for state in State}
    assert {state for state, word in words.items() if word == "open"} == {
        State.UNACKNOWLEDGED,
        State.RETURNED,
        State.LATCHED_UNACKNOWLEDGED,
    }
    assert [state for state, word in words.items() if word == "closed"] == [State.NORMAL]


def test_what_is_kept_quiet_does_not_shout_and_says_why() -> None:
    body = body_of(replace(alarm(), state=State.SHELVED))
    assert (body["st"], body["active"], body["hidden"]) == ("ack", True, "shelved")


def test_the_body_carries_value_limit_and_times_in_milliseconds() -> None:
    body = body_of(alarm())
    assert (body["v"], body["sev"], body["value"], body["limit"]) == (1, "high", 91.5, 85.0)
    assert (body["ts"], body["since"]) == (NOW // 1000, NOW // 1000)
