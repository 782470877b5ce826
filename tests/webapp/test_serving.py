"""What is done before the processes are forked: nothing may be connected there, and no setting may stop it."""

import subprocess
import sys
from pathlib import Path

import pytest

# In a process of its own: what it does to the collector is for good.
SCRIPT = """
import gc, socket, sys, threading
import sqlalchemy as sa
from webapp import serving
from webapp.factory import create_app
from webapp.settings import Settings

def refuse(*_):
    raise AssertionError("something was connected")

socket.socket.connect = refuse
sa.event.listen(sa.pool.Pool, "connect", refuse)
served = []
app = create_app(Settings.from_environment({
    "SECRET_KEY": "k" * 40, "DATABASE_URL": "postgresql+psycopg://web@127.0.0.1:1/x", "REDIS_URL": "redis://127.0.0.1:1",
    "S3_ENDPOINT": "127.0.0.1:1", "S3_ACCESS_KEY": "a", "S3_SECRET_KEY": "b", "TRUSTED_HOSTS": sys.argv[1],
}))
app.after_request(lambda response: served.append(response.status_code) or response)
serving._make_ready_to_share(app)
print(served, threading.active_count(), gc.get_freeze_count() > 100_000)
"""


@pytest.mark.parametrize("hosts", ["", "tuntas.contoh.go.id,localhost", ".contoh.go.id"])
def test_a_page_is_served_in_advance_whatever_the_site_is_called(hosts: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, hosts], cwd=Path(__file__).parents[2], capture_output=True, text=True
    )
    assert (done.stdout, done.stderr) == ("[200] 1 True\n", "")
