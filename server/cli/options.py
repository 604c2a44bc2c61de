"""Options and error messages that the commands of `deskwire-server` share."""

from collections.abc import Callable, Coroutine
from functools import partial
from typing import Any, Final, NoReturn, TypeVar

import click

from common.command_group import EXIT_FAILED, EXIT_USAGE
from common.errors import Unavailable
from server.command_errors import CommandError
from server.delivery.mail.smtp_settings import parse_relay_url, parse_sender
from server.mail_intake.mail_addresses import parse_imap_url, parse_mail_listen
from server.settings import Settings

T = TypeVar("T")


def make_option(flag: str, **more: Any) -> Callable[[Any], Any]:
    """Returns an option that can also be set by an environment variable."""
    name = flag.removeprefix("--").replace("-", "_")
    return click.option(flag, name, envvar=f"DESKWIRE_{name.upper()}", show_envvar=True, **more)


database_option: Final = make_option(
    "--database",
    default=Settings().database,
    show_default=True,
    help="URL of the database.",
)


files_option: Final = make_option(
    "--files",
    default=None,
    help="Folder or s3://BUCKET/PREFIX of attachments. By default a folder beside the database.",
)


def _join_values(_: click.Context, __: click.Parameter, values: tuple[str, ...]) -> str | None:
    """Joins the values of an option that may be repeated."""
    return ",".join(values) or None


def serving_options(defaults: Settings) -> Callable[[Any], Any]:
    """Returns a decorator that adds the settings of a server as options."""
    options = (
        make_option(
            "--webhook-allow-private",
            type=bool,
            is_flag=False,
            flag_value=True,
            default=defaults.webhook_allow_private,
            help="Let webhooks call private addresses.",
        ),
        make_option(
            "--log-format",
            type=click.Choice(["text", "json"]),
            default=None,
            help="Format of the log. By default text on a terminal, else JSON.",
        ),
        make_option(
            "--request-timeout",
            type=click.IntRange(1),
            default=defaults.request_timeout,
            help="Seconds to send the headers of a request, and then its body.",
        ),
        make_option(
            "--max-body",
            type=click.IntRange(1024),
            default=defaults.max_body,
            help="Maximum bytes of a request body.",
        ),
        make_option(
            "--max-attachment",
            type=click.IntRange(1024),
            default=defaults.max_attachment,
            help="Maximum bytes of an attachment, whatever an organization allows.",
        ),
        files_option,
        make_option(
            "--trusted-proxies",
            default=None,
            help="Proxies whose X-Forwarded-For or Forwarded is trusted: addresses or networks.",
        ),
        make_option(
            "--cors-origin",
            multiple=True,
            callback=_join_values,
            help="Origin whose pages may use the API. May be repeated; * allows all.",
        ),
        make_option(
            "--rate-limit",
            type=click.IntRange(0),
            default=defaults.rate_limit,
            help="Requests a second for each token. 0 turns rate limits off.",
        ),
        make_option(
            "--imap", default=None, help="A mailbox to read mail from: imaps://USER:PASS@HOST/BOX."
        ),
        make_option(
            "--mail-authserv-id",
            default=None,
            help="The name under which your mail server reports checks of senders.",
        ),
        make_option(
            "--max-mail",
            type=click.IntRange(65_536),
            default=defaults.max_mail,
            help="Maximum bytes of a mail that comes in.",
        ),
        make_option(
            "--mail-listen",
            default=None,
            help="Where to listen for mail: lmtp://HOST:PORT, smtp://HOST:PORT or lmtp:///PATH.",
        ),
        make_option("--mail-from", default=None, help="The address that emails come from."),
        make_option(
            "--smtp-url",
            default=None,
            help="The SMTP server that sends emails. Without one, none are sent.",
        ),
        make_option("--public-url", default=None, help="Base of links in emails."),
        make_option(
            "--stream-advertise",
            default=None,
            help="The endpoint that clients use to connect to the stream.",
        ),
        make_option("--stream", default=defaults.stream, help="ZeroMQ listen endpoint."),
        make_option("--http", default=defaults.http, help="REST listen address."),
        make_option(
            "--database-pooler",
            type=click.Choice(["auto", "yes", "no"]),
            default=defaults.database_pooler,
            help="Whether a pooler such as PgBouncer is in front of PostgreSQL.",
        ),
        make_option(
            "--database-connections",
            type=click.IntRange(1, 1000),
            default=defaults.database_connections,
            help="Maximum number of connections to PostgreSQL.",
        ),
        make_option("--database", default=defaults.database, help="URL of the database."),
    )

    def decorate(command: Any) -> Any:
        for add in options:
            command = add(command)
        return command

    return decorate


def run_coroutine(work: Coroutine[Any, Any, T]) -> T:
    """Runs a coroutine and returns its result. Ends the process with one line on an error."""
    import uvloop  # late: `--help` and a mistake in the arguments need no event loop

    return run_blocking(partial(uvloop.run, work))


def run_blocking(work: Callable[[], T]) -> T:
    """Calls a function, as `run_coroutine` does. Without an event loop, Ctrl+C interrupts it."""
    try:
        return work()
    except CommandError as error:
        exit_with_usage_error(str(error))
    except Unavailable as refusal:
        print_error(refusal.detail)
        raise SystemExit(EXIT_FAILED) from None


def exit_with_usage_error(line: str) -> NoReturn:
    """Ends the process with one line about a mistake in the arguments."""
    print_error(line)
    raise SystemExit(EXIT_USAGE)


def print_error(line: str) -> None:
    """Writes one line to standard error, after the name of the program."""
    click.echo(f"deskwire-server: {line}", err=True)


def check_settings(settings: Settings) -> None:
    """Ends the process with one line if a setting is invalid."""
    try:
        _ = settings.http_address
    except ValueError:
        exit_with_usage_error(f"--http must be HOST:PORT, not {settings.http}.")
    if not settings.has_stream_port:
        exit_with_usage_error(f"--stream must end with a port, not {settings.stream}.")
    try:
        _ = settings.proxy_networks
    except ValueError as error:
        exit_with_usage_error(
            f"--trusted-proxies must be addresses or networks such as 10.0.0.0/8: {error}."
        )
    try:
        _ = settings.cors_origins
    except ValueError as error:
        exit_with_usage_error(
            f"--cors-origin must be * or an origin such as https://app.example, not {error}."
        )
    _check_mail_settings(settings)


def _check_mail_settings(settings: Settings) -> None:
    if settings.smtp_url and not settings.mail_from:
        exit_with_usage_error("--smtp-url needs --mail-from, the address that emails come from.")
    for flag, text, read in (
        ("--smtp-url", settings.smtp_url, parse_relay_url),
        ("--mail-from", settings.mail_from, parse_sender),
        ("--mail-listen", settings.mail_listen, parse_mail_listen),
        ("--imap", settings.imap, parse_imap_url),
    ):
        try:
            _ = text and read(text)
        except ValueError as error:
            exit_with_usage_error(f"{flag} {error}.")
    if not settings.has_endpoint_to_advertise:
        exit_with_usage_error(
            f"--stream-advertise must be tcp://HOST:PORT, not {settings.stream_advertise}."
        )
    if not settings.has_public_url:
        exit_with_usage_error(
            f"--public-url must be http://HOST or https://HOST, not {settings.public_url}."
        )
