"""The demonstration's geofences can be drawn, each once, and what people removed stays away."""

import asyncio
from pathlib import Path

import pytest
import yaml

from lineshaft.domain.fences import fence_of
from lineshaft.runtime import prepare
from lineshaft.runtime.demo import SIMULATED
from lineshaft.store import fences
from lineshaft.store.database import connect_async


def test_the_kits_fences_are_fences() -> None:
    found = [fence_of(one) for one in yaml.safe_load((SIMULATED / "fences.yaml").read_text(encoding="utf-8"))]
    assert len({fence.key for fence in found}) == len(found) >= 6


@pytest.mark.database
def test_fences_are_drawn_once(database_url: str, tmp_path: Path) -> None:
    one = "- {key: yard, name: Yard, kind: circle, points: [[30.2, 120.1]], radius_m: 900}\n"
    (tmp_path / "fences.yaml").write_text(one, encoding="utf-8")

    async def drawn(*, remove: bool) -> list[str]:
        async with await connect_async(database_url) as conn:
            await prepare._draw_fences(conn, tmp_path)
            held = [row.key for row in await fences.listing(conn)]
            if remove:
                await fences.remove(conn, "yard", "ann", 1_790_000_000_000_000)
            await conn.commit()
        return held

    assert asyncio.run(drawn(remove=False)) == ["yard"]
    assert asyncio.run(drawn(remove=True)) == ["yard"]
    assert asyncio.run(drawn(remove=False)) == []
