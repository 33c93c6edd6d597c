import threading

from lineshaft.broker.client import Message
from stream.admission import Arrival
from stream.inbox import Inbox


def arrival(mid: int, size: int = 10) -> Arrival:
    return Arrival(Message("t", bytes(size), [], "", retained=False, mid=mid, qos=1, generation=1), mid)


def test_what_was_put_is_taken_in_order_up_to_the_bounds() -> None:
    inbox = Inbox(100, 1000)
    for mid in range(10):
        inbox.put(arrival(mid))
    assert [a.message.mid for a in inbox.take(3, 1000, 0)] == [0, 1, 2]
    assert [a.message.mid for a in inbox.take(100, 25, 0)] == [
        3,
        4,
        5,
    ]  # what reaches the bound is still taken
    assert len(inbox) == 4


def test_an_empty_inbox_gives_nothing_after_the_wait() -> None:
    assert Inbox(1, 1).take(1, 1, 0.01) == []


def test_a_full_inbox_holds_back_who_puts_until_there_is_room() -> None:
    inbox = Inbox(2, 1000)
    putter = threading.Thread(target=lambda: [inbox.put(arrival(mid)) for mid in range(5)])
    putter.start()
    taken: list[int] = []
    while len(taken) < 5:
        assert len(inbox) <= 2
        taken += [a.message.mid for a in inbox.take(1, 1000, 5)]
    putter.join()
    assert taken == [0, 1, 2, 3, 4]


def test_closing_lets_go_of_who_waits() -> None:
    inbox = Inbox(1, 1)
    inbox.put(arrival(1))
    putter = threading.Thread(target=inbox.put, args=(arrival(2),))
    putter.start()
    inbox.close()
    putter.join(5)
    assert not putter.is_alive()
    assert len(inbox) == 1
