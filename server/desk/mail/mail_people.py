"""The people of a mail: its sender, and those who got a copy and take part in the ticket."""

import re
from typing import Final

from msgspec.structs import replace

from common import text
from common.addresses import normalize_or_lowercase
from common.people import Actor, Role
from common.tickets.ticket import Ticket
from server.desk.mail.incoming_mail import IncomingMail
from server.desk.mail.mail_decision import SenderRelation
from server.desk.people import accounts
from server.desk.recording.unit_of_work import UnitOfWork
from server.domain.reply_addresses import split_reply_address
from server.mail_reading.received_mail import MailAddress, MailOrigin
from server.storage.queries.mail import inboxes
from server.storage.queries.person import people
from server.storage.queries.person.people import Person
from server.storage.queries.ticket import former_parties, participants

MOST_PARTICIPANTS: Final = 10
"""Participants that a ticket gets by mail; further addresses in a copy are left out."""
_NOBODY: Final = re.compile(
    r"(no-?_?reply|do-?_?not-?_?reply|mailer-daemon|postmaster|bounces?)(?:[+.=-].*)?",
    re.IGNORECASE,
)
"""Local parts of addresses that nobody reads."""


def find_sender(work: UnitOfWork, mail: IncomingMail) -> Person | None:
    """Returns the person behind the address in `From`; None for a new one."""
    if mail.sender is None:
        return None
    return people.find_person_by_email(work.writing, work.actor.org_id, mail.sender.address)


def find_relation(
    work: UnitOfWork, mail: IncomingMail, sender: Person | None, ticket: Ticket | None
) -> SenderRelation:
    """Returns how the sender is related to the ticket that the mail names."""
    if mail.sender is None or not _is_usable(mail.sender.address) or _is_ours(work, mail):
        return SenderRelation.NOBODY
    if sender is None:
        return SenderRelation.STRANGER
    if not sender.active:
        return SenderRelation.INACTIVE
    is_own = ticket is not None and ticket.customer_id == sender.id
    if sender.is_agent:
        return SenderRelation.REQUESTING_AGENT if is_own else SenderRelation.AGENT
    if ticket is None or not (is_own or _takes_part(work, ticket, sender)):
        return SenderRelation.STRANGER
    return SenderRelation.PARTY


def mark_own_mail(work: UnitOfWork, mail: IncomingMail) -> IncomingMail:
    """Returns the mail as our own if it claims to come from an inbox: answers would come back."""
    sender, is_bounce = mail.sender, mail.read.origin is MailOrigin.BOUNCE
    if sender is None or is_bounce or mail.is_sender_given:
        return mail
    if not _is_inbox(work, normalize_or_lowercase(sender.address)):
        return mail
    return replace(mail, read=replace(mail.read, origin=MailOrigin.OWN))


def _is_ours(work: UnitOfWork, mail: IncomingMail) -> bool:
    """Returns whether answers to the sender would come back to us."""
    if mail.is_sender_given:
        return mail.sender is not None and _is_inbox(work, mail.sender.address)
    return mail.read.origin is MailOrigin.OWN


def _takes_part(work: UnitOfWork, ticket: Ticket, sender: Person) -> bool:
    place = (ticket.org_id, ticket.number, sender.id)
    return participants.is_participant(work.writing, *place)


def create_sender(work: UnitOfWork, sender: MailAddress) -> Person:
    """Creates the customer who wrote a mail, with the name in its header."""
    return accounts.create_customer(work, sender.address, _clean_name(sender))


def make_person_actor(person: Person) -> Actor:
    """Returns the person as the actor of what the mail brings about."""
    return Actor(person.org_id, person.role, person.id, person.name, person.email)


def add_participants(work: UnitOfWork, mail: IncomingMail, ticket: Ticket) -> None:
    """Makes everybody who got a copy a participant; new addresses become customers.

    Agents, the requester, our inboxes and addresses that nobody reads are left out.
    """
    if mail.read.origin is not MailOrigin.PERSON:
        return
    everybody = _list_copied(work, mail)
    if not everybody:
        return
    known = participants.read_participant_ids(work.writing, ticket.org_id, ticket.number)
    room = MOST_PARTICIPANTS - len(known)
    for copied in everybody:
        if room <= 0:
            return
        person = people.find_person_by_email(work.writing, ticket.org_id, copied.address)
        if person is None:
            person = create_sender(work, copied)
        if person.role is not Role.CUSTOMER or not person.active:
            continue
        if person.id not in known and person.id != ticket.customer_id:
            participants.add_participant(work.writing, ticket.org_id, ticket.number, person.id)
            room -= 1


def remember_named_people(work: UnitOfWork, mail: IncomingMail, number: int) -> None:
    """Remembers who got a copy of a mail about a ticket: their addresses stand in its bytes."""
    for copied in _list_copied(work, mail):
        person = people.find_person_by_email(work.writing, work.actor.org_id, copied.address)
        if person is not None:
            former_parties.add_former_party(work.writing, person.org_id, number, person.id)


def _list_copied(work: UnitOfWork, mail: IncomingMail) -> list[MailAddress]:
    own = mail.sender.address if mail.sender else None
    copied = {it.address: it for it in (*mail.read.to, *mail.read.cc) if it.address != own}
    return [
        it
        for it in list(copied.values())[: 2 * MOST_PARTICIPANTS]
        if it.address != mail.inbox.address
        and _is_usable(it.address)
        and not _is_inbox(work, it.address)
    ]


def _is_inbox(work: UnitOfWork, address: str) -> bool:
    return any(
        inboxes.find_inbox(work.writing, it) is not None
        for it in {address, split_reply_address(address)[0]}
    )


def _is_usable(address: str) -> bool:
    """Returns whether the address can be a customer's."""
    if _NOBODY.fullmatch(address.rpartition("@")[0]):
        return False
    try:
        return text.clean_text("email", text.EMAIL_LIMIT, address) == address
    except ValueError:
        return False


def _clean_name(sender: MailAddress) -> str:
    """Returns the name from the header, or the first part of the address."""
    for name in (sender.name[: text.NAME_LIMIT], sender.address.partition("@")[0]):
        try:
            return text.clean_text("line", text.NAME_LIMIT, name.strip("\"' "))
        except ValueError:
            continue
    return sender.address


def join_ticket(work: UnitOfWork, ticket: Ticket, actor: Actor) -> None:
    """Makes a customer who answers with our signed address or id a participant of the ticket."""
    if actor.is_customer and actor.id and actor.id != ticket.customer_id:
        participants.add_participant(work.writing, ticket.org_id, ticket.number, actor.id)
