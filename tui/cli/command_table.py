"""Names the commands: one for each endpoint, and the ticket's verbs, which are endpoints set up.

A new endpoint is a command by itself, and a new command to a ticket, too.
"""

from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any, Final

from msgspec import Struct

from common import attachment_endpoints, endpoints
from common.endpoint import MULTIPART, Endpoint
from common.tickets.assigning import AssignTicket
from common.tickets.editing import TicketEdits
from common.tickets.replying import MessageKind
from common.tickets.ticket import Status

TICKET: Final = "ticket"
_OWN_COMMANDS: Final = frozenset({"session.open", "session.end", "stream.open"})
"""Endpoints that `login`, `logout` and `watch` call."""


class ApiCommand(Struct, frozen=True, kw_only=True):
    """A command: an endpoint, and values of its body or query that the command fixes.

    A default goes when the caller gives the field. `files` is the endpoint that takes the same with
    files. `people` are fields that take a person by name, too.
    """

    group: str
    name: str
    endpoint: Endpoint
    summary: str
    fixed: Mapping[str, Any] = {}
    defaults: Mapping[str, Any] = {}
    hidden: frozenset[str] = frozenset()
    people: frozenset[str] = frozenset()
    files: Endpoint | None = None


def _verb(
    name: str, endpoint: Endpoint, summary: str, *, hidden: Iterable[str] = (), **more: Any
) -> ApiCommand:
    return ApiCommand(
        group=TICKET,
        name=name,
        endpoint=endpoint,
        summary=summary,
        hidden=frozenset(hidden),
        **more,
    )


_EDITED: Final = TicketEdits.__struct_fields__
"""Fields that `set` changes, and no command that has another purpose."""
_TICKET_VERBS: Final = (
    _verb(
        "list",
        endpoints.LIST_TICKETS,
        "List tickets: the unresolved ones, the next due first, unless told otherwise",
        defaults={"status": [Status.OPEN, Status.IN_PROGRESS], "sort": "sla_due"},
    ),
    _verb(
        "show",
        endpoints.READ_TICKET,
        "Show a ticket and its newest messages",
        fixed={"include": ["messages"]},
    ),
    _verb(
        "reply",
        endpoints.ADD_MESSAGE,
        "Write a public reply",
        fixed={"kind": MessageKind.REPLY},
        files=attachment_endpoints.SEND_FILES,
    ),
    _verb(
        "note",
        endpoints.ADD_MESSAGE,
        "Write a note that only colleagues see",
        fixed={"kind": MessageKind.NOTE},
        files=attachment_endpoints.SEND_FILES,
    ),
    _verb(
        "assign",
        endpoints.TICKET_COMMANDS[AssignTicket],
        "Assign a ticket: to an id, a name, an address, me or none",
        people=frozenset({"user_id"}),
    ),
    _verb("set", endpoints.EDIT_TICKET, "Change fields of a ticket"),
    _verb(
        "resolve",
        endpoints.EDIT_TICKET,
        "Resolve a ticket",
        fixed={"status": Status.RESOLVED},
        hidden=_EDITED,
    ),
    _verb(
        "close",
        endpoints.EDIT_TICKET,
        "Close a ticket; an unresolved one with --reason spam or duplicate",
        fixed={"status": Status.CLOSED},
        hidden=_EDITED,
    ),
    _verb(
        "reopen",
        endpoints.EDIT_TICKET,
        "Reopen a resolved ticket; supervisors a closed one, with --reason",
        fixed={"status": Status.IN_PROGRESS},
        hidden=_EDITED,
    ),
)


@cache
def list_commands_of(group: str) -> Mapping[str, ApiCommand]:
    """Returns the commands of a group by name."""
    made = {name: it for (owner, name), it in _build_commands().items() if owner == group}
    return dict(sorted(made.items()))


@cache
def list_groups() -> Mapping[str, str]:
    """Returns the groups by name, each with its line in the help."""
    groups: dict[str, list[str]] = {}
    for group, name in _build_commands():
        groups.setdefault(group, []).append(name)
    return {group: ", ".join(sorted(names)) for group, names in sorted(groups.items())}


@cache
def _build_commands() -> dict[tuple[str, str], ApiCommand]:
    made = {}
    prefixes = {endpoint.name.partition(".")[0] for endpoint in endpoints.ENDPOINTS}
    for endpoint in endpoints.ENDPOINTS:
        if endpoint.name in _OWN_COMMANDS or endpoint.body_media == (MULTIPART,):
            continue
        prefix, _, name = endpoint.name.partition(".")
        group = _dashed(_find_singular(prefix, prefixes))
        made[group, _dashed(name)] = ApiCommand(
            group=group, name=_dashed(name), endpoint=endpoint, summary=endpoint.summary
        )
    return made | {(verb.group, verb.name): verb for verb in _TICKET_VERBS}


def _find_singular(prefix: str, prefixes: set[str]) -> str:
    """Returns `address` for `addresses`, where some endpoint is named so."""
    singulars = (prefix.removesuffix("ies") + "y", prefix.removesuffix("es"), prefix[:-1])
    others = prefixes - {prefix} if prefix.endswith("s") else set()
    return next((it for it in singulars if it in others), prefix)


def _dashed(name: str) -> str:
    return name.replace("_", "-")
