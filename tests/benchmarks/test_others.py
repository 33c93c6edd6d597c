import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from benchmarks import ceilings, rivals
from benchmarks.bare import bare


@pytest.fixture
def open_path() -> Iterator[Path]:
    """A folder whose parents let servers under accounts of their own pass."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o711)
        yield Path(folder)


@pytest.mark.database
@pytest.mark.broker
@pytest.mark.timeout(600)
def test_a_rivals_rows_are_counted_until_the_last(open_path: Path) -> None:
    with bare(open_path / "servers") as on:
        naive = rivals.rivals_without_npm()[0]
        row = rivals.one(on, naive, 10, 500, open_path)
    assert row["lost"] == 0
    assert row["readings_s"] > 0
    assert row["cores"]["consumer"] > 0


@pytest.mark.database
@pytest.mark.broker
@pytest.mark.timeout(600)
def test_each_part_has_a_ceiling(open_path: Path) -> None:
    found = ceilings.measure(open_path / "servers", sizes=(10,), seconds=0.1)
    assert found["database"] == "plain"
    assert found["journal"]["10"]["readings_s"] == pytest.approx(
        10 * found["journal"]["10"]["messages_s"], rel=0.01
    )
    assert found["decode"]["10"]["readings_s"] > 0
    assert set(found["copy"]) == {"time", "series"}
