"""Attaches the files of a mail: those that the organization takes, and names the others."""

from collections import Counter
from collections.abc import Sequence
from typing import Final

from common.text import BODY_LIMIT
from common.tickets.replying import AddMessage, MessageKind
from server.desk.mail.incoming_mail import IncomingMail
from server.desk.recording.unit_of_work import UnitOfWork
from server.desk.tickets import attached_files, ticket_commands
from server.desk.tickets.attached_files import NewFile
from server.storage.queries.name_resolver import make_system_actor

_TOO_MANY: Final = "is one file too many"
_TOO_LARGE: Final = "is larger than this server takes"


def attach_mail_files(
    work: UnitOfWork, mail: IncomingMail, number: int, seq: int | None, files: Sequence[NewFile]
) -> None:
    """Attaches the files; a note of the system names those that are in the original mail only."""
    if not mail.read.files:
        return
    refused = attached_files.find_refused_files(work, files)
    taken = [it for it in files if it not in [file for file, _ in refused]]
    limit = work.settings.attachments_per_message
    attached_files.attach_files(work, number, seq, taken[:limit])
    left_out = [(file.name, why) for file, why in refused]
    left_out += [(file.name, _TOO_MANY) for file in taken[limit:]]
    left_out += [(name, _TOO_LARGE) for name in _list_unsaved(mail, files)]
    if left_out:
        lines = [f"- {name}: {why}" for name, why in left_out]
        body = "\n".join(["These files of the mail are in its original only:", *lines])
        note = AddMessage(body=body[:BODY_LIMIT], kind=MessageKind.NOTE)
        system = work.act_as(make_system_actor(work.actor.org_id))
        ticket_commands.execute_command(system, number, note)


def _list_unsaved(mail: IncomingMail, files: Sequence[NewFile]) -> list[str]:
    """Returns the names of the mail's files that are not in the store."""
    saved = Counter(it.name for it in files)
    return list((Counter(it.name for it in mail.read.files) - saved).elements())
