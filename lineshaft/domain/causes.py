"""Alarms that probably have one cause, as one line: grouped while they arrive, and revised as more do.

The grouping is told every condition that begins or ends, and thinks at ticks only: so its verdict is a
function of the journal, however that is cut. It holds the alarms of the last ten minutes and the groups that
are not over; both are small, and stand in the database as `to_body` gives them.
"""

from dataclasses import dataclass, field, fields, replace
from typing import Any, Final, NamedTuple, Self
from uuid import uuid5

from lineshaft.domain.alarms import NAMESPACE
from lineshaft.domain.evidence import (
    SECOND_US,
    SPAN_US,
    TYPICAL,
    Explained,
    Key,
    Raised,
    Suspect,
    explain,
    key_of,
    weight,
)
from lineshaft.domain.topology import ASSET, LINE, Topology

SETTLED_US: Final = 60 * SECOND_US
"""A group is over when none of its conditions has held for as long."""
HOUR_US: Final = 3600 * SECOND_US
USUAL_EVERY_H: Final = 8.0
"""A source alarms by itself about once a shift, until its plant has shown how often."""
PRIOR_H: Final = 24.0
"""Hours of one source that this opinion is worth."""
MEMORY_H: Final = 24.0
"""Hours after which what was counted weighs a third."""


@dataclass(slots=True, frozen=True)
class Cause:
    """Alarms under one probable root."""

    group_key: str
    site: str
    root: str
    """Key of the topology's node."""
    kind: str
    since_us: int
    """Of the first child."""
    named_us: int
    """When it was found out."""
    updated_us: int
    until_us: int | None = None
    children: tuple[Raised, ...] = ()
    confidence: float = 1.0
    why: dict[str, Any] = field(default_factory=dict)
    """sources, of: how many below the root alarm, of all; within_s; expected: by chance; others: shares."""
    into: str | None = None
    """The group that has taken its children over."""


class Regrouped(NamedTuple):
    """A group that has changed, and what that changes for alarms."""

    cause: Cause
    joined: tuple[Raised, ...]
    left: tuple[Raised, ...]


@dataclass(slots=True)
class Usual:
    """How often a source of a site alarms by itself, learned with a memory of a day."""

    alarms: float = PRIOR_H / USUAL_EVERY_H
    hours: float = PRIOR_H
    """Of one source each."""
    at_us: int = 0

    def pass_time(self, now_us: int, sources: int) -> None:
        """Count the time up to a whole hour: so it is the same however often it is called."""
        now_us -= now_us % HOUR_US
        if now_us <= self.at_us:
            return
        hours = min((now_us - self.at_us) / HOUR_US, MEMORY_H) if self.at_us else 0.0
        kept = max(1.0 - hours / MEMORY_H, 0.0)
        prior = (1.0 - kept) * PRIOR_H
        self.alarms = self.alarms * kept + prior / USUAL_EVERY_H
        self.hours = self.hours * kept + prior + hours * sources
        self.at_us = now_us

    @property
    def per_us(self) -> float:
        """Alarms of one source a microsecond."""
        return self.alarms / self.hours / HOUR_US


@dataclass(slots=True)
class Grouping:
    """What one plant's alarms have in common now."""

    recent: dict[Key, Raised] = field(default_factory=dict)
    """The last ten minutes' alarms, grouped or not, as they came last."""
    active: set[Key] = field(default_factory=set)
    """Conditions that hold."""
    groups: dict[str, Cause] = field(default_factory=dict)
    """Those that are not over."""
    usual: dict[str, Usual] = field(default_factory=dict)
    """Site → how often."""
    is_new: bool = False
    """Whether something came since the last tick."""

    def begin(self, raised: Raised) -> bool:
        """A condition holds; gives whether it did not before."""
        key = (raised.source, raised.rule)
        if key in self.active:
            return False
        self.active.add(key)
        self.recent[key] = raised
        self.is_new = True
        return True

    def end(self, source: str, rule: str) -> None:
        """A condition no longer holds."""
        self.active.discard((source, rule))

    def tick(self, now_us: int, topology: Topology) -> list[Regrouped]:
        """Think again where something came; gives the groups that changed."""
        before = dict(self.groups)
        if self.is_new:
            self._regroup(now_us, topology)
            self.is_new = False
        self._forget(now_us, topology)
        self._close(now_us)
        changed = [
            _change(before.get(key), group) for key, group in self.groups.items() if before.get(key) != group
        ]
        for key in [key for key, group in self.groups.items() if group.until_us is not None]:
            del self.groups[key]
        return changed

    def _regroup(self, now_us: int, topology: Topology) -> None:
        settled = {key: one for key, one in self.groups.items() if one.since_us <= now_us - SPAN_US}
        taken = {key_of(child): child.pos for one in settled.values() for child in one.children}
        pool = {key: one for key, one in self.recent.items() if one.pos > taken.get(key, -1)}
        for key, one in settled.items():
            late = [raised for raised in pool.values() if self._belongs(raised, one, topology)]
            for raised in late:
                del pool[key_of(raised)]
            if late:
                self.groups[key] = _grown(one, late, now_us)
        found: Explained = []
        for site in sorted({_site(one, topology) for one in pool.values()}):
            mine = [one for one in pool.values() if _site(one, topology) == site]
            found += explain(mine, topology, self.usual.setdefault(site, Usual()).per_us)
        self._put(found, settled, now_us)

    def _belongs(self, raised: Raised, group: Cause, topology: Topology) -> bool:
        """Whether a group that has settled takes in one more: its root fails still, and it looks so."""
        holding = sum(key_of(child) in self.active for child in group.children)
        if raised.at_us < group.since_us or 2 * holding < len(group.children):
            return False
        if any(child.source == raised.source for child in group.children):
            return True
        fed = group.root in topology.parents(raised.source)
        return fed and group.kind not in {ASSET, LINE} and weight(group.kind, raised.symptom) == TYPICAL

    def _put(self, found: Explained, settled: dict[str, Cause], now_us: int) -> None:
        """Give what was found the names of the groups it continues."""
        open_ones = {key: one for key, one in self.groups.items() if key not in settled}
        names: dict[str, str] = {}  # child's group before → group it is in now
        for one, odds in sorted(found, key=lambda case: -len(case[0].children)):
            children = {key_of(child) for child in one.children}
            same = {
                key: len(children & {key_of(child) for child in group.children})
                for key, group in open_ones.items()
                if key not in names
            }
            known = max(same, key=lambda key: (same[key], -open_ones[key].since_us), default="")
            before = open_ones[known] if known and same[known] else None
            group = _cause(one, odds, before, now_us)
            self.groups[group.group_key] = group
            names.update({key: group.group_key for key, count in same.items() if count})
        for key, group in open_ones.items():
            into = names.get(key)
            if into is None and any(key_of(child) in self.recent for child in group.children):
                into = ""
            if into is not None and into != key:
                self.groups[key] = replace(
                    group, updated_us=now_us, until_us=now_us, children=(), into=into or None
                )

    def _forget(self, now_us: int, topology: Topology) -> None:
        grouped = {key_of(child) for one in self.groups.values() for child in one.children}
        for key, raised in list(self.recent.items()):
            if raised.at_us <= now_us - SPAN_US:
                del self.recent[key]
                if key not in grouped:
                    self.usual.setdefault(_site(raised, topology), Usual()).alarms += 1.0
        for site, usual in self.usual.items():
            usual.pass_time(now_us, topology.sources.get(site, 1))

    def _close(self, now_us: int) -> None:
        for key, group in self.groups.items():
            if group.until_us is not None or any(key_of(child) in self.active for child in group.children):
                continue
            if now_us - max(child.at_us for child in group.children) >= SETTLED_US:
                self.groups[key] = replace(group, updated_us=now_us, until_us=now_us)

    def to_body(self) -> dict[str, Any]:
        """All it remembers, as JSON values."""
        return {
            "recent": [list(one) for one in self.recent.values()],
            "active": [list(key) for key in sorted(self.active)],
            "groups": [
                [*(getattr(group, name) for name in _FIELDS), [list(child) for child in group.children]]
                for group in self.groups.values()
            ],
            "usual": {site: [one.alarms, one.hours, one.at_us] for site, one in self.usual.items()},
            "is_new": self.is_new,
        }

    @classmethod
    def from_body(cls, body: dict[str, Any]) -> Self:
        """What `to_body` gave."""
        recent = [Raised(*one) for one in body["recent"]]
        groups = [
            Cause(**dict(zip(_FIELDS, values, strict=True)), children=tuple(Raised(*one) for one in children))
            for *values, children in body["groups"]
        ]
        return cls(
            recent={key_of(one): one for one in recent},
            active={(source, rule) for source, rule in body["active"]},
            groups={group.group_key: group for group in groups},
            usual={site: Usual(*one) for site, one in body["usual"].items()},
            is_new=body["is_new"],
        )


_FIELDS: Final = tuple(one.name for one in fields(Cause) if one.name != "children")


def _cause(one: Suspect, odds: dict[str, float], before: Cause | None, now_us: int) -> Cause:
    first, last = one.children[0], one.children[-1]
    key = str(uuid5(NAMESPACE, f"group\n{first.source}\n{first.rule}\n{first.pos}"))
    new = Cause(
        group_key=before.group_key if before else key,
        site=one.node.site,
        root=one.node.key,
        kind=one.node.kind,
        since_us=first.at_us,
        named_us=before.named_us if before and before.root == one.node.key else now_us,
        updated_us=now_us,
        children=one.children,
        confidence=odds.get(one.node.key, 0.0),
        why={
            "sources": one.sources,
            "of": max(len(one.node.feeds), one.sources),
            "within_s": round((last.at_us - first.at_us) / SECOND_US),
            "expected": one.expected,
            "others": {node: share for node, share in odds.items() if node != one.node.key},
        },
    )
    return before if before and replace(new, updated_us=before.updated_us) == before else new


def _grown(group: Cause, late: list[Raised], now_us: int) -> Cause:
    known = {key_of(child): child for child in group.children}
    known |= {key_of(child): child for child in late}
    children = tuple(sorted(known.values()))
    sources = len({child.source for child in children})
    return replace(
        group,
        updated_us=now_us,
        children=children,
        why=group.why | {"sources": sources, "of": max(group.why["of"], sources)},
    )


def _change(before: Cause | None, after: Cause) -> Regrouped:
    old, new = set(before.children if before else ()), set(after.children)
    return Regrouped(after, tuple(sorted(new - old)), tuple(sorted(old - new)))


def _site(raised: Raised, topology: Topology) -> str:
    return topology.node(raised.source).site
