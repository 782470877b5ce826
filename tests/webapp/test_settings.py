"""Settings that several programs read mean the same to each of them."""

from collections.abc import Callable, Mapping

import pytest

from webapp.deployment import outside
from webapp.settings import MissingSettingError, Settings
from workers import settings as worker
from workers.settings import WorkerSettings

OTHERS = {
    "SECRET_KEY": "k" * 32,
    "DATABASE_URL": "postgresql://web@db/x",
    "DATABASE_OWNER_URL": "postgresql://owner@db/x",
    "DATABASE_WORKER_URL": "postgresql://worker@db/x",
    "REDIS_URL": "redis://redis",
    "S3_ENDPOINT": "s3.example",
    "S3_ACCESS_KEY": "key",
    "S3_SECRET_KEY": "secret",
    "CHECKER_SOCKET": "/run/checker",
    "SEAL_KEY_FILE": "/run/seal",
}

READERS: list[Callable[[Mapping[str, str]], bool]] = [
    lambda environment: Settings.from_environment(environment).s3_secure,
    lambda environment: WorkerSettings.from_environment(environment).s3_secure,
    lambda environment: (outside(environment).store() or {})["s3_secure"],
]
each_reader = pytest.mark.parametrize("secure", READERS, ids=["web", "worker", "launcher"])


@each_reader
def test_a_store_elsewhere_is_spoken_to_by_tls_unless_that_is_turned_off(
    secure: Callable[[Mapping[str, str]], bool],
) -> None:
    assert secure(OTHERS) is True
    for text, expected in {"false": False, "0": False, "NO": False, "true": True, "1": True, "Yes": True}.items():
        assert (text, secure({**OTHERS, "S3_SECURE": text})) == (text, expected)


@each_reader
def test_a_word_that_is_neither_yes_nor_no_is_refused_by_name(secure: Callable[[Mapping[str, str]], bool]) -> None:
    with pytest.raises((MissingSettingError, worker.MissingSettingError), match="S3_SECURE tidak dapat dibaca: 'off'"):
        secure({**OTHERS, "S3_SECURE": "off"})
