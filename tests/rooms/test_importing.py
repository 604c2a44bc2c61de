"""The import, where the database is not a friend."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from common.errors import Unavailable
from server.clock import utc_now
from server.storage.engine.database import Database
from server.transfer.importer import Importer
from tests.support.import_lines import case


class Away(Database):
    """A database that is there to be read, and then is not; it has no threads."""

    def __init__(self) -> None:
        self.dialect = "sqlite"

    async def read_snapshot(self, job: Callable[[Any], Any]) -> Any:
        return True

    async def write(
        self, job: Callable[[Any], Any], *, org_id: int | None = None, needs: object = None
    ) -> Any:
        raise Unavailable("The database cannot do this at the moment: try again.")

    def close(self, within_seconds: float | None = None) -> bool:
        return True  # nothing is open


async def test_a_database_that_goes_away_is_no_fault_of_the_lines() -> None:
    complaints: list[str] = []
    taken = Importer(Away(), utc_now, 4821, lambda where, _: complaints.append(where))

    with pytest.raises(Unavailable):
        await taken.import_source([json.dumps(case()).encode()])
    assert complaints == []
