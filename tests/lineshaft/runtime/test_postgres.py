import psycopg
import pytest

pytestmark = pytest.mark.database


def test_the_owner_is_no_superuser_and_logs_in_with_scram(postgres_url: str) -> None:
    with psycopg.connect(postgres_url) as connection:
        row = connection.execute(
            "SELECT rolsuper, rolcreaterole, rolcreatedb FROM pg_roles WHERE rolname = current_user"
        ).fetchone()
        assert row == (False, True, True)
        assert connection.execute("SHOW listen_addresses").fetchone() == ("127.0.0.1",)


def test_a_wrong_password_is_refused(postgres_url: str) -> None:
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(postgres_url.replace("lineshaft:", "lineshaft:x"))


def test_each_test_gets_an_empty_database_of_its_own(empty_database_url: str) -> None:
    with psycopg.connect(empty_database_url) as connection:
        row = connection.execute(
            "SELECT count(*) FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace"
            " WHERE nspname NOT LIKE 'pg\\_%' AND nspname <> 'information_schema'"
        ).fetchone()
        assert row == (0,)


def test_the_owner_can_become_the_roles_it_makes(empty_database_url: str) -> None:
    with psycopg.connect(empty_database_url) as connection:
        connection.execute("CREATE ROLE a_test_role NOLOGIN")
        connection.execute("SET ROLE a_test_role")
        connection.rollback()
