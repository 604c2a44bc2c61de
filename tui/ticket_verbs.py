"""The verbs of a ticket: the keys and words of each, when it is available, and what it asks.

A verb without a prompt has an action of its own in `tui/screens/ticket_actions.py`.
"""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Final

from msgspec import UNSET, Struct

from common.people import Actor
from common.tickets.assigning import AssignTicket
from common.tickets.claiming import ClaimTicket, ReleaseTicket
from common.tickets.correcting import CorrectCustomer
from common.tickets.editing import EditTicket
from common.tickets.merging import MergeTicket, UnmergeTicket
from common.tickets.registry import Command
from common.tickets.replying import AddMessage, MessageKind
from common.tickets.splitting import SplitTicket
from common.tickets.ticket import Priority, Status, WaitingOn
from common.wire import TicketView


class CommandPrompt(Struct, frozen=True, kw_only=True):
    """A question about a ticket, and the command that its answer sends.

    A command with a field gets what is typed; another one is sent after a yes. The texts can have
    `{ticket}` and `{answer}`; `doing` and `done` are the toasts before and after.
    """

    question: str
    command: type[Command]
    doing: str
    done: str

    @property
    def takes_text(self) -> bool:
        return bool(self.command.__struct_fields__)

    def build_command(self, answer: str) -> Command:
        """Returns the command with this answer."""
        make: Callable[..., Command] = self.command
        return make(answer) if self.takes_text else make()


class TicketVerb(Struct, frozen=True):
    """A thing that an agent can do with the selected ticket, by keys or by its name.

    `label` is the footer's word, `says` the help's. `probe` returns one command that represents all
    that the verb may send: they are refused for the same reasons. That of a prompt is its own.
    """

    keys: str
    name: str
    label: str
    says: str
    probe: Callable[[TicketView, Actor], Command] | None = None
    prompt: CommandPrompt | None = None
    needs_server: bool = False
    """True where it takes more than a client knows, so that it cannot wait in the outbox."""

    def build_probe(self, view: TicketView, actor: Actor) -> Command | None:
        """Returns the command whose refusal is the verb's; None: the verb is never refused."""
        if self.prompt is not None:
            return self.prompt.build_command("?")
        return self.probe(view, actor) if self.probe is not None else None


def build_claim_command(view: TicketView, actor: Actor) -> Command:
    """Returns a claim; for the agent's own ticket in progress, a release."""
    own = view.assignee is not None and view.assignee.id == actor.id
    return ReleaseTicket() if own and view.status is Status.IN_PROGRESS else ClaimTicket()


def build_reopen_command(reason: str = "") -> Command:
    """Returns the command that reopens a ticket; for a closed one it needs a reason."""
    return EditTicket(status=Status.IN_PROGRESS, reason=reason or UNSET)


def _another_priority(view: TicketView) -> Priority:
    return Priority.HIGH if view.priority is not Priority.HIGH else Priority.NORMAL


def _another_waiting(view: TicketView) -> WaitingOn:
    return WaitingOn.CUSTOMER if view.waiting_on is WaitingOn.AGENT else WaitingOn.AGENT


_SOMETIME: Final = datetime(9000, 1, 1, tzinfo=UTC)

UNMERGE: Final = CommandPrompt(
    question="Take #{ticket.number} out of #{ticket.merged_into}?",
    command=UnmergeTicket,
    doing="Taking #{ticket.number} out of #{ticket.merged_into} …",
    done="#{ticket.number} is a ticket of its own again",
)
CORRECT_CUSTOMER: Final = CommandPrompt(
    question="Address of #{ticket.number}'s customer",
    command=CorrectCustomer,
    doing="Giving #{ticket.number} to {answer} …",
    done="#{ticket.number} is {answer}'s; {ticket.customer.name} sees it no longer",
)

TICKET_VERBS: Final = (
    TicketVerb(
        "c", "claim", "claim", "claim; on your own ticket: release it", probe=build_claim_command
    ),
    TicketVerb(
        "r", "reply", "reply", "write a public reply", probe=lambda _view, _actor: AddMessage("?")
    ),
    TicketVerb(
        "R",
        "note",
        "note",
        "write a note that only colleagues see",
        probe=lambda _view, _actor: AddMessage("?", kind=MessageKind.NOTE),
    ),
    TicketVerb(
        "x",
        "resolve",
        "resolve",
        "resolve the ticket (asks y or n)",
        probe=lambda _view, _actor: EditTicket(status=Status.RESOLVED),
    ),
    TicketVerb(
        "X",
        "reopen",
        "reopen",
        "reopen a resolved ticket",
        probe=lambda _view, _actor: build_reopen_command("?"),
    ),
    TicketVerb(
        "a",
        "assign",
        "assign",
        "give the ticket to a colleague",
        probe=lambda view, _actor: AssignTicket(user_id=-view.number),
    ),
    TicketVerb(
        "p",
        "priority",
        "prio",
        "change the priority",
        probe=lambda view, _actor: EditTicket(priority=_another_priority(view)),
    ),
    TicketVerb("s", "status", "status", "change the status"),
    TicketVerb(
        "C",
        "category",
        "category",
        "change the category",
        probe=lambda view, _actor: EditTicket(category=view.category + "?"),
    ),
    TicketVerb(
        "t",
        "tags",
        "tag",
        "add a tag, or take one off",
        probe=lambda _view, _actor: EditTicket(add_tags=("?",)),
    ),
    TicketVerb(
        "d",
        "snooze",
        "snooze",
        "snooze: 3d, tomorrow 9, mon; wake it",
        probe=lambda _view, _actor: EditTicket(snoozed_until=_SOMETIME),
    ),
    TicketVerb(
        "W",
        "waiting",
        "",
        "say whom it waits for: us, customer, third party",
        probe=lambda view, _actor: EditTicket(waiting_on=_another_waiting(view)),
    ),
    TicketVerb("i", "follow", "", "follow it, or end that"),
    TicketVerb("o", "others", "", "the customer's other tickets"),
    TicketVerb(
        "m",
        "merge",
        "merge",
        "merge it into another ticket of the same customer",
        probe=lambda view, _actor: MergeTicket(into=-view.number),
        needs_server=True,
    ),
    TicketVerb(
        "M",
        "unmerge",
        "unmerge",
        "undo a merge: the ticket is one of its own again",
        prompt=UNMERGE,
        needs_server=True,
    ),
    TicketVerb(
        "T",
        "split",
        "",
        "split: copy messages into a ticket of their own",
        probe=lambda _view, _actor: SplitTicket(message_ids=(1,), subject="?"),
        needs_server=True,
    ),
    TicketVerb(
        "w",
        "people",
        "who",
        "who it is about: customer, addresses, participants",
        needs_server=True,
    ),
)
"""The verbs with keys, in the order of the footer."""

VERBS_BY_NAME: Final[Mapping[str, TicketVerb]] = {
    verb.name: verb
    for verb in (
        *TICKET_VERBS,
        # One of the choices of `people`, without a key.
        TicketVerb("", "customer", "", "", prompt=CORRECT_CUSTOMER),
    )
}
