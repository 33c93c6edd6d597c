"""What people tell the next shift; a note that was taken back stays readable."""

from dataclasses import dataclass

from lineshaft.clock import to_datetime
from lineshaft.store.database import AsyncConnection
from lineshaft.store.rows import MILLIS_US, fetch, fetch_one


@dataclass(slots=True, frozen=True)
class HandOverNote:
    """A note; instants are epoch milliseconds."""

    id: int
    site: str
    shift: str
    start: int
    """Of that shift."""
    written: int
    author: str
    note: str
    source: str | None
    """The asset it is about."""
    struck: int | None
    struck_by: str | None


@dataclass(slots=True, frozen=True)
class NewNote:
    """A note before it is written; its shift's start in epoch milliseconds."""

    site: str
    shift: str
    start: int
    note: str
    source: str | None = None


async def listing(conn: AsyncConnection, site: str, start_ms: int) -> list[HandOverNote]:
    """The notes of a shift that began at an instant, the first first."""
    return await fetch(
        conn,
        HandOverNote,
        "SELECT note_id AS id, site, shift, start, written, author, note, source, struck, struck_by"
        " FROM hand_over_note WHERE site = %s AND start = %s ORDER BY written, note_id",
        (site, to_datetime(start_ms * MILLIS_US)),
    )


async def add(conn: AsyncConnection, note: NewNote, author: str, now_us: int) -> HandOverNote | None:
    """Write a note down; None where there is no such site."""
    return await fetch_one(
        conn,
        HandOverNote,
        "INSERT INTO hand_over_note (site, shift, start, written, author, note, source)"
        " SELECT %s, %s, %s, %s, %s, %s, %s WHERE EXISTS"
        " (SELECT FROM asset WHERE key = %s AND level = 'site')"
        " RETURNING note_id AS id, site, shift, start, written, author, note, source, struck, struck_by",
        (
            note.site,
            note.shift,
            to_datetime(note.start * MILLIS_US),
            to_datetime(now_us),
            author,
            note.note,
            note.source,
            note.site,
        ),
    )


async def strike(conn: AsyncConnection, note_id: int, by: str, now_us: int) -> HandOverNote | None:
    """Take a note back; None where there is none that stands."""
    return await fetch_one(
        conn,
        HandOverNote,
        "UPDATE hand_over_note SET struck = %s, struck_by = %s WHERE note_id = %s AND struck IS NULL"
        " RETURNING note_id AS id, site, shift, start, written, author, note, source, struck, struck_by",
        (to_datetime(now_us), by, note_id),
    )
