import csv
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from stream.eta import main
from stream.trips import read_trips, seconds

START_S = 1_700_000_000.0
Row = tuple[str, float, float, float]


def trips(
    count: int, seed: int, *, every_s: float = 60.0, centre: tuple[float, float] = (31.2, 121.4)
) -> list[Row]:
    """Straight trips of some kilometres; half as fast from 7 to 10 o'clock, and a fifth of chance."""
    rng = np.random.default_rng(seed)
    rows: list[Row] = []
    for number in range(count):
        begin = START_S + rng.uniform(0, 14 * 86400)
        ends = np.array(centre) + rng.uniform(-0.06, 0.06, (2, 2))
        km = np.hypot(*((ends[1] - ends[0]) * (111.2, 111.2 * np.cos(np.radians(centre[0])))))
        hour = (begin / 3600 + centre[1] / 15) % 24
        lasts = (km * 1000 / (5.0 if 7 <= hour < 10 else 10.0) + 60) * rng.lognormal(0, 0.2)
        for at in np.append(np.arange(0, lasts, every_s), lasts):
            lat, lon = ends[0] + (ends[1] - ends[0]) * at / lasts
            rows.append((f"t{number}", begin + at, float(lat), float(lon)))
    return rows


def write(file: Path, rows: list[Row], mark: str = ",", ts: Callable[[float], str] = "{:.3f}".format) -> Path:
    with file.open("w", newline="") as out:
        writer = csv.writer(out, delimiter=mark)
        writer.writerow(["trip_id", "ts", "lat", "lon"])
        writer.writerows((name, ts(at), f"{lat:.6f}", f"{lon:.6f}") for name, at, lat, lon in rows)
    return file


def ask(file: Path, rows: list[Row], after_s: float) -> dict[str, float]:
    """Questions about each trip that lasts longer; gives the true answers."""
    left = {}
    with file.open("w", newline="") as out:
        writer = csv.writer(out)
        writer.writerow(["query_id", "trip_id", "ts", "lat", "lon", "dest_lat", "dest_lon"])
        for name in dict.fromkeys(row[0] for row in rows):
            mine = [row for row in rows if row[0] == name]
            at = mine[0][1] + after_s
            if at >= mine[-1][1]:
                continue
            place = [row for row in mine if row[1] <= at][-1]
            writer.writerow([f"q{name}", name, f"{at:.3f}", place[2], place[3], mine[-1][2], mine[-1][3]])
            left[f"q{name}"] = mine[-1][1] - at
    return left


def told(file: Path) -> dict[str, tuple[float, ...]]:
    with file.open(newline="") as lines:
        header, *rows = csv.reader(lines)
    assert header == ["query_id", "p10", "p50", "p90"]
    return {name: tuple(map(float, rest)) for name, *rest in rows}


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("eta")
    write(folder / "trips.csv", trips(300, 1))
    assert main(["fit", str(folder / "trips.csv"), "-o", str(folder / "model")]) == 0
    return folder / "model"


def predict(
    model: Path, folder: Path, rows: list[Row], after_s: float = 120.0
) -> tuple[dict[str, float], dict[str, tuple[float, ...]]]:
    left = ask(folder / "queries.csv", rows, after_s)
    write(folder / "tracks.csv", rows)
    words = ["predict", str(model), str(folder / "queries.csv"), "--tracks", str(folder / "tracks.csv")]
    assert main([*words, "--out", str(folder / "eta.csv")]) == 0
    return left, told(folder / "eta.csv")


def test_remaining_time_is_told_with_an_interval_that_holds(model: Path, tmp_path: Path) -> None:
    left, said = predict(model, tmp_path, trips(200, 2))
    assert said.keys() == left.keys()
    assert all(0 <= low <= middle <= high for low, middle, high in said.values())
    off = sum(abs(said[name][1] - real) for name, real in left.items()) / sum(left.values())
    assert off < 0.3
    assert 0.65 < np.mean([said[name][0] <= real <= said[name][2] for name, real in left.items()]) < 0.95


def test_fixes_after_the_question_change_nothing(model: Path, tmp_path: Path) -> None:
    rows = trips(20, 3)
    _, whole = predict(model, tmp_path, rows)
    first = {name: at for name, at, *_ in reversed(rows)}
    write(tmp_path / "tracks.csv", [row for row in rows if row[1] <= first[row[0]] + 120.0])
    words = ["predict", str(model), str(tmp_path / "queries.csv"), "--tracks", str(tmp_path / "tracks.csv")]
    assert main([*words, "--out", str(tmp_path / "less.csv")]) == 0
    assert told(tmp_path / "less.csv") == whole


def test_another_city_and_another_rate_are_answered_by_straight_way_and_pace(
    model: Path, tmp_path: Path
) -> None:
    left, said = predict(model, tmp_path, trips(60, 4, every_s=5.0, centre=(48.1, 11.6)))
    off = sum(abs(said[name][1] - real) for name, real in left.items()) / sum(left.values())
    assert off < 0.6


@pytest.mark.parametrize("count", [3, 12, 70])
def test_few_trips_are_enough_for_an_answer(count: int, tmp_path: Path) -> None:
    write(tmp_path / "trips.csv", trips(count, 5))
    assert main(["fit", str(tmp_path / "trips.csv"), "-o", str(tmp_path / "model")]) == 0
    left, said = predict(tmp_path / "model", tmp_path, trips(40, 6), 0.0)
    assert all(0 < low < middle < high for low, middle, high in said.values())
    off = sum(abs(said[name][1] - real) for name, real in left.items()) / sum(left.values())
    assert off < 0.8


def test_trips_of_hundreds_of_kilometres_are_learned(tmp_path: Path) -> None:
    rng = np.random.default_rng(7)
    rows: list[Row] = []
    for number in range(80):
        begin, hours = START_S + number * 40_000.0, 5.0 * rng.lognormal(0, 0.1)
        rows += [
            (f"t{number}", begin + share * hours * 3600, 31.2 + 3.2 * share, 121.4 - 2.0 * share)
            for share in np.linspace(0, 1, 60).tolist()
        ]
    write(tmp_path / "trips.csv", rows)
    assert main(["fit", str(tmp_path / "trips.csv"), "-o", str(tmp_path / "model")]) == 0
    left, said = predict(tmp_path / "model", tmp_path, rows, 7200.0)
    assert np.median([abs(said[name][1] / real - 1) for name, real in left.items()]) < 0.15


def test_times_of_other_kinds_separators_and_dirty_rows_are_read(tmp_path: Path) -> None:
    rows = trips(10, 8)
    plain = read_trips(write(tmp_path / "a.csv", rows)).tracks
    turned = [rows[at] for at in np.random.default_rng(1).permutation(len(rows))]
    iso = read_trips(
        write(tmp_path / "b.csv", turned, ";", lambda at: datetime.fromtimestamp(at, UTC).isoformat())
    ).tracks
    ms = read_trips(
        write(tmp_path / "c.csv", [*rows, ("t1", rows[0][1], 0.0, 0.0)], "\t", lambda at: f"{at * 1000:.0f}")
    )
    assert sorted(iso.names) == sorted(plain.names)
    assert np.allclose(np.sort(iso.ts), np.sort(plain.ts), atol=1e-3)
    assert np.allclose(np.sort(ms.tracks.ts), np.sort(plain.ts), atol=1e-3)
    assert ms.left_out == 1


def test_a_jump_is_left_out_and_what_came_before_it_kept(tmp_path: Path) -> None:
    rows = [("t", START_S + 10 * at, 31.0 + 0.001 * at, 121.0) for at in range(10)]
    rows[5] = ("t", START_S + 50, 40.0, 121.0)
    assert read_trips(write(tmp_path / "a.csv", rows)).left_out == 1


def test_legs_between_stops_are_trips_of_their_own(tmp_path: Path) -> None:
    lines = ["trip_id,ts,lat,lon,stop"]
    lines += [
        f"t,{START_S + 60 * at:.0f},{31 + 0.01 * at},121,{'AB'[at // 5] if at in {5, 6, 9} else ''}"
        for at in range(10)
    ]
    (tmp_path / "a.csv").write_text("\n".join(lines))
    tracks = read_trips(tmp_path / "a.csv").tracks
    assert sorted(np.diff(tracks.start).tolist()) == [4, 6, 10]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "empty"),
        ("trip_id,ts,lat,lon\n", "no rows"),
        ("trip,ts,lat,lon\na,1,2,3\n", "no column trip_id; it has trip, ts, lat, lon"),
        ("trip_id,ts,lat,lon\na,soon,2,3\n", "row 1: ts is 'soon'"),
        ("trip_id,ts,lat,lon\na,1,2\n", "row 1: 3 cells, the header has 4"),
        ("trip_id,ts,lat,lon\na,1,2,3\n", "0 trips of at least 20 s; expected 3 or more"),
    ],
)
def test_a_file_that_cannot_be_used_says_why(
    text: str, said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "trips.csv").write_text(text)
    assert main(["fit", str(tmp_path / "trips.csv"), "-o", str(tmp_path / "model")]) == 1
    assert said in capsys.readouterr().err


def test_a_changed_model_and_a_pickle_are_refused(
    model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    ask(tmp_path / "queries.csv", trips(2, 1), 0.0)
    changed = bytearray(model.read_bytes())
    changed[500] ^= 1
    for content, said in ((bytes(changed), "changed after it was written"), (b"\x80\x04.", "no model")):
        (tmp_path / "other").write_bytes(content)
        words = [str(tmp_path / "queries.csv"), "--out", str(tmp_path / "out")]
        assert main(["predict", str(tmp_path / "other"), *words]) == 1
        assert said in capsys.readouterr().err


def test_seconds_of_other_notations_are_the_same_instant() -> None:
    assert seconds("1700000000") == seconds("1700000000000") == seconds("1700000000000000")
    assert seconds("2023-11-14T22:13:20Z") == seconds("2023-11-14 23:13:20+01:00") == 1_700_000_000
    with pytest.raises(ValueError, match="no time"):
        seconds("inf")


def test_a_question_without_place_takes_the_last_fix_and_without_any_is_refused(
    model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write(tmp_path / "tracks.csv", [("t", START_S, 31.2, 121.4), ("t", START_S + 60, 31.21, 121.4)])
    head = "query_id,trip_id,ts,lat,lon,dest_lat,dest_lon\n"
    words = [
        str(tmp_path / "q.csv"),
        "--tracks",
        str(tmp_path / "tracks.csv"),
        "--out",
        str(tmp_path / "out"),
    ]
    answers = []
    for place in (",", "31.21,121.4"):
        (tmp_path / "q.csv").write_text(f"{head}q,t,{START_S + 60},{place},31.25,121.4\n")
        assert main(["predict", str(model), *words]) == 0
        answers.append(told(tmp_path / "out"))
    assert answers[0] == answers[1]
    (tmp_path / "q.csv").write_text(f"{head}q,other,{START_S},,,31.25,121.4\n")
    assert main(["predict", str(model), *words]) == 1
    assert "no place, and no fix" in capsys.readouterr().err
