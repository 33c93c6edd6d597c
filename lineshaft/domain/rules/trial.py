"""What a rule would have meant for people: floods, load, known faults caught and missed."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np

from lineshaft.domain.floods import Flood, floods
from lineshaft.domain.rules.evaluation import Verdict

DAY_US: Final = 86_400_000_000
MINUTE_US: Final = 60_000_000
MOST_SHOWN: Final = 500
"""Raises that a result lists; it counts all."""


@dataclass(slots=True, frozen=True)
class TrialRaise:
    """An alarm that there would have been; instants are epoch milliseconds."""

    machine: str
    rule: str
    raised: int
    cleared: int | None
    priority: int
    """The worst while it lasted."""
    suppressed: str
    value: float | None


@dataclass(slots=True, frozen=True)
class KnownFault:
    """What people found at a machine; microseconds."""

    machine: str
    began_us: int
    ended_us: int
    mode: str | None


@dataclass(slots=True, frozen=True)
class Trial:
    """All of it."""

    from_ts: int
    to_ts: int
    machines: int
    targets: int
    readings: int
    raises: int
    suppressed: int
    calls: int
    """How often a person would have been called: raises that are not suppressed, and each that got worse."""
    a_day: float
    busiest_10min: int
    floods: list[dict[str, int]]
    chattering: int
    """Minutes in which one alarm came three times or more."""
    by_day: list[tuple[int, int]]
    """(midnight UTC, calls)."""
    by_machine: list[tuple[str, int]]
    caught: list[dict[str, object]]
    missed: list[dict[str, object]]
    listed: list[TrialRaise]
    took_s: float = 0.0


@dataclass(slots=True)
class Trying:
    """Gathers what a rule says of one target after another."""

    span_us: tuple[int, int]
    raises: list[TrialRaise] = field(default_factory=list)
    calls: list[tuple[int, str]] = field(default_factory=list)
    """(instant, machine)."""
    machines: set[str] = field(default_factory=set)
    targets: int = 0
    readings: int = 0
    chattering: int = 0

    def add(self, machine: str, rule: str, readings: int, verdicts: Sequence[Verdict]) -> None:
        """One target's verdicts, in order."""
        self.machines.add(machine)
        self.targets += 1
        self.readings += readings
        minutes: Counter[int] = Counter()
        worst, quiet, start = 0, True, verdicts[0] if verdicts else None
        for one in verdicts:
            if one.severity and not worst:
                start = one
            calls = one.severity > worst or (one.severity and quiet)
            if calls and not one.why:
                self.calls.append((one.at_us, machine))
                minutes[one.at_us // MINUTE_US] += 1
            quiet = bool(one.why)
            if not one.severity and worst and start:
                self.raises.append(_raise(machine, rule, (start, one.at_us), worst))
            worst = max(worst, one.severity) if one.severity else 0
        if worst and start:
            self.raises.append(_raise(machine, rule, (start, None), worst))
        self.chattering += sum(count >= 3 for count in minutes.values())

    def done(self, faults: Sequence[KnownFault]) -> Trial:
        """What came of it, against the faults that are known of these machines."""
        self.calls.sort()
        self.raises.sort(key=lambda one: (one.raised, one.machine))
        at_us = np.array([at for at, _ in self.calls], np.int64)
        days = Counter((at_us // DAY_US * (DAY_US // 1000)).tolist())
        last = np.searchsorted(at_us, at_us + 10 * MINUTE_US) - np.arange(len(at_us))
        known = [(one, self._caught(one)) for one in faults if one.machine in self.machines]
        length_days = (self.span_us[1] - self.span_us[0]) / DAY_US
        return Trial(
            from_ts=self.span_us[0] // 1000,
            to_ts=self.span_us[1] // 1000,
            machines=len(self.machines),
            targets=self.targets,
            readings=self.readings,
            raises=len(self.raises),
            suppressed=sum(bool(one.suppressed) for one in self.raises),
            calls=len(self.calls),
            a_day=round(len(self.calls) / length_days, 3) if length_days else 0.0,
            busiest_10min=int(last.max(initial=0)),
            floods=[_flood(one) for one in floods(at_us.tolist(), self.span_us[1])],
            chattering=self.chattering,
            by_day=sorted(days.items()),
            by_machine=Counter(machine for _, machine in self.calls).most_common(10),
            caught=[{**_fault(one), "lead_s": lead} for one, lead in known if lead is not None],
            missed=[_fault(one) for one, lead in known if lead is None],
            listed=self.raises[-MOST_SHOWN:],
        )

    def _caught(self, fault: KnownFault) -> float | None:
        """How long before a fault was found, or ended, it would have been told; None where it was not.

        An alarm speaks of a fault where it holds at some time from a day before it began until it was mended.
        """
        for one in self.raises:
            cleared_us = self.span_us[1] if one.cleared is None else one.cleared * 1000
            near = one.raised * 1000 <= fault.ended_us and cleared_us >= fault.began_us - DAY_US
            if one.machine == fault.machine and near and not one.suppressed:
                return round((fault.ended_us - one.raised * 1000) / 1e6, 1)
        return None


def _raise(machine: str, rule: str, span: tuple[Verdict, int | None], worst: int) -> TrialRaise:
    start, cleared_us = span
    value = None if np.isnan(start.value) else start.value
    cleared = None if cleared_us is None else cleared_us // 1000
    return TrialRaise(machine, rule, start.at_us // 1000, cleared, 5 - worst, start.why, value)


def _flood(one: Flood) -> dict[str, int]:
    until_us = one.since_us if one.until_us is None else one.until_us
    return {"from": one.since_us // 1000, "to": until_us // 1000, "calls": one.annunciations}


def _fault(one: KnownFault) -> dict[str, object]:
    return {
        "machine": one.machine,
        "from": one.began_us // 1000,
        "to": one.ended_us // 1000,
        "mode": one.mode,
    }
