"""What a model is trained on is what it is asked with: indicators from the tables are those of the flow."""

import numpy as np
import pytest

from fix_clock import FakeClock
from journal_rows import Writer, chunks, noise
from lineshaft.detect.prognosis.indicators import NAMES
from lineshaft.domain.plant import Plant
from lineshaft.store import bundles, history, plants, upkeep
from lineshaft.store.bundles import Memory
from lineshaft.store.database import connect, connect_async
from lineshaft.wire.topics import SHARDS
from stream import train
from stream.steps.shard import ShardState

pytestmark = pytest.mark.database

MINUTES = 100
DAY_US = 86_400_000_000


def an_hour(plant: Plant) -> Writer:
    """One machine that runs, stops for ten minutes, and gets hot; a reading every five seconds."""
    writer = Writer()
    writer.plant(plant)
    heat, shake = noise(1, MINUTES * 12), noise(2, MINUTES * 12)
    for window in range(MINUTES * 12):
        stands = 50 * 12 <= window < 60 * 12
        temp = 40.0 if stands else 60 + heat[window] + (20 if window > 80 * 12 else 0)
        said = [0, temp, 0.1 if stands else 1.5 + 0.1 * shake[window], "DOWN" if stands else "RUN"]
        writer.readings("plant-1/pump-101", [said], ["temp", "vib", "state"])
        writer.tick(5)
    return writer


async def test_indicators_from_the_tables_are_those_of_the_flow(
    database_url: str, plant: Plant, clock: FakeClock
) -> None:
    async with await connect_async(database_url) as owner:
        await plants.apply(owner, plant, "test", clock())
    state = ShardState(3)
    with connect(database_url) as conn:
        memory = Memory()
        for chunk in chunks(an_hour(plant).rows, (2_000,)):
            bundles.write(conn, [state.step(chunk)], memory)
        conn.execute(
            "INSERT INTO sink_position (sink, shard, pos, updated)"
            " SELECT 'shard', n, %s, now() FROM generate_series(0, %s) AS n ON CONFLICT DO NOTHING",
            (state.pos, SHARDS - 1),
        )
        conn.commit()
        while upkeep.roll_up(conn):
            pass
        keys = history.machines(conn, "pump")
        kept = history.span(conn, keys)
        assert kept
        days = range(kept[0] // DAY_US, kept[1] // DAY_US + 1)
        rows = train._rows(conn, keys, days, [], 1)
    served = state.machines.prospects.forecasts.indicators
    at_us = served.last[:1]
    [mine] = np.flatnonzero(rows.at_us == at_us[0])
    asked, trained = served.now(np.zeros(1, np.int32), at_us)[0], rows.x[mine]
    assert np.isfinite(asked).sum() > 25
    off = {
        name: (round(float(a), 3), round(float(b), 3))
        for name, a, b in zip(NAMES, asked, trained, strict=True)
        if not np.isclose(a, b, rtol=0.15, atol=0.05, equal_nan=True)
    }
    assert off == {}
