import pytest
from hypothesis import given
from hypothesis import strategies as st

from lineshaft.wire.envelope import MAX_SEQ, Envelope, Lane, from_properties, to_properties
from lineshaft.wire.rejected import Rejected

GOOD = Envelope("01hf7y", Lane.LIVE, 7, 3, "gw1")


@given(st.sampled_from(list(Lane)), st.integers(1, MAX_SEQ), st.data())
def test_an_envelope_written_is_an_envelope_read(lane: Lane, seq: int, data: st.DataObject) -> None:
    envelope = Envelope("01hf7y", lane, seq, data.draw(st.integers(1, seq)), "gw1")
    assert from_properties(to_properties(envelope), "gw1") == envelope


def test_a_message_without_one_is_told_from_one_with_a_broken_one() -> None:
    assert from_properties([("ce", "gzip")], "gw1") is None
    broken = from_properties([("seq", "7")], "gw1")
    assert isinstance(broken, Rejected)
    assert (broken.code, broken.detail) == ("envelope", "no property boot, lane, lo, agent")


@pytest.mark.parametrize(
    ("name", "value", "code"),
    [
        ("agent", "gw2", "agent_mismatch"),
        ("lane", "fast", "envelope"),
        ("seq", "0", "envelope"),
        ("seq", "-1", "envelope"),
        ("seq", "7.0", "envelope"),
        ("seq", "\u0667", "envelope"),
        ("seq", "9" * 19, "envelope"),
        ("lo", "8", "envelope"),
        ("boot", "a/b", "envelope"),
    ],
)
def test_what_is_out_of_range_is_rejected(name: str, value: str, code: str) -> None:
    properties = [(key, value if key == name else said) for key, said in to_properties(GOOD)]
    found = from_properties(properties, "gw1")
    assert isinstance(found, Rejected)
    assert found.code == code
