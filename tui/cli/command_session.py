"""The session of one command: a kept token, or one that is opened for it and ended after it."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Final, NoReturn

import click
import msgspec

from common import endpoints
from common.accounts import OpenSession
from common.wire import SessionView
from tui.cli.connection_options import ConnectionFlags, ConnectionTarget, resolve_target
from tui.cli.exit_codes import EXIT_CLOSED_PIPE, EXIT_SIGNED_OUT, choose_exit_code
from tui.cli.message_input import read_password_line
from tui.cli.rest_caller import ApiRequest, RestCaller
from tui.network.api_errors import ApiProblem, Unreachable
from tui.network.error_text import explain_error

_PASSWORD: Final = "DESKWIRE_PASSWORD"  # noqa: S105 - a variable's name


@contextmanager
def open_command_session(flags: ConnectionFlags) -> Iterator[RestCaller]:
    """Yields a signed-in caller. Ends the process with one line on an error."""
    target = resolve_target(flags)
    if target.org is None:
        raise click.UsageError("which organization? Give --org, or sign in: deskwire login.")
    with RestCaller(target.server, target.org, target.token) as caller, report_errors(target):
        is_own = caller.token is None
        if is_own:
            caller.token = _open_session(caller, target).token
        try:
            yield caller
        finally:
            if is_own:
                with suppress(ApiProblem, Unreachable):
                    caller.fetch(ApiRequest(endpoint=endpoints.END_SESSION))


@contextmanager
def open_agent_session(target: ConnectionTarget) -> Iterator[RestCaller]:
    """Yields a signed-in caller for a dialogue; asks for what is missing, the password too."""
    org = target.org or click.prompt("Organization", type=int)
    email = target.email or ("" if target.token else click.prompt("E-mail"))
    with RestCaller(target.server, org, target.token) as caller, report_errors(target):
        is_own = caller.token is None
        if is_own:
            password = os.environ.pop(_PASSWORD, "") or read_password_line("Password")
            caller.token = open_session(caller, email, password).token
        try:
            yield caller
        finally:
            if is_own:
                with suppress(ApiProblem, Unreachable):
                    caller.fetch(ApiRequest(endpoint=endpoints.END_SESSION))


def open_session(caller: RestCaller, email: str, password: str) -> SessionView:
    """Signs in, and returns the session. Raises ApiProblem or Unreachable."""
    body = msgspec.json.encode(OpenSession(email=email, password=password))
    raw = caller.fetch(ApiRequest(endpoint=endpoints.OPEN_SESSION, body=body))
    return msgspec.json.decode(raw, type=SessionView)


def _open_session(caller: RestCaller, target: ConnectionTarget) -> SessionView:
    password = os.environ.get(_PASSWORD)
    if not (target.email and password):
        exit_with_error("not signed in. Run: deskwire login", EXIT_SIGNED_OUT)
    return open_session(caller, target.email, password)


@contextmanager
def report_errors(target: ConnectionTarget) -> Iterator[None]:
    """Ends the process with one line, and the code of docs/command-line.md, on an error."""
    try:
        yield
    except BrokenPipeError:
        # The reader has read enough (`| head`). Python would complain once more at its end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise SystemExit(EXIT_CLOSED_PIPE) from None
    except ApiProblem as problem:
        line = explain_error(problem)
        if problem.is_signed_out and target.token:
            named = f" --profile {target.profile_name}" if target.profile_name else ""
            line = f"the session has ended. Run: deskwire{named} login"
        exit_with_error(line, choose_exit_code(problem))
    except Unreachable as error:
        exit_with_error(f"{target.server}: {explain_error(error)}", choose_exit_code(error))


@contextmanager
def explain_repetition(key: str | None) -> Iterator[None]:
    """Adds to an unknown outcome how the command is given again, so that it is done once."""
    try:
        yield
    except Unreachable as error:
        if key is None:
            raise
        reason = str(error).rstrip(".")
        advice = f"Whether it was done is not known: --key {key} repeats it safely"
        raise Unreachable(f"{reason}. {advice}") from error


def exit_with_error(line: str, code: int) -> NoReturn:
    """Ends the process with one line on standard error."""
    click.echo(f"deskwire: {' '.join(line.split())}", err=True)
    raise SystemExit(code)
