"""The demonstration's rules are rules, taken once, and what people make of them stays."""

import asyncio
from pathlib import Path

import pytest

from lineshaft.clock import system_clock
from lineshaft.runtime import prepare
from lineshaft.runtime.demo import lay_out_simulated
from lineshaft.store import rules
from lineshaft.store.database import connect_async
from lineshaft.store.rules import Doer

pytestmark = pytest.mark.database


def test_rules_are_written_once(database_url: str, tmp_path: Path) -> None:
    lay_out_simulated(tmp_path, None)

    async def written(*, retire: bool) -> list[tuple[str, str, int | None, int | None]]:
        async with await connect_async(database_url) as conn:
            await prepare._write_rules(conn, tmp_path)
            held = [(row.id, row.state, row.active, row.draft) for row in await rules.listing(conn, 1)]
            if retire:
                await rules.retire(conn, held[0][0], Doer("ann", "no use", system_clock()))
            await conn.commit()
        return held

    first = [("pump-loses-pressure", "active", 2, None), ("conveyor-strained", "draft", None, 1)]
    assert asyncio.run(written(retire=False)) == first
    assert asyncio.run(written(retire=True)) == first
    assert ("pump-loses-pressure", "retired", None, None) in asyncio.run(written(retire=False))


def test_a_fault_in_the_file_is_told(database_url: str, tmp_path: Path) -> None:
    (tmp_path / "rules.yaml").write_text("- {state: draft, versions: [{why: x, document: {kind: other}}]}")

    async def write() -> None:
        async with await connect_async(database_url) as conn:
            await prepare._write_rules(conn, tmp_path)

    with pytest.raises(prepare.PrepareError, match=r"\$.kind"):
        asyncio.run(write())
