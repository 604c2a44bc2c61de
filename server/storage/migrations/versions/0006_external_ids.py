"""Imported tickets' external ids in the log, so that every event's ticket has its own."""

from typing import Any

import peewee as pw

SQLITE = """UPDATE "events" SET "body" = json_set("body", '$.ticket.external_id', (
        SELECT "external_id" FROM "tickets"
        WHERE "tickets"."org_id" = "events"."org_id" AND "tickets"."number" = "events"."number"))
    WHERE EXISTS (
        SELECT 1 FROM "tickets"
        WHERE "tickets"."org_id" = "events"."org_id" AND "tickets"."number" = "events"."number"
            AND "tickets"."external_id" IS NOT NULL)
        AND json_extract("body", '$.ticket.number') IS NOT NULL"""
POSTGRESQL = """UPDATE "events" SET "body" = jsonb_set(
        "events"."body"::jsonb, '{ticket,external_id}', to_jsonb("tickets"."external_id"))::text
    FROM "tickets"
    WHERE "tickets"."org_id" = "events"."org_id" AND "tickets"."number" = "events"."number"
        AND "tickets"."external_id" IS NOT NULL
        AND "events"."body"::jsonb -> 'ticket' ->> 'number' IS NOT NULL"""


def up(_migrator: Any, db: pw.Database) -> None:
    is_sqlite = isinstance(db, pw.SqliteDatabase)
    db.execute_sql(SQLITE if is_sqlite else POSTGRESQL)  # type: ignore[no-untyped-call]
