"""One sequence for the ids of agents and customers, which goes on behind every id drawn so far.

Customers' ids began behind the last id that an agent could have (9999), so their counter is the
greater one. The larger of the two is taken all the same: an id must never be given twice. What was
found by the range of agents' ids is found by the role, or by the person's notification.
"""

from typing import Any

import peewee as pw

BEHIND_BOTH = "UPDATE counters SET customer = agent WHERE agent > customer"
INDEXES = (
    """CREATE INDEX "users_agents" ON "users" ("org_id", "id") WHERE "role" <> 'customer'""",
    "DROP INDEX notices_live",
    """CREATE INDEX "notices_live" ON "notices" ("org_id", "id", "audience")
        WHERE ("audience" > 0)""",
)


def up(migrator: Any, db: pw.Database) -> None:
    for statement in (BEHIND_BOTH, *INDEXES):
        db.execute_sql(statement)  # type: ignore[no-untyped-call]
    migrator.migrate(
        migrator.rename_column("counters", "customer", "person"),
        migrator.drop_column("counters", "agent"),
    )
