"""Attaches the files of a mail: those that the organization takes, and names the others."""

from collections import Counter
from collections.abc import Sequence

from common.text import BODY_LIMIT
from common.tickets.replying import AddMessage, MessageKind
from server.desk.mail.incoming_mail import IncomingMail
from server.desk.recording.unit_of_work import UnitOfWork
from server.desk.tickets import attached_files, ticket_commands
from server.desk.tickets.attached_files import NewFile
from server.domain.languages.catalogue import load_catalogue
from server.storage.queries.person.name_resolver import make_system_actor


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
    texts = load_catalogue(work.settings.language)
    left_out = [texts.say(f"note.{why.key}", name=it.name, limit=why.limit) for it, why in refused]
    left_out += [texts.say("note.file_too_many", name=it.name) for it in taken[limit:]]
    left_out += [texts.say("note.file_unsaved", name=name) for name in _list_unsaved(mail, files)]
    if left_out:
        body = "\n".join([texts.say("note.files_left_out"), *(f"- {it}" for it in left_out)])
        note = AddMessage(body=body[:BODY_LIMIT], kind=MessageKind.NOTE)
        system = work.act_as(make_system_actor(work.actor.org_id))
        ticket_commands.execute_command(system, number, note)


def _list_unsaved(mail: IncomingMail, files: Sequence[NewFile]) -> list[str]:
    """Returns the names of the mail's files that are not in the store."""
    saved = Counter(it.name for it in files)
    return list((Counter(it.name for it in mail.read.files) - saved).elements())
