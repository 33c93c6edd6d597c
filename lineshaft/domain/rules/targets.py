"""What a rule is about: a machine, or each signal of one."""

from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import NamedTuple

from lineshaft.domain.rules.document import Rule, Stale, Value
from lineshaft.domain.rules.parsing import leaves
from lineshaft.domain.rules.plan import Plan, is_of_each_signal, plan
from lineshaft.domain.rules.scoping import Place, covers, covers_signal


class Known(NamedTuple):
    """What is known of a machine."""

    place: Place
    quantities: Mapping[str, str]
    """Of its signals, by name."""
    units: Mapping[str, str]


class Target(NamedTuple):
    """A rule at a machine, or at one of its signals."""

    plan: Plan
    place: Place
    signal: str
    """Empty: of the machine."""
    units: Mapping[str, str]
    born_us: int

    @property
    def rule_key(self) -> str:
        """The key of its alarms."""
        return f"rule:{self.plan.rule.id}" + (f":{self.signal}" if self.signal else "")

    def gaps_us(self, rows: tuple[int, ...], row: int) -> list[int]:
        """The silences of an input that matter to it."""
        return [
            round(one.leaf.after_s * 1e6)
            for one in self.plan.leaves
            if isinstance(one.leaf, Stale) and rows[one.input] == row
        ]


def targets(rule: Rule, born_us: int, machine: Known) -> Iterator[Target]:
    """What a rule is about at a machine; nothing where it lacks a signal that the rule names."""
    if not covers(rule.scope, machine.place):
        return
    about = [one for one in leaves(rule.when) if hasattr(one, "signal") and one.signal]
    if any(one.signal not in machine.quantities for one in about):
        return
    if not is_of_each_signal(rule):
        made = _plan(rule, "", _asked(rule, "", machine))
        yield Target(made, machine.place, "", machine.units, born_us)
        return
    numbers = any(isinstance(one, Value) for one in leaves(rule.when))
    for signal, quantity in machine.quantities.items():
        if covers_signal(rule.scope, signal, quantity) and not (numbers and quantity == "state"):
            made = _plan(rule, signal, _asked(rule, signal, machine))
            yield Target(made, machine.place, signal, machine.units, born_us)


def _asked(rule: Rule, signal: str, machine: Known) -> tuple[tuple[str, str], ...]:
    """The quantities of the signals that the rule is about."""
    names = {signal, *(getattr(one, "signal", "") for one in leaves(rule.when))}
    return tuple(sorted((name, machine.quantities[name]) for name in names if name in machine.quantities))


@lru_cache(maxsize=4096)
def _plan(rule: Rule, signal: str, quantities: tuple[tuple[str, str], ...]) -> Plan:
    """The same for all machines alike."""
    return plan(rule, signal, dict(quantities))
