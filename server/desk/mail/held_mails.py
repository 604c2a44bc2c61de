"""Held mails: a supervisor accepts or discards them."""

from collections.abc import Sequence

from msgspec.structs import replace

from common.errors import NotFound
from server.desk.mail import mail_acceptance
from server.desk.mail.incoming_mail import IncomingMail
from server.desk.recording.unit_of_work import UnitOfWork
from server.desk.tickets.attached_files import NewFile
from server.domain.timestamps import to_microseconds
from server.storage.engine.transaction import ReadTransaction
from server.storage.queries.erasure import purge_requests
from server.storage.queries.mail import inbound_mails, inboxes
from server.storage.queries.mail.inbound_mails import InboundMail, InboundState
from server.storage.queries.mail.inboxes import MailInbox
from server.storage.queries.person.name_resolver import make_system_actor


def find_held_mail(reading: ReadTransaction, org_id: int, mail_id: int) -> InboundMail:
    """Returns a mail that is still held. Raises NotFound."""
    mail = inbound_mails.find_inbound_mail(reading, org_id, mail_id)
    if mail is None or mail.state is not InboundState.HELD:
        raise NotFound
    return mail


def name_inbox(held: InboundMail) -> MailInbox:
    """Returns the inbox that a held mail came to; one without a category if it is gone."""
    return MailInbox(org_id=held.org_id, id=0, address=held.inbox, category="", created_at=0)


def accept_held_mail(
    work: UnitOfWork, mail_id: int, mail: IncomingMail, files: Sequence[NewFile]
) -> InboundMail:
    """Makes a ticket or a reply of a held mail. Raises NotFound and Invalid.

    What follows is the sender's doing, and the system's; the supervisor only lets it through.
    """
    held = find_held_mail(work.writing, work.actor.org_id, mail_id)
    inbox = inboxes.find_inbox(work.writing, held.inbox)
    if inbox is not None and inbox.org_id == held.org_id:
        mail = replace(mail, inbox=inbox)
    by_system = work.act_as(make_system_actor(held.org_id))
    return mail_acceptance.release_held_mail(by_system, held, mail, files)


def discard_held_mail(work: UnitOfWork, mail_id: int) -> None:
    """Removes a held mail's content; the mail is still known if it comes again. Raises NotFound."""
    held = find_held_mail(work.writing, work.actor.org_id, mail_id)
    inbound_mails.settle_held_mail(work.writing, replace(held, state=InboundState.DISCARDED))
    inbound_mails.drop_mail(work.writing, held.org_id, held.id)
    purge_requests.request_purge(work.writing, held.org_id, to_microseconds(work.present))
