"""Undoes what a step that failed has changed in some rows of the models, however deep their arrays lie."""

from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from functools import cache

import numpy as np

from lineshaft.domain.readings import Ints64

OURS = ("lineshaft.", "stream.")
"""Packages whose objects are looked into."""


@contextmanager
def rows_unchanged_by_failure(*parts: tuple[object, Ints64]) -> Iterator[None]:
    """Rows are as before where the block raises; those of other rows and all else may have changed.

    A copy of a few rows costs microseconds; one of all models would take longer than the judging.

    Args:
        parts: objects whose arrays have one row a machine, or a model, and the rows. One that lies within
            another counts for itself only.
    """
    before = []
    apart = {id(part) for part, _ in parts}
    for part, rows in parts:
        for owner, name in arrays_below(part, apart):
            old = getattr(owner, name)
            there = rows[rows < len(old)]
            before.append((owner, name, there, old[there]))
    try:
        yield
    except BaseException:
        for owner, name, there, was in before:
            getattr(owner, name)[there] = was
        raise


def arrays_below(part: object, apart: Collection[int] = ()) -> Iterator[tuple[object, str]]:
    """The arrays of an object and of the objects in it: where each is kept, and under which name.

    Args:
        part: the object.
        apart: identities of objects that are not looked into.
    """
    for name in _names(part):
        value = getattr(part, name, None)
        if isinstance(value, np.ndarray):
            if value.ndim and len(value):
                yield part, name
        elif type(value).__module__.startswith(OURS) and id(value) not in apart:
            yield from arrays_below(value, apart)


def _names(part: object) -> Sequence[str]:
    return (*_slots(type(part).__mro__), *getattr(part, "__dict__", ()))


@cache
def _slots(kinds: tuple[type, ...]) -> tuple[str, ...]:
    return tuple(name for one in kinds for name in getattr(one, "__slots__", ()))
