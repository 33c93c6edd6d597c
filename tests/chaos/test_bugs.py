"""A planted bug that the product has outgrown would prove nothing: each must still be one."""

from types import SimpleNamespace

import numpy as np
import pytest

from chaos import bugs
from lineshaft.domain.readings import DeviceKey
from lineshaft.domain.results import Bundle, Device, ReadingRows, Series
from lineshaft.store import bundles
from lineshaft.store.database import connect

MANY = 2 * bundles.FEW_READINGS


class KilledError(Exception):
    """What ends a process in the moment of a bug."""


def die(_seconds: float) -> None:
    raise KilledError


def bundle(count: int) -> Bundle:
    numbers = np.arange(count)
    series, marks = np.zeros(count, np.int32), np.zeros(count, np.uint8)
    pump = Device(DeviceKey("s", "a", "pump"), None)
    rows = ReadingRows(series, numbers + 10**15, numbers * 1.0, marks, marks, np.ones(count, np.int64))
    return Bundle(3, 1, 1, 10**15, devices=(pump,), series=(Series(0, "temp"),), readings=rows)


@pytest.mark.database
@pytest.mark.parametrize("count", [1, MANY])
def test_rows_are_committed_and_their_position_is_not(
    database_url: str, monkeypatch: pytest.MonkeyPatch, count: int
) -> None:
    monkeypatch.setattr(bundles, "_finish", bundles._finish)  # put back afterwards
    bugs.position_apart()
    monkeypatch.setattr(bugs, "time", SimpleNamespace(sleep=die))
    with connect(database_url) as conn:
        with pytest.raises(KilledError):
            bundles.write(conn, [bundle(count)], bundles.Memory())
        assert conn.execute("SELECT count(*) FROM reading").fetchone() == (count,)
        assert bundles.positions(conn).get(3, 0) == 0
