"""What settings rules say of a built-in kind at a place: the most specific that says a thing counts.

A scope that names a signal is more specific than one that names a machine, and so on up to the site; a name
in full is more specific than one with * or ?. Of equals the one that became active later counts.
"""

from collections.abc import Iterable, Sequence
from typing import Final

import msgspec

from lineshaft.domain.rules.document import Scope, Tuning
from lineshaft.domain.rules.scoping import Place, covers, covers_signal

_FINEST_FIRST: Final = ("signal", "machine", "quantity", "kind", "line", "area", "site")
_SAID: Final = ("on_s", "off_s", "on_samples", "min_reraise_s", "deadband_percent", "priority")


def specificity(scope: Scope) -> tuple[int, ...]:
    """The greater, the more specific: of each level 2 where it is named in full, 1 with * or ?, else 0.

    >>> specificity(Scope(machine=("pump-1",))) > specificity(Scope(machine=("pump-*",), site=("works",)))
    True
    """
    return tuple(_of_names(getattr(scope, level)) for level in _FINEST_FIRST)


def in_order(tunings: Iterable[Tuning], kind: str) -> tuple[Tuning, ...]:
    """Those of a built-in kind, the least specific first.

    Args:
        tunings: in the order in which they became active.
        kind: of the built-in rule.
    """
    return tuple(sorted((one for one in tunings if one.of == kind), key=lambda one: specificity(one.scope)))


def tuned(tunings: Sequence[Tuning], place: Place, signal: str, quantity: str) -> Tuning | None:
    """What holds at a place, put together; None where nothing is said of it.

    Args:
        tunings: as `in_order` gives them.
        place: of the machine.
        signal: empty where the rule is the machine's: then scopes that name signals do not cover it.
        quantity: of the signal.
    """
    found = None
    for one in tunings:
        if covers(one.scope, place) and covers_signal(one.scope, signal, quantity):
            said = {name: getattr(one, name) for name in _SAID if getattr(one, name) is not msgspec.UNSET}
            found = msgspec.structs.replace(found, off=one.off, **said) if found else one
    return found


def _of_names(names: tuple[str, ...]) -> int:
    if not names:
        return 0
    return 1 if any(letter in name for name in names for letter in "*?[") else 2
