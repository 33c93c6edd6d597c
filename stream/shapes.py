"""What a flow's state is made of, as a short text that changes when it does.

A state that another version packed may load and still lack what the steps now expect of it. So whoever keeps
one marks it with the shape of all the classes it can hold, found by walking their annotations.
"""

import hashlib
import importlib
import inspect
import typing
from collections.abc import Iterable, Iterator
from dataclasses import fields, is_dataclass

OURS = ("lineshaft.", "stream.")
"""Modules whose classes may change with a version of ours; those of others are pinned with it."""
DIGITS = 12


def shape_of(kinds: Iterable[type]) -> str:
    """A digest of the fields of classes, and of all of ours that these can hold.

    >>> shape_of([]) == shape_of([int, list])
    True
    """
    seen: dict[str, str] = {}
    waiting = list(kinds)
    while waiting:
        kind = waiting.pop()
        name = f"{kind.__module__}.{kind.__qualname__}"
        if name in seen or not name.startswith(OURS):
            continue
        seen[name] = _said_of(kind)
        waiting += _held_by(kind)
    text = "\n".join(f"{name}: {seen[name]}" for name in sorted(seen))
    return hashlib.sha256(text.encode()).hexdigest()[:DIGITS]


def _said_of(kind: type) -> str:
    """The fields with their types; of a class without any, what makes its attributes."""
    if is_dataclass(kind):
        return "; ".join(f"{one.name} {one.type}" for one in fields(kind))
    if "__init__" in vars(kind):
        return inspect.getsource(vars(kind)["__init__"])
    return repr(inspect.get_annotations(kind))


def _held_by(kind: type) -> Iterator[type]:
    """Classes that an instance may hold: of the fields' types, of the bases, and of what it makes itself.

    A field of a protocol's type holds whichever of ours keeps to it; a package above registers these.
    """
    yield from kind.__bases__
    module = importlib.import_module(kind.__module__)
    named: list[object] = list(typing.get_type_hints(kind).values())
    if "__init__" in vars(kind) and not is_dataclass(kind):
        named += [vars(module).get(name) for name in vars(kind)["__init__"].__code__.co_names]
    if getattr(kind, "_is_protocol", False):
        parts = kind.__module__.split(".")
        above = [importlib.import_module(".".join(parts[:n])) for n in range(1, len(parts))]
        named += [value for package in above for value in vars(package).values()]
    for one in named:
        yield from _classes_in(one)


def _classes_in(found: object) -> Iterator[type]:
    """The classes in a type hint, or in a tuple or dict that registers some."""
    if isinstance(found, type):
        yield found
    inner = found.values() if isinstance(found, dict) else found if isinstance(found, tuple) else ()
    for one in (*inner, *typing.get_args(found)):
        if one is not found:
            yield from _classes_in(one)
