"""How strongly alarms speak for one shared cause, against that they came together by chance.

For each node of the topology two stories are weighed by Bayes' rule. Chance: every source below it alarms by
itself, at the usual rate. Cause: the node failed, and each source below it alarms with a probability nobody
knows, somewhere around four fifths; the rest of the plant goes on as usual. The odds of the second story,
with a node failing about once a month to begin with, order the suspects: one too narrow leaves alarms to
chance, one too wide has to explain why so many of its sources are quiet.
"""

from collections.abc import Iterable, Mapping
from math import exp, expm1, lgamma, log
from typing import Final, NamedTuple

from lineshaft.domain.alarms import Condition
from lineshaft.domain.topology import ASSET, Topology, TopologyNode
from lineshaft.domain.utilities import ODD, SILENT, UTILITIES

SECOND_US: Final = 1_000_000
SPANS_US: Final = tuple(s * SECOND_US for s in (60, 180, 600))
"""Stretches within which sources that share a cause may alarm: at once, by delays, or by slow warming."""
SPAN_US: Final = SPANS_US[-1]
FAILS_EVERY_US: Final = 30 * 86_400 * SECOND_US
"""A node to begin with; a factor of ten to either side moves the verdict by about one source."""
BELIEVED_ABOVE: Final = log(19.0)
"""Log odds: 95 %."""
HIT, MISS = 4.0, 1.0
"""Beta prior of the share of its sources that a failed node takes with it: mean 0.8, and wide."""
TYPICAL, UNTOLD, UNTYPICAL = log(2.5), -log(1.1), -log(3.0)
"""Log ratio of a symptom under the cause to the same by chance; one that says nothing speaks for the plainer
cause, a line."""
FIRST_US: Final = 15 * SECOND_US
"""A machine may alarm so much after those that depend on it and still be the cause: delays differ."""


class Raised(NamedTuple):
    """One alarm as it came: its source, its rule, and what it showed."""

    at_us: int
    pos: int
    source: str
    rule: str
    symptom: str


class Suspect(NamedTuple):
    """A node, and how well it explains the alarms of the sources below it."""

    node: TopologyNode
    odds: float
    """Log posterior odds against chance."""
    children: tuple[Raised, ...]
    """Those it explains, in order."""
    sources: int
    """That alarm among those below it."""
    expected: float
    """Sources that would have alarmed by chance in the same span."""


Key = tuple[str, str]
"""(source, rule)"""
Explained = list[tuple[Suspect, dict[str, float]]]
"""Suspects that were believed, with the shares of probability of them and their rivals."""


def key_of(raised: Raised) -> Key:
    """What an alarm is known by."""
    return raised.source, raised.rule


def symptom(condition: Condition, topology: Topology) -> str:
    """What a condition shows: quantity and direction, silence, or that something is odd."""
    words = (condition.rule, condition.message)
    if any(word in one for one in words for word in ("stale", "silent", "no_data", "offline")):
        return SILENT
    signal = condition.arguments.get("signal")
    quantity = topology.quantity.get((condition.source, str(signal)), "") if signal else ""
    if not quantity or condition.value is None or condition.threshold is None:
        return ODD
    return f"{quantity}{'+' if condition.value > condition.threshold else '-'}"


def suspect(node: TopologyNode, raised: Iterable[Raised], rate_us: float) -> Suspect | None:
    """The best case against a node, over all spans; None where it explains nothing.

    Args:
        node: of the topology.
        raised: alarms of the sources below it that nothing else explains, in order.
        rate_us: how often a source alarms by itself, per microsecond.
    """
    alarms = sorted(one for one in raised if _may_cause(node, one))
    cases = [_case(node, _fullest(alarms, span_us), span_us, rate_us) for span_us in SPANS_US]
    found = [case for case in cases if case and _comes_first(case)]
    return max(found, key=lambda case: (case.odds, len(case.children)), default=None)


def _may_cause(node: TopologyNode, alarm: Raised) -> bool:
    """A network that fails makes things silent, and makes no truck late, however many there are."""
    utility = UTILITIES.get(node.makes or node.kind)
    other = utility is not None and utility.only_these and alarm.symptom not in utility.symptoms
    return not other or alarm.source == node.key


def _fullest(alarms: list[Raised], span_us: int) -> list[Raised]:
    """The window of a span with the most sources, the first of those as good."""
    best: tuple[int, int, int] = (0, 0, 0)
    count: dict[str, int] = {}
    low = 0
    for high, alarm in enumerate(alarms):
        count[alarm.source] = count.get(alarm.source, 0) + 1
        while alarms[low].at_us < alarm.at_us - span_us:
            gone = alarms[low].source
            count[gone] -= 1
            if not count[gone]:
                del count[gone]
            low += 1
        if len(count) > best[0] or (len(count) == best[0] and low == best[1]):
            best = (len(count), low, high + 1)
    return alarms[best[1] : best[2]]


def _case(node: TopologyNode, window: list[Raised], span_us: int, rate_us: float) -> Suspect | None:
    symptoms: dict[str, list[float]] = {}
    for one in window:
        says = 0.0 if one.source == node.key else weight(node.makes or node.kind, one.symptom)
        symptoms.setdefault(one.source, []).append(says)
    hits, size = len(symptoms), max(len(node.feeds), len(symptoms))
    if hits < 2:
        return None
    chance = -expm1(-rate_us * span_us)
    seen = sum(sum(weights) / len(weights) for weights in symptoms.values())
    odds = (
        _log_beta(HIT + hits, MISS + size - hits)
        - _log_beta(HIT, MISS)
        - hits * log(chance)
        - (size - hits) * log(1.0 - chance)
        + seen
        + log(span_us / FAILS_EVERY_US)
    )
    return Suspect(node, odds, tuple(window), hits, round(size * chance, 4))


def _comes_first(case: Suspect) -> bool:
    """Of a machine that others depend on: whether it alarms itself, and no later than they do."""
    if case.node.kind != ASSET:
        return True
    own = [one.at_us for one in case.children if one.source == case.node.key]
    return bool(own) and own[0] <= case.children[0].at_us + FIRST_US


def weight(kind: str, shown: str) -> float:
    """Log ratio of a symptom under a cause of a kind to the same by chance."""
    utility = UTILITIES.get(kind)
    if utility is None or not utility.symptoms:
        return 0.0
    if shown in utility.symptoms:
        return TYPICAL
    return UNTOLD if shown == ODD else UNTYPICAL


def shares(chosen: Suspect, suspects: Mapping[str, Suspect]) -> dict[str, float]:
    """Probability of the chosen node and of those that explain some of the same alarms; chance is the rest.

    >>> node = TopologyNode("air", "compressed_air", "s")
    >>> shares(Suspect(node, log(19.0), (), 3, 0.1), {})
    {'air': 0.95}
    """
    mine = {(one.source, one.rule) for one in chosen.children}
    rivals = {
        key: one.odds
        for key, one in suspects.items()
        if key != chosen.node.key and any((child.source, child.rule) in mine for child in one.children)
    }
    odds = {chosen.node.key: chosen.odds, **rivals}
    top = max(0.0, *odds.values())
    total = exp(-top) + sum(exp(one - top) for one in odds.values())
    found = {key: round(exp(one - top) / total, 3) for key, one in odds.items()}
    return {key: share for key, share in found.items() if share >= 0.01}


def explain(raised: list[Raised], topology: Topology, rate_us: float) -> Explained:
    """The causes behind a site's alarms: the likeliest first, then of the rest; last, machines alone."""
    below = _below(raised, topology)
    suspects: dict[str, Suspect] = {}
    _suspect(suspects, below, topology, rate_us)
    found: Explained = []
    left = {key_of(one): one for one in raised}
    while suspects:
        best = max(suspects.values(), key=lambda one: (one.odds, one.node.key))
        if best.odds < BELIEVED_ABOVE:
            break
        found.append((best, shares(best, suspects)))
        for child in best.children:
            del left[key_of(child)]
        # Only who lost some of its alarms is weighed again: in a storm of ten causes most have not.
        changed = dict.fromkeys(key for child in best.children for key in topology.parents(child.source))
        rest = {key: [one for one in below[key] if key_of(one) in left] for key in changed}
        below |= rest
        _suspect(suspects, rest, topology, rate_us)
    of_source: dict[str, list[Raised]] = {}
    for one in left.values():
        of_source.setdefault(one.source, []).append(one)
    for source, mine in of_source.items():
        if len(mine) > 1:
            alone = Suspect(topology.node(source), 0.0, tuple(sorted(mine)), 1, 0.0)
            found.append((alone, {source: 1.0}))
    return found


def _below(raised: Iterable[Raised], topology: Topology) -> dict[str, list[Raised]]:
    """Node → the alarms of the sources that hang on it."""
    below: dict[str, list[Raised]] = {}
    for one in raised:
        for key in topology.parents(one.source):
            below.setdefault(key, []).append(one)
    return below


def _suspect(
    suspects: dict[str, Suspect], below: dict[str, list[Raised]], topology: Topology, rate_us: float
) -> None:
    """Weigh nodes by the alarms below them; one that explains nothing is no suspect."""
    for key, mine in below.items():
        case = suspect(topology.node(key), mine, rate_us) if len(mine) > 1 else None
        if case:
            suspects[key] = case
        else:
            suspects.pop(key, None)


def _log_beta(a: float, b: float) -> float:
    return lgamma(a) + lgamma(b) - lgamma(a + b)
