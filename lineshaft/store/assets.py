"""The asset tree, as the screens show it."""

from dataclasses import dataclass, field

from lineshaft.store.database import AsyncConnection
from lineshaft.store.rows import Names, fetch


@dataclass(slots=True, frozen=True)
class AssetNode:
    """An asset and what is below it, in plant order."""

    key: str
    level: str
    """site, area, line, work_unit, storage_zone, reader or vehicle."""
    kind: str
    name: Names
    children: "list[AssetNode]" = field(default_factory=list)


@dataclass(slots=True, frozen=True)
class _Placed:
    asset_id: int
    parent_id: int | None
    key: str
    level: str
    kind: str
    name: Names


async def tree(conn: AsyncConnection) -> list[AssetNode]:
    """All described assets: sites at the top, their children in plant order."""
    rows = await fetch(
        conn,
        _Placed,
        "SELECT asset_id, parent_id, key, level, kind,"
        " jsonb_build_object('en', name, 'zh', coalesce(nullif(name_zh, ''), name)) AS name"
        " FROM asset WHERE removed IS NULL ORDER BY sequence",
    )
    nodes = {row.asset_id: AssetNode(row.key, row.level, row.kind, row.name) for row in rows}
    tops: list[AssetNode] = []
    for row in rows:
        above = nodes.get(row.parent_id) if row.parent_id is not None else None
        (above.children if above else tops).append(nodes[row.asset_id])
    return tops
