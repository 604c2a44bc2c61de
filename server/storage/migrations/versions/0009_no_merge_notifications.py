"""Preferences about merged tickets go: there are no such notifications, and there never were.

A stored preference of a kind that the code does not know would make all of them unreadable.
"""

import json
from collections.abc import Iterator
from typing import Any

import peewee as pw

GONE = "merged"


def up(_migrator: Any, db: pw.Database) -> None:
    organizations, users = pw.Table("organizations").bind(db), pw.Table("users").bind(db)
    for org_id, text in _find_texts(organizations, organizations.c.settings):
        body = json.loads(text)
        chosen = body.get("notifications", {})
        chosen |= {audience: _drop_gone(chosen[audience]) for audience in chosen}
        mine = organizations.c.org_id == org_id
        organizations.update({organizations.c.settings: json.dumps(body)}).where(mine).execute()
    for org_id, text, id_ in _find_texts(users, users.c.preferences, users.c.id):
        body = json.loads(text)
        body["notices"] = _drop_gone(body.get("notices", []))
        mine = (users.c.org_id == org_id) & (users.c.id == id_)
        users.update({users.c.preferences: json.dumps(body)}).where(mine).execute()


def _find_texts(table: pw.Table, text: pw.Column, *more: pw.Column) -> Iterator[tuple[Any, ...]]:
    rows = table.select(table.c.org_id, text, *more).where(text.contains(f'"{GONE}"'))
    yield from list(rows.tuples())


def _drop_gone(preferences: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [it for it in preferences if it["kind"] != GONE]
