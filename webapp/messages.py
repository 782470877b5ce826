"""Sends a job's message to the workers: the job's id, under the name of its kind, into its queue.

Only the names are agreed between the two sides (``workflows.core.jobs``); neither imports the other.
"""

import uuid

from celery import Celery

from workflows.core import jobs

_PATIENCE = 0.5
"""Seconds a request may wait for a broker that is away; the sweep sends what was not sent."""


class Messenger:
    """Bound to one broker. One that is away raises at once, instead of holding the request up."""

    def __init__(self, broker_url: str) -> None:
        self._client = Celery("tuntas-messages", broker=broker_url, set_as_current=False)
        self._client.conf.update(
            task_ignore_result=True,
            task_serializer="json",
            broker_connection_timeout=_PATIENCE,
            broker_transport_options={"max_retries": 0},
            redis_socket_connect_timeout=_PATIENCE,
            redis_socket_timeout=_PATIENCE,
        )

    def send(self, job_id: uuid.UUID, kind: str) -> None:
        """Send one message."""
        self._client.send_task(kind, args=[str(job_id)], queue=jobs.queue_of(kind), retry=False, ignore_result=True)

    def ping(self) -> None:
        """Raise unless the broker answers within a moment."""
        with self._client.connection_for_write() as connection:
            connection.ensure_connection(max_retries=0, timeout=_PATIENCE)
