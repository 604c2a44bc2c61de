"""A desk of many tickets with their search index, and an index beside one of before: SQL alone.

The tickets were filed over five years; a tenth of them is open. Their log is empty.
"""

import random
import re
import sqlite3
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from itertools import accumulate, islice
from typing import Any, Final

from benchmarks.desk_process import ORG
from server.clock import utc_now
from server.domain.timestamps import to_microseconds
from server.domain.tokenizer import extract_tokens, fold_text
from server.storage.queries.reports import daily_rollups
from server.storage.queries.search.search_index import Document, build_ticket_text

INDEXED_TWICE: Final = 10_000
CUSTOMERS: Final = 10_000
FIRST_CUSTOMER: Final = 10_001
_SUBJECT: Final = "Printer"
_SHORT, _LONG = 12, 60
_AT_ONCE: Final = 10_000
_START: Final = to_microseconds(datetime(2021, 1, 1, tzinfo=UTC))
_END: Final = to_microseconds(datetime(2026, 1, 1, tzinfo=UTC))
_STATUSES: Final = ("closed",) * 8 + ("resolved", "open")
_WORD: Final = re.compile(r"[^\W_]+")
_BESIDE: Final = {
    "sqlite": (
        """CREATE VIRTUAL TABLE now_words USING fts5(
            words, content='', columnsize=0, detail=none, tokenize="ascii tokenchars '<#'")""",
        """CREATE VIRTUAL TABLE before_words USING fts5(
            public, note, content='', tokenize='unicode61 remove_diacritics 2')""",
    ),
    "postgresql": tuple(
        statement.format(name)
        for name in ("now_words", "before_words")
        for statement in (
            """CREATE TABLE {0} (org_id integer NOT NULL, number bigint NOT NULL,
                version integer NOT NULL, note boolean NOT NULL, words tsvector NOT NULL,
                PRIMARY KEY (org_id, number, version))""",
            "CREATE INDEX {0}_words ON {0} USING gin (words)",
        )
    ),
}
_TICKET_COLUMNS: Final = """org_id, number, customer_id, created_at, description, subject, category,
    updated_at, status, priority, tags, waiting_on, reopen_count, version, last_seq, sla_due"""
_PERSON_COLUMNS: Final = """org_id, id, email, name, role, skills, capacity, presence, active,
    created_at"""


def texts(count: int, length: int) -> Iterator[str]:
    """Texts of so many words in a natural mixture; of each some have a date, a code, a version."""
    chance = random.Random(4821)  # noqa: S311 - the same texts in every run
    letters = "abcdefghijklmnopqrstuvwxyz"
    vocabulary = ["".join(chance.choices(letters, k=chance.randint(3, 9))) for _ in range(30_000)]
    sums = list(accumulate(1 / rank for rank in range(1, len(vocabulary) + 1)))
    for number in range(1, count + 1):
        words = chance.choices(vocabulary, cum_weights=sums, k=length)
        yield f"printer {' '.join(words)} {_extras(number)}"


def _extras(number: int) -> str:
    code = f"order ORD-2026-{number:08d}" if number % 2 else f"serial {number * 7919:07d}"
    version = f"v{number % 5}.{number % 20}.{number % 7} e-mail" if number % 3 == 0 else "email"
    chinese = "我们的打印机坏了" if number % 200 == 0 else ""
    scanner = "scanner" if number % 20 == 7 else ""
    date = f"2026-{number % 12 + 1:02d}-{number % 28 + 1:02d}"
    return f"{code} {version} {date} {chinese} {scanner}"


def fill(connection: Any, dialect: str, count: int) -> None:
    """Writes so many tickets, customers and their index; the connection is in autocommit mode."""
    connection.execute("BEGIN")
    _insert(connection, dialect, "users", _PERSON_COLUMNS, list(_people()))
    people = [(ORG, row[1], extract_tokens(f"{row[3]}\n{row[2]}")) for row in _people()]
    _index(connection, dialect, "people_search", "org_id, id, words", people)
    written = enumerate(texts(count, _SHORT), 1)
    step = (_END - _START) // count
    while some := list(islice(written, _AT_ONCE)):
        rows = [_ticket(number, text, _START + number * step) for number, text in some]
        _insert(connection, dialect, "tickets", _TICKET_COLUMNS, rows)
        documents = [
            Document(ORG, n, 1, build_ticket_text(_SUBJECT, text, None)) for n, text in some
        ]
        _index_tickets(connection, dialect, documents)
    # As on a desk that has run until now: numbers go on, and the days are rolled up for reports.
    yesterday = to_microseconds(utc_now()) // daily_rollups.DAY - 1
    connection.execute(
        f"""UPDATE counters SET seq = {count}, ticket = {count},
        person = {FIRST_CUSTOMER + CUSTOMERS}, sealed_day = {yesterday} WHERE org_id = {ORG}"""
    )
    connection.execute("COMMIT")
    connection.execute("ANALYZE" if dialect == "postgresql" else "PRAGMA wal_checkpoint")


def _people() -> Iterator[tuple[Any, ...]]:
    for index in range(CUSTOMERS):
        email, name = f"ann.lee{index}@shop{index % 500}.example", f"Ann{index} Lee"
        person = FIRST_CUSTOMER + index
        yield ORG, person, email, name, "customer", "[]", 10, "offline", True, 0


def _ticket(number: int, text: str, at: int) -> tuple[Any, ...]:
    customer = FIRST_CUSTOMER + number % CUSTOMERS
    status = _STATUSES[number % len(_STATUSES)]
    own = (ORG, number, customer, at, text, _SUBJECT, "general", at, status)
    return (*own, 1, "[]", "agent", 0, 1, number, 9007199254740991)


def _insert(
    connection: Any, dialect: str, table: str, columns: str, rows: Sequence[tuple[Any, ...]]
) -> None:
    if dialect == "sqlite":
        places = ", ".join("?" * len(rows[0]))
        connection.executemany(f"INSERT INTO {table} ({columns}) VALUES ({places})", rows)
        return
    with connection.cursor().copy(f"COPY {table} ({columns}) FROM STDIN") as copy:
        for row in rows:
            copy.write_row(row)


def _index(
    connection: Any, dialect: str, table: str, columns: str, rows: Sequence[tuple[Any, ...]]
) -> None:
    """Rows of an index that are told by their numbers, with their tokens last."""
    if dialect == "sqlite":
        places = [(row[0] << 46 | row[1], " ".join(row[-1])) for row in rows]
        connection.executemany(f"INSERT INTO {table} (rowid, words) VALUES (?, ?)", places)
    else:
        vectors = [(*row[:-1], _vector(row[-1])) for row in rows]
        _insert(connection, dialect, table, columns, vectors)


def _index_tickets(connection: Any, dialect: str, documents: Sequence[Document]) -> None:
    if dialect == "sqlite":
        rows = [tuple(it.for_sqlite().values()) for it in documents]
        connection.executemany("INSERT INTO ticket_search (rowid, words) VALUES (?, ?)", rows)
    else:
        written = [tuple(it.for_postgres().values()) for it in documents]
        columns = "org_id, number, version, note, words"
        _insert(connection, dialect, "ticket_search", columns, written)


def _vector(tokens: Sequence[str]) -> str:
    """A tsvector as COPY reads it, the token of the organization in front."""
    return " ".join(f"'{token}'" for token in (f"/{ORG}", *tokens))


def growth(connection: Any, dialect: str) -> float:
    """The size of today's index over that of whole words alone, of the same long texts.

    On PostgreSQL with the rows that it is an index of.
    """
    connection.execute("BEGIN")
    for statement in _BESIDE[dialect]:
        connection.execute(statement)
    for number, text in enumerate(texts(INDEXED_TWICE, _LONG), 1):
        _add(connection, dialect, "now_words", number, extract_tokens(text))
        _add(connection, dialect, "before_words", number, _WORD.findall(fold_text(text)))
    connection.execute("COMMIT")
    if dialect == "sqlite":
        now, before = (_sqlite_size(connection, name) for name in ("now", "before"))
    else:
        sizes = "pg_total_relation_size('now_words'), pg_total_relation_size('before_words')"
        now, before = connection.execute(f"SELECT {sizes}").fetchone()
    return float(now / before)


def _add(connection: Any, dialect: str, table: str, number: int, words: list[str]) -> None:
    if dialect == "sqlite":
        column = "words" if table == "now_words" else "public"
        connection.execute(
            f"INSERT INTO {table} (rowid, {column}) VALUES (?, ?)",
            [Document(ORG, number, 1, "").rowid, " ".join(words)],
        )
    else:
        connection.execute(
            f"INSERT INTO {table} VALUES (%s, %s, 1, false, array_to_tsvector(%s::text[]))",
            [ORG, number, [f"/{ORG}", *dict.fromkeys(words)]],
        )


def _sqlite_size(connection: sqlite3.Connection, name: str) -> int:
    connection.execute(f"INSERT INTO {name}_words ({name}_words) VALUES ('optimize')")
    size: int = connection.execute(
        "SELECT sum(pgsize) FROM dbstat WHERE name LIKE ?", [f"{name}_words_%"]
    ).fetchone()[0]
    return size
