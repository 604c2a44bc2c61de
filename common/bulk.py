"""Bulk requests: one command on many tickets, named by numbers or by a filter."""

from typing import Annotated, Any, Final

from msgspec import UNSET, Meta, Struct, UnsetType
from msgspec.structs import asdict

from common.errors import FieldError, Invalid
from common.ids import Id, Seq
from common.queries import MOST_LISTED, FilterText, TicketQuery, Words
from common.tickets.assigning import AssignTicket
from common.tickets.claiming import ClaimTicket, ReleaseTicket
from common.tickets.editing import EditTicket, Instant
from common.tickets.registry import Command
from common.tickets.replying import AddMessage
from common.tickets.ticket import Priority, Status

MOST_BULK_TICKETS: Final = 5_000
"""Tickets that one request may name or find."""
MOST_FILTER_VALUES: Final = 1_000
"""Values that one list of a filter may have: each is a parameter of the statement."""

Numbers = Annotated[tuple[Id, ...], Meta(min_length=1, max_length=MOST_BULK_TICKETS)]
FewValues = Meta(max_length=MOST_FILTER_VALUES)
Assignee = Annotated[str, Meta(pattern=r"^(me|none|[0-9]{1,15})$", description="me, none or an id")]


class BulkFilter(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The tickets of `GET /tickets` with the same filters."""

    status: Annotated[tuple[Status, ...], FewValues] = ()
    priority: Annotated[tuple[Priority, ...], FewValues] = ()
    category: Annotated[tuple[Words, ...], FewValues] = ()
    assignee: Annotated[tuple[Assignee, ...], FewValues] = ()
    customer: Annotated[tuple[Id, ...], FewValues] = ()
    tag: Annotated[tuple[Words, ...], FewValues] = ()
    external_id: Annotated[tuple[Words, ...], FewValues] = ()
    filter: FilterText = ""
    q: Words | UnsetType = UNSET
    created_after: Instant | UnsetType = UNSET
    created_before: Instant | UnsetType = UNSET
    updated_after: Instant | UnsetType = UNSET
    last_seq_after: Seq | UnsetType = UNSET

    def build_query(self, cursor: str | UnsetType) -> TicketQuery:
        """Returns the query of one page, oldest tickets first: new ones come behind all others."""
        values: dict[str, Any] = {
            name: list(value) if isinstance(value, tuple) else value
            for name, value in asdict(self).items()
        }
        return TicketQuery(**values, sort="created_at", limit=MOST_LISTED, cursor=cursor)


class BulkRequest(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One command on many tickets; exactly one target and one command are given.

    With `dry_run` nothing changes: the answer is what would happen now.
    """

    numbers: Numbers | UnsetType = UNSET
    filter: BulkFilter | UnsetType = UNSET
    edit: EditTicket | UnsetType = UNSET
    claim: ClaimTicket | UnsetType = UNSET
    release: ReleaseTicket | UnsetType = UNSET
    assign: AssignTicket | UnsetType = UNSET
    message: AddMessage | UnsetType = UNSET
    dry_run: bool = False

    @property
    def command(self) -> Command:
        """The command. Raises Invalid unless there is exactly one."""
        return _choose_one(self, ("edit", "claim", "release", "assign", "message"))  # type: ignore[no-any-return]

    def check(self) -> None:
        """Raises Invalid unless there are exactly one target and one command."""
        _choose_one(self, ("numbers", "filter"))
        _choose_one(self, ("edit", "claim", "release", "assign", "message"))


def _choose_one(request: BulkRequest, names: tuple[str, ...]) -> Any:
    given = [name for name in names if getattr(request, name) is not UNSET]
    if len(given) == 1:
        return getattr(request, given[0])
    says = f"give exactly one of {', '.join(names)}"
    raise Invalid(FieldError(says, pointer=f"/{given[1] if given else names[0]}"))


class BulkProblem(Struct, frozen=True):
    """The reason for which the command was refused for one ticket."""

    slug: str
    detail: str


class BulkResult(Struct, frozen=True, omit_defaults=True):
    """The outcome for one ticket: its version after it, whether it changed, or the refusal."""

    number: int
    version: int | None = None
    changed: bool = False
    problem: BulkProblem | None = None


class BulkAnswer(Struct, frozen=True, kw_only=True):
    """The outcome, with one result for each ticket, in the order of the request."""

    changed: int
    unchanged: int
    refused: int
    dry_run: bool
    results: list[BulkResult]
