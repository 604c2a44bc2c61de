"""The identity of each log: what was written before keeps ids without one."""

import json
import secrets
from typing import Any

import peewee as pw


class Table(pw.Model):
    class Meta:
        legacy_table_names = False


class Organization(Table):
    org_id = pw.IntegerField(primary_key=True)
    epochs = pw.TextField(null=True)

    class Meta:
        table_name = "organizations"


class Counter(Table):
    org_id = pw.IntegerField(primary_key=True)
    seq = pw.BigIntegerField()

    class Meta:
        table_name = "counters"


def up(migrator: Any, db: pw.Database) -> None:
    migrator.migrate(migrator.add_column("organizations", "epochs", pw.TextField(null=True)))
    with db.bind_ctx((Organization, Counter)):
        logs: Any = Counter.select(Counter.org_id, Counter.seq).tuples()
        for org_id, seq in list(logs):
            fresh = [seq, secrets.token_hex(8)]
            stretches = [[0, ""], fresh] if seq else [fresh]
            Organization.update(epochs=json.dumps([stretches], separators=(",", ":"))).where(
                Organization.org_id == org_id
            ).execute()
