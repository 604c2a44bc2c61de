"""The full-text index: a ticket's own text is one document, each message another.

On SQLite a document's rowid is its organization, ticket and version, so a search reads nothing
of another organization and needs no join; the index keeps no copy of the texts. On PostgreSQL a
token of the organization is part of every document and every query. Notes are told apart, so
that customers never find a ticket by what they may not read.
"""

import re
from typing import Any, Final

from msgspec import Struct

from server.storage.statement import Sql
from server.storage.transaction import Writing

_VERSION_BITS: Final = 22
_NUMBER_BITS: Final = 24
_ORG_SHIFT: Final = _VERSION_BITS + _NUMBER_BITS
_WORD = re.compile(r"[^\W_]+")
_SEPARATORS = re.compile(r"[\W_]+")
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

    def values(self) -> dict[str, Any]:
        """What the statements of either dialect want to know."""
        return {
            "rowid": self.rowid,
            "public": "" if self.is_note else self.text,
            "note_text": self.text if self.is_note else "",
            "org_id": self.org_id,
            "number": self.number,
            "version": self.version,
            "note": self.is_note,
        }


class _Both:
    """The same step in either dialect, which differ in what they need to know."""

    def __init__(self, sqlite: tuple[str, str], postgresql: tuple[str, str]) -> None:
        self._statements = {
            "sqlite": Sql(sqlite=sqlite[0], postgresql="", places=sqlite[1]),
            "postgresql": Sql(sqlite="", postgresql=postgresql[0], places=postgresql[1]),
        }

    def run(self, writing: Writing, values: dict[str, Any]) -> None:
        writing.write(self._statements[writing.dialect], **values)


_INSERT = _Both(
    sqlite=(
        "INSERT INTO search (rowid, public, note) VALUES (?, ?, ?)",
        "rowid public note_text",
    ),
    postgresql=(
        """INSERT INTO search (org_id, number, version, note, words)
        VALUES (%s, %s, %s, %s, to_tsvector('simple', %s))""",
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
    _INSERT.run(writing, _with_words(writing, document))


def remove(writing: Writing, document: Document) -> None:
    """Takes a document out; its text must be the one that was added."""
    _DELETE.run(writing, document.values())


def _with_words(writing: Writing, document: Document) -> dict[str, Any]:
    values = document.values()
    if writing.dialect == "postgresql":
        # Its parser keeps addresses and the like as one word; ours are the letters and digits.
        text = _SEPARATORS.sub(" ", document.text)
        values["words"] = f"{_token(document.org_id)} {text}"
    return values


def words_of(query: str) -> list[str]:
    """The words that a user's text asks for: letters and digits, without case."""
    return [word.lower() for word in _WORD.findall(query)][:_WORDS_AT_MOST]


def bounds(org_id: int) -> tuple[int, int]:
    """The first and the last rowid that an organization's documents can have."""
    return org_id << _ORG_SHIFT, ((org_id + 1) << _ORG_SHIFT) - 1


def sqlite_match(word: str, *, prefix: bool, notes: bool) -> str:
    """An FTS5 expression for one word, quoted, in what the caller may read."""
    columns = "" if notes else "{public}: "
    return f'{columns}"{word}"{"*" if prefix else ""}'


def postgres_match(org_id: int, word: str, *, prefix: bool) -> str:
    """A tsquery for one word of one organization."""
    return f"{_token(org_id)} & {word}{':*' if prefix else ''}"


SQLITE_NUMBERS: Final = f"""SELECT (rowid >> {_VERSION_BITS}) & {(1 << _NUMBER_BITS) - 1}
    FROM search WHERE search MATCH ? AND rowid BETWEEN ? AND ?"""
POSTGRES_NUMBERS: Final = """SELECT number FROM search
    WHERE org_id = %s AND words @@ to_tsquery('simple', %s) AND (note <= %s)"""
"""`note <= true` is every document, `note <= false` the public ones."""


def _token(org_id: int) -> str:
    return f"org{org_id}x"
