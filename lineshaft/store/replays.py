"""Two schemas of one database whose results ought to be the same: a live one, and one derived anew.

Rows are compared by what they say and whose they are, never by the numbers that devices and signals were
given in the order of writing. Nothing here writes, but `begin`, into the schema on its connection's path.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Final, LiteralString, NamedTuple

from psycopg import sql

from lineshaft.store.database import Connection

BLOCK: Final = 100_000
"""Positions compared at once."""
SHOWN: Final = 5
"""Rows shown of each side, of those in one block that the other does not have."""


class Table(NamedTuple):
    """A table of results: the names its numbers stand for, and what tells its rows apart."""

    name: LiteralString
    owner: LiteralString = "''"
    joined: LiteralString = ""
    is_state: bool = False
    """Whether rows are changed after they were written; each then has an owner of its own."""


DEVICE: Final = "concat_ws('/', d.site, d.agent, d.device)"
OF_DEVICE: Final = "JOIN {schema}.device AS d USING (device_id)"
SIGNAL: Final = "concat_ws('/', d.site, d.agent, d.device, s.name)"
OF_SIGNAL: Final = "JOIN {schema}.signal AS s USING (signal_id) JOIN {schema}.device AS d USING (device_id)"
OF_FOREWARNING: Final = "concat_ws('/', d.site, d.agent, d.device, r.model, r.began)"
AT_ZONE: Final = "concat_ws('/', d.site, d.agent, d.device, r.zone, r.epc)"

TABLES: Final = (
    Table("reading", SIGNAL, OF_SIGNAL),
    Table("reading_text", SIGNAL, OF_SIGNAL),
    Table("score", DEVICE, OF_DEVICE),
    Table("rfid_read", DEVICE, OF_DEVICE),
    Table("fix", DEVICE, OF_DEVICE),
    Table("event", DEVICE, OF_DEVICE),
    Table("fact"),
    Table("eta"),
    Table("move"),
    Table("alarm_journal"),
    Table("latest_reading", SIGNAL, OF_SIGNAL, is_state=True),
    Table("latest_score", DEVICE, OF_DEVICE, is_state=True),
    Table("forewarning", OF_FOREWARNING, OF_DEVICE, is_state=True),
    Table("latest_fix", DEVICE, OF_DEVICE, is_state=True),
    Table("latest_eta", "r.shipment_id", is_state=True),
    Table("presence", AT_ZONE, OF_DEVICE, is_state=True),
    Table("item", "r.epc", is_state=True),
    Table("alarm", "r.alarm_id::text", is_state=True),
    Table("shipment", "r.shipment_id", is_state=True),
    Table("alarm_group", "r.group_key", is_state=True),
    Table("alarm_flood", "concat_ws('/', r.scope, r.since)", is_state=True),
)
"""In the order of the flows."""


class Side(NamedTuple):
    """Rows that one schema has more of than the other."""

    table: str
    schema: str
    rows: list[str]
    """Some of them."""


class Compared(NamedTuple):
    """What the comparison of a table came to."""

    table: str
    rows: int
    """In the span compared, of the first schema."""
    differing: list[Side]


def begin(conn: Connection, shards: Mapping[int, int], plant: int, live: str) -> None:
    """Let an empty schema's sinks stand at positions, and copy the live one's plant; commits."""
    conn.cursor().executemany(
        "INSERT INTO sink_position (sink, shard, pos, updated) VALUES (%s, %s, %s, now())",
        [*(("shard", shard, pos) for shard, pos in shards.items()), ("plant", 0, plant)],
    )
    for table in ("plant", "asset", "asset_signal"):
        columns = _columns(conn, table)
        copy = sql.SQL("INSERT INTO {table} ({columns}) OVERRIDING SYSTEM VALUE SELECT {columns} FROM {live}")
        conn.execute(
            copy.format(table=sql.Identifier(table), columns=columns, live=sql.Identifier(live, table))
        )
    conn.commit()


def position_at(conn: Connection, at: datetime, head: int) -> int:
    """The last position received before an instant; 0 where there is none."""
    low, high = 0, head + 1  # all up to `low` were received before, `high` was not
    while high - low > 1:
        middle = (low + high) // 2
        row = conn.execute(
            "SELECT pos, received < %s FROM journal WHERE pos >= %s ORDER BY pos LIMIT 1", (at, middle)
        ).fetchone()
        if row and row[1]:
            low = max(middle, row[0])
        else:
            high = middle
    return low


def first_kept(conn: Connection) -> int:
    """The journal's first position that was not dropped; 0 where it is empty."""
    row = conn.execute("SELECT pos FROM journal ORDER BY pos LIMIT 1").fetchone()
    return int(row[0]) if row else 0


def compare(conn: Connection, table: Table, schemas: tuple[str, str], after_pos: int, up_to: int) -> Compared:
    """Compare a table's rows with `after_pos` < pos ≤ `up_to` in a live schema and another; rolls back.

    Where rows are changed in place, what the live schema has changed behind `up_to` since is left out.
    """
    found = Compared(table.name, 0, [])
    for low in range(after_pos, up_to, BLOCK):
        span = {"low": low, "high": min(low + BLOCK, up_to), "end": up_to}
        first, second = (fingerprint(conn, table, schema, schemas[0], span) for schema in schemas)
        found = found._replace(rows=found.rows + first[0])
        if first != second and len(found.differing) < 2:
            found.differing.extend(_sides(conn, table, schemas, span))
    conn.rollback()
    return found


def fingerprint(
    conn: Connection, table: Table, schema: str, live: str, span: Mapping[str, int]
) -> tuple[int, int]:
    """How many rows of a span a table has in a schema, and a number that changes with any of them.

    Args:
        conn: may read both schemas.
        table: one of `TABLES`.
        schema: whose rows.
        live: whose rows say what has changed since, where rows are changed in place.
        span: positions `low` < pos ≤ `high`, and `end`, behind which a change is one since.
    """
    counting = sql.SQL(
        "SELECT count(*), coalesce(sum(hashtextextended(one::text, 0)::numeric), 0) FROM ({rows}) AS one"
    )
    row = conn.execute(counting.format(rows=_rows(table, schema, live)), span).fetchone()
    return (int(row[0]), int(row[1])) if row else (0, 0)


def _sides(conn: Connection, table: Table, schemas: tuple[str, str], span: Mapping[str, int]) -> list[Side]:
    more = sql.SQL("SELECT one::text FROM (({rows}) EXCEPT ALL ({others})) AS one LIMIT {shown}")
    sides = []
    for schema, other in (schemas, schemas[::-1]):
        rows, others = _rows(table, schema, schemas[0]), _rows(table, other, schemas[0])
        asked = more.format(rows=rows, others=others, shown=sql.Literal(SHOWN))
        if found := conn.execute(asked, span).fetchall():
            sides.append(Side(table.name, schema, [row for (row,) in found]))
    return sides


def _rows(table: Table, schema: str, live: str) -> sql.Composed:
    """A table's rows of a span, with names for numbers; parameters: low < pos ≤ high, and end."""
    rows = sql.SQL(
        "SELECT {owner} AS owner, to_jsonb(r) - 'signal_id' - 'device_id' - 'alarm_journal_id' AS said"
        " FROM {table} AS r {joined} WHERE r.pos > %(low)s AND r.pos <= %(high)s"
    ).format(**_parts(table, schema))
    if not table.is_state:
        return rows
    changed = sql.SQL(" AND {owner} NOT IN (SELECT {owner} FROM {table} AS r {joined} WHERE r.pos > %(end)s)")
    return rows + changed.format(**_parts(table, live))


def _parts(table: Table, schema: str) -> dict[str, sql.Composable]:
    return {
        "owner": sql.SQL(table.owner),
        "table": sql.Identifier(schema, table.name),
        "joined": sql.SQL(table.joined).format(schema=sql.Identifier(schema)),
    }


def _columns(conn: Connection, table: str) -> sql.Composed:
    rows = conn.execute(
        "SELECT attname FROM pg_attribute WHERE attrelid = to_regclass(%s) AND attnum > 0"
        " AND NOT attisdropped ORDER BY attnum",
        (table,),
    ).fetchall()
    return sql.SQL(", ").join(sql.Identifier(name) for (name,) in rows)
