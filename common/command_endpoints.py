"""The endpoints of commands by which agents change a ticket, derived from the commands."""

from collections.abc import Mapping
from typing import Final, get_args

from msgspec import structs

from common import wire
from common.endpoint import Endpoint
from common.people import AGENTS
from common.tickets.agent_command import AgentCommand
from common.tickets.registry import TicketCommand


def _make_command_endpoint(command: type[AgentCommand]) -> Endpoint:
    """Returns `POST /tickets/{number}/<verb>`, open to agents, which answers with a ticket.

    The body may be missing where the command requires no field.
    """
    return Endpoint(
        name=f"ticket.{command.verb}",
        method="POST",
        path=f"/tickets/{{number}}/{command.verb}",
        roles=AGENTS,
        summary=command.summary,
        body=command,
        body_optional=not any(field.required for field in structs.fields(command)),
        example=command.example,
        answer=wire.TicketView,
        success=command.success,
        retries=True,
    )


AGENT_COMMANDS: Final[Mapping[type, Endpoint]] = {
    command: _make_command_endpoint(command)
    for command in get_args(TicketCommand)
    if issubclass(command, AgentCommand)
}
"""The endpoint of each command that has one of its own, by the command's class."""
