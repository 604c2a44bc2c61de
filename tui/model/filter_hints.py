"""The line below a filter that is being typed: what the last word may become. Pure."""

from collections.abc import Iterable
from typing import Final

from msgspec import Struct

from common.filters.filter_completion import (
    FilterCompletion,
    FilterVocabulary,
    list_filter_completions,
)
from common.organization import Organization
from common.people import AGENTS
from common.wire import TicketView, UserView

SEARCH_PREFIX: Final = "?"
"""The first character of a search on the server."""
_MOST_NAMES: Final = 500
"""Names of a kind that are offered."""


def build_vocabulary(
    organization: Organization | None, users: Iterable[UserView], tickets: Iterable[TicketView]
) -> FilterVocabulary:
    """Returns the values that the tickets of this workstation have; the most frequent first."""
    tags: dict[str, int] = {}
    customers: dict[str, int] = {}
    for ticket in tickets:
        customers[ticket.customer.name] = customers.get(ticket.customer.name, 0) + 1
        for tag in ticket.tags or ():
            tags[tag] = tags.get(tag, 0) + 1
    return FilterVocabulary(
        categories=tuple(it.slug for it in organization.categories) if organization else (),
        tags=_list_frequent(tags),
        agents=tuple(sorted(user.name for user in users if user.role in AGENTS)),
        customers=_list_frequent(customers),
    )


def _list_frequent(counts: dict[str, int]) -> tuple[str, ...]:
    return tuple(sorted(counts, key=lambda name: (-counts[name], name))[:_MOST_NAMES])


class FilterHints(Struct, frozen=True):
    """The completions of a text, one of them marked."""

    text: str = ""
    found: tuple[FilterCompletion, ...] = ()
    marked: int = 0

    @classmethod
    def find(cls, text: str, vocabulary: FilterVocabulary) -> "FilterHints":
        """Returns what the last word of a text may become, unless it is that already."""
        # A search begins with a question mark; behind it stands the language of filters.
        is_search = text.startswith(SEARCH_PREFIX)
        read = f" {text[1:]}" if is_search else text
        is_begun = bool(read.strip()) or not is_search
        found = list_filter_completions(read, vocabulary) if is_begun else []
        return cls(text, tuple(it for it in found if text[it.start :] != it.text))

    def move_mark(self, step: int) -> "FilterHints":
        """Marks another one; the last is followed by the first."""
        count = max(len(self.found), 1)
        return FilterHints(self.text, self.found, (self.marked + step) % count)

    def complete(self) -> str | None:
        """Returns the text with the marked completion, and a blank behind a value."""
        if not self.found:
            return None
        chosen = self.found[self.marked]
        done = self.text[: chosen.start] + chosen.text
        return done if done.endswith(":") else f"{done} "
