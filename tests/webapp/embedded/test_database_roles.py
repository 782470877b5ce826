"""What the three roles may do, asked of the server itself."""

from collections.abc import Iterator

import psycopg
import pytest
from psycopg import errors

from webapp.embedded import Addresses, Engines

from .conftest import dsn


@pytest.fixture(params=["database_url", "database_worker_url"])
def restricted(request: pytest.FixtureRequest, addresses: Addresses) -> Iterator[psycopg.Connection]:
    with psycopg.connect(dsn(getattr(addresses, request.param)), autocommit=True) as connection:
        yield connection


def test_no_role_of_the_product_is_privileged(engines: Engines) -> None:
    with psycopg.connect(dsn(engines.superuser_url())) as server:
        rows = server.execute(
            "SELECT rolname, rolsuper, rolbypassrls, rolcreatedb, rolcreaterole, rolreplication, rolcanlogin"
            " FROM pg_roles WHERE rolname LIKE 'tuntas%' ORDER BY rolname"
        ).fetchall()
        memberships = server.execute("SELECT 1 FROM pg_auth_members WHERE member::regrole::text LIKE 'tuntas%'")
        assert memberships.fetchall() == []
    nothing_but_login = (False, False, False, False, False, True)
    assert rows == [(name, *nothing_but_login) for name in ("tuntas_owner", "tuntas_web", "tuntas_worker")]


def test_the_owner_owns_database_and_schema(addresses: Addresses) -> None:
    with psycopg.connect(dsn(addresses.database_owner_url)) as owner:
        assert owner.execute(
            "SELECT pg_get_userbyid(datdba), (SELECT pg_get_userbyid(nspowner) FROM pg_namespace"
            " WHERE nspname = 'public') FROM pg_database WHERE datname = 'tuntas'"
        ).fetchone() == ("tuntas_owner", "tuntas_owner")
        owner.execute("CREATE EXTENSION pg_trgm")
        owner.rollback()


@pytest.mark.parametrize(
    "statement",
    [
        "CREATE TABLE mine (id int)",
        "CREATE TEMPORARY TABLE mine (id int)",
        "CREATE SCHEMA mine",
        "CREATE DATABASE mine",
        "CREATE ROLE mine",
        "CREATE FUNCTION mine() RETURNS int LANGUAGE sql AS 'SELECT 1'",
        "SELECT * FROM secret",
        "DROP TABLE secret",
        "ALTER TABLE secret DISABLE ROW LEVEL SECURITY",
        "SET ROLE tuntas_owner",
        "SET SESSION AUTHORIZATION postgres",
        "SET session_replication_role = replica",
        "ALTER SYSTEM SET fsync = off",
        "COPY (SELECT 1) TO PROGRAM 'true'",
        "COPY (SELECT 1) TO '/tmp/tuntas-copy'",
        "SELECT pg_read_file('postgresql.conf')",
        "SELECT rolpassword FROM pg_authid",
    ],
)
def test_web_and_worker_are_refused(restricted: psycopg.Connection, statement: str) -> None:
    with pytest.raises(errors.InsufficientPrivilege):
        restricted.execute(statement)


@pytest.mark.parametrize("database", ["postgres", "template1"])
def test_web_sees_no_other_database(addresses: Addresses, database: str) -> None:
    with pytest.raises(psycopg.OperationalError, match="permission denied for database"):
        psycopg.connect(dsn(addresses.database_url), dbname=database)


def test_the_server_trusts_nobody_without_a_password(engines: Engines) -> None:
    with psycopg.connect(dsn(engines.superuser_url())) as server:
        methods = server.execute("SELECT DISTINCT auth_method FROM pg_hba_file_rules").fetchall()
        encryption = server.execute("SELECT DISTINCT left(rolpassword, 13) FROM pg_authid WHERE rolcanlogin").fetchall()
    assert methods == [("scram-sha-256",)]
    assert encryption == [("SCRAM-SHA-256",)]


def test_letters_beyond_ascii_have_two_cases(addresses: Addresses) -> None:
    with psycopg.connect(dsn(addresses.database_url)) as web:
        assert web.execute("SELECT version() LIKE 'PostgreSQL 18.%', lower('É')").fetchone() == (True, "é")
