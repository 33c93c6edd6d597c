"""Undoes what a step that failed has changed in some rows of the models, however deep their arrays lie."""

from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from operator import attrgetter

import numpy as np

from lineshaft.domain.readings import Ints64

OURS = ("lineshaft.", "stream.")
"""Packages whose objects are looked into."""
Paths = list[tuple[str, list[str]]]
"""Where arrays are in an object: the path to what holds them, empty for itself, and their names."""
_known: dict[tuple[type, frozenset[type]], Paths] = {}


@contextmanager
def rows_unchanged_by_failure(*parts: tuple[object, Ints64]) -> Iterator[None]:
    """Rows are as before where the block raises; those of other rows and all else may have changed.

    A copy of a few rows costs microseconds; one of all models would take longer than the judging.

    Args:
        parts: objects whose arrays have one row a machine, or a model, and the rows. One that lies within
            another counts for itself only. Objects of a class hold others of the same classes.
    """
    before = []
    kinds = frozenset(type(part) for part, _ in parts)
    for part, rows in parts:
        at = _span(rows) if len(rows) else slice(0)
        for path, names in paths(part, kinds):
            owner = attrgetter(path)(part) if path else part
            for name in names:
                old = getattr(owner, name)
                there = at if isinstance(at, slice) else at[at < len(old)]
                before.append((owner, name, there, old[there].copy()))
    try:
        yield
    except BaseException:
        for owner, name, there, was in before:
            whole = getattr(owner, name)
            whole[slice(there.start, there.start + len(was)) if isinstance(there, slice) else there] = was
        raise


def _span(rows: Ints64) -> slice | Ints64:
    """The rows as a slice where few others lie between them: that is copied in a fraction of the time."""
    first, last = int(rows.min()), int(rows.max())
    return slice(first, last + 1) if last - first < 2 * len(rows) else rows


def paths(part: object, apart: Collection[type] = ()) -> Paths:
    """The arrays of an object and of the objects in it, but not of those of certain classes in it."""
    key = (type(part), frozenset(apart))
    if key not in _known:
        _known[key] = list(_below(part, key[1] - {type(part)}, ""))
    return _known[key]


def _below(part: object, apart: Collection[type], path: str) -> Iterator[tuple[str, list[str]]]:
    values = {name: getattr(part, name, None) for name in _names(part)}
    arrays = [name for name, value in values.items() if isinstance(value, np.ndarray) and value.ndim]
    if arrays:
        yield path, arrays
    for name, value in values.items():
        if type(value).__module__.startswith(OURS) and type(value) not in apart:
            yield from _below(value, apart, f"{path}.{name}" if path else name)


def _names(part: object) -> Sequence[str]:
    return (*_slots(type(part).__mro__), *getattr(part, "__dict__", ()))


@cache
def _slots(kinds: tuple[type, ...]) -> tuple[str, ...]:
    return tuple(name for one in kinds for name in getattr(one, "__slots__", ()))
