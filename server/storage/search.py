"""The full-text index: a ticket's own text is one document, each message another.

What is found by what is one pure module's business (`server.domain.tokenizer`); here its tokens
are stored and asked for. On SQLite a document's rowid is its organization, ticket and version, so
a search reads nothing of another organization and needs no join; the index keeps no copy of the
texts. On PostgreSQL a token of the organization is part of every document and every query. Notes
are told apart, so that customers never find a ticket by what they may not read.
"""

from functools import lru_cache
from typing import Any, Final

from msgspec import Struct

from server.domain.tokenizer import Group, Term, tokens_of
from server.storage import ledger
from server.storage.statement import Sql
from server.storage.transaction import Reading, Writing

_VERSION_BITS: Final = 22
_NUMBER_BITS: Final = 24
_ORG_SHIFT: Final = _VERSION_BITS + _NUMBER_BITS
_ID_MASK: Final = (1 << _ORG_SHIFT) - 1
OWN_TEXT: Final = 1
"""The version under which a ticket's subject and description stand."""
REFERENCES: Final = 0
"""The version under which stands what agents alone find it by, such as an external id."""


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
        words = " ".join(tokens_of(self.text))
        return {
            "rowid": self.rowid,
            "public": "" if self.is_note else words,
            "note_text": words if self.is_note else "",
        }

    def for_postgres(self) -> dict[str, Any]:
        return {
            "org_id": self.org_id,
            "number": self.number,
            "version": self.version,
            "note": self.is_note,
            "words": [_token(self.org_id), *tokens_of(self.text)],
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
        "INSERT INTO ticket_search (rowid, public, note) VALUES (?, ?, ?)",
        "rowid public note_text",
    ),
    postgresql=(
        """INSERT INTO ticket_search (org_id, number, version, note, words)
        VALUES (%s, %s, %s, %s, array_to_tsvector(%s::text[]))""",
        "org_id number version note words",
    ),
)
_DELETE = _Both(
    sqlite=(
        """INSERT INTO ticket_search (ticket_search, rowid, public, note)
        VALUES ('delete', ?, ?, ?)""",
        "rowid public note_text",
    ),
    postgresql=(
        "DELETE FROM ticket_search WHERE org_id = %s AND number = %s AND version = %s",
        "org_id number version",
    ),
)
_PUT_PERSON = {
    "sqlite": Sql(
        sqlite="INSERT OR REPLACE INTO people_search (rowid, words) VALUES (?, ?)",
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
_REMOVE_PEOPLE = {
    "sqlite": Sql(
        sqlite="DELETE FROM people_search WHERE rowid BETWEEN ? AND ?",
        postgresql="",
        places="first last",
    ),
    "postgresql": Sql(
        sqlite="", postgresql="DELETE FROM people_search WHERE org_id = %s", places="org_id"
    ),
}


def own_text(subject: str, description: str) -> str:
    """Returns what a ticket's own document says."""
    return f"{subject}\n{description}"


def add(writing: Writing, document: Document) -> None:
    """Adds a document; one of a ticket that waits to be indexed is added with the ticket."""
    if _is_indexed(writing, document):
        _INSERT.add(writing, document)


def add_references(writing: Writing, org_id: int, number: int, external_id: str) -> None:
    """Adds what agents and keys alone find a ticket by."""
    add(writing, Document(org_id, number, REFERENCES, external_id, is_note=True))


def remove_references(writing: Writing, org_id: int, number: int, external_id: str) -> None:
    """Takes it out again."""
    remove(writing, Document(org_id, number, REFERENCES, external_id, is_note=True))


def remove(writing: Writing, document: Document) -> None:
    """Takes a document out; its text must be the one that was added."""
    if _is_indexed(writing, document):
        _DELETE.run(writing, document)


def _is_indexed(writing: Writing, document: Document) -> bool:
    return document.number >= ledger.take(writing, document.org_id).unindexed_below


def put_person(writing: Writing, org_id: int, person_id: int, name: str, email: str) -> None:
    """Sets by which words a person's tickets are found, in the place of those of before."""
    words = tokens_of(f"{name}\n{email}")
    if writing.dialect == "sqlite":
        rowid = org_id << _ORG_SHIFT | person_id
        writing.write(_PUT_PERSON["sqlite"], rowid=rowid, words=" ".join(words))
    else:
        words = [_token(org_id), *words]
        writing.write(_PUT_PERSON["postgresql"], org_id=org_id, id=person_id, words=words)


def remove_people(writing: Writing, org_id: int) -> None:
    """Takes everybody of an organization out of the index."""
    first, last = bounds(org_id)
    writing.write(_REMOVE_PEOPLE[writing.dialect], org_id=org_id, first=first, last=last)


def bounds(org_id: int) -> tuple[int, int]:
    """The first and the last rowid that an organization's documents and people can have."""
    return org_id << _ORG_SHIFT, ((org_id + 1) << _ORG_SHIFT) - 1


def sqlite_match(group: Group) -> str:
    """An FTS5 expression for what a group asks for."""
    return " OR ".join(
        f"({' AND '.join(map(_sqlite_term, terms))})" for terms in group.alternatives
    )


def sqlite_public(match: str) -> str:
    """The same in public texts alone."""
    return f"{{public}} : ({match})"


def postgres_match(org_id: int, group: Group) -> str:
    """A tsquery for what a group asks for, of one organization."""
    choices = " | ".join(
        f"({' & '.join(map(_postgres_term, terms))})" for terms in group.alternatives
    )
    return f"'{_token(org_id)}' & ({choices})"


def _sqlite_term(term: Term) -> str:
    return f'"{term.token}"{"*" if term.is_prefix else ""}'


def _postgres_term(term: Term) -> str:
    return f"'{term.token}'{':*' if term.is_prefix else ''}"


SQLITE_NUMBERS: Final = f"""SELECT (rowid >> {_VERSION_BITS}) & {(1 << _NUMBER_BITS) - 1}
    FROM ticket_search WHERE ticket_search MATCH ? AND rowid BETWEEN ? AND ?
    UNION ALL SELECT theirs.number FROM tickets AS theirs WHERE theirs.org_id = ?
    AND theirs.customer_id IN (SELECT rowid & {_ID_MASK} FROM people_search
    WHERE people_search MATCH ? AND rowid BETWEEN ? AND ?) UNION ALL SELECT ?"""
"""Numbers of the tickets that one group finds: by their texts, their customer, their number."""
SQLITE_PLACES: Final = "text{n} first last org_id person{n} first last number{n}"
POSTGRES_TEXT: Final = "org_id = %s AND words @@ %s::tsquery AND (note <= %s)"
"""`note <= true` is every document, `note <= false` the public ones."""
POSTGRES_TEXT_PLACES: Final = "org_id text{n} notes"
POSTGRES_PEOPLE: Final = "SELECT id FROM people_search WHERE org_id = %s AND words @@ %s::tsquery"
POSTGRES_PEOPLE_PLACES: Final = "org_id text{n}"
POSTGRES_NUMBERS: Final = f"""SELECT number FROM ticket_search WHERE {POSTGRES_TEXT}
    UNION ALL SELECT theirs.number FROM tickets AS theirs WHERE theirs.org_id = %s
    AND theirs.customer_id IN ({POSTGRES_PEOPLE}) UNION ALL SELECT %s::bigint"""
POSTGRES_PLACES: Final = f"{POSTGRES_TEXT_PLACES} org_id {POSTGRES_PEOPLE_PLACES} number{{n}}"
NO_NUMBER: Final = 0
COMMON_FROM: Final = 10_000
"""From so many hits on, a word is looked up in the tickets and not the tickets by the word."""


def values_of(dialect: str, org_id: int, groups: list[Group], *, notes: bool) -> dict[str, Any]:
    """Returns what fills the places of a search by these groups."""
    first, last = bounds(org_id)
    values: dict[str, Any] = {"first": first, "last": last, "notes": notes}
    for n, group in enumerate(groups):
        values[f"number{n}"] = NO_NUMBER if group.number is None else group.number
        if dialect == "sqlite":
            match = sqlite_match(group)
            values |= {f"person{n}": match, f"text{n}": match if notes else sqlite_public(match)}
        else:
            values[f"text{n}"] = postgres_match(org_id, group)
    return values


def are_common(reading: Reading, words: int, values: dict[str, Any]) -> bool:
    """Whether every group of a search has very many hits; the values are those of the search."""
    return words > 0 and all(
        reading.value(_hits(reading.dialect, n), **values) == COMMON_FROM for n in range(words)
    )


@lru_cache(maxsize=64)
def _hits(dialect: str, n: int) -> Sql:
    """How many hits a group has, counted up to `COMMON_FROM`."""
    sqlite = f"SELECT count(*) FROM ({SQLITE_NUMBERS} LIMIT {COMMON_FROM})"
    postgresql = f"SELECT count(*) FROM ({POSTGRES_NUMBERS} LIMIT {COMMON_FROM}) AS hits"
    places = SQLITE_PLACES if dialect == "sqlite" else POSTGRES_PLACES
    return Sql(sqlite=sqlite, postgresql=postgresql, places=places.format(n=n))


def _token(org_id: int) -> str:
    """What no word is or begins: it starts with a sign that is in no word."""
    return f"/{org_id}"
