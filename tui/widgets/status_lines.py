"""What the fixed lines say: pure functions from facts to parts."""

from collections.abc import Callable, Iterable
from typing import Final

from common.people import Presence
from common.tickets.replying import MessageKind
from common.wire import Queues, TicketView
from tui.keys import Key
from tui.model.available_actions import toggled
from tui.model.context import Link, Station
from tui.model.drafts import Drafts
from tui.model.inbox import Noticeboard
from tui.model.queues import Tab
from tui.model.store import Store
from tui.text import formatting
from tui.widgets.fixed_line import Part

HELP: Final[list[Part]] = [("?", "key"), (" help ", "plain")]
"""The right end of the footer."""

_NARROW: Final = 72
_SHORT: Final = {"Unassigned": "Free", "Resolved": "Done"}


def tab_count(tab: Tab, counts: Queues) -> int:
    """How many tickets stand in a tab, at the server."""
    unresolved = counts.open + counts.in_progress
    return {
        Tab.MINE: counts.mine,
        Tab.UNASSIGNED: counts.unassigned,
        Tab.OPEN: unresolved,
        Tab.RESOLVED: counts.resolved,
        Tab.ALL: unresolved + counts.resolved + counts.closed,
    }[tab]


def tabs(active: Tab | None, counts: Queues, width: int) -> list[Part]:
    """`1 Mine 7   2 Unassigned 41`, the active one marked."""
    parts: list[Part] = [(" ", "plain")]
    for place, tab in enumerate(Tab, 1):
        word = tab.capitalize()
        word = _SHORT.get(word, word) if width < _NARROW else word
        number = tab_count(tab, counts)
        if tab is active:
            parts.append((f"[{place} {word} {number}]", "tab-on"))
        else:
            parts.append((f" {place} {word} {number} ", "tab"))
    return parts


def keys(
    table: Iterable[Key], ticket: TicketView | None, station: Station, width: int
) -> list[Part]:
    """The footer: as many keys as fit; one that cannot be used now shows · for its letter."""
    parts: list[Part] = [(" ", "plain")]
    room = width - len("  ? help ")
    for key in table:
        dead = key.verb and station.why_not(key.verb, ticket)
        label = _label(key, ticket, station)
        size = len(key.short) + len(label) + 3
        if size > room:
            continue
        room -= size
        parts.append(("·" if dead else key.short, "off" if dead else "key"))
        parts.append((f" {label}  ", "off" if dead else "plain"))
    return parts


def _label(key: Key, ticket: TicketView | None, station: Station) -> str:
    if key.verb != "claim" or ticket is None or station.actor is None:
        return key.label
    command = type(toggled(ticket, station.actor)).__name__
    return "release" if command == "ReleaseTicket" else "claim"


_WORDS: Final[dict[str, Callable[[Link], Part]]] = {
    "connecting": lambda _link: ("◌ CONNECTING", "warn"),
    "catching_up": lambda _link: ("◍ CATCHING UP", "warn"),
    "live": lambda _link: ("● LIVE", "good"),
    "offline": lambda link: (f"○ OFFLINE{_waiting(link)}", "bad"),
    "signed_out": lambda _link: ("× SIGNED OUT", "bad"),
}


def _waiting(link: Link) -> str:
    left = round(link.retries_in)
    return f", next try in {left}s" if left else ", trying again"


_PRESENCES: Final = {
    Presence.AVAILABLE: "good",
    Presence.BUSY: "warn",
    Presence.AWAY: "warn",
    Presence.OFFLINE: "bad",
}


def state(station: Station, clock_says: str) -> tuple[list[Part], list[Part]]:
    """The lowest line: the connection, who sits here, the drafts, the hour."""
    store, word = station.store, _WORDS[station.link.state](station.link)
    me = store.me
    where = [(f"   you: {me.presence}(b)", _PRESENCES[me.presence])] if me else []
    who = f"   {store.organization.name} · {me.name}" if me and store.organization else ""
    role = f" ({me.role})" if me else ""
    drafts = station.unsent
    right: list[Part] = [*_clocks_apart(station), *_told(station.board)]
    if failed := station.not_sent:
        right.append((f"{failed} not sent   ", "bad"))
    if drafts:
        right.append((f"{formatting.count(drafts, 'draft')}   ", "warn"))
    return [(" ", "plain"), word, *where, (who + role, "dim")], [*right, (clock_says + " ", "dim")]


def _clocks_apart(station: Station) -> list[Part]:
    return [(f"{station.clocks_apart}   ", "warn")] if station.clocks_apart else []


def unsent(drafts: Drafts, number: int) -> list[Part]:
    """Says which texts to a ticket failed, why, and how to send them; and what is being sent."""
    keys = {MessageKind.REPLY: "r", MessageKind.NOTE: "R"}
    parts: list[Part] = []
    for kind, why in drafts.why_not_sent(number):
        parts.append((f" ✗ The {kind} is NOT SENT ({keys[kind]} opens it): {why}", "bad"))
    leaving = [f" … The {kind} is being sent." for kind in keys if drafts.is_sending(number, kind)]
    return [*parts, *((said, "dim") for said in leaving)]


def _told(board: Noticeboard) -> list[Part]:
    """What waits to be read in person; news of the team's is no call, and stands in the list."""
    more = "+" if board.has_older else ""
    if board.personal:
        return [(f"{board.personal}{more} for you(!)   ", "warn")]
    return [("older unread(!)   ", "dim")] if more else []


def rule(
    found: str, order: str, text: str, outside: tuple[int, int]
) -> tuple[list[Part], list[Part]]:
    """The line below the list: how much of it is shown, how, and where news waits out of sight."""
    left: list[Part] = [(f"/{text} ", "key")] if text else []
    above, below = outside
    arrows = [f"↑{above}"] * bool(above) + [f"↓{below}"] * bool(below)
    right: list[Part] = [(" ".join([*arrows, "new"]), "warn")] if arrows else []
    return [*left, (f"{found} · {order}", "dim")], right


def heading(ticket: TicketView) -> tuple[list[Part], list[Part]]:
    """`#17 Cannot log in`, and at the right what the ticket is."""
    letter = formatting.LETTERS[ticket.priority]
    words = f"{formatting.status(ticket.status)} · {letter} {ticket.priority} "
    return [(f" #{ticket.number} ", "dim"), (ticket.subject, "strong")], [(words, "plain")]


def meta(ticket: TicketView, store: Store) -> list[Part]:
    """Whose ticket it is, whom it is from, what it is about."""
    owner = ticket.assignee
    own = owner is not None and store.me is not None and owner.id == store.me.id
    customer = ticket.customer
    mail = f" <{customer.email}>" if customer.email != customer.name else ""
    tags = f" · {' '.join(ticket.tags)}" if ticket.tags else ""
    again = f" · reopened {ticket.reopen_count}x" if ticket.reopen_count else ""
    former = f" · follows #{ticket.followup_of}" if ticket.followup_of else ""
    before = f" · was {ticket.external_id}" if ticket.external_id else ""
    has = "yours" if own else f"{owner.name} has it" if owner else "nobody has it"
    said = f" · {ticket.category}{tags}{again}{former}{before} · {customer.name}{mail}"
    return [(f" {has}", "good" if own else "plain"), (said, "dim")]
