import json
import pickle
from itertools import chain
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from journal_rows import START_MS, Writer, chunks, noise
from lineshaft.domain.plant import Plant
from lineshaft.domain.readings import Flag, Quality
from lineshaft.domain.results import Bundle, MachineRow
from lineshaft.wire.topics import shard_of
from stream.steps.shard import ShardState

SHARD = 3
PUMP, TRUCK, GATE = "plant-1/pump-101", "fleet-1/truck-01", "warehouse-1/gate-1"


def derived(writer: Writer, sizes: tuple[int, ...] = (10,), shard: int = SHARD) -> list[Bundle]:
    state = ShardState(shard)
    return [state.step(chunk) for chunk in chunks(writer.rows, sizes, shard)]


def told(bundles: list[Bundle]) -> dict[str, list[Any]]:
    """What bundles say together, by name, however they were cut."""
    found: dict[str, list[Any]] = {name: [] for name in ("readings", "texts", "reads", "fixes")}
    rows = ("machines", "presences", "tracks", "events", "heard", "reports")
    for bundle in bundles:
        keys = [device.key for device in bundle.devices]
        series = [(keys[one.device], one.name) for one in bundle.series]
        r, f, t = bundle.readings, bundle.fixes, bundle.reads
        columns = (r.ts_us, r.value, r.quality, r.flags, r.pos)
        found["readings"] += [
            (series[at], *rest)
            for at, *rest in zip(r.series.tolist(), *(c.tolist() for c in columns), strict=True)
        ]
        found["texts"] += [(series[row.series], *row[1:]) for row in bundle.texts]
        found["fixes"] += [*zip(f.device.tolist(), f.ts_us.tolist(), f.flags.tolist(), strict=True)]
        found["reads"] += [*zip(t.ts_us.tolist(), t.epcs, t.antenna.tolist(), strict=True)]
        for name in rows:
            for row in getattr(bundle, name):
                found.setdefault(name, []).append((keys[row.device], row._replace(device=0)))
        for name in ("etas", "facts", "letters"):
            found.setdefault(name, []).extend(getattr(bundle, name))
    found["fixes"] = [row[1:] for row in found["fixes"]]
    counts: dict[Any, list[int]] = {}
    for key, count in chain.from_iterable(bundle.counts.items() for bundle in bundles):
        line = counts.setdefault(key, [0, 0])
        counts[key] = [line[0] + count.messages, line[1] + count.readings]
    found["counts"] = sorted(counts.items())
    return {name: [*map(repr, rows)] for name, rows in found.items()}


def busy(plant: Plant, seconds: int = 90) -> Writer:
    """All kinds at once, with repeats, contradictions, late rows, rubbish and a device that plays again."""
    writer = Writer()
    writer.plant(plant)
    heat = noise(1, seconds)
    plan = {"id": "S1", "route": "hz-sh", "planned_departure_ms": START_MS}
    events = [{"code": "shipment.planned", "data": plan}]
    writer.message(TRUCK, "evt", {"ts": START_MS, "events": events})
    for second in range(seconds):
        hot = 30.0 if second > 50 else 0.0
        state = "DOWN" if second > 70 else "RUN"
        rows = [[0, 60 + heat[second] + hot, 2 + 0.1 * heat[-second], state]]
        writer.readings(PUMP, rows, ["temp", "vib", "state"])
        writer.readings("plant-1/other", [[0, heat[second]], [500, -heat[second]]], ["x"])
        if second % 7 == 0:
            writer.readings(PUMP, rows, ["temp", "vib", "state"])
            writer.readings(PUMP, [[0, -1.0]], ["temp"])
            writer.readings(PUMP, [[0, 1.0]], ["temp"], lane=1, ts=START_MS - 1_000 * second)
            writer.message(PUMP, "m", b"\xff\xfe")
        if second == 40:
            writer.readings("plant-1/other", [[0, 7.0]], ["x"], ts=START_MS - 7_200_000)
        fix = {"lat": 30.27 + second * 1e-4, "lon": 120.15, "spd": 11.0}
        writer.message(TRUCK, "gps", {"ts": writer.now_ms, "fixes": [fix]})
        if second < 30:
            reads = [{"epc": "AABBCCDD00112233", "ant": 1}, {"epc": "AABBCCDD00112233", "ant": 2}]
            writer.message(GATE, "rfid", {"ts": writer.now_ms, "reads": reads})
        writer.tick()
    return writer


@pytest.mark.parametrize("sizes", [(1,), (3, 50, 2), (10_000,)])
def test_what_comes_out_does_not_depend_on_how_the_journal_is_cut(
    plant: Plant, sizes: tuple[int, ...]
) -> None:
    writer = busy(plant)
    whole, cut = told(derived(writer, (17,))), told(derived(writer, sizes))
    assert all(whole[name] for name in ("readings", "texts", "machines", "facts", "letters", "etas"))
    for name, rows in whole.items():
        assert cut[name] == rows, name


ODD: tuple[tuple[str, object], ...] = (
    ("m", {"temp": 21.5}),
    ("m", [{"ts": START_MS, "values": {"temp": 1, "a;b": 2}}, 7]),
    ("m", {"ts": START_MS, "n": ["temp", "temp"], "r": [[0, 1, 2]]}),
    ("m", {"ts": START_MS, "n": ["temp"], "r": [[0, None]]}),
    ("m", {"ts": START_MS, "n": ["temp", "vib"], "r": [[0, 1, 2], [5, 3]], "q": [[0, "vib", 2]]}),
    ("m", {"ts": START_MS + 3_600_000, "n": ["vib"], "r": [[0, 1.5]]}),
    ("m", {"ts": START_MS - 7_200_000, "n": ["vib", "state"], "r": [[0, 1.5, "IDLE"]]}),
    ("m", b"{"),
    ("rfid", {"ts": START_MS, "reads": [{"epc": "AABBCCDD00112233", "ant": 1}] * 2}),
    ("evt", {"ts": START_MS, "events": [{"code": "E1"}, {"code": "a;b"}]}),
)
steps = st.one_of(
    st.none(),  # a tick
    st.tuples(st.sampled_from([PUMP, "plant-1/other", GATE]), st.sampled_from(ODD), st.integers(0, 1)),
    st.tuples(
        st.sampled_from([PUMP, "plant-1/other"]),
        st.lists(st.tuples(st.integers(-3, 3), st.sampled_from([1.0, 2.0, 90.0])), min_size=1, max_size=4),
        st.just(0),
    ),
)


@settings(deadline=None, max_examples=60)
@given(st.lists(steps, max_size=60), st.lists(st.integers(1, 9), min_size=1, max_size=4))
def test_any_rows_cut_anyhow_give_the_same(plant_steps: list[Any], sizes: list[int]) -> None:
    writer = Writer()
    for step in plant_steps:
        if step is None:
            writer.tick()
        elif isinstance(step[1], list):
            writer.readings(step[0], [[1000 * at, value] for at, value in step[1]], ["temp"])
        else:
            device, (kind, body), lane = step
            writer.message(device, kind, body, lane)
    writer.tick()
    assert told(derived(writer, tuple(sizes))) == told(derived(writer, (10_000,)))


def test_a_device_that_floods_rubbish_is_sampled_and_its_counts_are_exact() -> None:
    writer = Writer()
    for _ in range(1_500):
        writer.message(PUMP, "m", b"{")
    whole, cut = derived(writer, (10_000,)), derived(writer, (7,))
    assert told(whole) == told(cut)
    letters = [letter for bundle in cut for letter in bundle.letters]
    assert (len(letters), sum(letter.sampled for letter in letters)) == (1_000, 100)
    assert sum(bundle.counts[key].messages for bundle in cut for key in bundle.counts) == 1_500


def test_a_read_that_is_sent_again_is_stored_once(plant: Plant) -> None:
    writer = Writer()
    writer.plant(plant)
    reads = {"ts": START_MS, "reads": [{"epc": "AABBCCDD00112233", "ant": 1}]}
    writer.message(GATE, "rfid", reads)
    writer.message(GATE, "rfid", reads, lane=1)
    bundles = derived(writer, (1,))
    assert sum(len(bundle.reads) for bundle in bundles) == 1
    results = [key.result for bundle in bundles for key, count in bundle.counts.items() if count.readings]
    assert sorted(results) == ["decoded", "decoded", "duplicate_same", "stored"]


def test_a_pickled_state_goes_on_where_it_was(plant: Plant) -> None:
    some = chunks(busy(plant).rows, (40,), SHARD)
    one, two = ShardState(SHARD), ShardState(SHARD)
    lived = [one.step(chunk) for chunk in some]
    resumed = []
    for chunk in some:
        two = pickle.loads(pickle.dumps(two))  # noqa: S301 - our own
        resumed.append(two.step(chunk))
    assert told(resumed) == told(lived)


def test_rows_that_were_taken_before_give_nothing(plant: Plant) -> None:
    some = chunks(busy(plant, 20).rows, (1_000,), SHARD)
    state = ShardState(SHARD)
    state.step(some[0])
    again = state.step(some[0])
    assert len(again.readings) == 0
    assert (again.facts, again.counts, again.letters) == ([], {}, [])


def test_the_books_balance(plant: Plant) -> None:
    writer = busy(plant)
    bundles = derived(writer)
    totals: dict[str, list[int]] = {}
    for key, count in chain.from_iterable(bundle.counts.items() for bundle in bundles):
        line = totals.setdefault(key.result, [0, 0])
        line[0] += count.messages
        line[1] += count.readings
    messages = sum(row.site is not None for row in writer.rows)
    assert totals["stored"][0] + totals["rejected"][0] == messages
    stored = sum(
        len(bundle.readings) + len(bundle.texts) + len(bundle.reads) + len(bundle.fixes) + len(bundle.events)
        for bundle in bundles
    )
    assert totals["stored"][1] == stored
    assert totals["duplicate_conflict"][1] == 14
    assert {letter.code for bundle in bundles for letter in bundle.letters} == {"utf8", "conflict"}


def test_a_shipment_planned_by_people_is_followed_by_the_shard_of_its_vehicle(plant: Plant) -> None:
    writer = Writer()
    writer.plant(plant)
    order = {"id": "S2", "route": "hz-sh", "vehicle": "truck-01", "planned_departure_ms": START_MS}
    writer.control("_/shipment", json.dumps(order).encode())
    writer.message(TRUCK, "gps", {"ts": START_MS, "fixes": [{"lat": 30.27, "lon": 120.15}]})
    mine = shard_of("hangzhou", "fleet-1")
    for shard, known in ((mine, ["S2"]), ((mine + 1) % 16, [])):
        assert [eta.shipment_id for bundle in derived(writer, shard=shard) for eta in bundle.etas] == known


def test_control_rows_are_booked_by_one_shard_only(plant: Plant) -> None:
    writer = Writer()
    writer.plant(plant)
    writer.tick(4)
    assert [key.result for bundle in derived(writer) for key in bundle.counts] == []
    (bundle,) = derived(writer, shard=0)
    assert [(key.result, count.messages) for key, count in bundle.counts.items()] == [("control", 5)]


def test_late_rows_are_stored_and_raise_nothing(plant: Plant) -> None:
    writer = Writer()
    writer.plant(plant)
    for second in range(60):
        writer.readings(PUMP, [[0, 400.0, "DOWN"]], ["temp", "state"], lane=1, ts=START_MS - 60_000 + second)
        writer.tick()
    bundles = derived(writer)
    flags = np.concatenate([bundle.readings.flags for bundle in bundles])
    assert len(flags) == 60
    assert (flags & Flag.LATE != 0).all()
    assert not any(bundle.facts for bundle in bundles)
    assert not any(row.judged for bundle in bundles for row in bundle.machines)


def test_a_physically_impossible_value_is_stored_as_bad_and_is_its_sensors_alarm_alone(plant: Plant) -> None:
    writer = Writer()
    writer.plant(plant)
    for _ in range(20):
        writer.readings(PUMP, [[0, 5_000.0]], ["temp"])
        writer.tick()
    bundles = derived(writer)
    assert {q for bundle in bundles for q in bundle.readings.quality.tolist()} == {Quality.BAD}
    raised = [fact.body["rule"] for bundle in bundles for fact in bundle.facts]
    assert raised == ["sensor:temp"]


def machines(bundles: list[Bundle]) -> list[MachineRow]:
    return [row for bundle in bundles for row in bundle.machines]


def test_a_sensor_of_impossible_values_is_a_sensors_fault(plant: Plant) -> None:
    writer = Writer()
    writer.plant(plant)
    heat = noise(5, 300)
    for second in range(300):
        odd = -300.0 if second > 200 else 60 + heat[second]
        writer.readings(PUMP, [[0, odd, 1.0 + 0.02 * heat[-second], "RUN"]], ["temp", "vib", "state"])
        writer.tick()
    bundles = derived(writer)
    last = [row for row in machines(bundles) if row.judged][-1]
    assert [(one.signal, one.fault) for one in last.sensor_faults] == [("temp", "range")]
    assert (last.advice, last.anomaly) == ("check_sensor", False)
    raised = [fact.body["rule"] for bundle in bundles for fact in bundle.facts]
    assert raised == ["sensor:temp"]


def test_a_silent_machine_is_offline_and_comes_back_as_it_says(plant: Plant) -> None:
    writer = Writer()
    writer.plant(plant)
    for _ in range(10):
        writer.readings(PUMP, [[0, 50.0, "IDLE"]], ["temp", "state"])
        writer.tick()
    writer.tick(30)
    writer.readings(PUMP, [[0, 50.0]], ["temp"])
    writer.tick()
    states = [row.state for row in machines(derived(writer)) if not row.judged]
    assert states == ["IDLE", "OFFLINE", "IDLE"]


def test_nothing_falls_silent_while_nobody_listened(plant: Plant) -> None:
    writer = Writer()
    writer.plant(plant)
    for _ in range(20):
        writer.readings(PUMP, [[0, 50.0, "RUN"]], ["temp", "state"])
        writer.message(GATE, "rfid", {"ts": writer.now_ms, "reads": [{"epc": "AABBCCDD00112233", "ant": 1}]})
        writer.tick()
    writer.now_ms += 3_600_000
    writer.tick(4)
    bundles = derived(writer)
    assert {row.state for row in machines(bundles)} == {"RUN"}
    assert [fact.body["present"] for bundle in bundles for fact in bundle.facts] == [True]


def test_a_step_that_fails_costs_one_message(plant: Plant, monkeypatch: pytest.MonkeyPatch) -> None:
    writer = Writer()
    writer.plant(plant)
    writer.message(TRUCK, "gps", {"ts": START_MS, "fixes": [{"lat": 30.0, "lon": 120.0}]})
    writer.readings(PUMP, [[0, 50.0]], ["temp"])
    monkeypatch.setattr("stream.steps.vehicles.trips.start", lambda _: 1 / 0)
    (bundle,) = derived(writer)
    assert [letter.code for letter in bundle.letters] == ["internal"]
    assert bundle.readings.value.tolist() == [50.0]


def test_an_unknown_plant_document_is_set_aside_and_the_old_one_stays(plant: Plant) -> None:
    writer = Writer()
    writer.plant(plant)
    writer.control("_/plant", b'{"sites": 7}')
    writer.readings(PUMP, [[0, 50.0]], ["temp"])
    (bundle,) = derived(writer)
    assert [letter.topic for letter in bundle.letters] == ["_/plant"]
    assert bundle.devices[0].asset == "pump-101"


def test_a_device_has_no_more_signals_than_it_may() -> None:
    writer = Writer()
    for part in range(2):
        names = [f"s{part}-{n}" for n in range(300)]
        writer.readings(PUMP, [[0, *([1.0] * 300)]], names)
    (bundle,) = derived(writer)
    assert len(bundle.readings) == 500
    assert [(letter.code, letter.readings) for letter in bundle.letters] == [("cardinality", 100)]


def test_a_sick_machine_is_scored_and_names_the_signal(plant: Plant) -> None:
    writer = Writer()
    writer.plant(plant)
    heat, shake = noise(5, 900), noise(6, 900)
    for second in range(900):
        sick = 0.8 if second > 700 else 0.0
        rows = [[0, 50 + 0.3 * heat[second], 1.0 + 0.02 * shake[second] + sick, "RUN"]]
        writer.readings(PUMP, rows, ["temp", "vib", "state"])
        writer.tick()
    bundles = derived(writer)
    rows_ = [row for row in machines(bundles) if row.judged]
    assert max(row.score for row in rows_ if row.ts_us < (START_MS + 700_000) * 1_000) < 0.6
    last = rows_[-1]
    assert last.score > 0.7
    assert last.contributors[0].signal == "vib"
    assert last.zone == "B"
    assert last.health < 65
    raised = [fact.body["rule"] for bundle in bundles for fact in bundle.facts]
    assert raised == ["anomaly"]


def test_a_limit_that_chatters_at_ten_hertz_for_five_minutes_is_one_raise(plant: Plant) -> None:
    writer = Writer()
    writer.plant(plant)
    writer.tick()
    for second in range(300):
        rows = [[100 * tenth, 75 + 5 * np.sin(2.3 * (10 * second + tenth))] for tenth in range(10)]
        writer.readings(PUMP, rows, ["temp"])
        writer.tick()
    said = [
        fact.body for bundle in derived(writer) for fact in bundle.facts if "threshold:temp" in str(fact.body)
    ]
    assert len(said) == 1
