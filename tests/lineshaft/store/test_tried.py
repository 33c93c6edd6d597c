"""What a rule would have raised, from tables filled by hand: each kind of input, cuts, what ends a trial."""

import asyncio
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from lineshaft.clock import to_datetime
from lineshaft.domain.plant import Plant, parse
from lineshaft.domain.rules import Rule, from_json
from lineshaft.domain.rules.trial import DAY_US, Trial
from lineshaft.store import plants, tried
from lineshaft.store.copy import copy_rows
from lineshaft.store.database import Connection, connect, connect_async
from lineshaft.store.tried import TrialError, try_rule

pytestmark = pytest.mark.database

S = 1_000_000
ON = {"machine": ["press-1"]}
DAY = 1_763_683_200 * S
"""A midnight."""
PLANT = """\
version: 1
sites:
- id: works
  timezone: UTC
  areas:
  - id: hall
    lines:
    - id: line-1
      machines:
      - {id: feeder-1, kind: conveyor, device: gw/feeder-1}
      - {id: press-1, kind: press, device: gw/press-1, depends: [feeder-1]}
"""
TYPES = {"ts": "timestamptz", "signal_id": "int4", "quality": "int2", "value": "float8", "pos": "int8"}


@pytest.fixture
def conn(database_url: str) -> Iterator[Connection]:
    """A press that depends on a feeder, both known to the tables, with nothing heard of them yet."""
    plant = parse(PLANT)
    assert isinstance(plant, Plant), plant

    async def describe() -> None:
        async with await connect_async(database_url) as conn:
            await plants.apply(conn, plant, "test", DAY)

    asyncio.run(describe())
    with connect(database_url) as conn:
        conn.execute(
            "INSERT INTO signal (device_id, name, first_seen)"
            " SELECT device_id, unnest(ARRAY['temp', 'vib', 'state']), now() FROM device"
        )
        conn.commit()
        yield conn


def signal(conn: Connection, machine: str, name: str) -> int:
    row = conn.execute(
        "SELECT signal_id FROM signal JOIN device d USING (device_id) WHERE d.device = %s AND name = %s",
        (machine, name),
    ).fetchone()
    assert row
    return int(row[0])


def measured(conn: Connection, name: str, at_s: list[int], values: list[float], quality: int = 0) -> None:
    count, ts_us = len(at_s), DAY + np.array(at_s, np.int64) * S
    rows = {
        "ts": ts_us, "signal_id": np.full(count, signal(conn, "press-1", name), np.int32),
        "quality": np.full(count, quality, np.int16), "value": np.array(values),
        "pos": np.zeros(count, np.int64),
    }  # fmt: skip
    copy_rows(conn.cursor(), "reading", TYPES, rows)


def said(conn: Connection, machine: str, *words: tuple[int, str]) -> None:
    for at_s, word in words:
        conn.execute(
            "INSERT INTO reading_text (ts, signal_id, quality, value, pos) VALUES (%s, %s, 0, %s, 0)",
            (to_datetime(DAY + at_s * S), signal(conn, machine, "state"), word),
        )


def device(conn: Connection) -> int:
    row = conn.execute("SELECT device_id FROM device WHERE device = 'press-1'").fetchone()
    assert row
    return int(row[0])


def tried_on(conn: Connection, when: dict[str, Any], days: int = 1, **other: Any) -> Trial:
    document = {"kind": "condition", "id": "r", "name": {"en": "R"}, "scope": ON}
    rule = from_json(document | {"when": when, "patience": {"on_s": 0, "off_s": 0}} | other)
    assert isinstance(rule, Rule)
    return try_rule(conn, rule, (DAY, DAY + days * DAY_US))


def raises(trial: Trial) -> list[tuple[float | None, float | None, str]]:
    """When each was raised and cleared, in seconds of the day, and why it was quiet at first."""

    def second(ms: int | None) -> float | None:
        return None if ms is None else ms / 1e3 - DAY / S

    return [(second(one.raised), second(one.cleared), one.suppressed) for one in trial.listed]


HOT = {"is": "value", "signal": "temp", "op": ">", "levels": [{"limit": 75}], "deadband": 0}


def test_readings_that_are_bad_or_outside_the_span_count_for_nothing(conn: Connection) -> None:
    measured(conn, "temp", [-5, 86_400], [90.0, 90.0])
    measured(conn, "temp", [7], [90.0], quality=2)
    measured(conn, "temp", [30, 10, 20], [70.0, 80.0, 81.0])  # as they came, not as they were
    trial = tried_on(conn, HOT)
    assert (raises(trial), trial.readings) == ([(10, 30, "")], 3)


def test_a_score_is_compared_where_there_is_one(conn: Connection) -> None:
    for at_s, score, zone in ((10, 0.5, None), (15, 0.92, "C"), (20, 0.95, None), (25, 0.1, "A")):
        conn.execute(
            "INSERT INTO score (ts, device_id, score, health, zone, contributors, model, pos)"
            " VALUES (%s, %s, %s, 1, %s, '[]', 'm', 0)",
            (to_datetime(DAY + at_s * S), device(conn), score, zone),
        )
    odd = {"is": "score", "what": "score", "op": ">=", "levels": [{"limit": 0.9}]}
    assert raises(tried_on(conn, odd)) == [(15, 25, "")]
    zone = {"is": "score", "what": "zone", "op": ">=", "levels": [{"limit": 3}]}
    assert raises(tried_on(conn, zone)) == [(15, 25, "")]


def test_words_are_states_and_unknown_ones_are_passed_over(conn: Connection) -> None:
    said(conn, "press-1", (10, "RUN"), (20, "fault"), (30, "who knows"), (40, "DOWN"), (50, "Standby"))
    assert raises(tried_on(conn, {"is": "state", "states": ["DOWN"]})) == [(20, 50, "")]


def test_events_and_raises_of_other_rules_are_counted(conn: Connection) -> None:
    for n, (at_s, code) in enumerate(((10, "jam.1"), (20, "jam.2"), (25, "other"), (100, "jam.1"))):
        conn.execute(
            "INSERT INTO event (pos, n, ts, device_id, code, severity, text, detail)"
            " VALUES (%s, 0, %s, %s, %s, 'warning', '', '{}')",
            (n + 1, to_datetime(DAY + at_s * S), device(conn), code),
        )
    jams = {"is": "count", "of": "events", "name": "jam.*", "at_least": 2, "within_s": 30}
    assert raises(tried_on(conn, jams)) == [(20, 40, "")]
    row = conn.execute(
        "INSERT INTO alarm (alarm_id, source, site, rule, priority, state, raised, updated, message,"
        " arguments, raised_pos, pos, annunciated_pos) VALUES (gen_random_uuid(), 'press-1', 'works',"
        " 'threshold:vib', 3, 'normal', now(), now(), '', '{}', 1, 1, 1) RETURNING alarm_id"
    ).fetchone()
    for n, event in enumerate(("raise", "clear", "reraise", "clear")):
        conn.execute(
            "INSERT INTO alarm_journal (alarm_id, at, event, from_state, to_state, by, pos)"
            " VALUES (%s, %s, %s, 'normal', 'normal', 'stream', %s)",
            (row and row[0], to_datetime(DAY + n * 10 * S), event, n),
        )
    often = {"is": "count", "of": "raises", "name": "threshold:*", "at_least": 2, "within_s": 60}
    assert raises(tried_on(conn, often)) == [(20, 60, "")]


def test_an_alarm_is_quiet_while_its_machine_or_what_it_depends_on_is_off(conn: Connection) -> None:
    measured(conn, "temp", [0, 10, 100, 110], [70.0, 80.0, 70.0, 80.0])
    said(conn, "press-1", (105, "IDLE"))
    quiet = tried_on(conn, HOT, suppress={"states": ["IDLE"]})
    assert raises(quiet) == [(10, 100, ""), (110, None, "machine_off")]
    assert (quiet.calls, quiet.suppressed) == (1, 1)
    said(conn, "feeder-1", (-60, "DOWN"), (20, "RUN"), (30, "MAINT"), (40, "MAINT"), (50, "RUN"))
    below = tried_on(conn, HOT, suppress={"parent_down": True})
    assert raises(below) == [(10, 100, "parent_down"), (110, None, "")]
    assert below.calls == 3  # called at 20 and at 50, when the feeder runs again, and at 110


def test_a_known_fault_is_caught_or_missed(conn: Connection) -> None:
    measured(conn, "temp", [1000, 2000], [80.0, 70.0])
    for began_s, ended_s in ((1500, 1800), (200_000, 201_000)):
        conn.execute(
            "INSERT INTO label (machine, began, ended, verdict, mode, source, by, at)"
            " VALUES ('press-1', %s, %s, 'true', 'bearing_wear', 'person', 'ann', now())",
            (to_datetime(DAY + began_s * S), to_datetime(DAY + ended_s * S)),
        )
    trial = tried_on(conn, HOT, days=3)
    assert [one["lead_s"] for one in trial.caught] == [800.0]
    assert [one["from"] for one in trial.missed] == [(DAY + 200_000 * S) // 1000]


def test_where_the_past_is_cut_changes_nothing(conn: Connection, monkeypatch: pytest.MonkeyPatch) -> None:
    random = np.random.default_rng(5)
    at_s = np.sort(random.choice(3 * 86_400, 4000, replace=False)).tolist()
    measured(conn, "temp", at_s, (70 + 8 * random.normal(size=4000)).tolist())
    conn.execute(
        "INSERT INTO reading_1h (bucket, signal_id, n, total, low, high) VALUES (%s, %s, 4000, 0, 0, 0)",
        (to_datetime(DAY), signal(conn, "press-1", "temp")),
    )
    slow = {"patience": {"on_s": 60, "off_s": 600, "min_reraise_s": 3600}}
    shares: list[float] = []
    whole = tried_on(conn, HOT, days=3, **slow)
    monkeypatch.setattr(tried, "AT_ONCE", 100)  # an hour at a time
    rule = from_json({"kind": "condition", "id": "r", "name": {"en": "R"}, "scope": ON, "when": HOT} | slow)
    assert isinstance(rule, Rule)
    cut = try_rule(conn, rule, (DAY, DAY + 3 * DAY_US), shares.append)
    assert cut.listed == whole.listed
    assert cut.raises > 10
    assert (len(shares), shares[-1]) == (72, 1.0)


class StoppedError(Exception):
    pass


def test_who_no_longer_wants_it_ends_it(conn: Connection) -> None:
    measured(conn, "temp", [1], [80.0])
    rule = from_json({"kind": "condition", "id": "r", "name": {"en": "R"}, "when": HOT})
    assert isinstance(rule, Rule)

    def stop(share: float) -> None:
        raise StoppedError(share)

    with pytest.raises(StoppedError):
        try_rule(conn, rule, (DAY, DAY + 3 * DAY_US), stop)
    assert conn.execute("SELECT 1").fetchone() == (1,)  # the connection is its own again


def test_what_cannot_be_tried_says_why(conn: Connection, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(TrialError, match="no machine") as none:
        tried_on(conn, {**HOT, "signal": "colour"})
    assert none.value.key == "no_machine"
    conn.execute(
        "INSERT INTO reading_1h (bucket, signal_id, n, total, low, high) VALUES (%s, %s, 9, 0, 0, 0)",
        (to_datetime(DAY), signal(conn, "press-1", "temp")),
    )
    monkeypatch.setattr(tried, "MOST_READINGS", 8)
    with pytest.raises(TrialError, match="9 readings") as much:
        tried_on(conn, HOT)
    assert much.value.key == "too_much"
    conn.execute("TRUNCATE plant")
    with pytest.raises(TrialError, match="no plant"):
        tried_on(conn, HOT)
