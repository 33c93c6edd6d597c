import numpy as np
import psycopg
import pytest

from lineshaft.domain.results import Bundle, EtaRow
from lineshaft.store.result_rows import Placed
from lineshaft.store.results import etas

pytestmark = pytest.mark.database


def test_an_arrival_time_keeps_why_it_changed(database_url: str) -> None:
    plain = EtaRow("S1", 1_000_000, 2_000_000, 3_000_000, 4_000_000, 10.0, 1.0, "lane-1", 1)
    told = plain._replace(ts_us=2_000_000, pos=2, detail={"reason": {"code": "eta.stood", "minutes": 18}})
    bundle = Bundle(0, 1, 2, 2_000_000)
    bundle.etas = [plain, told]
    nothing = np.empty(0, np.int32)
    with psycopg.connect(database_url) as conn:
        etas(conn, [Placed(bundle, nothing, nothing)])
        assert conn.execute("SELECT detail FROM eta ORDER BY pos").fetchall() == [(None,), (told.detail,)]
        assert conn.execute("SELECT detail->'reason'->>'code' FROM latest_eta").fetchone() == ("eta.stood",)
