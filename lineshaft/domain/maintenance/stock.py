"""What a movement of a spare part does to what lies there and to what is reserved."""

from typing import NamedTuple


class NotThereError(ValueError):
    """More is taken, given back or freed than there is."""


class Booking(NamedTuple):
    """What someone says they do with a part."""

    what: str
    """receive, count, use, return, reserve or release."""
    amount: float
    """How many; of a count, how many lie there."""


class Booked(NamedTuple):
    """What it changes."""

    hand: float
    held: float


def book(booking: Booking, *, on_hand: float, held: float, taken: float) -> Booked:
    """What a movement changes on hand and in what is reserved.

    Args:
        booking: what is done.
        on_hand: of this part, before.
        held: reserved for this order, before.
        taken: by this order, before.

    Raises:
        NotThereError: more than there is. Who sees more on the shelf than the books say counts first.

    >>> book(Booking("use", 3), on_hand=5, held=2, taken=0)
    Booked(hand=-3, held=-2.0)
    >>> book(Booking("count", 4), on_hand=5, held=0, taken=0)
    Booked(hand=-1, held=0.0)
    """
    what, amount = booking
    most = {"use": on_hand, "return": taken, "release": held}.get(what, amount)
    if amount > most:
        raise NotThereError(f"{amount:g} cannot be booked as {what}: there are {most:g}")
    return {
        "receive": Booked(amount, 0.0),
        "count": Booked(amount - on_hand, 0.0),
        # What an order takes, it takes of what was kept for it first.
        "use": Booked(-amount, 0.0 - min(amount, held)),
        "return": Booked(amount, 0.0),
        "reserve": Booked(0.0, amount),
        "release": Booked(0.0, -amount),
    }[what]
