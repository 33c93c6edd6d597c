from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from benchmarks import history, tables
from benchmarks.past import Span


def test_a_span_is_cut_at_midnight() -> None:
    span = Span(datetime(2026, 3, 1, 18, tzinfo=UTC), datetime(2026, 3, 3, 6, tzinfo=UTC))
    midnights = [datetime(2026, 3, day, tzinfo=UTC) for day in (2, 3)]
    assert span.days() == [
        (date(2026, 3, 1), span.begin, midnights[0]),
        (date(2026, 3, 2), *midnights),
        (date(2026, 3, 3), midnights[1], span.end),
    ]


def test_a_past_that_was_kept_too_long_is_refused(tmp_path: Path) -> None:
    (tmp_path / history.FILLED).write_text('{"days": 30, "end_s": 0}')
    with pytest.raises(RuntimeError, match="hours ago"):
        history.measure(days=30, times=1, place=history.Place(kept=tmp_path))


@pytest.mark.database
@pytest.mark.broker
@pytest.mark.timeout(600)
def test_the_past_is_made_and_asked_for_under_load() -> None:
    found = history.measure(days=4, times=2, every_s=3600)
    assert found["readings"] in {96_000, 97_000}  # each UTC day begins anew
    assert {took["n"] for took in found["asked"].values()} == {2}
    assert "| PostgreSQL, trend of one signal, 4 days |" in tables.history([found])
