"""The options of pickers for snoozing, tags, and whom a ticket waits for."""

from collections import Counter
from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Final

from msgspec import UNSET

from common.text import TAG_LIMIT
from common.tickets.editing import EditTicket
from common.tickets.ticket import WaitingOn
from common.wire import TicketView
from tui.model.choices import PickerOption
from tui.model.fuzzy_match import find_matches
from tui.model.snooze_times import SnoozeTimeError, parse_snooze_time
from tui.text import formatting

_TIMES: Final = ("4h", "tomorrow 9", "mon 9", "3d", "1w")
WAKE: Final = "wake"
"""The value of the option that ends a snooze."""


def list_snooze_options(ticket: TicketView | None, now: datetime) -> list[PickerOption]:
    """Returns usual times, and waking where the ticket is snoozed."""
    options = [option for text in _TIMES for option in suggest_snooze_time(text, now)]
    if ticket is not None and ticket.snoozed_until is not None:
        options.insert(0, PickerOption(WAKE, "wake it now", "it is work again"))
    return options


def suggest_snooze_time(text: str, now: datetime) -> list[PickerOption]:
    """Returns the time that a text means, or an option without a value that says why none."""
    try:
        at = parse_snooze_time(text, now)
    except SnoozeTimeError as error:
        return [PickerOption("", text.strip(), str(error))]
    return [PickerOption(at.isoformat(), text.strip(), f"{at:%a %-d %b %Y, %H:%M}")]


def build_snooze_command(value: str) -> EditTicket | None:
    """Returns the command of an option; None for one that means no time."""
    if not value:
        return None
    until = None if value == WAKE else datetime.fromisoformat(value)
    return EditTicket(snoozed_until=until)


def count_tags(tickets: Iterable[TicketView]) -> Counter[str]:
    """Returns how often each tag is used."""
    return Counter(tag for ticket in tickets for tag in ticket.tags or ())


def list_tag_options(used: Counter[str], present: Collection[str]) -> list[PickerOption]:
    """Returns the tags of a ticket, to take off, then others by how often they are used."""
    own = [PickerOption(f"-{tag}", tag, "takes it off", is_present=False) for tag in present]
    others = [tag for tag, _ in used.most_common() if tag not in present]
    return [*own, *(PickerOption(f"+{tag}", tag, f"on {used[tag]}") for tag in others)]


def suggest_tags(text: str, used: Counter[str], present: Collection[str]) -> list[PickerOption]:
    """Returns the tags that a text may mean, and last a new tag of that name."""
    options = list_tag_options(used, present)
    found = find_matches(text, [(option, option.text) for option in options])
    name = " ".join(text.split())[:TAG_LIMIT]
    if any(option.text == name for option in options):
        found.sort(key=lambda option: option.text != name)
        return found
    return [*found, PickerOption(f"+{name}", name, "a new tag")]


def build_tag_command(value: str) -> EditTicket:
    """Returns the command of an option: `+tag` adds, `-tag` takes off."""
    tags = (value[1:],)
    if value.startswith("-"):
        return EditTicket(remove_tags=tags)
    return EditTicket(add_tags=tags)


def list_waiting_options(ticket: TicketView | None) -> list[PickerOption]:
    """Returns whom a ticket can wait for, and what that does to its clocks."""
    present = ticket.waiting_on if ticket else UNSET
    return [
        PickerOption(it, formatting.format_waiting(it), _WAITING[it], is_present=it is present)
        for it in WaitingOn
    ]


_WAITING: Final = {
    WaitingOn.AGENT: "the clocks run",
    WaitingOn.CUSTOMER: "the clocks are paused until the customer answers",
    WaitingOn.THIRD_PARTY: "the clocks are paused",
}
