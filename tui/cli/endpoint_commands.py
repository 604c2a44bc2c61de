"""Makes click's commands of the table of commands: arguments, options, the request, its answer."""

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

import click
import msgspec
from msgspec import Struct

from common.endpoint import Endpoint
from common.endpoints import TICKET_COMMANDS
from common.tickets.replying import AddMessage
from tui.cli import ticket_output
from tui.cli.answer_output import print_json
from tui.cli.command_session import explain_repetition, open_command_session
from tui.cli.command_table import ApiCommand, list_commands_of, list_groups
from tui.cli.connection_options import ConnectionFlags, connection_options, take_flags
from tui.cli.field_options import (
    RequestField,
    collect_values,
    list_request_fields,
    make_field_argument,
    make_field_option,
)
from tui.cli.file_sending import send_files
from tui.cli.message_input import read_message_text, read_password_line
from tui.cli.person_lookup import resolve_people
from tui.cli.raw_answers import print_raw_answer
from tui.cli.rest_caller import ApiRequest, RestCaller
from tui.network.idempotency_key import make_idempotency_key
from tui.network.query_parameters import build_query_pairs

_PATH_NAMES: Final = re.compile(r"\{(\w+)\}")
_BODY: Final = "body"
_TYPED: Final = "typed_text"
"""The argument of a text that needs no option."""
_PAGED: Final = "cursor"
_VERSIONED: Final = frozenset(
    endpoint.name for kind, endpoint in TICKET_COMMANDS.items() if kind is not AddMessage
)
"""Endpoints that heed `If-Match`."""


class ApiGroup(click.Group):
    """The commands of one kind of thing, made when they are asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(list_commands_of(str(self.name)))

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        command = list_commands_of(str(self.name)).get(cmd_name)
        return None if command is None else build_command(command)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Writes the summaries, without making the commands."""
        with formatter.section("Commands"):
            found = list_commands_of(str(self.name)).items()
            formatter.write_dl([(name, command.summary) for name, command in found])


def build_group(name: str) -> click.Group | None:
    """Returns the group of this name; None: there is none."""
    names = list_groups().get(name)
    return None if names is None else ApiGroup(name, help=f"Over REST: {names}.")


class TicketNumber(click.ParamType[int]):
    """The number of a ticket, as `17` or `#17`."""

    name = "number"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        text = str(value).removeprefix("#")
        if not (text.isascii() and text.isdecimal()):
            self.fail(f"{value} is not a number", param, ctx)
        return int(text)


class CommandShape(Struct, frozen=True):
    """The parts of a request that a command fills: path, fields, and the one long text."""

    command: ApiCommand
    path: list[str]
    fields: list[RequestField]
    body_field: RequestField | None

    @property
    def endpoint(self) -> Endpoint:
        return self.command.endpoint

    @property
    def argument_field(self) -> RequestField | None:
        """The only field that must be given: it needs no name."""
        needed = [it for it in self.fields if it.is_required and not it.is_password]
        return needed[0] if len(needed) == 1 and needed[0].is_scalar else None

    @property
    def takes_typed_text(self) -> bool:
        """Returns whether the long text may stand behind the path: no other word may."""
        text = self.body_field
        return text is not None and text.is_required and self.argument_field is None

    @property
    def is_paged(self) -> bool:
        return any(field.name == _PAGED for field in self.fields)


def _find_shape(command: ApiCommand) -> CommandShape:
    endpoint = command.endpoint
    kind = endpoint.query if endpoint.method == "GET" or endpoint.body is None else endpoint.body
    left_out = command.fixed.keys() | command.hidden
    found = [field for field in list_request_fields(kind) if field.name not in left_out]
    # An optional text is given like a required one where its own name is that of `--body`.
    texts = [it for it in found if it.is_block and (it.is_required or it.name == _BODY)]
    body_field = texts[0] if texts else None
    others = [field for field in found if field is not body_field]
    return CommandShape(command, _PATH_NAMES.findall(endpoint.path), others, body_field)


def build_command(command: ApiCommand) -> click.Command:
    """Returns the command of an endpoint."""
    shape = _find_shape(command)
    parameters: list[click.Parameter] = [
        click.Argument([name], type=TicketNumber()) for name in shape.path
    ]
    for field in shape.fields:
        if field is not shape.argument_field:
            parameters.append(make_field_option(field))
        elif field.name in command.people:
            parameters.append(click.Argument([field.name], metavar="PERSON"))
        else:
            parameters.append(make_field_argument(field))
    if shape.takes_typed_text:
        parameters.append(click.Argument([_TYPED], nargs=-1, metavar="[TEXT]"))
    parameters += list(_list_shared_options(shape))

    def callback(**given: Any) -> None:
        _run_command(shape, given)

    made = click.Command(command.name, params=parameters, callback=callback, help=command.summary)
    connection_options(has_variables=False, is_api=True)(made)
    return made


def _list_shared_options(shape: CommandShape) -> Iterator[click.Option]:
    """Yields the options that do not come from a field."""
    endpoint = shape.endpoint
    if shape.body_field is not None:
        otherwise = "; otherwise standard input or $EDITOR" if shape.body_field.is_required else ""
        yield click.Option(["-m", "--message"], help=f"The text{otherwise}.")
    if shape.body_field is not None or endpoint.raw_body is not None:
        default = None if endpoint.raw_body is None else "-"
        says = "A file with it; - is standard input."
        yield click.Option(["-F", "--file"], default=default, help=says)
    if shape.command.files is not None:
        says = "A file to send; may be repeated."
        yield click.Option(["--attach"], multiple=True, help=says)
    if endpoint.body is not None:
        yield click.Option(["--body"], help="The fields as JSON; options go before it.")
    yield from _list_repeat_options(endpoint)
    if shape.is_paged:
        yield click.Option(["--all", "is_all"], is_flag=True, help="Every page.")
    if endpoint.answer in {bytes, str}:
        yield click.Option(["-o", "--output"], help="A file to write the answer to.")
    else:
        yield click.Option(["--json", "is_json"], is_flag=True, help="JSON, as it came.")


def _list_repeat_options(endpoint: Endpoint) -> Iterator[click.Option]:
    if endpoint.retries:
        says = "Idempotency-Key: the same command again is done once."
        yield click.Option(["--key"], help=says)
    if endpoint.name in _VERSIONED:
        yield click.Option(["--if-version"], type=int, help="Only if the ticket still has it.")


def _run_command(shape: CommandShape, given: dict[str, Any]) -> None:
    context = click.get_current_context()
    flags = take_flags(given, is_api=True).over(context.find_object(ConnectionFlags))
    _take_typed_text(given)
    request = _build_request(shape, given)
    with open_command_session(flags) as caller, explain_repetition(request.key):
        request = resolve_people(caller, request, shape.command.people)
        if given.get("attach"):
            raw = send_files(caller, shape.command, request, given["attach"])
        elif shape.endpoint.answer in {bytes, str}:
            print_raw_answer(caller, request, given["output"])
            return
        else:
            raw = _fetch_pages(caller, request) if given.get("is_all") else caller.fetch(request)
        _print_answer(shape, raw, is_json=given["is_json"])


def _take_typed_text(given: dict[str, Any]) -> None:
    """Takes the words behind the path as the text. Raises click.UsageError where it has another."""
    typed = " ".join(given.pop(_TYPED, ()))
    if typed and given["message"] is not None:
        raise click.UsageError("the text is given twice: behind the number and as --message.")
    if typed:
        given["message"] = typed


def _build_request(shape: CommandShape, given: Mapping[str, Any]) -> ApiRequest:
    """Reads what the command needs, before anything is sent. Raises click.UsageError."""
    endpoint = shape.endpoint
    values = dict(shape.command.fixed) | _collect_fields(shape, given)
    query, body = ([], None) if endpoint.body is not None else (build_query_pairs(values), None)
    raw: bytes | None = None
    if endpoint.body is not None and (values or not endpoint.body_optional):
        raw = msgspec.json.encode(values)
    if endpoint.raw_body is not None:
        with click.open_file(given["file"], "rb") as file:
            raw = file.read()
    return ApiRequest(
        endpoint=endpoint,
        path={name: given[name.lower()] for name in shape.path},
        query=query,
        body=raw if raw is not None else body,
        body_type=endpoint.raw_body or "application/json",
        key=(given["key"] or make_idempotency_key()) if endpoint.retries else None,
        version=given.get("if_version"),
    )


def _choose_defaults(defaults: Mapping[str, Any], values: Mapping[str, Any]) -> dict[str, Any]:
    """Returns the defaults that apply: a filter says by itself which statuses are wanted."""
    left_out = {"status"} if values.get("filter") else set()
    return {name: value for name, value in defaults.items() if name not in left_out}


def _collect_fields(shape: CommandShape, given: Mapping[str, Any]) -> dict[str, Any]:
    values = _parse_body(given.get("body"))
    values |= collect_values([it for it in shape.fields if not it.is_password], given)
    values = _choose_defaults(shape.command.defaults, values) | values
    for field in shape.fields:
        is_asked = field.is_password and (given[field.name] or field.is_required)
        if is_asked and field.name not in values:
            values[field.name] = read_password_line(field.name.replace("_", " ").capitalize())
    text = shape.body_field
    if text is not None and text.name not in values:
        is_given = given["message"] is not None or given["file"] is not None
        if not is_given and (given.get("attach") or not text.is_required):
            return values  # files may go without a text
        values[text.name] = read_message_text(given["message"], given["file"])
    return values


def _parse_body(text: str | None) -> dict[str, Any]:
    if text is None:
        return {}
    try:
        return msgspec.json.decode(text, type=dict[str, Any])
    except msgspec.MsgspecError as error:
        raise click.UsageError(f"--body is not a JSON object: {error}") from error


def _fetch_pages(caller: RestCaller, request: ApiRequest) -> bytes:
    """Returns all pages as one document, with the last one's further fields."""
    items: list[Any] = []
    query = request.query
    while True:
        page = msgspec.json.decode(caller.fetch(msgspec.structs.replace(request, query=query)))
        items += page["items"]
        if page.get("next_cursor") is None:
            return msgspec.json.encode({**page, "items": items})
        others = [(name, value) for name, value in request.query if name != _PAGED]
        query = [*others, (_PAGED, page["next_cursor"])]


def _print_answer(shape: CommandShape, raw: bytes, *, is_json: bool) -> None:
    if not raw:
        click.echo("Done.", err=True)
    elif is_json:
        print_json(raw)
    else:
        ticket_output.find_printer(shape.endpoint)(raw)
