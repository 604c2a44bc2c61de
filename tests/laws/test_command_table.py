"""Every endpoint is a command of `deskwire`, and every field of its request can be given."""

import click
import pytest
from msgspec import structs

from common.endpoints import ENDPOINTS, TICKET_COMMANDS
from common.tickets.editing import TicketEdits
from tui.cli.command_table import ApiCommand, list_commands_of, list_groups
from tui.cli.endpoint_commands import build_command, build_group

COMMANDS = [command for group in list_groups() for command in list_commands_of(group).values()]


def test_every_endpoint_is_a_command() -> None:
    ours = {"session.open", "session.end", "stream.open"}  # login, logout, watch
    with_files = {"attachments.send"}  # --attach of reply and note
    named = {command.endpoint.name for command in COMMANDS}
    assert named == {endpoint.name for endpoint in ENDPOINTS} - ours - with_files


@pytest.mark.parametrize("command", COMMANDS, ids=lambda it: f"{it.group} {it.name}")
def test_every_field_of_a_request_can_be_given(command: ApiCommand) -> None:
    made = build_command(command)
    endpoint, hidden = command.endpoint, {*command.fixed, *command.hidden}
    kind = endpoint.body or endpoint.query
    named = {parameter.name for parameter in made.params}
    texts = {"body", "description"} if "message" in named else set()
    assert {field.encode_name for field in structs.fields(kind)} - hidden - texts <= named
    with click.Context(made) as context:
        assert made.get_help(context).startswith("Usage: ")


def test_fields_of_a_ticket_are_options_of_set_alone() -> None:
    edited, table = {*TicketEdits.__struct_fields__}, list_commands_of("ticket")
    options = {
        name: {parameter.name for parameter in build_command(table[name]).params}
        for name in ("set", "resolve", "close", "reopen")
    }
    assert options.pop("set") >= edited
    assert [names & edited for names in options.values()] == [set(), set(), set()]


def test_every_command_to_a_ticket_is_in_the_group() -> None:
    group = build_group("ticket")
    assert group is not None
    found = {command.endpoint.name for command in list_commands_of("ticket").values()}
    assert {endpoint.name for endpoint in TICKET_COMMANDS.values()} <= found
    assert {"reply", "note", "resolve", "close", "set", "merge", "assign"} <= set(
        group.list_commands(click.Context(group))
    )
