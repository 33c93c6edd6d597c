"""The written rules that are active, as the journal's rows `_/rule` say."""

from dataclasses import dataclass, field
from typing import NamedTuple

import msgspec
import orjson

from lineshaft.domain.rules import Document, Rule, Tuning, from_json


class Active(NamedTuple):
    """A rule that is active."""

    document: Document
    version: int
    born_us: int
    """Since when."""


@dataclass(slots=True)
class Rulebook:
    """Of one shard; all shards hear the same."""

    active: dict[str, Active] = field(default_factory=dict)
    """Id → rule, in the order in which they became active."""
    edition: int = 0
    """How often it changed."""
    retired: dict[str, str] = field(default_factory=dict)
    """Id → why, of those that were active once."""

    def take(self, body: bytes, now_us: int) -> None:
        """A row `_/rule`: one becomes active, in this version, or is retired."""
        said = orjson.loads(body)
        key = str(said["id"])
        self.edition += 1
        if said["state"] != "active":
            self.active.pop(key, None)
            self.retired[key] = str(said.get("why") or "")
            return
        old = self.active.pop(key, None)
        self.retired.pop(key, None)
        again = old is not None and old.version == said["version"]
        born_us = old.born_us if old and again else now_us
        self.active[key] = Active(from_json(said["document"]), int(said["version"]), born_us)

    @property
    def rules(self) -> dict[str, tuple[Rule, int, int]]:
        """Id → rule that watches for a condition, its version, and since when it is active."""
        return {
            key: (one.document, one.version, one.born_us)
            for key, one in self.active.items()
            if isinstance(one.document, Rule)
        }

    @property
    def tunings(self) -> list[Tuning]:
        """Settings of built-in rules; where several apply, the later counts."""
        return [one.document for one in self.active.values() if isinstance(one.document, Tuning)]


def is_said(value: object) -> bool:
    """Whether a setting is said at all."""
    return value is not msgspec.UNSET
