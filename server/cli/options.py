"""What the commands of `deskwire-server` share: settings as options, and how they say no."""

from collections.abc import Callable, Coroutine
from functools import partial
from typing import Any, Final, NoReturn, TypeVar

import click
import uvloop

from common.errors import Unavailable
from server.delivery.mail.smtp_settings import relay_of, sender_of
from server.provisioning import OrganizationExists
from server.run import CannotServe
from server.settings import Settings
from server.storage.backups.contents import BackupError
from server.storage.engine.connect import BadDatabase
from server.storage.migrations import SchemaTooNew
from server.transfer.importer import NoOrganization

T = TypeVar("T")


class OneLine(click.Group):
    """Commands that say in one line what is wrong with their arguments, and end with 2."""

    def main(self, *args: Any, **kwargs: Any) -> Any:
        """Run, with click's complaints made short."""
        try:
            return super().main(*args, **{**kwargs, "standalone_mode": False})
        except click.exceptions.NoArgsIsHelpError as error:
            error.show()
            raise SystemExit(USAGE) from None
        except click.ClickException as error:
            fail(error.format_message().replace("\n", " "))
        except click.Abort:
            raise SystemExit(INTERRUPTED) from None


USAGE: Final = 2
"""Exit code of a call that cannot be served as it is."""

FAILED: Final = 1
"""Exit code of what was begun and could not be done, or not all of it."""

INTERRUPTED: Final = 130
"""Exit code of what somebody broke off at the keyboard."""

_REFUSALS: Final = (
    BackupError,
    BadDatabase,
    CannotServe,
    NoOrganization,
    OrganizationExists,
    SchemaTooNew,
)


def option(flag: str, **more: Any) -> Callable[[Any], Any]:
    """A flag that is an environment variable too."""
    name = flag.removeprefix("--").replace("-", "_")
    return click.option(flag, name, envvar=f"DESKWIRE_{name.upper()}", show_envvar=True, **more)


database_option: Final = option("--database", default=Settings().database, show_default=True)


def _joined(_: click.Context, __: click.Parameter, values: tuple[str, ...]) -> str | None:
    """One text of an option that may be repeated."""
    return ",".join(values) or None


def serving_options(defaults: Settings) -> Callable[[Any], Any]:
    """The settings of `serve` and `demo`."""
    options = (
        option(
            "--webhook-allow-private",
            type=bool,
            is_flag=False,
            flag_value=True,
            default=defaults.webhook_allow_private,
            help="Let webhooks lead to private addresses.",
        ),
        option("--log-format", type=click.Choice(["text", "json"]), default=None),
        option(
            "--request-timeout",
            type=click.IntRange(1),
            default=defaults.request_timeout,
            help="Seconds in which a request's headers must come, and then its body.",
        ),
        option("--max-body", type=click.IntRange(1024), default=defaults.max_body),
        option(
            "--trusted-proxies",
            default=None,
            help="Addresses or networks of proxies whose X-Forwarded-For or Forwarded counts.",
        ),
        option(
            "--cors-origin",
            multiple=True,
            callback=_joined,
            help="Origin whose pages may use the API in a browser; may be repeated; * for all.",
        ),
        option("--rate-limit", type=click.IntRange(0), default=defaults.rate_limit),
        option("--mail-from", default=None, help="The address that mails come from."),
        option("--smtp-url", default=None, help="The relay that takes mails; none: no mails."),
        option("--public-url", default=None, help="Base of links in mails."),
        option("--stream-advertise", default=None, help="What clients are told to connect to."),
        option("--stream", default=defaults.stream, help="ZeroMQ listen endpoint."),
        option("--http", default=defaults.http, help="REST listen address."),
        option(
            "--database-pooler",
            type=click.Choice(["auto", "yes", "no"]),
            default=defaults.database_pooler,
            help="Whether a pooler such as PgBouncer stands before PostgreSQL.",
        ),
        option(
            "--database-connections",
            type=click.IntRange(1, 1000),
            default=defaults.database_connections,
            help="The most connections to PostgreSQL.",
        ),
        option("--database", default=defaults.database),
    )

    def decorate(command: Any) -> Any:
        for add in options:
            command = add(command)
        return command

    return decorate


def run(work: Coroutine[Any, Any, T]) -> T:
    """Runs to the end; what cannot be served is told in one line."""
    return run_here(partial(uvloop.run, work))


def run_here(work: Callable[[], T]) -> T:
    """Calls what needs no event loop, and can so be broken off at any point, in the same way."""
    try:
        return work()
    except _REFUSALS as error:
        fail(str(error))
    except Unavailable as refusal:
        complain(refusal.detail)
        raise SystemExit(FAILED) from None


def fail(line: str) -> NoReturn:
    """Ends the process with one line that says what is wrong with the call."""
    complain(line)
    raise SystemExit(USAGE)


def complain(line: str) -> None:
    """Writes one line to standard error, with the name of the program before it."""
    click.echo(f"deskwire-server: {line}", err=True)


def check(settings: Settings) -> None:
    """Ends the process where a setting cannot be meant."""
    try:
        _ = settings.http_address
    except ValueError:
        fail(f"--http must be HOST:PORT, not {settings.http}.")
    if not settings.has_stream_port:
        fail(f"--stream must end with a port, not {settings.stream}.")
    try:
        _ = settings.proxy_networks
    except ValueError as error:
        fail(f"--trusted-proxies must be addresses or networks such as 10.0.0.0/8: {error}.")
    try:
        _ = settings.cors_origins
    except ValueError as error:
        fail(f"--cors-origin must be * or an origin such as https://app.example, not {error}.")
    _check_mail(settings)


def _check_mail(settings: Settings) -> None:
    if settings.smtp_url and not settings.mail_from:
        fail("--smtp-url needs --mail-from, the address that mails come from.")
    for flag, text, read in (
        ("--smtp-url", settings.smtp_url, relay_of),
        ("--mail-from", settings.mail_from, sender_of),
    ):
        try:
            _ = text and read(text)
        except ValueError as error:
            fail(f"{flag} {error}.")
    if not settings.has_endpoint_to_advertise:
        fail(f"--stream-advertise must be tcp://HOST:PORT, not {settings.stream_advertise}.")
    if not settings.has_public_url:
        fail(f"--public-url must be http://HOST or https://HOST, not {settings.public_url}.")
