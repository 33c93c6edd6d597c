from hypothesis import given
from hypothesis import strategies as st

from lineshaft.broker.outflow import MOST_WAITING, Outflow


def mid_of(packet: bytes) -> int:
    return int.from_bytes(packet[5:7], "big")  # a topic of one letter


def test_what_is_beyond_the_window_waits_for_an_answer() -> None:
    flow = Outflow(2)
    first, second = flow.put("a", b"1", retain=True), flow.put("b", b"2", retain=False)
    assert first
    assert second
    assert flow.put("c", b"3", retain=True) == b""
    third = flow.acked(mid_of(first))
    assert (third[0], third[4:5], third[-1:]) == (0x33, b"c", b"3")
    assert flow.acked(mid_of(second)) == b""


def test_when_too_much_waits_no_more_is_taken() -> None:
    flow = Outflow(1)
    taken = [flow.put("t", b"", retain=False) for _ in range(MOST_WAITING + 2)]
    assert taken[-1] is None
    assert None not in taken[:-1]


@given(st.integers(1, 5), st.lists(st.booleans(), max_size=60))
def test_no_two_under_way_have_one_number_and_all_go_in_order(window: int, steps: list[bool]) -> None:
    flow, under_way, put, gone = Outflow(window), [], 0, []

    def sent(packet: bytes | None) -> None:
        if packet:
            assert mid_of(packet) not in under_way
            under_way.append(mid_of(packet))
            gone.append(int(packet[8:]))
            assert len(under_way) <= window

    for is_put in steps:
        if is_put:
            sent(flow.put("t", b"%d" % put, retain=False))
            put += 1
        elif under_way:
            sent(flow.acked(under_way.pop(0)))
    while under_way:
        sent(flow.acked(under_way.pop(0)))
    assert gone == list(range(put))
