"""What a slow machine is forgiven: time, and nothing else."""

import pytest

from chaos import patience
from chaos.outages import missed

FIGURES = {
    "late_readings": 1_000,
    "drain_times_nominal": 1.0,
    "live_messages": 10,
    "live_p95_s": 9.0,
    "sent_per_issued": 1.3,
    "growth_mb": {"ingest": 10.0},
}


def test_what_was_slow_is_forgiven_where_the_machine_is_as_slow() -> None:
    assert missed(FIGURES) == [
        "the late lane drained too slowly",
        "live p95 9.0 s",
        "too many messages were sent again",
    ]
    assert missed(FIGURES, patience=3) == []


@pytest.mark.parametrize("broken", [{"late_readings": 0}, {"live_messages": 0}, {"growth_mb": {"x": 151.0}}])
def test_nothing_else_is_forgiven(broken: dict[str, object]) -> None:
    assert missed(FIGURES | broken, patience=100)


def test_times_are_longer_by_what_the_environment_says(monkeypatch: pytest.MonkeyPatch) -> None:
    assert patience.longer(10) == 10
    monkeypatch.setenv(patience.VARIABLE, "2.5")
    assert patience.longer(10) == 25
