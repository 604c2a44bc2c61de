"""The places that a mail belongs to: its thread, the address of answers, and the ticket's page."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from msgspec import Struct

from server.delivery.mail.mime_message import MailThread
from server.domain import mail_ids
from server.domain.mail_ids import DigestId
from server.domain.rating_links import SURVEY
from server.domain.reply_addresses import make_reply_address
from server.domain.ticket_links import make_ticket_link
from server.storage.engine.transaction import ReadTransaction
from server.storage.queries.log import event_log
from server.storage.queries.mail import inboxes, mail_threads
from server.storage.queries.mail.mails import QueuedMail
from server.storage.queries.organization import ticket_link_generations
from server.storage.queries.organization.log_epochs import read_head
from server.storage.queries.person.people import Person
from server.storage.queries.ticket import participants, tickets

_MOST_RECEIVED_IDS: Final = 10
"""Ids of the recipient's own mails in a header: programs group by any of them."""


class MailSecrets(Struct, frozen=True):
    """The installation's secrets: of links to pages, and of ids and addresses of mails."""

    links: str
    mail: str


class MailPlace(Struct, frozen=True):
    """A mail's thread, and the address that leads an answer to its ticket, if there is one.

    Reports of the mail's delivery go to `return_address`.
    """

    thread: MailThread
    reply_address: str | None = None
    return_address: str | None = None


def find_mail_place(
    reading: ReadTransaction, secrets: MailSecrets, mails: Sequence[QueuedMail], person: Person
) -> MailPlace:
    """Returns ids that no other mail has had, nor has after the log was restored from a backup."""
    first, last = mails[0], mails[-1]
    org_id, epochs = first.org_id, read_head(reading, first.org_id).epochs
    epoch = epochs.find_epoch(first.seq)
    if first.digest or first.number is None:
        digest = DigestId(
            org_id=org_id,
            epoch=epoch,
            first_seq=first.seq,
            last_seq=last.seq,
            first_row=first.id,
            last_row=last.id,
            person_id=person.id,
        )
        own = mail_ids.make_digest_id(digest, secrets.mail)
        inbox = inboxes.find_reply_inbox(reading, org_id, "")
        back = None if inbox is None else inbox.address
        return MailPlace(MailThread(own), return_address=back)
    number = first.number
    opening = event_log.list_ticket_events(reading, org_id, number, 0, 1)
    opening_epoch = epochs.find_epoch(opening[0].seq if opening else first.seq)
    about = SURVEY if first.reason == SURVEY else ""
    thread = MailThread(
        mail_ids.make_mail_id(org_id, epoch, number, first.seq, person.id, secrets.mail, about),
        mail_ids.make_root_id(org_id, opening_epoch, number),
        tuple(
            mail_threads.list_received_ids(reading, org_id, number, person.id, _MOST_RECEIVED_IDS)
        ),
    )
    address = _find_reply_address(reading, secrets, opening_epoch, person, number)
    return MailPlace(thread, address, address)


def make_link_token(
    reading: ReadTransaction, secrets: MailSecrets, person: Person, number: int, now: datetime
) -> str | None:
    """Returns the token of the ticket's page; None but for its requester and participants."""
    ticket = tickets.find_ticket(reading, person.org_id, number)
    if ticket is None:
        return None
    if ticket.customer_id != person.id and not participants.is_participant(
        reading, person.org_id, number, person.id
    ):
        return None
    generation = ticket_link_generations.read_link_generation(reading, person.org_id, number)
    link = make_ticket_link(person.org_id, number, person.id, generation, now)
    return link.sign_token(secrets.links)


def _find_reply_address(
    reading: ReadTransaction, secrets: MailSecrets, epoch: str, person: Person, number: int
) -> str | None:
    """Returns the address that answers come back to; None if the organization has no inbox."""
    ticket = tickets.find_ticket(reading, person.org_id, number)
    category = "" if ticket is None else ticket.category
    inbox = inboxes.find_reply_inbox(reading, person.org_id, category)
    if inbox is None:
        return None
    return make_reply_address(inbox.address, person.org_id, epoch, number, person.id, secrets.mail)
