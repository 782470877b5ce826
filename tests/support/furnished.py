"""A committed office for tests of the edge: tokens for everybody, names for requirements, the API as each sees it."""

import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

import sqlalchemy as sa
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.support.databases import Databases, copying
from tests.support.deliveries import check
from tests.support.offices import Office, build_office, database_app, issue_plan, plan_document, requirements_of
from webapp.auth.identity import issue_token
from webapp.embedded import Addresses
from workflows.core.db import db
from workflows.evidence.models import Evidence

QUARTERS = (1, 2)


@dataclass
class Furnished:
    """A database with an office in it, and the names by which tests know it."""

    addresses: Addresses
    tokens: dict[str, str] = field(default_factory=dict)
    """Of scope ``act``, by the account's name in ``build_office``."""
    reading: dict[str, str] = field(default_factory=dict)
    """Of scope ``read``."""
    requirements: dict[str, str] = field(default_factory=dict)
    """Ids of the requirements of agency ``dpk``: ``<unit>-<quarter>``, ``report``, ``outcome``."""
    report_id: str = ""
    other_report_id: str = ""
    other_requirement: str = ""
    """One of agency ``dsp``."""

    @contextmanager
    def behind(self) -> Iterator[None]:
        """The database as the workers see it; what is done inside is committed."""
        with database_app(self.addresses.database_worker_url):
            yield
            db.session.commit()

    def judge(self, evidence_id: str, *, verdict: str = "accept", warnings: int = 0) -> None:
        """Let a delivery be checked and, unless refused, archived: the rows alone, its bytes stay in the intake."""
        with self.behind():
            check(db.session.get_one(Evidence, uuid.UUID(evidence_id)), verdict=verdict, warnings=warnings)


def furnish(addresses: Addresses, *, document: Mapping[str, Any] | None = None) -> Furnished:
    """Write and commit an office with two agencies, tokens for everybody, and an issued report for each agency."""
    found = Furnished(addresses)
    with found.behind():
        office = build_office()
        _issue_tokens(found, office)
        report = issue_plan(office, document=document or plan_document(quarters=QUARTERS))
        other = issue_plan(office, document=plan_document(quarters=(1,)), agency=office.agencies[1])
        found.report_id = str(report.id)
        for row in requirements_of(report):
            name = f"{row.unit.code}-{row.quarter}" if row.quarter else row.kind.removeprefix("performance_")
            found.requirements[name] = str(row.id)
        found.other_report_id = str(other.id)
        found.other_requirement = str(requirements_of(other)[0].id)
    return found


def _issue_tokens(found: Furnished, office: Office) -> None:
    for name, account in office.accounts.items():
        found.tokens[name] = issue_token(account, name="uji", scope="act", days=1)
        found.reading[name] = issue_token(account, name="uji", scope="read", days=1)


@contextmanager
def copy_of(found: Furnished, databases: Databases) -> Iterator[Furnished]:
    """A database of its own that holds the same office, dropped afterwards."""
    source = sa.make_url(found.addresses.database_url).database
    name = f"office_{uuid.uuid4().hex[:12]}"
    owner = sa.make_url(found.addresses.database_owner_url).username
    server = sa.create_engine(databases.superuser_url("postgres"), isolation_level="AUTOCOMMIT", poolclass=sa.NullPool)
    with server.connect() as connection:
        connection.exec_driver_sql(copying(name, owner=owner, template=str(source)))
    try:
        yield replace(found, addresses=databases.named(name))
    finally:
        with server.connect() as connection:
            connection.exec_driver_sql(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


def filler(text: str = "monev", *, size: int = 0) -> bytes:
    """Return bytes that begin like a PDF, hold ``text`` and are at least ``size`` long; they mean nothing."""
    head = b"%PDF-1.7\n" + text.encode() + b"\n"
    return head + b"x" * max(0, size - len(head))


MULTIPART = "multipart/form-data; boundary=b"


def multipart(*parts: tuple[str, bytes | str, str | None]) -> bytes:
    """Return the body of :data:`MULTIPART` with these parts: name, content, and the file's name or ``None``."""
    body = b""
    for name, content, filename in parts:
        more = f'; filename="{filename}"' if filename is not None else ""
        body += f'--b\r\nContent-Disposition: form-data; name="{name}"{more}\r\n\r\n'.encode()
        body += (content.encode() if isinstance(content, str) else content) + b"\r\n"
    return body + b"--b--\r\n"


class Api:
    """The API as one account sees it."""

    def __init__(self, client: FlaskClient, token: str) -> None:
        self._client = client
        self.headers = {"Authorization": f"Bearer {token}"}

    def get(self, path: str, **more: Any) -> TestResponse:
        """Ask for a path below ``/api/v1``."""
        return self.send("GET", path, **more)

    def post(self, path: str, **more: Any) -> TestResponse:
        """Send something to a path below ``/api/v1``."""
        return self.send("POST", path, **more)

    def send(self, method: str, path: str, **more: Any) -> TestResponse:
        """Send any request, signed with the account's token."""
        headers = self.headers | more.pop("headers", {})
        return self._client.open(f"/api/v1{path}", method=method, headers=headers, **more)
