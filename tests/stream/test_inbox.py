import threading

from lineshaft.broker.message import Message
from stream.inbox import Inbox
from stream.ledger import Arrival


def arrival(mid: int, size: int = 10) -> Arrival:
    return Arrival(Message("t", bytes(size), [], "", retained=False, mid=mid, qos=1, generation=1), mid)


def mids(taken: list[Arrival]) -> list[int]:
    return [arrival.message.mid for arrival in taken]


def test_what_was_put_is_taken_in_order_up_to_the_bounds() -> None:
    inbox = Inbox(100, 1000)
    inbox.put([arrival(mid) for mid in range(7)])
    inbox.put([arrival(mid) for mid in range(7, 10)])
    assert mids(inbox.take(3, 1000, 0)) == [0, 1, 2]
    assert mids(inbox.take(100, 25, 0)) == [3, 4, 5]  # what reaches the bound is still taken
    assert len(inbox) == 4


def test_an_empty_inbox_gives_nothing_after_the_wait() -> None:
    assert Inbox(1, 1).take(1, 1, 0.01) == []


def test_who_waits_is_given_what_is_put() -> None:
    inbox, taken = Inbox(10, 1000), list[Arrival]()
    taker = threading.Thread(target=lambda: taken.extend(inbox.take(10, 1000, 10)))
    taker.start()
    inbox.put([arrival(1)])
    taker.join()
    assert mids(taken) == [1]


def test_it_has_no_room_from_its_bounds_on() -> None:
    inbox = Inbox(3, 100)
    inbox.put([arrival(1), arrival(2)])
    assert inbox.has_room
    inbox.put([arrival(3), arrival(4)])  # what came at once is taken at once
    assert not inbox.has_room
    assert len(inbox.take(2, 1000, 0)) == 2
    assert inbox.has_room
    inbox.put([arrival(5, size=80)])
    assert not inbox.has_room
    inbox.clear()
    assert inbox.has_room
    assert len(inbox) == 0
