"""Further addresses of people, beside the primary one of `users`."""

from typing import Any

import peewee as pw


class UserAddress(pw.Model):
    org_id = pw.IntegerField()
    id = pw.BigIntegerField()
    user_id = pw.BigIntegerField()
    address = pw.TextField()

    class Meta:
        table_name = "user_addresses"
        legacy_table_names = False
        primary_key = pw.CompositeKey("org_id", "id")
        indexes = ((("org_id", "address"), True), (("org_id", "user_id", "id"), False))


def up(_migrator: Any, db: pw.Database) -> None:
    with db.bind_ctx([UserAddress]):
        db.create_tables([UserAddress])
