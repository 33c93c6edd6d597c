"""What is thought of a machine: score, health, what may be wrong, what is to be expected."""

from typing import NamedTuple


class Share(NamedTuple):
    """How much of a score comes from one signal."""

    signal: str
    share: float


class Evidence(NamedTuple):
    """One thing that speaks for a failure mode."""

    signal: str
    change: str
    """What it did: up, down, wide, narrow, …, as the diagnosis has it."""
    size: float
    """In units of what is usual."""


class Finding(NamedTuple):
    """A failure mode that may be behind what is seen."""

    mode: str
    likelihood: float
    evidence: tuple[Evidence, ...]


class SensorFault(NamedTuple):
    """A signal that is not to be believed."""

    signal: str
    fault: str
    since_us: int


class Outlook(NamedTuple):
    """What is to be expected of a machine; None where no model says, or nothing degrades."""

    p_fail_24h: float | None = None
    p_fail_7d: float | None = None
    rul_p10_s: float | None = None
    rul_p50_s: float | None = None
    rul_p90_s: float | None = None


class MachineRow(NamedTuple):
    """How a machine is: to `latest_score`, and to `score` where a window was judged."""

    device: int
    ts_us: int
    score: float
    health: float
    zone: str | None
    state: str
    state_since_us: int
    contributors: tuple[Share, ...]
    model: str
    pos: int
    judged: bool
    """Whether a new window stands behind it; else only its state changed."""
    probability: float | None = None
    """Conformal p of such a window under "normal"; None while it is not known."""
    anomaly: bool = False
    """Whether it is within an episode that is one."""
    mode: str | None = None
    """What it was doing, said or found."""
    basis: str | None = None
    """Who judged its health: limits, peers or own."""
    outlook: Outlook = Outlook()
    diagnosis: tuple[Finding, ...] = ()
    """Likeliest first."""
    advice: str | None = None
    """Key of a text."""
    sensor_faults: tuple[SensorFault, ...] = ()
    evidence_from_us: int | None = None
    """Where the span begins that this rests on; it ends at `ts_us`."""
    models: tuple[tuple[str, str], ...] = ()
    """What speaks of what: ("state", "ensemble-1"), …"""
