"""The full-text index: a ticket's own text is one document, each message another.

The names of a text's files are part of its document.

`server.domain.tokenizer` decides which words match; its tokens are stored and searched here. On
SQLite a document's rowid is its organization, ticket and version, so a search reads nothing of
another organization and needs no join; the index keeps neither the texts nor the positions of
tokens. On PostgreSQL a token of the organization is part of every document and query. Notes are
marked, on SQLite by the last bit of the rowid, so that customers never find a ticket by what they
may not read.
"""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any, Final

import msgspec
from msgspec import Struct

from server.domain.tokenizer import QueryGroup, Term, extract_tokens
from server.storage.engine.statement import Sql
from server.storage.engine.transaction import ReadTransaction, WriteTransaction
from server.storage.queries.log import org_sequence

_VERSION_BITS: Final = 21
_NUMBER_BITS: Final = 24
NUMBER_SHIFT: Final = _VERSION_BITS + 1
_ORG_SHIFT: Final = NUMBER_SHIFT + _NUMBER_BITS
ID_MASK: Final = (1 << _ORG_SHIFT) - 1
MAX_NUMBER: Final = (1 << _NUMBER_BITS) - 1
TICKET_NUMBER: Final = f"(rowid >> {NUMBER_SHIFT}) & {MAX_NUMBER}"
"""The ticket's number, from a rowid on SQLite."""
_decode_numbers = msgspec.json.Decoder(list[int]).decode
TICKET_TEXT: Final = 1
"""The version under which a ticket's subject and description are indexed."""
REFERENCES: Final = 0
"""The version under which texts for agents alone are indexed, such as an external id."""
NO_WORDS: Final[Mapping[str, Sequence[str]]] = MappingProxyType({})
"""Nothing is known of the words of prefixes."""


class _NamedFile(Struct, frozen=True):
    """A file in a column `attachments`, as far as the index knows it."""

    name: str


_decode_files = msgspec.json.Decoder(tuple[_NamedFile, ...]).decode


class Document(Struct, frozen=True):
    """A text in the index: of a ticket, at the ticket's version then; a note or public."""

    org_id: int
    number: int
    version: int
    text: str
    is_note: bool = False

    @property
    def rowid(self) -> int:
        """The rowid on SQLite: organization, number, version and note in 17+24+21+1 bits."""
        place = self.number << NUMBER_SHIFT | self.version << 1 | self.is_note
        return self.org_id << _ORG_SHIFT | place

    def for_sqlite(self) -> dict[str, Any]:
        return {"rowid": self.rowid, "words": " ".join(extract_tokens(self.text))}

    def for_postgres(self) -> dict[str, Any]:
        return {
            "org_id": self.org_id,
            "number": self.number,
            "version": self.version,
            "note": self.is_note,
            "words": _write_vector(self.org_id, extract_tokens(self.text)),
        }


class _DialectStatement:
    """A statement that differs between the dialects, also in its parameters."""

    def __init__(self, sqlite: tuple[str, str], postgresql: tuple[str, str]) -> None:
        self._statements = {
            "sqlite": Sql(sqlite=sqlite[0], postgresql="", places=sqlite[1]),
            "postgresql": Sql(sqlite="", postgresql=postgresql[0], places=postgresql[1]),
        }

    def run(self, writing: WriteTransaction, document: Document) -> None:
        is_sqlite = writing.dialect == "sqlite"
        values = document.for_sqlite() if is_sqlite else document.for_postgres()
        writing.write_later(self._statements[writing.dialect], **values)


_POSTGRES_COLUMNS: Final = ("org_id", "number", "version", "note", "words")
_INSERT = _DialectStatement(
    sqlite=(
        "INSERT INTO ticket_search (rowid, words) VALUES (?, ?)",
        "rowid words",
    ),
    postgresql=(
        f"INSERT INTO ticket_search ({', '.join(_POSTGRES_COLUMNS)}) VALUES (%s, %s, %s, %s, %s)",
        " ".join(_POSTGRES_COLUMNS),
    ),
)
_DELETE = _DialectStatement(
    sqlite=(
        "INSERT INTO ticket_search (ticket_search, rowid, words) VALUES ('delete', ?, ?)",
        "rowid words",
    ),
    postgresql=(
        "DELETE FROM ticket_search WHERE org_id = %s AND number = %s AND version = %s",
        "org_id number version",
    ),
)
_PUT_PERSON = {
    "sqlite": Sql(
        sqlite="INSERT INTO people_search (rowid, words) VALUES (?, ?)",
        postgresql="",
        places="rowid words",
    ),
    "postgresql": Sql(
        sqlite="",
        postgresql="""INSERT INTO people_search (org_id, id, words)
            VALUES (%s, %s, array_to_tsvector(%s::text[]))
            ON CONFLICT (org_id, id) DO UPDATE SET words = excluded.words""",
        places="org_id id words",
    ),
}
_REMOVE_PERSON = {
    "sqlite": Sql(
        sqlite="INSERT INTO people_search (people_search, rowid, words) VALUES ('delete', ?, ?)",
        postgresql="",
        places="rowid words",
    ),
    "postgresql": Sql(
        sqlite="",
        postgresql="DELETE FROM people_search WHERE org_id = %s AND id = %s",
        places="org_id id",
    ),
}


def build_ticket_text(subject: str, description: str, files: str | None) -> str:
    """Returns the text of a ticket's own document; `files` as in its column `attachments`."""
    return build_message_text(f"{subject}\n{description}", files)


def build_message_text(body: str, files: str | None) -> str:
    """Returns the text of a message's document; `files` as in its column `attachments`."""
    if files is None:
        return body
    return "\n".join((body, *(it.name for it in _decode_files(files))))


def build_person_text(name: str, addresses: Sequence[str]) -> str:
    """Returns the text by which a person's tickets are found."""
    return "\n".join((name, *addresses))


def add_document(writing: WriteTransaction, document: Document) -> None:
    """Adds a document; skips one whose ticket is still to be indexed as a whole."""
    if _is_indexed(writing, document):
        _INSERT.run(writing, document)


def add_references(writing: WriteTransaction, org_id: int, number: int, external_id: str) -> None:
    """Adds what only agents and keys find a ticket by."""
    add_document(writing, Document(org_id, number, REFERENCES, external_id, is_note=True))


def remove_references(
    writing: WriteTransaction, org_id: int, number: int, external_id: str
) -> None:
    """Removes it again."""
    remove_document(writing, Document(org_id, number, REFERENCES, external_id, is_note=True))


def remove_document(writing: WriteTransaction, document: Document) -> None:
    """Removes a document; its text must be the one that was added."""
    if _is_indexed(writing, document):
        _DELETE.run(writing, document)


def _is_indexed(writing: WriteTransaction, document: Document) -> bool:
    return document.number >= org_sequence.lock_sequence(writing, document.org_id).unindexed_below


def index_person(
    writing: WriteTransaction, org_id: int, person_id: int, name: str, addresses: Sequence[str]
) -> None:
    """Adds the words by which a person's tickets are found."""
    if _is_person_indexed(writing, org_id, person_id):
        values = _person_values(writing, org_id, person_id, name, addresses)
        writing.write(_PUT_PERSON[writing.dialect], **values)


def unindex_person(
    writing: WriteTransaction, org_id: int, person_id: int, name: str, addresses: Sequence[str]
) -> None:
    """Removes a person; name and addresses must be those that were added, in any order."""
    if _is_person_indexed(writing, org_id, person_id):
        values = _person_values(writing, org_id, person_id, name, addresses)
        writing.write(_REMOVE_PERSON[writing.dialect], **values)


def _is_person_indexed(writing: WriteTransaction, org_id: int, person_id: int) -> bool:
    return person_id >= org_sequence.lock_sequence(writing, org_id).people_unindexed_below


def _person_values(
    writing: WriteTransaction, org_id: int, person_id: int, name: str, addresses: Sequence[str]
) -> dict[str, Any]:
    words = extract_tokens(build_person_text(name, addresses))
    if writing.dialect == "sqlite":
        return {"rowid": org_id << _ORG_SHIFT | person_id, "words": " ".join(words)}
    return {"org_id": org_id, "id": person_id, "words": [_organization_token(org_id), *words]}


def compute_rowid_bounds(org_id: int) -> tuple[int, int]:
    """Returns the first and the last rowid of an organization's documents and people."""
    return org_id << _ORG_SHIFT, ((org_id + 1) << _ORG_SHIFT) - 1


def build_sqlite_match(group: QueryGroup, words: Mapping[str, Sequence[str]] = NO_WORDS) -> str:
    """Returns an FTS5 expression for a group of a query.

    A prefix with `words` stands for these: see `prefix_words`.
    """
    return " OR ".join(
        f"({' AND '.join(_sqlite_term(term, words) for term in terms)})"
        for terms in group.alternatives
    )


def build_postgres_match(org_id: int, group: QueryGroup) -> str:
    """Returns a tsquery for a group of a query, for one organization."""
    choices = " | ".join(
        f"({' & '.join(map(_postgres_term, terms))})" for terms in group.alternatives
    )
    return f"'{_organization_token(org_id)}' & ({choices})"


def _sqlite_term(term: Term, words: Mapping[str, Sequence[str]]) -> str:
    if not term.is_prefix:
        return _quote(term.token)
    found = words.get(term.token, ())
    return f"({' OR '.join(map(_quote, found))})" if found else f"{_quote(term.token)}*"


def _quote(token: str) -> str:
    return f'"{token}"'


def _postgres_term(term: Term) -> str:
    return f"'{term.token}'{':*' if term.is_prefix else ''}"


_SQLITE_HITS: Final = f"""SELECT json_group_array(number) FROM (
    SELECT {TICKET_NUMBER} AS number
    FROM ticket_search WHERE ticket_search MATCH ? AND rowid BETWEEN ? AND ? AND (rowid & 1) <= ?
    UNION ALL SELECT theirs.number FROM tickets AS theirs WHERE theirs.org_id = ?
    AND theirs.customer_id IN (SELECT rowid & {ID_MASK} FROM people_search
    WHERE people_search MATCH ? AND rowid BETWEEN ? AND ?) UNION ALL SELECT ? LIMIT ?)"""
_POSTGRES_HITS: Final = """SELECT coalesce(json_agg(number)::text, '[]') FROM (
    SELECT number FROM ticket_search WHERE org_id = %s AND words @@ %s::tsquery AND note <= %s
    UNION ALL SELECT theirs.number FROM tickets AS theirs WHERE theirs.org_id = %s
    AND theirs.customer_id IN (SELECT id FROM people_search
    WHERE org_id = %s AND words @@ %s::tsquery) UNION ALL SELECT %s::bigint LIMIT %s) AS hits"""
_HITS: Final = {
    "sqlite": Sql(
        sqlite=_SQLITE_HITS,
        postgresql="",
        places="match first last notes org_id person_match first last number hits",
    ),
    "postgresql": Sql(
        sqlite="",
        postgresql=_POSTGRES_HITS,
        places="org_id match notes org_id org_id person_match number hits",
    ),
}
"""Selects the tickets that one group finds: by their texts, their customer, their number."""
_NO_NUMBER: Final = 0


def find_numbers(
    reading: ReadTransaction,
    org_id: int,
    group: QueryGroup,
    words: Mapping[str, Sequence[str]] = NO_WORDS,
    *,
    notes: bool,
    at_most: int,
) -> set[int] | None:
    """Returns the numbers of the tickets that a group finds; None where there are too many.

    `words` are those of its prefixes: see `prefix_words`.
    """
    first, last = compute_rowid_bounds(org_id)
    is_sqlite = reading.dialect == "sqlite"
    plain = build_sqlite_match(group) if is_sqlite else build_postgres_match(org_id, group)
    text = reading.fetch_value(
        _HITS[reading.dialect],
        match=build_sqlite_match(group, words) if is_sqlite else plain,
        person_match=plain,
        first=first,
        last=last,
        notes=notes,
        org_id=org_id,
        number=_NO_NUMBER if group.number is None else group.number,
        hits=at_most + 1,
    )
    numbers = _decode_numbers(text)
    return None if len(numbers) > at_most else set(numbers) - {_NO_NUMBER}


def _write_vector(org_id: int, tokens: Sequence[str]) -> str:
    """Returns the tokens, and that of the organization, as PostgreSQL reads a tsvector."""
    words = "\n".join((_organization_token(org_id), *tokens))
    quoted = words.replace("\\", "\\\\").replace("'", "''").replace("\n", "' '")
    return f"'{quoted}'"


def _organization_token(org_id: int) -> str:
    """Returns the organization's token, whose first character no word contains."""
    return f"/{org_id}"
