"""A rule made ready for one kind of signal: what it listens to, its limits in units, its delays in seconds.

Severity is 5 less the priority, 0 where nothing is wrong: so `all` is the least and `any` the greatest of
several; `TRUE` is the severity of what only holds or not, and becomes that of the rule's own priority.
"""

from dataclasses import dataclass
from typing import Final, NamedTuple

from lineshaft.domain.rules.delays import Delay, Limits
from lineshaft.domain.rules.document import (
    Count,
    InState,
    Leaf,
    NoData,
    Rate,
    Rule,
    Score,
    Stale,
    Value,
)
from lineshaft.domain.rules.parsing import leaves
from lineshaft.domain.rules.starting import start

TRUE: Final = 9


class Input(NamedTuple):
    """What a rule listens to of a machine."""

    what: str
    """`signal`, `score`, `state`, `events` or `raises`."""
    name: str = ""


@dataclass(slots=True, frozen=True)
class PlannedLeaf:
    """A leaf made ready."""

    leaf: Leaf
    input: int
    """Its place among the plan's inputs."""
    severities: tuple[int, ...]
    """Of its levels."""
    limits: Limits
    """Of a value; of other leaves without meaning."""
    for_s: tuple[float, ...]


@dataclass(slots=True, frozen=True)
class Plan:
    """A rule made ready."""

    rule: Rule
    inputs: tuple[Input, ...]
    leaves: tuple[PlannedLeaf, ...]
    """Of the condition, and then of the one that suppresses."""
    severities: tuple[int, ...]
    """That the rule can have, ascending."""
    delay: Delay

    @property
    def is_timed(self) -> bool:
        """Whether it has to be asked when nothing came, because time itself decides."""
        return bool(self.rule.shifts) or any(
            isinstance(one.leaf, Stale | NoData | Count) for one in self.leaves
        )

    @property
    def waits_s(self) -> tuple[float, ...]:
        """All its delays that take time."""
        found = {self.delay.on_s, self.delay.off_s, *(s for one in self.leaves for s in one.for_s)}
        return tuple(sorted(found - {0.0}))


def is_of_each_signal(rule: Rule) -> bool:
    """Whether a rule is of each signal in its scope rather than of the machine."""
    return any(isinstance(one, Value | Rate | Stale | NoData) and not one.signal for one in leaves(rule.when))


def plan(rule: Rule, signal: str = "", quantities: dict[str, str] | None = None) -> Plan:
    """A rule made ready.

    Args:
        rule: to plan.
        signal: the one it is of, where it is of each signal in its scope.
        quantities: of the machine's signals, by name; a starting value is that of the signal's quantity.
    """
    known = quantities or {}
    found = [*leaves(rule.when), *(leaves(rule.suppress.when) if rule.suppress.when else ())]
    heard: dict[Input, int] = {}
    planned = []
    for leaf in found:
        wanted = _input(leaf, signal)
        at = heard.setdefault(wanted, len(heard))
        planned.append(_planned(leaf, at, known.get(wanted.name, ""), rule.priority))
    if rule.suppress.states:
        heard.setdefault(Input("state"), len(heard))
    watched = list(leaves(rule.when))
    severities = {severity for one in planned[: len(watched)] for severity in one.severities}
    own = 5 - rule.priority
    severities = {own if severity == TRUE else severity for severity in severities} | {own}
    return Plan(rule, tuple(heard), tuple(planned), tuple(sorted(severities)), _delay(rule, signal, known))


def _input(leaf: Leaf, signal: str) -> Input:
    match leaf:
        case Value() | Rate() | Stale() | NoData():
            return Input("signal", leaf.signal or signal)
        case Score():
            return Input("score", leaf.what)
        case InState():
            return Input("state")
        case Count():
            return Input(leaf.of, leaf.name)


def _planned(leaf: Leaf, at: int, quantity: str, priority: int) -> PlannedLeaf:
    match leaf:
        case Value() | Rate() | Score():
            several = len(leaf.levels) > 1 or leaf.levels[0].priority is not None
            severities = tuple(5 - (level.priority or priority) if several else TRUE for level in leaf.levels)
            for_s = tuple(level.for_s for level in leaf.levels)
            return PlannedLeaf(leaf, at, severities, _limits(leaf, quantity), for_s)
        case InState():
            return PlannedLeaf(leaf, at, (TRUE,), Limits(above=True, limits=()), (leaf.for_s,))
        case Stale() | NoData() | Count():
            severity = TRUE if leaf.priority is None else 5 - leaf.priority
            return PlannedLeaf(leaf, at, (severity,), Limits(above=True, limits=()), (0.0,))


def _limits(leaf: Value | Rate | Score, quantity: str) -> Limits:
    deadband = leaf.deadband
    if isinstance(leaf, Value) and deadband is None:
        percent = start(quantity).percent if leaf.deadband_percent is None else leaf.deadband_percent
        span = leaf.range[1] - leaf.range[0] if leaf.range else abs(leaf.levels[0].limit)
        deadband = span * percent / 100.0
    return Limits(
        above=leaf.op.startswith(">"),
        limits=tuple(level.limit for level in leaf.levels),
        deadband=deadband or 0.0,
        inclusive=leaf.op.endswith("="),
    )


def _delay(rule: Rule, signal: str, quantities: dict[str, str]) -> Delay:
    """The rule's delays; where nobody says, the longest starting value of the signals that it is about."""
    about = [one for one in leaves(rule.when) if isinstance(one, Value | Rate)]
    starting = max((start(quantities.get(one.signal or signal, "")).delay_s for one in about), default=0.0)
    said = rule.patience
    on_s = starting if said.on_s is None else said.on_s
    off_s = starting if said.off_s is None else said.off_s
    return Delay(on_s, off_s, said.on_samples)
