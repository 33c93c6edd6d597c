"""What is not told although it fires: silences, maintenance windows, and what follows from another alarm."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from lineshaft.domain.delivery.notices import Matchers, Notice, matches
from lineshaft.domain.delivery.policies import Inhibition


@dataclass(slots=True, frozen=True)
class Silence:
    """Nobody is told of what matches, from `from_us` until `to_us`: a silence, or a maintenance window."""

    matchers: Matchers
    from_us: int
    to_us: int
    assets: tuple[str, ...] = ()
    """Keys of assets: each with everything that is part of it; empty: all."""


@dataclass(slots=True)
class Muting:
    """What is mute now: made anew for each look, from everything that fires."""

    silences: Iterable[Silence]
    inhibitions: Iterable[Inhibition]
    firing: Mapping[str, Notice]
    """Every alarm that fires, by key, whether or not a policy is about it."""
    now_us: int
    _sources: dict[str, list[Notice]] = field(default_factory=dict)
    _alarms: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        """Look once through what fires."""
        self._alarms = frozenset(one.alarm_id for one in self.firing.values())
        self._sources = {
            rule.key: [one for one in self.firing.values() if matches(rule.source, one.labels)]
            for rule in self.inhibitions
        }

    def is_mute(self, notice: Notice) -> bool:
        """Whether nobody is to be told of an alarm."""
        return (
            notice.is_held_back
            # What another alarm has caused is told by that one, for as long as it fires.
            or notice.labels.get("cause") in self._alarms
            or any(_covers(silence, notice, self.now_us) for silence in self.silences)
            or any(self._inhibits(rule, notice) for rule in self.inhibitions)
        )

    def _inhibits(self, rule: Inhibition, notice: Notice) -> bool:
        if not matches(rule.target, notice.labels):
            return False
        is_source = matches(rule.source, notice.labels)
        return any(
            all(notice.labels.get(label, "") == one.labels.get(label, "") for label in rule.equal)
            # As in Alertmanager: what matches both sides is not muted by its like, or by itself.
            and not (is_source and matches(rule.target, one.labels))
            for one in self._sources[rule.key]
        )


def _covers(silence: Silence, notice: Notice, now_us: int) -> bool:
    return (
        silence.from_us <= now_us < silence.to_us
        and (not silence.assets or not set(silence.assets).isdisjoint(notice.path))
        and matches(silence.matchers, notice.labels)
    )
