"""Adds who was a ticket's customer and is no more, from the log."""

from typing import Any

import peewee as pw

SQLITE = """INSERT INTO "former_parties" ("org_id", "user_id", "number")
    SELECT DISTINCT "org_id", json_extract("body", '$.changes.customer_id[0]'), "number"
    FROM "events"
    WHERE "number" IS NOT NULL AND "body" LIKE '%"customer_id":[%'
        AND json_extract("body", '$.changes.customer_id[0]') IS NOT NULL"""
POSTGRESQL = """INSERT INTO "former_parties" ("org_id", "user_id", "number")
    SELECT DISTINCT "org_id", ("body"::jsonb #>> '{changes,customer_id,0}')::bigint, "number"
    FROM "events"
    WHERE "number" IS NOT NULL AND "body" LIKE '%%"customer_id":[%%'
        AND "body"::jsonb #>> '{changes,customer_id,0}' IS NOT NULL"""


class FormerParty(pw.Model):
    org_id = pw.IntegerField()
    user_id = pw.BigIntegerField()
    number = pw.BigIntegerField()

    class Meta:
        table_name = "former_parties"
        legacy_table_names = False
        primary_key = pw.CompositeKey("org_id", "user_id", "number")


def up(_migrator: Any, db: pw.Database) -> None:
    with db.bind_ctx([FormerParty]):
        db.create_tables([FormerParty])
    is_sqlite = isinstance(db, pw.SqliteDatabase)
    db.execute_sql(SQLITE if is_sqlite else POSTGRESQL)  # type: ignore[no-untyped-call]
