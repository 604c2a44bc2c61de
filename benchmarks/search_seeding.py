"""Tickets to search in, with the index of today and that of before, written by SQL alone."""

import random
import re
import sqlite3
from collections.abc import Iterator
from itertools import accumulate
from typing import Any, Final

from benchmarks.desk_process import ORG
from server.domain.tokenizer import fold
from server.storage import search
from server.storage.search import Document
from server.storage.transaction import Writing

TICKETS: Final = 100_000
CUSTOMERS: Final = 10_000
FIRST_CUSTOMER: Final = 10_001
_WORD: Final = re.compile(r"[^\W_]+")

_OLD_INDEX: Final = {
    "sqlite": (
        """CREATE VIRTUAL TABLE before_search USING fts5(
            public, note, content='', tokenize='unicode61 remove_diacritics 2')""",
    ),
    "postgresql": (
        """CREATE TABLE before_search (org_id integer NOT NULL, number bigint NOT NULL,
            version integer NOT NULL, note boolean NOT NULL, words tsvector NOT NULL,
            PRIMARY KEY (org_id, number, version))""",
        "CREATE INDEX before_search_words ON before_search USING gin (words)",
    ),
}


def texts(count: int) -> Iterator[str]:
    """Texts of 60 words in a natural mixture; of each some have a date, a code, a version."""
    chance = random.Random(4821)  # noqa: S311 - the same texts in every run
    letters = "abcdefghijklmnopqrstuvwxyz"
    vocabulary = ["".join(chance.choices(letters, k=chance.randint(3, 9))) for _ in range(30_000)]
    weights = [1 / rank for rank in range(1, len(vocabulary) + 1)]
    sums = list(accumulate(weights))
    for number in range(1, count + 1):
        words = chance.choices(vocabulary, cum_weights=sums, k=60)
        yield f"printer {' '.join(words)} {_extras(number)}"


def _extras(number: int) -> str:
    code = f"order ORD-2026-{number:08d}" if number % 2 else f"serial {number * 7919:07d}"
    version = f"v{number % 5}.{number % 20}.{number % 7} e-mail" if number % 3 == 0 else "email"
    chinese = "我们的打印机坏了" if number % 200 == 0 else ""
    return f"{code} {version} 2026-{number % 12 + 1:02d}-{number % 28 + 1:02d} {chinese}"


def fill(connection: Any, dialect: str) -> None:
    """Writes tickets, customers and both indexes; the connection is in autocommit mode."""
    connection.execute("BEGIN")
    for statement in _OLD_INDEX[dialect]:
        connection.execute(statement)
    writing = Writing(connection, dialect)
    place = "?" if dialect == "sqlite" else "%s"
    for index in range(CUSTOMERS):
        person = FIRST_CUSTOMER + index
        name, email = f"Ann{index} Lee", f"ann.lee{index}@shop{index % 500}.example"
        search.put_person(writing, ORG, person, name, email)
        connection.execute(_person(place), [ORG, person, email, name])
    for number, text in enumerate(texts(TICKETS), 1):
        customer = FIRST_CUSTOMER + number % CUSTOMERS
        connection.execute(_ticket(place), [ORG, number, customer, number * 1_000_000, text])
        search.add(writing, Document(ORG, number, search.OWN_TEXT, text))
        _add_before(connection, dialect, number, text)
    writing.flush()
    connection.execute("COMMIT")
    connection.execute("ANALYZE")


def _person(place: str) -> str:
    return f"""INSERT INTO users (org_id, id, email, name, role, skills, capacity, presence, active,
        created_at) VALUES ({place}, {place}, {place}, {place}, 'customer', '[]', 10, 'offline',
        true, 0)"""


def _ticket(place: str) -> str:
    return f"""INSERT INTO tickets (org_id, number, customer_id, created_at, description, subject,
        category, updated_at, status, priority, tags, waiting_on, reopen_count, version, last_seq,
        sla_due) VALUES ({place}, {place}, {place}, {place}, {place}, 'Printer', 'general', 0,
        'closed', 1, '[]', 'agent', 0, 1, 1, 9007199254740991)"""


def _add_before(connection: Any, dialect: str, number: int, text: str) -> None:
    """The index as it was: whole words alone, with their places on SQLite."""
    words = _WORD.findall(fold(text))
    if dialect == "sqlite":
        connection.execute(
            "INSERT INTO before_search (rowid, public, note) VALUES (?, ?, '')",
            [number, " ".join(words)],
        )
    else:
        connection.execute(
            "INSERT INTO before_search VALUES (%s, %s, 1, false, array_to_tsvector(%s::text[]))",
            [ORG, number, [f"/{ORG}", *dict.fromkeys(words)]],
        )


def growth(connection: Any, dialect: str) -> float:
    """How many times the size of the index of before that of today is, people included."""
    if dialect == "sqlite":
        return _sqlite_growth(connection)
    sizes = connection.execute(
        """SELECT pg_total_relation_size('ticket_search') + pg_total_relation_size('people_search'),
        pg_total_relation_size('before_search')"""
    ).fetchone()
    return float(sizes[0] / sizes[1])


def _sqlite_growth(connection: sqlite3.Connection) -> float:
    for name in ("ticket_search", "people_search", "before_search"):
        connection.execute(f"INSERT INTO {name} ({name}) VALUES ('optimize')")
    sizes = [
        connection.execute(
            "SELECT sum(pgsize) FROM dbstat WHERE name LIKE ? AND name NOT LIKE '%_docsize'", [kind]
        ).fetchone()[0]
        for kind in ("%search_%", "before_search_%")
    ]
    return float((sizes[0] - sizes[1]) / sizes[1])
