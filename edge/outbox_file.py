"""The outbox's SQLite file: its tables, its statements, and how it is opened."""

import secrets
import sqlite3
from pathlib import Path
from typing import NamedTuple

from lineshaft.wire.envelope import Lane

SCHEMA = """
CREATE TABLE file (only_row INTEGER PRIMARY KEY CHECK (only_row = 1), boot TEXT NOT NULL,
                   run INTEGER NOT NULL, db TEXT NOT NULL, salvaged INTEGER NOT NULL) STRICT;
CREATE TABLE lane (lane INTEGER PRIMARY KEY, issued INTEGER NOT NULL, committed INTEGER NOT NULL,
                   dropped INTEGER NOT NULL) STRICT;
INSERT INTO lane VALUES (0, 0, 0, 0), (1, 0, 0, 0);
CREATE TABLE live (seq INTEGER PRIMARY KEY, made_us INTEGER NOT NULL, total INTEGER NOT NULL,
                   topic TEXT NOT NULL, body BLOB NOT NULL) STRICT;
CREATE TABLE late (seq INTEGER PRIMARY KEY, made_us INTEGER NOT NULL, total INTEGER NOT NULL,
                   topic TEXT NOT NULL, body BLOB NOT NULL) STRICT;
CREATE TABLE position (source TEXT PRIMARY KEY, at TEXT NOT NULL) STRICT;
CREATE TABLE refused (lane INTEGER, seq INTEGER, made_us INTEGER, topic TEXT, body BLOB, reason INTEGER)
                      STRICT;
"""
ROW_BYTES = 64
"""What a row costs beside its topic and body, roughly."""


class Row(NamedTuple):
    """One message with its number."""

    seq: int
    made_us: int
    total: int
    """Bytes of all rows of the lane up to this one: what lies between two rows is a subtraction."""
    topic: str
    body: bytes


def size_of(topic: str, body: bytes) -> int:
    """Bytes a message takes in the file, roughly."""
    return len(body) + len(topic) + ROW_BYTES


def _each(sql: str) -> dict[Lane, str]:
    """One statement a lane; the names are ours, so nothing can be smuggled in."""
    return {lane: sql.replace("LANE", lane.name.lower()) for lane in Lane}


INSERT = _each("INSERT INTO LANE VALUES (?, ?, ?, ?, ?)")
AFTER = _each("SELECT seq, made_us, total, topic, body FROM LANE WHERE seq > ? ORDER BY seq LIMIT ?")
BEFORE = _each("SELECT seq, made_us, total, topic, body FROM LANE WHERE seq > ? ORDER BY seq DESC LIMIT ?")
TOTAL = _each("SELECT coalesce((SELECT total FROM LANE ORDER BY seq DESC LIMIT 1), 0)")
DELETE = _each("DELETE FROM LANE WHERE seq <= ?")
NEGATE = _each("UPDATE LANE SET seq = -seq")
SHIFT = _each("UPDATE LANE SET seq = -seq - ?")
ASIDE = _each("INSERT INTO refused SELECT ?, seq, made_us, topic, body, ? FROM LANE WHERE seq = ?")
REPLACE = _each("UPDATE LANE SET topic = ?, body = ? WHERE seq = ?")


def connect(path: Path) -> sqlite3.Connection:
    """Open the file as a place where a commit is on the disk."""
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    return connection


def create(connection: sqlite3.Connection) -> None:
    """Make the tables, with a new boot."""
    connection.executescript(f"BEGIN;{SCHEMA}COMMIT;")
    with connection:
        connection.execute("INSERT INTO file VALUES (1, ?, 0, '', 0)", (new_boot(),))


def new_boot() -> str:
    """The random id of a file."""
    return secrets.token_hex(6)
