"""Foreign topics and the dialects spoken on them: the plant's `dialects`; MQTT's filters (5, section 4.7)."""

from dataclasses import dataclass
from functools import lru_cache

SPOKEN = ("owntracks", "teltonika", "traccar", "osmand", "flespi", "meshtastic")
"""Dialects that `lineshaft.wire.dialects` reads."""
COORDINATES = ("wgs84", "gcj02")
"""What positions may be in; GCJ-02 is converted."""
CACHED = 65_536


@dataclass(slots=True, frozen=True)
class Binding:
    """A topic filter, and who speaks how on the topics it matches."""

    filter: str
    dialect: str
    site: str
    agent: str
    """The agent part of its devices' names; the dialect's name unless it was given another."""
    timezone: str = ""
    """Of times without a zone; empty: those are not trusted."""
    crs: str = COORDINATES[0]


@lru_cache(CACHED)
def wildcards_of(topic_filter: str, topic: str) -> tuple[str, ...] | None:
    """What the filter's `+` stand for in a topic, in order; None where it does not match.

    >>> wildcards_of("owntracks/+/+", "owntracks/ckrey/phone")
    ('ckrey', 'phone')
    >>> wildcards_of("msh/#", "msh/EU_868/2/json/LongFast/!7efeee00"), wildcards_of("a/+", "a/b/c")
    ((), None)
    """
    wanted, levels = topic_filter.split("/"), topic.split("/")
    if topic.startswith("$") and wanted[0] in {"#", "+"}:
        return None
    found: list[str] = []
    for at, want in enumerate(wanted):
        if want == "#":
            return tuple(found)
        if at >= len(levels) or want not in {"+", levels[at]}:
            return None
        if want == "+":
            found.append(levels[at])
    return tuple(found) if len(levels) == len(wanted) else None


def fault_of(topic_filter: object) -> str:
    """What is wrong with a filter for foreign topics; empty where nothing is.

    One that hears our own topics would bring every message twice.

    >>> fault_of("owntracks/+/+"), fault_of("+/data"), fault_of("+/#")
    ('', '', 'it hears lineshaft/v1 as well')
    """
    if not isinstance(topic_filter, str) or not 0 < len(topic_filter) <= 200 or "\0" in topic_filter:
        return "expected a topic filter such as owntracks/+/+"
    levels = topic_filter.split("/")
    misplaced = any("+" in level and level != "+" for level in levels)
    if misplaced or any("#" in level for level in levels[:-1]) or ("#" in levels[-1] and levels[-1] != "#"):
        return "a wildcard fills a whole level, and # is the last"
    ours = ("lineshaft", "v1")
    if "#" in levels[:1] or all(level in {"+", "#", own} for level, own in zip(levels, ours, strict=False)):
        return "it hears lineshaft/v1 as well"
    return "it hears what the broker or a group says" if levels[0].startswith("$") else ""
