"""Each service's role does its job, and is refused what is not its job."""

import threading

import psycopg
import pytest

from lineshaft.store import beats, journal
from lineshaft.store.database import Connection, connect
from lineshaft.store.migrate import migrate

pytestmark = pytest.mark.database

SERVICES = ("ingest", "stream", "upkeep", "notify", "web")
ROLES = (*SERVICES, "readonly")

FORBIDDEN = [
    ("ingest", "DELETE FROM journal"),
    ("ingest", "UPDATE journal SET body = ''"),
    ("ingest", "SELECT * FROM journal"),
    ("ingest", "UPDATE journal_head SET db = 'x'"),
    ("ingest", "DELETE FROM cursor"),
    ("ingest", "INSERT INTO reading VALUES (now(), 1, 0, 1, 1)"),
    ("ingest", "SELECT journal_control('_/ack', '', now())"),
    ("stream", "INSERT INTO journal (pos, shard, received, topic, body) VALUES (1, 0, now(), 't', '')"),
    ("stream", "UPDATE journal_head SET pos = 1"),
    ("stream", "UPDATE alarm_journal SET by = 'x'"),
    ("stream", "UPDATE alarm_journal SET to_state = 'normal'"),
    ("stream", "DELETE FROM alarm_journal"),
    ("stream", "DELETE FROM alarm"),
    ("stream", "UPDATE reading SET value = 0"),
    ("stream", "SELECT journal_control('_/ack', '', now())"),
    ("upkeep", "DELETE FROM journal"),
    ("upkeep", "DELETE FROM reading"),
    ("upkeep", "DELETE FROM audit"),
    ("upkeep", "DROP TABLE reading_default"),
    ("notify", "DELETE FROM notification"),
    ("notify", "UPDATE alarm SET state = 'normal'"),
    ("notify", "SELECT * FROM journal"),
    ("web", "INSERT INTO journal (pos, shard, received, topic, body) VALUES (1, 0, now(), 't', '')"),
    ("web", "UPDATE journal_head SET pos = 1"),
    ("web", "UPDATE audit SET by = 'x'"),
    ("web", "DELETE FROM audit"),
    ("web", "DELETE FROM alarm"),
    ("web", "UPDATE alarm_journal SET comment = ''"),
    ("web", "DELETE FROM alarm_act"),
    (
        "web",
        (
            "INSERT INTO alarm_journal (alarm_id, at, event, from_state, to_state, by)"
            " VALUES (gen_random_uuid(), now(), 'raise', '', '', '')"
        ),
    ),
    ("web", "INSERT INTO reading VALUES (now(), 1, 0, 1, 1)"),
    ("web", "SELECT journal_drop_partitions(1)"),
    ("readonly", "SELECT body FROM journal"),
    ("readonly", "SELECT body FROM dead_letter"),
    ("readonly", "SELECT * FROM audit"),
    *((role, "SELECT password FROM person") for role in ROLES if role != "web"),
    *((role, "SELECT * FROM session") for role in ROLES if role not in {"web", "upkeep"}),
    *((role, "CREATE TABLE mine (a int)") for role in ROLES),
    *((role, "SELECT journal_renew()") for role in ROLES),
    *((role, "TRUNCATE journal") for role in ROLES),
]


def as_role(url: str, role: str) -> Connection:
    return connect(url, role=f"lineshaft_{role}")


@pytest.mark.parametrize("role", ROLES)
def test_the_forbidden_is_refused(database_url: str, role: str) -> None:
    allowed = []
    with as_role(database_url, role) as conn:
        for statement in [statement for to, statement in FORBIDDEN if to == role]:
            try:
                conn.execute(statement.encode())
                allowed.append(statement)
            except psycopg.errors.InsufficientPrivilege:
                pass
            conn.rollback()
    assert allowed == []


@pytest.mark.parametrize("role", SERVICES)
def test_every_service_beats(database_url: str, role: str) -> None:
    with as_role(database_url, role) as conn:
        beats.beat(conn, role, 1, 2)


def test_ingest_appends_and_makes_partitions(database_url: str) -> None:
    with as_role(database_url, "ingest") as conn:
        row = journal.Entry(0, 1_763_700_000_000_000, "s", "a", "b", 0, 1, "t", None, b"x")
        assert journal.append(conn, [row]) == 1
        conn.execute("UPDATE journal_head SET pos = 5000000")
        assert journal.make_partitions(conn) == 3


def test_stream_reads_the_journal_and_web_speaks_to_it(database_url: str) -> None:
    with as_role(database_url, "web") as conn:
        assert journal.append_control(conn, "_/ack", b"{}", 1_763_700_000_000_000) == 1
    with as_role(database_url, "stream") as conn:
        assert [row.topic for row in journal.read(conn, 0, [-1], 10)] == ["_/ack"]


def test_a_callers_temporary_table_does_not_fool_a_function_of_the_owner(database_url: str) -> None:
    with as_role(database_url, "web") as conn:
        conn.execute("CREATE TEMPORARY TABLE journal_head (only_row boolean, db text, pos bigint)")
        assert journal.append_control(conn, "_/ack", b"{}", 1_763_700_000_000_000) == 1


def test_the_web_sees_every_table(database_url: str) -> None:
    with connect(database_url) as conn:
        hidden = conn.execute(
            "SELECT relname FROM pg_class WHERE relnamespace = current_schema()::regnamespace"
            " AND relkind IN ('r', 'p', 'v') AND NOT relispartition"
            " AND NOT has_table_privilege('lineshaft_web', oid, 'SELECT')"
        ).fetchall()
    assert hidden == []


def test_databases_migrated_at_once_share_the_roles(postgres_url: str, empty_database_url: str) -> None:
    with psycopg.connect(postgres_url, autocommit=True) as conn:
        conn.execute("CREATE DATABASE roles_b")
    other = f"{postgres_url.rsplit('/', 1)[0]}/roles_b"
    try:
        threads = [threading.Thread(target=migrate, args=(url,)) for url in (empty_database_url, other)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        for url in (empty_database_url, other):
            as_role(url, "web").close()
    finally:
        with psycopg.connect(postgres_url, autocommit=True) as conn:
            conn.execute("DROP DATABASE roles_b WITH (FORCE)")
