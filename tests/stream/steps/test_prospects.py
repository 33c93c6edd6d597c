"""What is foreseen of machines, through the shard's steps."""

import base64
import json

from journal_rows import START_MS, Writer, chunks, noise
from lineshaft.domain.plant import Plant
from lineshaft.domain.results import MachineRow
from model_rows import row as model_row
from model_rows import saying
from stream.steps.shard import ShardState

PUMP = "plant-1/pump-101"
FAILS_S, WORSE_FROM_S = 3_600, 900


def worn(plant: Plant, seconds: int) -> Writer:
    """A pump whose bearing wears: its vibration grows to its outer limit within three quarters of an hour."""
    writer = Writer()
    writer.plant(plant)
    heat, shake = noise(5, seconds), noise(6, seconds)
    for second in range(0, seconds, 5):
        wear = max(second - WORSE_FROM_S, 0) / (FAILS_S - WORSE_FROM_S)
        some = [
            [1000 * at, 50 + 0.3 * heat[second + at], 1.0 + 6.2 * wear + 0.03 * shake[second + at], "RUN"]
            for at in range(5)
        ]
        writer.readings(PUMP, some, ["temp", "vib", "state"])
        writer.tick(5)
    return writer


def told(writer: Writer) -> tuple[list[MachineRow], list[str]]:
    state = ShardState(3)
    bundles = [state.step(chunk) for chunk in chunks(writer.rows, (500,))]
    rows = [row for bundle in bundles for row in bundle.machines if row.judged]
    return rows, [fact.body["rule"] for bundle in bundles for fact in bundle.facts if fact.body["active"]]


def test_a_machine_that_wears_tells_how_long_it_lasts_and_that_it_will_fail(plant: Plant) -> None:
    rows, raised = told(worn(plant, 2_700))
    calm = [row for row in rows if row.ts_us < (START_MS + 1000 * WORSE_FROM_S) * 1000]
    assert all(row.outlook.rul_p50_s is None for row in calm)
    last = rows[-1]
    low, middle, high = last.outlook[2:]
    left_s = FAILS_S - 2_700
    assert low is not None
    assert middle is not None
    assert high is not None
    assert low < left_s < high
    assert 0.5 * left_s < middle < 2 * left_s
    assert last.outlook.p_fail_24h is not None
    assert last.outlook.p_fail_24h > 0.9
    assert dict(last.models)["remaining"] == "degradation-1"
    assert last.anomaly
    assert last.diagnosis
    assert {"anomaly", "failure"} <= set(raised)


def test_a_trained_model_speaks_before_the_trend_and_its_label_stands_beside(plant: Plant) -> None:
    writer = worn(plant, 300)
    writer.control("_/model", model_row(saying(0.3)))
    writer.readings(PUMP, [[0, 50.0, 1.0, "RUN"]], ["temp", "vib", "state"])
    writer.tick(20)
    rows, _ = told(writer)
    assert rows[-1].outlook.p_fail_24h is not None
    assert dict(rows[-1].models)["failure"].startswith("failure-")


def test_a_broken_model_or_label_is_set_aside(plant: Plant) -> None:
    writer = worn(plant, 30)
    writer.control("_/model", json.dumps({"artefact": base64.b64encode(b"x").decode()}).encode())
    writer.control("_/label", b"{}")
    writer.tick()
    state = ShardState(3)
    letters = [one for chunk in chunks(writer.rows, (500,)) for one in state.step(chunk).letters]
    assert [letter.code for letter in letters] == ["internal", "internal"]


def test_a_mended_machine_forgets_its_trend(plant: Plant) -> None:
    writer = worn(plant, 2_700)
    label = {"machine": "pump-101", "verdict": "true", "to": writer.now_ms, "mode": "bearing"}
    writer.control("_/label", json.dumps(label).encode())
    writer.readings(PUMP, [[0, 50.0, 1.0, "RUN"]], ["temp", "vib", "state"])
    writer.tick(20)
    rows, _ = told(writer)
    assert rows[-1].outlook.rul_p50_s is None
