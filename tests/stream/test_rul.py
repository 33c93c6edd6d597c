import csv
from pathlib import Path

import numpy as np
import pytest

from stream.rul import main


def export(file: Path, machines: int, seed: int, mark: str = ",", *, turn: bool = False) -> None:
    """A run-to-failure export; turned, its rows stand in any order."""
    rng = np.random.default_rng(seed)
    rows = []
    for unit in range(machines):
        life = int(rng.integers(40, 60))
        worn = np.exp((np.arange(life) - life) / 10.0) + rng.normal(0, 0.05, life)
        rows += [[f"m{unit}", at + 1, f"{w:.4f}", "7", "" if at == 5 else "ok"] for at, w in enumerate(worn)]
    if turn:
        rows = [rows[at] for at in rng.permutation(len(rows))]
    with file.open("w", newline="") as out:
        writer = csv.writer(out, delimiter=mark)
        writer.writerow(["engine", "hour", "wear", "still", "note"])
        writer.writerows(rows)


def read(file: Path) -> dict[tuple[str, str], list[str]]:
    with file.open(newline="") as lines:
        header, *rows = csv.reader(lines)
    assert header == ["unit", "cycle", "p10", "p50", "p90"]
    return {(unit, cycle): rest for unit, cycle, *rest in rows}


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("rul")
    export(folder / "train.csv", 12, 1)
    words = ["fit", str(folder / "train.csv"), "--unit", "engine", "--cycle", "hour", "--cap", "30"]
    assert main([*words, "--out", str(folder / "model")]) == 0
    return folder / "model"


def test_order_and_separator_of_an_export_do_not_matter(model: Path, tmp_path: Path) -> None:
    export(tmp_path / "one.csv", 3, 2)
    export(tmp_path / "two.csv", 3, 2, mark=";", turn=True)
    for name in ("one", "two"):
        assert (
            main(["predict", str(model), str(tmp_path / f"{name}.csv"), "--out", str(tmp_path / name)]) == 0
        )
    assert read(tmp_path / "one") == read(tmp_path / "two")
    assert float(read(tmp_path / "one")["m0", "3"][1]) > 20


def test_a_changed_model_is_refused(model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    export(tmp_path / "test.csv", 2, 3)
    changed = bytearray(model.read_bytes())
    changed[500] ^= 1
    (tmp_path / "changed").write_bytes(changed)
    words = [str(tmp_path / "test.csv"), "--out", str(tmp_path / "out")]
    assert main(["predict", str(tmp_path / "changed"), *words]) == 1
    assert "changed after it was written" in capsys.readouterr().err
    assert main(["predict", str(model), *words, "--sha256", "00"]) == 1
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "empty"),
        ("engine,hour,wear\n", "no rows"),
        ("engine,wear\nm0,1\n", "no column 'hour'"),
        ("engine,hour,wear\nm0,one,1\n", "hour is 'one', expected a number"),
        ("engine,hour,wear\nm0,1,1\nm0,1,2\n", "two rows at 1"),
        ("engine,hour,wear\nm0,1\n", "2 cells, the header has 3"),
        ("engine,hour,note\nm0,1,good\n", "no column of numbers"),
        ("engine,hour,wear\nm0,1,0.5\n", "1 machines; at least 10"),
    ],
)
def test_what_is_wrong_with_an_export_is_said(
    text: str, said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "train.csv").write_text(text)
    words = ["fit", str(tmp_path / "train.csv"), "--unit", "engine", "--cycle", "hour"]
    assert main([*words, "--out", str(tmp_path / "model")]) == 1
    assert said in capsys.readouterr().err
