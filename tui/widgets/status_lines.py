"""Formats the fixed lines: pure functions that return their parts."""

from collections.abc import Callable, Iterable, Sequence
from typing import Final

from rich.cells import cell_len

from common.people import Presence
from common.saved_views import SavedView
from common.wire import CustomerRef, TicketView
from tui.keys import KeyBinding, label_command
from tui.model.context import ServerLink, WorkstationContext
from tui.model.drafts import Drafts
from tui.model.inbox import AgentInbox
from tui.model.key_relevance import is_key_occasional, is_key_relevant
from tui.model.queues import Tab
from tui.model.store import Store
from tui.model.view_library import format_tab_number
from tui.text import formatting
from tui.ticket_verbs import build_claim_command
from tui.widgets.fixed_line import Part
from tui.widgets.tab_bar import TabLabel

_SHORT_TAB_NAMES: Final = {"Unassigned": "Free", "Resolved": "Done"}
_VIEW_NAME: Final = 24
"""Cells of a view's name on its tab, where there is room."""


def label_tab(tab: Tab, count: int | None) -> TabLabel:
    """Returns the label of a tab of the program's."""
    word = tab.capitalize()
    return TabLabel(tab, word, format_tab_number(count), _SHORT_TAB_NAMES.get(word, word))


def label_view(view: SavedView, count: int | None, before: TabLabel) -> TabLabel:
    """Returns the label of a saved view; a group begins behind the tabs, and with one's own."""
    name = formatting.truncate_text(view.name, _VIEW_NAME)
    starts = isinstance(before.place, Tab) or before.is_shared != view.shared
    return TabLabel(
        view.id,
        name,
        format_tab_number(count),
        starts_group=starts,
        is_shared=view.shared,
    )


def format_help_key() -> list[Part]:
    """Returns the right end of the footer."""
    return [(label_command("anywhere.help"), "key"), (" help ", "plain")]


def format_footer(
    table: Iterable[KeyBinding], ticket: TicketView | None, context: WorkstationContext, width: int
) -> list[Part]:
    """Returns as many keys as fit; one that cannot be used now has · for its letter.

    Keys for what this ticket has come first, those that cannot be used last; the order of the
    table stays.
    """
    keys = [key for key in table if is_key_relevant(key, ticket, context.store)]
    dead = {
        key.action for key in keys if key.verb and context.explain_unavailable(key.verb, ticket)
    }
    labels = {key.action: _key_label(key, ticket, context) for key in keys}
    wanted = sorted(keys, key=lambda key: (key.action in dead, not is_key_occasional(key)))
    # Between the keys and the right end is a gap of one cell.
    right = sum(cell_len(text) for text, _ in format_help_key())
    room, shown = width - 1 - right - len(" "), set[str]()
    for key in wanted:
        size = len(key.first_key) + len(labels[key.action]) + 3
        if size <= room:
            room -= size
            shown.add(key.action)
    parts: list[Part] = [(" ", "plain")]
    for key in keys:
        if key.action in shown:
            is_dead = key.action in dead
            parts.append(("·" if is_dead else key.first_key, "off" if is_dead else "key"))
            parts.append((f" {labels[key.action]}  ", "off" if is_dead else "plain"))
    return parts


def _key_label(key: KeyBinding, ticket: TicketView | None, context: WorkstationContext) -> str:
    if key.verb != "claim" or ticket is None or context.actor is None:
        return key.label
    command = type(build_claim_command(ticket, context.actor)).__name__
    return "release" if command == "ReleaseTicket" else "claim"


_LINK_PARTS: Final[dict[str, Callable[[ServerLink], Part]]] = {
    "connecting": lambda _link: ("◌ CONNECTING", "warn"),
    "catching_up": lambda _link: ("◍ CATCHING UP", "warn"),
    "live": lambda _link: ("● LIVE", "good"),
    "offline": lambda link: (f"○ OFFLINE{_retry_text(link)}", "bad"),
    "signed_out": lambda _link: ("× SIGNED OUT", "bad"),
}


def _retry_text(link: ServerLink) -> str:
    left = round(link.seconds_to_retry)
    return f", next try in {left}s" if left else ", trying again"


_PRESENCES: Final = {
    Presence.AVAILABLE: "good",
    Presence.BUSY: "warn",
    Presence.AWAY: "warn",
    Presence.OFFLINE: "bad",
}


def format_state(
    context: WorkstationContext, clock_says: str, width: int
) -> tuple[list[Part], list[Part]]:
    """Returns the last line: connection, agent, drafts, hour.

    Where not all of it has room, the agent is left out first, and then what is needed least: what
    is shown is shown whole, and the connection always.
    """
    left: list[Part] = [(" ", "plain"), _LINK_PARTS[context.link.state](context.link)]
    room = width - 1 - sum(cell_len(text) for text, _ in left)
    right = _fit_open_ends(context, (clock_says + " ", "dim"), room)
    room -= sum(cell_len(text) for text, _ in right)
    for part in _list_agent_parts(context.store):
        room -= cell_len(part[0])
        if room < 0:
            break
        left.append(part)
    return left, right


def _fit_open_ends(context: WorkstationContext, hour: Part, room: int) -> list[Part]:
    """Returns what has room at the right end of the last line.

    What is needed least is left out first: the hour, the clock, notifications, then the numbers of
    what the outbox lists, which it has anyway.
    """
    known = [*_clocks_apart(context), *_inbox_parts(context.inbox)]
    running, counts = _list_running_parts(context), _list_outbox_parts(context)
    ends = [*known, *running, *_join_outbox_parts(counts), hour]

    def is_too_long() -> bool:
        return sum(cell_len(text) for text, _ in ends) > room

    if is_too_long():
        ends.remove(hour)
    while is_too_long() and known:
        ends.remove(known.pop(0))
    while is_too_long() and len(counts) > 1:
        counts.pop()
        ends = [*running, *_join_outbox_parts(counts)]
    return _join_outbox_parts(counts) if is_too_long() else ends


def _list_agent_parts(store: Store) -> list[Part]:
    """Returns what the last line says of the agent, what matters most first."""
    me, organization = store.me, store.organization
    if me is None:
        return []
    where = (f"   you: {me.presence}({label_command('self.presence')})", _PRESENCES[me.presence])
    who = [(f"   {organization.name} · {me.name}", "dim")] if organization else []
    return [where, *who, (f" ({me.role})", "dim")]


def _list_running_parts(context: WorkstationContext) -> list[Part]:
    """Returns what goes on: a change of many tickets, and what can still be taken back."""
    right: list[Part] = []
    if context.bulk_progress is not None:
        done, total = context.bulk_progress
        right.append((f"{done} of {total} changed   ", "warn"))
    if seconds := context.seconds_to_undo:
        right.append((f"{seconds} s to undo({label_command('ticket.undo')})   ", "warn"))
    return right


def _list_outbox_parts(context: WorkstationContext) -> list[Part]:
    """Returns the numbers of what the outbox lists, what matters most first."""
    refused, failed = len(context.store.pending.refused), context.failed_draft_count
    kept = context.draft_count - failed
    counts = (
        (context.waiting_count, f"↑{context.waiting_count} to send", "warn"),
        (refused, f"{refused} not done", "bad"),
        (failed, f"{failed} not sent", "bad"),
        (kept, formatting.format_noun_count(kept, "draft"), "warn"),
    )
    return [(words, style) for count, words, style in counts if count]


def _join_outbox_parts(parts: Sequence[Part]) -> list[Part]:
    """Returns the numbers in a row, with the key of the outbox: `↑1 to send, 2 drafts(O)`."""
    ends = [", "] * (len(parts) - 1) + [f"({label_command('self.outbox')})   "]
    return [(words + end, style) for (words, style), end in zip(parts, ends, strict=False)]


def _clocks_apart(context: WorkstationContext) -> list[Part]:
    return [(f"{context.clock_skew_text}   ", "warn")] if context.clock_skew_text else []


def format_unsent(drafts: Drafts, number: int) -> list[Part]:
    """Says which texts to a ticket failed, why, and how to send them."""
    parts: list[Part] = []
    for kind, why in drafts.list_send_errors(number):
        parts.append(
            (
                f" ✗ The {kind} is NOT SENT ({label_command(f'ticket.{kind}')} opens it): {why}",
                "bad",
            )
        )
    return parts


def _inbox_parts(board: AgentInbox) -> list[Part]:
    """Returns the unread count for the agent in person; the team's is only in the list."""
    more = "+" if board.has_older_unread else ""
    key = label_command("self.notices")
    if board.personal_unread_count:
        return [(f"{board.personal_unread_count}{more} for you({key})   ", "warn")]
    return [(f"older unread({key})   ", "dim")] if more else []


def format_list_rule(
    found: str, order: str, text: str, outside: tuple[int, int], marked: int = 0
) -> tuple[list[Part], list[Part]]:
    """Returns the line below the list: marks, filter, count and order, and news out of sight."""
    left: list[Part] = [(f"✓ {marked} marked · ", "warn")] if marked else []
    left += [(f"/{text} ", "key")] if text else []
    above, below = outside
    arrows = [f"↑{above}"] * bool(above) + [f"↓{below}"] * bool(below)
    right: list[Part] = [(" ".join([*arrows, "new"]), "warn")] if arrows else []
    return [*left, (f"{found} · {order}", "dim")], right


def format_heading(ticket: TicketView) -> tuple[list[Part], list[Part]]:
    """`#17 Cannot log in`, and at the right what the ticket is."""
    letter = formatting.PRIORITY_LETTERS[ticket.priority]
    words = f"{formatting.format_status(ticket.status)} · {letter} {ticket.priority} "
    return [(f" #{ticket.number} ", "dim"), (ticket.subject, "strong")], [(words, "plain")]


def format_participants(people: Sequence[CustomerRef]) -> list[Part]:
    """Returns the customers who take part in a ticket beside its own."""
    names = ", ".join(
        it.name if it.name == it.email else f"{it.name} <{it.email}>" for it in people
    )
    return [(" CC ", "key"), (names, "plain")] if people else []


def format_ticket_facts(ticket: TicketView, store: Store) -> list[Part]:
    """Returns a ticket's assignee, customer, category and tags."""
    owner = ticket.assignee
    own = owner is not None and store.me is not None and owner.id == store.me.id
    customer = ticket.customer
    mail = f" <{customer.email}>" if customer.email != customer.name else ""
    tags = f" · {' '.join(ticket.tags)}" if ticket.tags else ""
    again = f" · reopened {ticket.reopen_count}x" if ticket.reopen_count else ""
    former = f" · follows #{ticket.followup_of}" if ticket.followup_of else ""
    before = f" · was {ticket.external_id}" if ticket.external_id else ""
    if ticket.merged_into:
        key = label_command("reading.follow")
        place = [(f" merged into #{ticket.merged_into} ", "warn"), (key, "key")]
        return [*place, (" opens it", "plain"), (f" · {customer.name}{mail}", "dim")]
    parts = ticket.merged_from or ()
    former += f" · with {' '.join(f'#{number}' for number in parts)}" if parts else ""
    former += f" · split from #{ticket.split_from}" if ticket.split_from else ""
    halves = ticket.split_into or ()
    former += f" · split into {' '.join(f'#{number}' for number in halves)}" if halves else ""
    has = "yours" if own else f"{owner.name} has it" if owner else "nobody has it"
    said = f" · {ticket.category}{tags}{again}{former}{before} · {customer.name}{mail}"
    return [(f" {has}", "good" if own else "plain"), (said, "dim")]
