"""AI4I row by row: what is said of a row does not depend on it or on later ones."""

from pathlib import Path

import numpy as np

from benchmarks.scoreboard import ai4i


def made(rows: int = 450) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(1)
    x = rng.uniform(1, 10, (rows, 6))
    return x, x[:, 2] * x[:, 3] > 60


def test_a_row_is_judged_by_the_rows_before_it_alone() -> None:
    x, fails = made()
    whole = ai4i.prequential(x, fails)
    x[300:], fails[300:] = x[:150], ~fails[300:]
    np.testing.assert_array_equal(ai4i.prequential(x, fails)[:300], whole[:300])
    assert (whole[:100] == 0).all()


def test_a_file_is_read_with_its_grades(tmp_path: Path) -> None:
    file = tmp_path / "some.csv"
    names = ("UDI", "Type", *ai4i.COLUMNS, "Machine failure")
    file.write_text(",".join(names) + "\n1,M,298.1,308.6,1551,42.8,0,0\n2,H,298,308,1400,50,3,1\n")
    x, fails = ai4i.read(file)
    assert x.tolist() == [[298.1, 308.6, 1551.0, 42.8, 0.0, 1.0], [298.0, 308.0, 1400.0, 50.0, 3.0, 2.0]]
    assert fails.tolist() == [False, True]
