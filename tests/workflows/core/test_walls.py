"""The second wall and the migrations: what PostgreSQL itself refuses or tells."""

import pytest
import sqlalchemy as sa
from alembic.script import ScriptDirectory
from sqlalchemy.exc import DBAPIError

from tests.support.databases import Databases
from tests.support.offices import build_office, database_app, issue_plan
from webapp.embedded import Addresses
from workflows import migrations
from workflows.core.db import NOBODY, Base, Scope, bind_scope, db

OF_AGENCY = sorted(name for name, table in Base.metadata.tables.items() if "agency_id" in table.c)
OF_REGION = ["agency", "unit", "person", "position", "position_assignment"]


@pytest.fixture(scope="module")
def filled(databases: Databases):
    """A database in which both agencies have an issued report, seen through the web role."""
    with databases.clone() as addresses:
        with database_app(addresses.database_worker_url):
            office = build_office()
            for agency in office.agencies:
                issue_plan(office, agency=agency)
            db.session.commit()
            scopes = {agency.code: Scope(office.region.id, frozenset({agency.id})) for agency in office.agencies}
            scopes["region"] = Scope(office.region.id, None)
        with database_app(addresses.database_url):
            yield addresses, scopes


def seen(table: str, scope: Scope) -> int:
    """Count what the web role sees of a table in that scope."""
    db.session.rollback()
    bind_scope(scope)
    return db.session.scalar(sa.text(f"SELECT count(*) FROM {table}"))  # noqa: S608 - a name from the models


@pytest.mark.parametrize(
    "table", ["evaluation_report", "recommendation", "action", "requirement", "requirement_recommendation"]
)
def test_the_web_role_sees_one_agency_the_region_or_nothing(filled, table: str) -> None:
    _, scopes = filled
    first, second, region = (seen(table, scopes[name]) for name in ("dpk", "dsp", "region"))
    assert first > 0
    assert second > 0
    assert first + second == region
    assert seen(table, NOBODY) == 0


def test_events_of_another_agency_are_not_seen(filled) -> None:
    _, scopes = filled
    first, region = seen("audit_event", scopes["dpk"]), seen("audit_event", scopes["region"])
    assert 0 < first < region
    assert seen("audit_event", NOBODY) == 0


@pytest.mark.parametrize("table", OF_REGION)
def test_people_and_places_are_seen_only_inside_the_region(filled, table: str) -> None:
    _, scopes = filled
    assert seen(table, scopes["dpk"]) > 0
    assert seen(table, NOBODY) == 0


def test_every_table_an_office_owns_is_behind_the_wall(filled) -> None:
    db.session.rollback()
    walled = set(db.session.scalars(sa.text("SELECT relname FROM pg_class WHERE relrowsecurity")))
    assert {*OF_AGENCY, *OF_REGION} - walled == set()


def test_a_row_cannot_be_written_into_another_agency(filled) -> None:
    _, scopes = filled
    db.session.rollback()
    bind_scope(scopes["dpk"])
    with pytest.raises(DBAPIError, match="row-level security"):
        db.session.execute(
            sa.text("UPDATE requirement SET agency_id = (SELECT id FROM agency WHERE code = 'dsp') WHERE quarter = 1")
        )
    db.session.rollback()


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE evidence SET sha256 = 'x'",
        "UPDATE sign_off SET person_id = gen_random_uuid()",
        "UPDATE sign_off SET sha256 = 'x'",
        "UPDATE certificate_binding SET person_id = gen_random_uuid()",
        "UPDATE certificate_binding SET fingerprint = 'x'",
        "UPDATE ink_claim SET person_id = gen_random_uuid()",
        "UPDATE ink_claim SET page = 9",
        "DELETE FROM ink_claim",
        "DELETE FROM certificate_binding",
        "DELETE FROM evidence",
        "DELETE FROM requirement",
        "DELETE FROM sign_off",
        "INSERT INTO check_report DEFAULT VALUES",
        "INSERT INTO archived_object DEFAULT VALUES",
        "UPDATE evidence_use SET revision = 9",
        "UPDATE archived_object SET disposal_id = NULL",
        "UPDATE disposal SET done_at = now()",
        "UPDATE disposal SET sha256 = 'x'",
        "UPDATE legal_hold SET reason = 'x'",
        "UPDATE archive_finding SET resolved_at = now()",
        "DELETE FROM disposal",
        "DELETE FROM legal_hold",
        "DELETE FROM archive_finding",
    ],
)
def test_what_identifies_a_delivery_or_a_signature_is_out_of_reach_of_the_web(filled, statement: str) -> None:
    db.session.rollback()
    with pytest.raises(DBAPIError, match="permission denied"):
        db.session.execute(sa.text(statement))
    db.session.rollback()


def test_the_roles_are_neither_owner_nor_superuser_nor_above_the_wall(filled) -> None:
    db.session.rollback()
    rows = db.session.execute(
        sa.text(
            "SELECT rolname, rolsuper, rolbypassrls, rolcreaterole, rolcreatedb FROM pg_roles"
            " WHERE rolname IN ('tuntas_web', 'tuntas_worker')"
        )
    ).all()
    assert sorted(tuple(row) for row in rows) == [
        ("tuntas_web", False, False, False, False), ("tuntas_worker", False, False, False, False),
    ]  # fmt: skip
    owners = set(db.session.scalars(sa.text("SELECT tableowner FROM pg_tables WHERE schemaname = 'public'")))
    assert owners == {"tuntas_owner"}


def test_the_files_of_the_migrations_are_named_in_their_order_which_has_one_head() -> None:
    scripts = ScriptDirectory(str(migrations.HERE)).walk_revisions("base", "heads")
    assert tuple(script.revision for script in scripts)[::-1] == migrations.REVISIONS
    assert ScriptDirectory(str(migrations.HERE)).get_heads() == [migrations.NEWEST]


def owner(addresses: Addresses) -> sa.Engine:
    """Connect as the owner."""
    return sa.create_engine(addresses.database_owner_url, poolclass=sa.NullPool)


def test_the_migrated_database_is_what_the_models_say(database: Addresses) -> None:
    with owner(database).begin() as connection:
        migrations.check(connection)
        assert migrations.drift(connection) == []


def test_a_drift_from_the_models_is_seen(database: Addresses) -> None:
    with owner(database).begin() as connection:
        connection.exec_driver_sql("ALTER TABLE person ADD COLUMN shoe_size integer")
        assert migrations.drift(connection)


def test_migrating_twice_changes_nothing(database: Addresses) -> None:
    for _ in range(2):
        with owner(database).begin() as connection:
            migrations.upgrade(connection)


def test_an_older_and_a_newer_database_are_refused_in_words(database: Addresses) -> None:
    for revision, code in (("9999", "schema_new"), (None, "schema_old")):
        with owner(database).begin() as connection:
            connection.exec_driver_sql("DELETE FROM alembic_version")
            if revision:
                connection.execute(sa.text("INSERT INTO alembic_version VALUES (:revision)"), {"revision": revision})
        with owner(database).begin() as connection, pytest.raises(migrations.SchemaError) as error:
            migrations.check(connection)
        assert error.value.reasons[0].code == code
