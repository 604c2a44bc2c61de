"""The options of pickers: people, priorities, statuses, categories.

Without a ticket the choice is for all that are marked, and no option is present.
"""

from collections.abc import Container, Sequence
from datetime import datetime
from typing import Final

from msgspec import UNSET, Struct
from msgspec.structs import replace

from common.people import AGENTS, Actor, Presence
from common.tickets.channel import TicketChannel
from common.tickets.replying import MessageKind
from common.tickets.ticket import UNRESOLVED, CloseReason, Priority, Status
from common.tickets.transitions import list_allowed_statuses
from common.wire import AttachmentView, MessageView, TicketView, UserView
from tui.model.predicted_tickets import ticket_from_view
from tui.model.store import Store
from tui.text import formatting


class PickerOption(Struct, frozen=True):
    """One line of a picker: the value to send, its name, its explanation."""

    value: str
    text: str
    hint: str = ""
    is_present: bool = False
    """Returns whether the ticket has this value already."""
    is_dead: bool = False
    """True where it cannot be used now; choosing it says why."""


def list_assignee_options(store: Store, ticket: TicketView | None) -> list[PickerOption]:
    """Returns the agents, available ones first, an owner who is no agent any more, and nobody."""
    assignee = ticket.assignee if ticket else None
    owner = assignee.id if assignee else None
    agents = [
        user for user in store.users.values() if user.role in AGENTS and user.active is not False
    ]
    order = list(Presence)
    agents.sort(key=lambda user: (order.index(user.presence), user.name.lower()))
    found = [_agent_option(user, owner, store) for user in agents]
    if assignee and not any(choice.is_present for choice in found):
        found.append(PickerOption(str(owner), assignee.name, "no longer an agent", is_present=True))
    is_nobodys = ticket is not None and assignee is None
    return [*found, PickerOption("", "nobody", "back to the queue", is_nobodys)]


def _agent_option(user: UserView, owner: int | None, store: Store) -> PickerOption:
    you = store.me is not None and user.id == store.me.id
    skills = f"  {', '.join(user.skills)}" if user.skills else ""
    return PickerOption(
        str(user.id),
        f"{user.name} (you)" if you else user.name,
        user.presence + skills,
        user.id == owner,
    )


def list_presence_options(now: Presence) -> list[PickerOption]:
    """Returns the presences to choose from, and the effect of each."""
    return [PickerOption(state, state, _PRESENCE_HINTS[state], state is now) for state in Presence]


_PRESENCE_HINTS: Final = {
    Presence.AVAILABLE: "you get new tickets",
    Presence.BUSY: "you keep your work and get no new tickets",
    Presence.AWAY: "not at the desk: no new work",
    Presence.OFFLINE: "gone home: no work",
}


def list_priority_options(ticket: TicketView | None) -> list[PickerOption]:
    """Returns the priorities from urgent to low, each with its letter."""
    return [
        PickerOption(
            value,
            f"{formatting.PRIORITY_LETTERS[value]} {value}",
            is_present=ticket is not None and value is ticket.priority,
        )
        for value in reversed(Priority)
    ]


def list_status_options(ticket: TicketView, actor: Actor) -> list[PickerOption]:
    """Returns the present status and those open to the actor, in the order of a ticket's life.

    An unresolved ticket is closed for a reason.
    """
    open_to_actor = list_allowed_statuses(ticket_from_view(ticket), actor)
    found: list[PickerOption] = []
    for status in Status:
        if status is ticket.status:
            found.append(PickerOption(status, formatting.format_status(status), is_present=True))
        elif status not in open_to_actor:
            continue
        elif status is Status.CLOSED and ticket.status is not Status.RESOLVED:
            found.extend(_closing_options())
        else:
            found.append(
                PickerOption(
                    status, formatting.format_status(status), _STATUS_HINTS.get(status, "")
                )
            )
    return found


def list_bulk_statuses() -> list[PickerOption]:
    """Returns the statuses that marked tickets can be given: the server says which of them can."""
    steps = [PickerOption(it, formatting.format_status(it)) for it in Status]
    return [*(it for it in steps if it.value != Status.CLOSED), *_closing_options()]


def _closing_options() -> list[PickerOption]:
    return [
        PickerOption(
            f"{Status.CLOSED} {reason}", f"closed as {reason}", "not counted in the reports"
        )
        for reason in (CloseReason.SPAM, CloseReason.DUPLICATE)
    ]


_STATUS_HINTS = {
    Status.OPEN: "back to the queue, unassigned",
    Status.IN_PROGRESS: "yours, if nobody has it",
}


def list_category_options(store: Store, ticket: TicketView | None) -> list[PickerOption]:
    """Returns the organization's categories; the ticket's own, even if it is no longer offered."""
    known = store.organization.categories if store.organization else ()
    own = ticket.category if ticket else None
    found = [PickerOption(it.slug, it.name, it.slug, it.slug == own) for it in known]
    if own is not None and not any(choice.is_present for choice in found):
        found.append(PickerOption(own, own, "no longer offered", is_present=True))
    return found


def list_merge_options(store: Store, ticket: TicketView) -> list[PickerOption]:
    """Returns the other unresolved tickets of the customer, the newest first."""
    others = [
        other
        for other in store.tickets.values()
        if other.customer.id == ticket.customer.id
        and other.number != ticket.number
        and other.status in UNRESOLVED
    ]
    others.sort(key=lambda other: other.number, reverse=True)
    return [_merge_option(other) for other in others]


def _merge_option(other: TicketView) -> PickerOption:
    status, owner = formatting.format_status(other.status), formatting.format_owner(other.assignee)
    return PickerOption(
        str(other.number), f"#{other.number} {other.subject}", f"{status:<11}  {owner}"
    )


def list_split_options(messages: Sequence[MessageView], now: datetime) -> list[PickerOption]:
    """Returns the replies of a conversation, the newest first."""
    return [
        _message_option(message, now)
        for message in reversed(messages)
        if message.kind is MessageKind.REPLY
    ]


SPLIT_ALL: Final = "all"
SPLIT_TAKEN: Final = "taken"
"""The values of the lines that go on with all messages, or with those that were taken."""


def mark_taken(options: list[PickerOption], taken: Container[str]) -> list[PickerOption]:
    """Returns the messages with a mark on those that were taken, and how to go on with them."""
    marked = [replace(one, text=f"✓ {one.text}") if one.value in taken else one for one in options]
    count = sum(one.value in taken for one in options)
    if count:
        words = f"copy {formatting.format_noun_count(count, 'message')}"
        return [PickerOption(SPLIT_TAKEN, words, "and give it a subject"), *marked]
    all_of_them = PickerOption(SPLIT_ALL, "all of them", "and give it a subject")
    return [*marked, *([all_of_them] if len(options) > 1 else [])]


def _message_option(message: MessageView, now: datetime) -> PickerOption:
    begin = formatting.truncate_text(message.body.partition("\n")[0], 40)
    when = formatting.format_moment(now, message.created_at)
    return PickerOption(str(message.id), message.author.name, f"{when}  {begin}")


FIRST_MAIL: Final = "first"
"""The value of the mail that a ticket began with."""


def list_mail_options(
    ticket: TicketView, messages: Sequence[MessageView], now: datetime
) -> list[PickerOption]:
    """Returns the messages that came by mail, the newest first, and then the ticket's opening.

    That one is left out where it is known to have come otherwise.
    """
    found = [
        _message_option(message, now) for message in reversed(messages) if came_by_mail(message)
    ]
    if ticket.channel not in {UNSET, TicketChannel.MAIL}:
        return found
    opened = f"{formatting.format_moment(now, ticket.created_at)}  opened the ticket"
    return [*found, PickerOption(FIRST_MAIL, ticket.customer.name, opened)]


def came_by_mail(message: MessageView) -> bool:
    """Returns whether a message came by mail, and so has an original."""
    return message.source is not UNSET and message.source.kind is TicketChannel.MAIL


def list_files(ticket: TicketView, messages: Sequence[MessageView]) -> list[AttachmentView]:
    """Returns the files of a ticket: the newest message's first, those of its opening last."""
    return [file for _, _, files in _list_file_groups(ticket, messages) for file in files]


def list_file_options(
    ticket: TicketView, messages: Sequence[MessageView], now: datetime
) -> list[PickerOption]:
    """Returns the same files as options, by their ids: who sent them, and when."""
    return [
        PickerOption(
            str(file.id),
            file.name,
            f"{formatting.format_size(file.size)}  {who}  {formatting.format_moment(now, at)}",
        )
        for who, at, files in _list_file_groups(ticket, messages)
        for file in files
    ]


def _list_file_groups(
    ticket: TicketView, messages: Sequence[MessageView]
) -> list[tuple[str, datetime, Sequence[AttachmentView]]]:
    groups: list[tuple[str, datetime, Sequence[AttachmentView]]] = [
        (message.author.name, message.created_at, message.attachments or ())
        for message in reversed(messages)
    ]
    return [*groups, (ticket.customer.name, ticket.created_at, ticket.attachments or ())]
