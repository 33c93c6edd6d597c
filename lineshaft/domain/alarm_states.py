"""Where an alarm may stand and what may happen to it: the words of ISA-18.2, and the table of its edges.

The state says what a person sees. What the condition does underneath (`Alarm.active`, `Alarm.latched`) is
followed in every state, so that an alarm that was shelved, suppressed or out of service comes back as what it
has become meanwhile.
"""

from enum import StrEnum
from typing import Final


class State(StrEnum):
    """Where an alarm stands (ISA-18.2 letters in brackets)."""

    NORMAL = "normal"
    """[A] No condition, nothing to do: the alarm is closed."""
    UNACKNOWLEDGED = "unacknowledged"
    """[B] The condition holds and nobody has said to have seen it."""
    ACKNOWLEDGED = "acknowledged"
    """[C] The condition holds, somebody has seen it."""
    RETURNED = "returned"
    """[D] The condition went away before anybody had seen it."""
    LATCHED_UNACKNOWLEDGED = "latched_unacknowledged"
    """[E] The condition went away; nobody has seen it, and it will have to be reset."""
    LATCHED_ACKNOWLEDGED = "latched_acknowledged"
    """[F] The condition went away, somebody has seen it; it has to be reset."""
    SHELVED = "shelved"
    """[G] An operator has put it aside for a while."""
    SUPPRESSED = "suppressed"
    """[H] The condition holds, and the design keeps it quiet: its machine is off, its parent is down."""
    OUT_OF_SERVICE = "out_of_service"
    """[I] A maintainer has taken it out until it is given back."""


class Event(StrEnum):
    """What can happen to an alarm."""

    RAISE = "raise"
    CLEAR = "clear"
    RERAISE = "reraise"
    ESCALATE = "escalate"
    """The condition got worse: it must be seen again."""
    EASE = "ease"
    """The condition got better without going away."""
    SUPPRESS = "suppress"
    UNSUPPRESS = "unsuppress"
    ACK = "ack"
    UNACK = "unack"
    """Somebody takes an acknowledgement back: it has to be seen by others."""
    RESET = "reset"
    """Somebody lets a latched alarm go."""
    SHELVE = "shelve"
    UNSHELVE = "unshelve"
    EXPIRE = "expire"
    """The time for which it was shelved is over."""
    TAKE_OUT = "take_out"
    """Out of service."""
    GIVE_BACK = "give_back"
    """In service again."""
    COMMENT = "comment"


_S = State
_COMES: Final = frozenset({_S.UNACKNOWLEDGED, _S.ACKNOWLEDGED, _S.SUPPRESSED})
_LEAVES: Final = _COMES | {_S.NORMAL, _S.LATCHED_UNACKNOWLEDGED, _S.LATCHED_ACKNOWLEDGED}

SHOWN: Final = frozenset({
    _S.UNACKNOWLEDGED, _S.ACKNOWLEDGED, _S.RETURNED, _S.LATCHED_UNACKNOWLEDGED, _S.LATCHED_ACKNOWLEDGED,
})  # fmt: skip
"""States in which an alarm is in the list of what is to be done."""
HIDDEN: Final = frozenset({_S.SHELVED, _S.SUPPRESSED, _S.OUT_OF_SERVICE})
"""States in which it is kept out of that list, and goes on underneath."""
UNSEEN: Final = frozenset({_S.UNACKNOWLEDGED, _S.RETURNED, _S.LATCHED_UNACKNOWLEDGED})
"""States that ask for an acknowledgement."""

TRANSITIONS: Final[dict[tuple[State, Event], frozenset[State]]] = {
    (_S.NORMAL, Event.RAISE): _COMES,
    **{
        (state, Event.RERAISE): _COMES
        for state in (_S.RETURNED, _S.LATCHED_UNACKNOWLEDGED, _S.LATCHED_ACKNOWLEDGED)
    },
    (_S.UNACKNOWLEDGED, Event.CLEAR): frozenset({_S.RETURNED, _S.LATCHED_UNACKNOWLEDGED}),
    (_S.ACKNOWLEDGED, Event.CLEAR): frozenset({_S.NORMAL, _S.LATCHED_ACKNOWLEDGED}),
    (_S.SUPPRESSED, Event.CLEAR): _LEAVES - _COMES,
    (_S.SHELVED, Event.CLEAR): (_LEAVES - _COMES) | {_S.SHELVED},  # one-shot shelving ends with the condition
    (_S.UNACKNOWLEDGED, Event.ESCALATE): frozenset({_S.UNACKNOWLEDGED, _S.ACKNOWLEDGED}),
    (_S.ACKNOWLEDGED, Event.ESCALATE): frozenset({_S.UNACKNOWLEDGED, _S.ACKNOWLEDGED}),
    **{(state, Event.EASE): frozenset({state}) for state in (_S.UNACKNOWLEDGED, _S.ACKNOWLEDGED)},
    **{
        (state, Event.SUPPRESS): frozenset({_S.SUPPRESSED})
        for state in (_S.UNACKNOWLEDGED, _S.ACKNOWLEDGED, _S.SUPPRESSED)
    },
    (_S.SUPPRESSED, Event.UNSUPPRESS): _COMES - {_S.SUPPRESSED},
    (_S.SUPPRESSED, Event.ESCALATE): frozenset({_S.SUPPRESSED}),
    (_S.SUPPRESSED, Event.EASE): frozenset({_S.SUPPRESSED}),
    # Underneath, everything goes on and is written down.
    **{
        (_S.SHELVED, event): frozenset({_S.SHELVED})
        for event in (Event.RERAISE, Event.ESCALATE, Event.EASE, Event.SUPPRESS, Event.UNSUPPRESS)
    },
    **{
        (_S.OUT_OF_SERVICE, event): frozenset({_S.OUT_OF_SERVICE})
        for event in (
            Event.RERAISE, Event.CLEAR, Event.ESCALATE, Event.EASE, Event.SUPPRESS, Event.UNSUPPRESS,
        )
    },
    (_S.UNACKNOWLEDGED, Event.ACK): frozenset({_S.ACKNOWLEDGED}),
    (_S.RETURNED, Event.ACK): frozenset({_S.NORMAL}),
    (_S.LATCHED_UNACKNOWLEDGED, Event.ACK): frozenset({_S.LATCHED_ACKNOWLEDGED}),
    (_S.ACKNOWLEDGED, Event.UNACK): frozenset({_S.UNACKNOWLEDGED}),
    (_S.LATCHED_ACKNOWLEDGED, Event.UNACK): frozenset({_S.LATCHED_UNACKNOWLEDGED}),
    (_S.LATCHED_ACKNOWLEDGED, Event.RESET): frozenset({_S.NORMAL}),
    **{
        (state, Event.SHELVE): frozenset({_S.SHELVED})
        for state in (_S.NORMAL, *SHOWN, _S.SUPPRESSED, _S.SHELVED)
    },
    (_S.SHELVED, Event.UNSHELVE): _LEAVES,
    (_S.SHELVED, Event.EXPIRE): _LEAVES,
    **{
        (state, Event.TAKE_OUT): frozenset({_S.OUT_OF_SERVICE})
        for state in State
        if state != _S.OUT_OF_SERVICE
    },
    (_S.OUT_OF_SERVICE, Event.GIVE_BACK): _LEAVES,
    **{(state, Event.COMMENT): frozenset({state}) for state in State},
}  # fmt: skip
"""(state, event) → where that may lead; what is not here is not legal.

Which of several it is depends on what the condition does (`alarm_steps`): a shelved alarm goes back to
unacknowledged where the condition holds, to normal where it does not.
"""

ACTS: Final = (
    Event.ACK, Event.UNACK, Event.RESET, Event.SHELVE, Event.UNSHELVE, Event.TAKE_OUT, Event.GIVE_BACK,
    Event.COMMENT,
)  # fmt: skip
"""What people do."""
NEEDS_WHY: Final = frozenset({Event.UNACK, Event.SHELVE, Event.TAKE_OUT, Event.COMMENT})
"""Acts that nobody may do without a word."""
UPON_RULE: Final = frozenset({
    Event.SHELVE, Event.UNSHELVE, Event.EXPIRE, Event.TAKE_OUT, Event.GIVE_BACK,
})  # fmt: skip
"""Acts upon a rule at a source rather than upon one occurrence of it: also when nothing is the matter."""

ANNUNCIATIONS: Final = frozenset({
    Event.RAISE, Event.RERAISE, Event.ESCALATE, Event.UNSUPPRESS, Event.UNSHELVE, Event.EXPIRE,
    Event.GIVE_BACK,
})  # fmt: skip
"""Events that bring an alarm before people, where they lead to a state in `SHOWN`."""


def is_legal(state: State, event: Event) -> bool:
    """Whether an event may happen to an alarm in a state.

    >>> is_legal(State.RETURNED, Event.ACK), is_legal(State.NORMAL, Event.ACK)
    (True, False)
    """
    return (state, event) in TRANSITIONS
