"""YAML text as plain values that remember their lines, so that each problem can name its place."""

import difflib
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import yaml

Place = tuple[str | int, ...]
"""The way from the top to a value: keys and places in lists."""

LARGEST = 200_000
"""Values in one description. Aliases of aliases could unfold a short text into billions."""


class _Loader(yaml.SafeLoader):
    """Takes 1e5 for a number, as JSON and YAML 1.2 do; to YAML 1.1 it is a text."""


class _Dumper(yaml.SafeDumper):
    """Writes what `load` reads: a text that looks like such a number in quotes."""


for _kind in (_Loader, _Dumper):
    _kind.add_implicit_resolver(
        "tag:yaml.org,2002:float", re.compile(r"[-+]?\d+(\.\d*)?[eE][-+]?\d+$"), list("-+0123456789")
    )


class Problem(NamedTuple):
    """One thing wrong with a description, where, and what to do about it."""

    line: int
    what: str
    fix: str

    def __str__(self) -> str:
        return f"line {self.line}: {self.what} — {self.fix}"


@dataclass(slots=True)
class Sheet:
    """A description being read: its values, the line each began on, and what was found wrong so far."""

    document: Any = None
    lines: dict[Place, int] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    def complain(self, place: Place, what: str, fix: str) -> None:
        """Note a problem at a place, or at the nearest thing above it that has a line."""
        while place and place not in self.lines:
            place = place[:-1]
        self.problems.append(Problem(self.lines.get(place, 1), what, fix))


def load(text: str) -> Sheet:
    """The values of a YAML text. What cannot be read is among the problems."""
    sheet = Sheet()
    try:
        loader = _Loader(text)
        node = loader.get_single_node()
        if node is None:
            sheet.complain((), "the description is empty", "start with 'version: 1' and 'sites:'")
        else:
            sheet.document = _value(sheet, loader, node, ())
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        reason = error.problem or "it does not end"
        sheet.problems.append(Problem(line, f"this is not YAML: {reason}", "check indentation and quotes"))
    except (yaml.YAMLError, ValueError) as error:
        # yaml raises ValueError for a date such as 2026-02-31
        sheet.problems.append(Problem(1, f"this cannot be read: {error}", "save the file as UTF-8 text"))
    except RecursionError:
        sheet.problems.append(Problem(1, "the values are nested without end", "write them out"))
    return sheet


def dump(document: Any) -> str:
    """A document as YAML that `load` reads back equal."""
    text = yaml.dump(
        document, Dumper=_Dumper, allow_unicode=True, sort_keys=False, width=110, default_flow_style=None
    )
    return str(text)


def nearest(word: object, known: Iterable[str]) -> str | None:
    """The known word that was probably meant.

    >>> nearest("puump", ["pump", "press"])
    'pump'
    """
    found = difflib.get_close_matches(str(word), list(known), n=1, cutoff=0.7)
    return found[0] if found else None


def choose(word: object, known: Iterable[str]) -> str:
    """A fix in words: the nearest known word, or all of them."""
    known = sorted(known)
    near = nearest(word, known)
    return f"did you mean {near!r}?" if near else "use one of " + ", ".join(known or ["(there is none)"])


def _value(sheet: Sheet, loader: _Loader, node: yaml.Node, place: Place) -> Any:
    sheet.lines.setdefault(place, node.start_mark.line + 1)
    if len(sheet.lines) > LARGEST:
        raise yaml.YAMLError(f"it holds more than {LARGEST} values")
    if isinstance(node, yaml.MappingNode):
        return _mapping(sheet, loader, node, place)
    if isinstance(node, yaml.SequenceNode):
        return [_value(sheet, loader, one, (*place, n)) for n, one in enumerate(node.value)]
    return _scalar(loader, node)


def _mapping(sheet: Sheet, loader: _Loader, node: yaml.MappingNode, place: Place) -> Any:
    values: dict[Any, Any] = {}
    for key_node, value_node in node.value:
        key = _scalar(loader, key_node) if isinstance(key_node, yaml.ScalarNode) else str(key_node.value)
        here = (*place, key)
        if key in values:
            sheet.lines[here] = key_node.start_mark.line + 1
            sheet.complain(here, f"{key!r} is given twice", "keep one of them")
        sheet.lines[here] = key_node.start_mark.line + 1
        values[key] = _value(sheet, loader, value_node, here)
    return values


def _scalar(loader: _Loader, node: yaml.Node) -> Any:
    if node.tag.endswith((":timestamp", ":binary")) or (node.tag.endswith(":int") and ":" in node.value):
        return node.value  # YAML 1.1 takes 14:00 for the number 840
    return loader.construct_object(node)
