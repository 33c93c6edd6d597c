import json

import numpy as np
import pytest

from benchmarks import figures, ingest, tables
from benchmarks.watch import Made, Watch, journal_s, queryable_s


def test_percentiles_are_in_milliseconds() -> None:
    found = figures.percentiles([0.001 * k for k in range(1, 101)])
    assert found["n"] == 100
    assert found["p50_ms"] == pytest.approx(50.5, abs=0.1)
    assert figures.percentiles([]) == {"n": 0}


def test_every_message_is_timed_by_the_first_look_that_shows_it() -> None:
    made = Made.of(np.array([0, 1, 0, 0], np.int32), np.array([1_000, 1_010, 1_020, 1_040], np.int64))
    seen = {"bench-000": [(1, 1.5), (3, 2.0)], "bench-001": [(1, 1.2)]}
    watch = Watch(None, list, seen)  # type: ignore[arg-type] # never looks
    assert np.round(journal_s(made, watch), 3).tolist() == [0.5, 0.98, 0.96, 0.19]
    results = Watch(None, list, {"bench-000": [(1_020, 3.0)]})  # type: ignore[arg-type] # never looks
    assert np.round(queryable_s(made, results, 10), 3).tolist() == [2.0, 1.98]


@pytest.mark.database
@pytest.mark.broker
@pytest.mark.timeout(600)
def test_what_is_sent_is_stored_exactly_once_and_timed(capsys: pytest.CaptureFixture[str]) -> None:
    few = ["--per-message", "10", "--flat-out-seconds", "0.5", "--steady-seconds", "2", "--agents", "10"]
    assert ingest.main(["--quick", *few, "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    (system,) = found["systems"]
    assert system["books"]["lost"] == system["books"]["doubled"] == 0
    assert system["books"]["readings_sent"] == system["books"]["rows"] > 20_000
    (steady,) = system["steady"]
    assert steady["messages"] == steady["journal"]["n"] == steady["queryable"]["n"] == 2_000
    assert 0 < steady["journal"]["p50_ms"] < steady["queryable"]["p50_ms"] < steady["browser"]["p99_ms"]
    (fast,) = system["flat_out"]
    assert {"ingest", "flow", "postgres", "web", "generator"} <= set(fast["cpu_us_a_message"])
    assert fast["bytes_a_reading"]["table"] > 0
    assert "| PostgreSQL, 10 |" in tables.ingest(found)
