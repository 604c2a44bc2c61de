"""Jobs that wait for the database as long as a test does: a busy machine has none refused."""

from unittest.mock import patch

from server.storage.engine import job_queue
from tests.support.waiting import PATIENCE


def use_patient_jobs() -> None:
    """Has this process refuse no job for its wait; the test of the refusal undoes it."""
    patch.object(job_queue, "MAX_WAIT_SECONDS", PATIENCE).start()
