"""One sequence for the ids of agents and customers, which goes on behind every id drawn so far.

Customers' ids began behind the last id that an agent could have (9999), so their counter is the
greater one. The larger of the two is taken all the same: an id must never be given twice.
"""

from typing import Any

import peewee as pw

BEHIND_BOTH = "UPDATE counters SET customer = agent WHERE agent > customer"


def up(migrator: Any, db: pw.Database) -> None:
    db.execute_sql(BEHIND_BOTH)  # type: ignore[no-untyped-call]
    migrator.migrate(
        migrator.rename_column("counters", "customer", "person"),
        migrator.drop_column("counters", "agent"),
    )
