import json

import pytest

from benchmarks import ingest


def test_percentiles_are_in_milliseconds() -> None:
    found = ingest.percentiles([0.001 * k for k in range(1, 101)])
    assert found["n"] == 100
    assert found["p50_ms"] == pytest.approx(50.5, abs=0.1)
    assert ingest.percentiles([]) == {"n": 0}


@pytest.mark.database
@pytest.mark.broker
@pytest.mark.timeout(240)
def test_what_is_sent_is_stored_exactly_once_and_timed(capsys: pytest.CaptureFixture[str]) -> None:
    few = ["--rate", "1000", "--seconds", "2", "--full-seconds", "0.5", "--agents", "10"]
    assert ingest.main([*few, "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["books"]["surplus_stored"] == 0
    assert found["books"]["readings_sent"] >= 2000
    assert found["steady"]["stored_s"]["n"] > 0
    assert found["steady"]["journal_s"]["p50_ms"] > 0
    assert {"ingest", "flow", "postgres", "web"} <= set(found["memory_mb"])
