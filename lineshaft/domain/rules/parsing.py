"""A rule's document out of JSON and back; what is wrong with one is said with its place in it."""

from collections.abc import Iterator
from typing import Any

import msgspec

from lineshaft.domain.rules.document import (
    AllOf,
    AnyOf,
    Condition,
    Count,
    Document,
    InState,
    Leaf,
    NoData,
    NotThat,
    Rate,
    Rule,
    Score,
    Stale,
    Tuning,
    Value,
)

DEEPEST = 6
"""Conditions within conditions: what is deeper nobody understands at night."""
MOST_LEAVES = 20

_decoder: msgspec.json.Decoder[Document] = msgspec.json.Decoder(Document)


class RuleError(ValueError):
    """A document is not a rule; each problem names its place, such as `$.when.of[1].op`."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("; ".join(problems))
        self.problems = problems


def parse(text: str | bytes) -> Document:
    """The rule of a JSON text.

    Raises:
        RuleError: it is none.
    """
    try:
        found = _decoder.decode(text)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise RuleError([str(error)]) from error
    return _checked(found)


def from_json(value: Any) -> Document:
    """The rule of decoded JSON values.

    Raises:
        RuleError: it is none.
    """
    try:
        found: Document = msgspec.convert(value, Document)
    except (msgspec.MsgspecError, RecursionError) as error:
        raise RuleError([str(error)]) from error
    return _checked(found)


def to_json(rule: Document) -> dict[str, Any]:
    """The rule as JSON values, without what is as by default; `from_json` gives an equal one."""
    values: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(rule))
    return values


def schema() -> dict[str, Any]:
    """The JSON Schema of a document."""
    return msgspec.json.schema(Document)


def leaves(condition: Condition) -> Iterator[Leaf]:
    """The leaves of a tree, from left to right."""
    if isinstance(condition, AllOf | AnyOf):
        for one in condition.of:
            yield from leaves(one)
    elif isinstance(condition, NotThat):
        yield from leaves(condition.of)
    else:
        yield condition


def _checked(rule: Document) -> Document:
    problems = [*_of_tuning(rule)] if isinstance(rule, Tuning) else [*_of_rule(rule)]
    if not rule.name.en.strip():
        problems.append("Expected a name in English - at `$.name.en`")
    if problems:
        raise RuleError(problems)
    return rule


def _of_tuning(rule: Tuning) -> Iterator[str]:
    if rule.of != "threshold" and rule.deadband_percent is not msgspec.UNSET:
        yield "Expected no deadband where the kind is not `threshold` - at `$.deadband_percent`"
    if rule.of in {"sensor", "stale"} and rule.on_samples is not msgspec.UNSET:
        yield f"Expected no on_samples of `{rule.of}`, which judges time - at `$.on_samples`"


def _of_rule(rule: Rule) -> Iterator[str]:
    found = [*leaves(rule.when)]
    if rule.suppress.when is not None:
        found += leaves(rule.suppress.when)
    if len(found) > MOST_LEAVES:
        yield f"Expected at most {MOST_LEAVES} conditions, got {len(found)} - at `$.when`"
    timed = any(isinstance(one, Stale | NoData | Count) for one in found)
    if timed and rule.patience.on_samples > 1:
        yield "Expected 1, as silence and counts are judged by time - at `$.patience.on_samples`"
    yield from _of_condition(rule.when, "$.when", 1)
    if rule.suppress.when is not None:
        yield from _of_condition(rule.suppress.when, "$.suppress.when", 1)
        if _each_signal(rule.suppress.when) and not _each_signal(rule.when):
            yield "Expected named signals, as the condition is the machine's - at `$.suppress.when`"


def _each_signal(condition: Condition) -> bool:
    """Whether a condition is one of each signal in the scope, not of the machine."""
    return any(isinstance(one, Value | Rate | Stale | NoData) and not one.signal for one in leaves(condition))


def _of_condition(condition: Condition, place: str, depth: int) -> Iterator[str]:
    match condition:
        case AllOf() | AnyOf() | NotThat() if depth >= DEEPEST:
            yield f"Expected at most {DEEPEST} conditions within one another - at `{place}`"
        case AllOf() | AnyOf():
            for n, one in enumerate(condition.of):
                yield from _of_condition(one, f"{place}.of[{n}]", depth + 1)
        case NotThat():
            yield from _of_condition(condition.of, f"{place}.of", depth + 1)
        case Value() | Rate() | Score():
            yield from _of_levels(condition, place)
        case InState() | Stale() | NoData() | Count():
            pass
    if isinstance(condition, Value) and condition.range and condition.range[0] >= condition.range[1]:
        yield f"Expected a range from a lower to a higher value - at `{place}.range`"


def _of_levels(leaf: Value | Rate | Score, place: str) -> Iterator[str]:
    sign = 1.0 if leaf.op.startswith(">") else -1.0
    for n, (mild, worse) in enumerate(zip(leaf.levels, leaf.levels[1:], strict=False), 1):
        here = f"{place}.levels[{n}]"
        if sign * worse.limit < sign * mild.limit:
            yield f"Expected a limit beyond {mild.limit:g}, the one before it - at `{here}.limit`"
        if (worse.priority or 0) >= (mild.priority or 5):
            yield f"Expected a priority above that of the level before it - at `{here}.priority`"
        if sign * worse.limit == sign * mild.limit and worse.for_s <= mild.for_s:
            yield f"Expected a longer time at the same limit - at `{here}.for_s`"
    if len(leaf.levels) > 1 and any(level.priority is None for level in leaf.levels):
        yield f"Expected a priority of each of several levels - at `{place}.levels`"
