"""`deskwire-server mail-in`: takes one mail from standard input, for mail servers with a pipe."""

import sys
from typing import Final, NoReturn

import click

from common.errors import Unavailable
from server.cli import options
from server.clock import utc_now
from server.command_errors import CommandError
from server.desk.desk import Desk
from server.mail_intake.mail_gateway import MailGateway
from server.mail_intake.sender_proof import SenderProof
from server.settings import Settings
from server.storage.connect import open_existing_database
from server.storage.files.attachment_storage import AttachmentStorage
from server.storage.files.file_location import open_file_store

_DATA_ERROR: Final = 65
_NO_USER: Final = 67
_TRY_AGAIN: Final = 75
"""Exit codes of sysexits.h, as mail servers understand them."""


class _NoInbox(Exception):
    """The mail is for nobody here."""


@click.command("mail-in")
@click.option("--recipient", multiple=True, help="The inbox. By default the headers name it.")
@options.make_option(
    "--mail-authserv-id",
    default=None,
    help="The name under which your mail server reports checks of senders.",
)
@options.make_option(
    "--max-mail",
    type=click.IntRange(65_536),
    default=Settings().max_mail,
    help="Maximum bytes of the mail.",
)
@options.make_option("--smtp-url", default=None, help="Set as for `serve`, so that mails are sent.")
@options.files_option
@options.database_option
def mail_in_command(
    recipient: tuple[str, ...],
    mail_authserv_id: str | None,
    max_mail: int,
    smtp_url: str | None,
    files: str | None,
    database: str,
) -> None:
    """Take one mail from standard input.

    The exit code is 0 when it is in the database, 67 for no such inbox, 65 for a mail that is empty
    or too large, and 75 where it should be tried again.
    """
    content = sys.stdin.buffer.read(max_mail + 1)
    if not content.strip() or len(content) > max_mail:
        _exit_with(_DATA_ERROR, "The mail is empty, or larger than --max-mail.")
    settings = Settings(
        database=database,
        files=files,
        smtp_url=smtp_url,
        mail_authserv_id=mail_authserv_id,
        max_mail=max_mail,
    )
    work = _take_mail(settings, content, recipient)
    try:
        options.run_coroutine(work)
    except _NoInbox as refusal:
        _exit_with(_NO_USER, str(refusal))
    except SystemExit:
        sys.exit(_TRY_AGAIN)
    except Exception as error:  # noqa: BLE001 - a mail server gives up on any other exit code
        _exit_with(_TRY_AGAIN, f"The mail was not taken: {error}.")


async def _take_mail(settings: Settings, content: bytes, addresses: tuple[str, ...]) -> None:
    database = open_existing_database(settings.database)
    files = AttachmentStorage(
        database,
        open_file_store(settings.files, settings.database),
        utc_now,
        settings.max_attachment,
    )
    try:
        desk = Desk(database, utc_now, lambda _: None, mail=bool(settings.smtp_url))
        gateway = MailGateway(database, desk, SenderProof(settings.mail_authserv_id), files)
        found = [await gateway.find_recipient(it) for it in addresses]
        recipients = [it for it in found if it is not None]
        if not addresses:
            recipients = await gateway.find_recipients(content)
        if not recipients or None in found:
            raise _NoInbox("No inbox has this address.")
        for result in (await gateway.accept(content, recipients)).values():
            if isinstance(result, Unavailable):
                raise CommandError(result.detail)
    finally:
        files.close()
        database.close()


def _exit_with(code: int, line: str) -> NoReturn:
    options.print_error(line)
    raise SystemExit(code)
