"""The texts in which filters look for words, without regard to case.

Each character stands for its lower case where that is a single character. So a database can compare
in the same way, by the characters that one stands for.
"""

from functools import cache
from typing import Final

from msgspec import UNSET

from common.wire import TicketView

CASED_CHARACTERS: Final = range(0x1F000)
"""The code points among which all characters with a case are."""


class _CaseTable(dict[int, str]):
    """The lower case of each character, as it is asked for."""

    def __missing__(self, point: int) -> str:
        character = chr(point)
        lower = character.lower()
        self[point] = found = lower if len(lower) == 1 else character
        return found


_TABLE: Final = _CaseTable()


def fold_case(text: str) -> str:
    """Returns the text in lower case, character by character."""
    return text.lower() if text.isascii() else text.translate(_TABLE)


@cache
def list_case_variants() -> dict[str, str]:
    """Returns all characters that fold to each character that is not alone in this."""
    found: dict[str, str] = {}
    for point in CASED_CHARACTERS:
        character = chr(point)
        folded = fold_case(character)
        if folded != character:
            found[folded] = found.get(folded, folded) + character
    return found


def build_haystack(ticket: TicketView) -> str:
    """Returns what words are looked for in: a line for each text of the ticket, case-folded."""
    assignee = ticket.assignee.name if ticket.assignee else ""
    customer = ticket.customer
    tags = () if ticket.tags is UNSET else ticket.tags
    parts = (ticket.subject, customer.name, customer.email, assignee, ticket.category, *tags)
    return fold_case("\n".join((f"#{ticket.number}", *parts)))
