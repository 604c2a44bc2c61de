"""The full-text index: a ticket's own text is one document, each message another.

On SQLite a document's rowid is its organization, ticket and version, so a search reads nothing
of another organization and needs no join; the index keeps no copy of the texts. On PostgreSQL a
token of the organization is part of every document and every query. Notes are told apart, so
that customers never find a ticket by what they may not read.
"""

from typing import Any, Final

from msgspec import Struct

from server.storage.statement import Sql
from server.storage.transaction import Writing
from server.storage.words import words_in

_VERSION_BITS: Final = 22
_NUMBER_BITS: Final = 24
_ORG_SHIFT: Final = _VERSION_BITS + _NUMBER_BITS
_WORDS_AT_MOST: Final = 12


class Document(Struct, frozen=True):
    """A text to find: of a ticket, at the ticket's version then; a note or public."""

    org_id: int
    number: int
    version: int
    text: str
    is_note: bool = False

    @property
    def rowid(self) -> int:
        """Where it stands in SQLite's index: organization, number, version in 17+24+22 bits."""
        return self.org_id << _ORG_SHIFT | self.number << _VERSION_BITS | self.version

    def for_sqlite(self) -> dict[str, Any]:
        # Its own tokenizer finds the same words in ASCII, and in what has been taken apart.
        text = self.text if self.text.isascii() else " ".join(words_in(self.text))
        return {
            "rowid": self.rowid,
            "public": "" if self.is_note else text,
            "note_text": text if self.is_note else "",
        }

    def for_postgres(self) -> dict[str, Any]:
        return {
            "org_id": self.org_id,
            "number": self.number,
            "version": self.version,
            "note": self.is_note,
            "words": [_token(self.org_id), *dict.fromkeys(words_in(self.text))],
        }


class _Both:
    """The same step in either dialect, which differ in what they need to know."""

    def __init__(self, sqlite: tuple[str, str], postgresql: tuple[str, str]) -> None:
        self._statements = {
            "sqlite": Sql(sqlite=sqlite[0], postgresql="", places=sqlite[1]),
            "postgresql": Sql(sqlite="", postgresql=postgresql[0], places=postgresql[1]),
        }

    def run(self, writing: Writing, document: Document) -> None:
        writing.write(self._statements[writing.dialect], **_values(writing, document))

    def add(self, writing: Writing, document: Document) -> None:
        """Runs it as an insert, with the next ones in one statement."""
        writing.add(self._statements[writing.dialect], **_values(writing, document))


def _values(writing: Writing, document: Document) -> dict[str, Any]:
    return document.for_sqlite() if writing.dialect == "sqlite" else document.for_postgres()


_INSERT = _Both(
    sqlite=(
        "INSERT INTO search (rowid, public, note) VALUES (?, ?, ?)",
        "rowid public note_text",
    ),
    postgresql=(
        """INSERT INTO search (org_id, number, version, note, words)
        VALUES (%s, %s, %s, %s, array_to_tsvector(%s::text[]))""",
        "org_id number version note words",
    ),
)
_DELETE = _Both(
    sqlite=(
        "INSERT INTO search (search, rowid, public, note) VALUES ('delete', ?, ?, ?)",
        "rowid public note_text",
    ),
    postgresql=(
        "DELETE FROM search WHERE org_id = %s AND number = %s AND version = %s",
        "org_id number version",
    ),
)


def add(writing: Writing, document: Document) -> None:
    _INSERT.add(writing, document)


def remove(writing: Writing, document: Document) -> None:
    """Takes a document out; its text must be the one that was added."""
    _DELETE.run(writing, document)


def words_of(query: str) -> list[str]:
    """The words that a user's text asks for."""
    return words_in(query)[:_WORDS_AT_MOST]


def bounds(org_id: int) -> tuple[int, int]:
    """The first and the last rowid that an organization's documents can have."""
    return org_id << _ORG_SHIFT, ((org_id + 1) << _ORG_SHIFT) - 1


def sqlite_match(word: str, *, prefix: bool, notes: bool) -> str:
    """An FTS5 expression for one word, quoted, in what the caller may read."""
    columns = "" if notes else "{public}: "
    return f'{columns}"{word}"{"*" if prefix else ""}'


def postgres_match(org_id: int, word: str, *, prefix: bool) -> str:
    """A tsquery for one word of one organization."""
    return f"'{_token(org_id)}' & '{word}'{':*' if prefix else ''}"


SQLITE_NUMBERS: Final = f"""SELECT (rowid >> {_VERSION_BITS}) & {(1 << _NUMBER_BITS) - 1}
    FROM search WHERE search MATCH ? AND rowid BETWEEN ? AND ?"""
POSTGRES_NUMBERS: Final = """SELECT number FROM search
    WHERE org_id = %s AND words @@ %s::tsquery AND (note <= %s)"""
"""`note <= true` is every document, `note <= false` the public ones."""


def _token(org_id: int) -> str:
    """What no word is or begins: it starts with a sign that is in no word."""
    return f"/{org_id}"
