"""The foreign topics that the plant's description asks for, and those it once asked for."""

from typing import NamedTuple

from lineshaft.domain.bindings import Binding
from lineshaft.domain.plant.document import to_bindings
from lineshaft.store.database import Connection


class Asked(NamedTuple):
    """What to listen to on the connection for foreign topics."""

    bindings: tuple[Binding, ...]
    former: tuple[str, ...]
    """Filters of earlier descriptions, which the broker's session may still hold."""


def asked(conn: Connection) -> Asked:
    """As of the newest description, in the caller's transaction."""
    rows = conn.execute(
        "SELECT jsonb_build_object('dialects', coalesce(document->'dialects', '[]')) FROM plant"
        " WHERE version = (SELECT max(version) FROM plant) OR document ? 'dialects' ORDER BY version DESC"
    ).fetchall()
    if not rows:
        return Asked((), ())
    newest, *before = [to_bindings(row[0]) for row in rows]
    now = {one.filter for one in newest}
    return Asked(newest, tuple(sorted({one.filter for some in before for one in some} - now)))
