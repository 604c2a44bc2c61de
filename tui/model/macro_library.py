"""The macros that this agent can use, and their variables' values for a ticket."""

from collections.abc import Sequence
from typing import Final

from common.macros import NO_VERBS, MacroVariable, MacroVerbs, MacroView, find_first_name
from common.tickets.replying import MessageKind
from common.wire import MeView, TicketView, UserView
from tui.model.choices import PickerOption
from tui.model.store import Store
from tui.text import formatting

_SUMMARY_WIDTH: Final = 120
KEEP_AS_IS: Final = ""
"""The value of the option that drops the changes of earlier macros."""


class MacroLibrary:
    """Macros by id, as the server had them when they were last read."""

    def __init__(self) -> None:
        self.macros: dict[int, MacroView] = {}
        self.is_loaded = False

    def load(self, macros: Sequence[MacroView]) -> None:
        """Takes the macros that there are."""
        in_order = sorted(macros, key=lambda macro: macro.name.casefold())
        self.macros = {macro.id: macro for macro in in_order}
        self.is_loaded = True

    def list_options(self, kind: MessageKind, store: Store) -> list[PickerOption]:
        """Returns the macros for a message of this kind, by name."""
        suitable = [macro for macro in self.macros.values() if macro.suits(kind)]
        return [_build_option(macro, store) for macro in suitable]


def _build_option(macro: MacroView, store: Store) -> PickerOption:
    return PickerOption(str(macro.id), macro.name, summarize_macro(macro, store))


def summarize_macro(macro: MacroView, store: Store) -> str:
    """Returns the changes and the beginning of the text, as one line."""
    verbs = describe_verbs(macro.verbs, store)
    words = formatting.truncate_text(" ".join(macro.body.split()), _SUMMARY_WIDTH)
    return f"[{verbs}] {words}" if verbs else words


def list_values(
    ticket: TicketView, me: MeView, store: Store, public_url: str
) -> dict[MacroVariable, str]:
    """Returns the value of each variable for a ticket and the agent who writes."""
    organization, customer = store.organization, ticket.customer
    names = (
        {category.slug: category.name for category in organization.categories}
        if organization
        else {}
    )
    values = {
        MacroVariable.CUSTOMER_NAME: customer.name,
        MacroVariable.CUSTOMER_FIRST_NAME: find_first_name(customer.name),
        MacroVariable.CUSTOMER_EMAIL: customer.email,
        MacroVariable.TICKET_NUMBER: str(ticket.number),
        MacroVariable.TICKET_SUBJECT: ticket.subject,
        MacroVariable.TICKET_CATEGORY: names.get(ticket.category, ticket.category),
        MacroVariable.TICKET_LINK: f"{public_url}/o/{ticket.org_id}/tickets/{ticket.number}",
        MacroVariable.AGENT_NAME: me.name,
        MacroVariable.AGENT_FIRST_NAME: find_first_name(me.name),
    }
    if organization:
        values[MacroVariable.ORGANIZATION_NAME] = organization.name
    return values


def merge_verbs(before: MacroVerbs, added: MacroVerbs) -> MacroVerbs:
    """Returns the changes of two macros of one message: the later ones count, tags add up."""

    def join(one: tuple[str, ...], other: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(dict.fromkeys((*one, *other)))

    return MacroVerbs(
        status=added.status or before.status,
        waiting_on=added.waiting_on or before.waiting_on,
        priority=added.priority or before.priority,
        category=added.category or before.category,
        add_tags=join(before.add_tags, added.add_tags),
        remove_tags=join(before.remove_tags, added.remove_tags),
        assign_to=added.assign_to or before.assign_to,
    )


def describe_verbs(verbs: MacroVerbs, store: Store) -> str:
    """Returns the changes in a few words; empty where there are none."""
    if verbs == NO_VERBS:
        return ""
    said = [
        verbs.status and formatting.format_status(verbs.status),
        verbs.waiting_on and f"waiting on {verbs.waiting_on.replace('_', ' ')}",
        verbs.priority and f"priority {verbs.priority}",
        verbs.category and f"category {verbs.category}",
        *(f"+{tag}" for tag in verbs.add_tags),
        *(f"-{tag}" for tag in verbs.remove_tags),
        verbs.assign_to and f"to {_name_assignee(verbs.assign_to, store.users)}",
    ]
    return " · ".join(word for word in said if word)


def _name_assignee(to: str, users: dict[int, UserView]) -> str:
    person = users.get(int(to)) if to.isdecimal() else None
    return person.name if person else "me" if not to.isdecimal() else f"agent {to}"
