"""An alarm rule as people write it: one JSON document, the same in the editor, the API and the journal.

A `Rule` watches for a condition, a tree of leaves under all/any/not. A `Tuning` changes the delays, deadband
or priority of one of the built-in kinds for part of the plant, so that all that makes alarms is edited in one
place.
Meaning that a shape cannot say is checked in `parsing`.
"""

from typing import Annotated, Literal

from msgspec import UNSET, Meta, Struct, UnsetType

Seconds = Annotated[float, Meta(ge=0, le=31 * 86_400)]
Priority = Annotated[int, Meta(ge=1, le=4)]
Key = Annotated[str, Meta(pattern=r"^[a-z0-9][a-z0-9._-]{0,62}$")]
Glob = Annotated[str, Meta(min_length=1, max_length=64)]
Text = Annotated[str, Meta(max_length=400)]
Op = Literal[">", ">=", "<", "<="]
SCORES = ("score", "probability", "health", "zone", "anomaly", "p_fail_24h", "remaining_s")
ScoreName = Literal["score", "probability", "health", "zone", "anomaly", "p_fail_24h", "remaining_s"]
"""Zone is 1 … 4 for A … D, anomaly 0 or 1."""
StateName = Literal["RUN", "IDLE", "DOWN", "SETUP", "MAINT"]
BUILT_IN = ("threshold", "anomaly", "failure", "zone", "sensor", "stale")
BuiltIn = Literal["threshold", "anomaly", "failure", "zone", "sensor", "stale"]


class _Part(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """What all parts of a document share."""


class Words(_Part, frozen=True):
    """A text in both languages; without Chinese the English stands for it."""

    en: Text = ""
    zh: Text = ""


class Scope(_Part, frozen=True):
    """Where a rule applies: names with * and ?; an empty list is everywhere."""

    site: tuple[Glob, ...] = ()
    area: tuple[Glob, ...] = ()
    line: tuple[Glob, ...] = ()
    machine: tuple[Glob, ...] = ()
    kind: tuple[Glob, ...] = ()
    """Kinds of machine."""
    quantity: tuple[Glob, ...] = ()
    signal: tuple[Glob, ...] = ()


class Level(_Part, frozen=True):
    """A limit, and how much it matters to be beyond it."""

    limit: float
    priority: Priority | None = None
    """None: the rule's."""
    for_s: Seconds = 0.0
    """How long it must hold, beside the rule's own delay: so what lasts can matter more."""


class Value(_Part, frozen=True, tag_field="is", tag="value"):
    """A signal is beyond a limit."""

    op: Op
    levels: Annotated[tuple[Level, ...], Meta(min_length=1, max_length=4)]
    signal: str = ""
    """Of the machine; empty: each signal in the rule's scope by itself."""
    deadband: Annotated[float, Meta(ge=0)] | None = None
    """In the signal's unit; None: the starting value of its quantity."""
    deadband_percent: Annotated[float, Meta(ge=0, le=100)] | None = None
    """Of `range`, or where none is said of the mildest limit."""
    range: tuple[float, float] | None = None


class Rate(_Part, frozen=True, tag_field="is", tag="rate"):
    """A signal changes quickly: its change over a time, in its unit each `per_s`."""

    op: Op
    levels: Annotated[tuple[Level, ...], Meta(min_length=1, max_length=4)]
    over_s: Annotated[float, Meta(gt=0, le=86_400)]
    per_s: Annotated[float, Meta(gt=0, le=86_400)] = 60.0
    signal: str = ""
    deadband: Annotated[float, Meta(ge=0)] = 0.0


class Score(_Part, frozen=True, tag_field="is", tag="score"):
    """What the models say of the machine is beyond a limit."""

    what: ScoreName
    op: Op
    levels: Annotated[tuple[Level, ...], Meta(min_length=1, max_length=4)]
    deadband: Annotated[float, Meta(ge=0)] = 0.0


class InState(_Part, frozen=True, tag_field="is", tag="state"):
    """The machine says that it is in one of some states."""

    states: Annotated[tuple[StateName, ...], Meta(min_length=1)]
    for_s: Seconds = 0.0


class Stale(_Part, frozen=True, tag_field="is", tag="stale"):
    """The last reading is older than it may be."""

    after_s: Annotated[float, Meta(gt=0, le=31 * 86_400)]
    signal: str = ""
    """Empty: each signal in the rule's scope."""
    priority: Priority | None = None


class NoData(_Part, frozen=True, tag_field="is", tag="no_data"):
    """Nothing was ever heard of a signal since the rule was made active."""

    after_s: Annotated[float, Meta(gt=0, le=31 * 86_400)]
    signal: str = ""
    priority: Priority | None = None


class Count(_Part, frozen=True, tag_field="is", tag="count"):
    """Something happened at the machine too often within a time."""

    of: Literal["events", "raises"]
    name: Glob
    """Of event codes, or of the rules that raised, such as `threshold:*`."""
    at_least: Annotated[int, Meta(ge=1, le=1000)]
    within_s: Annotated[float, Meta(gt=0, le=7 * 86_400)]
    priority: Priority | None = None


class AllOf(_Part, frozen=True, tag_field="is", tag="all"):
    """All of some conditions hold; the mildest of them says how bad it is."""

    of: "Annotated[tuple[Condition, ...], Meta(min_length=1, max_length=20)]"


class AnyOf(_Part, frozen=True, tag_field="is", tag="any"):
    """At least one of some conditions holds; the worst of them says how bad it is."""

    of: "Annotated[tuple[Condition, ...], Meta(min_length=1, max_length=20)]"


class NotThat(_Part, frozen=True, tag_field="is", tag="not"):
    """A condition does not hold."""

    of: "Condition"


Leaf = Value | Rate | Score | InState | Stale | NoData | Count
Condition = Value | Rate | Score | InState | Stale | NoData | Count | AllOf | AnyOf | NotThat


class Patience(_Part, frozen=True):
    """What keeps a rule from chattering; None: the starting value of its quantity (`starting`)."""

    on_s: Seconds | None = None
    off_s: Seconds | None = None
    on_samples: Annotated[int, Meta(ge=1, le=1000)] = 1
    min_reraise_s: Seconds = 0.0


class Suppression(_Part, frozen=True):
    """When an alarm is there but nobody is called: it goes on being judged and kept on record."""

    states: tuple[StateName, ...] = ()
    """While the machine says that it is in one of these."""
    parent_down: bool = False
    """While a machine that this one depends on, by itself or by a utility, says DOWN or MAINT."""
    when: Condition | None = None


class Rule(_Part, frozen=True, tag_field="kind", tag="condition", kw_only=True):
    """A condition that is watched for, and what its alarms are like."""

    id: Key
    name: Words
    when: Condition
    scope: Scope = Scope()
    priority: Priority = 3
    patience: Patience = Patience()
    shifts: tuple[Glob, ...] = ()
    """Outside these shifts it is suppressed; empty: it is always on."""
    suppress: Suppression = Suppression()
    latching: bool = False
    auto_ack: bool = False
    message: Words = Words()
    """What people read; empty: the rule's name, with the value and its limit."""
    action: Words = Words()
    """What to do."""


class Tuning(_Part, frozen=True, tag_field="kind", tag="settings", kw_only=True):
    """Other settings of a built-in kind of rule for part of the plant; what is not said stays."""

    id: Key
    name: Words
    of: BuiltIn
    scope: Scope = Scope()
    off: bool = False
    """Raises nothing there."""
    on_s: Seconds | UnsetType = UNSET
    off_s: Seconds | UnsetType = UNSET
    on_samples: Annotated[int, Meta(ge=1, le=1000)] | UnsetType = UNSET
    min_reraise_s: Seconds | UnsetType = UNSET
    deadband_percent: Annotated[float, Meta(ge=0, le=100)] | UnsetType = UNSET
    """Of a limit: of `threshold` alone."""
    priority: Priority | UnsetType = UNSET
    """Of the milder level; the worse one is a step above it."""


Document = Rule | Tuning
