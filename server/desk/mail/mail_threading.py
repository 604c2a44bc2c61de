"""Finds the ticket that a mail answers: by our ids, a signed address, or the number in its subject.

Our signature proves that the sender has a mail of that ticket. Everything else is a claim, which
counts from the ticket's own people alone.
"""

import re
from collections.abc import Iterator
from typing import Final

from msgspec import Struct

from common.tickets.ticket import Ticket
from server.desk.mail.incoming_mail import IncomingMail, fingerprint_id
from server.desk.mail.mail_decision import MailThreading
from server.desk.recording.unit_of_work import UnitOfWork
from server.domain.epochs import Epochs
from server.domain.mail_ids import MailId, read_mail_id
from server.storage.queries.log import event_log
from server.storage.queries.mail import inbound_mails
from server.storage.queries.organization import log_epochs
from server.storage.queries.person import people
from server.storage.queries.ticket import participants, tickets

_MOST_IDS: Final = 50
_SUBJECT: Final = re.compile(r"\[#([0-9]{1,15})\]", re.ASCII)


class FoundThread(Struct, frozen=True):
    """The ticket that a mail names, and how."""

    ticket: Ticket
    threading: MailThreading


def find_thread(work: UnitOfWork, mail: IncomingMail) -> FoundThread | None:
    """Returns the ticket that the mail answers: a proven one, else the first that it claims."""
    claimed: FoundThread | None = None
    for found in _list_candidates(work, mail):
        if found.threading is MailThreading.PROVEN:
            return found
        claimed = claimed or found
    return claimed


def _list_candidates(work: UnitOfWork, mail: IncomingMail) -> Iterator[FoundThread]:
    names = mail.read.in_reply_to + mail.read.references[::-1]
    ids = tuple(dict.fromkeys(names))[:_MOST_IDS]
    epochs = log_epochs.read_head(work.writing, work.actor.org_id).epochs if ids else None
    for text in ids:
        own = read_mail_id(text, mail.secret)
        if own is not None and epochs is not None and own.org_id == work.actor.org_id:
            yield from _find_by_own_id(work, own, epochs)
    yield from _find_by_tag(work, mail)
    for text in ids:
        known = inbound_mails.find_by_fingerprint(
            work.writing, work.actor.org_id, fingerprint_id(text)
        )
        if known is not None and known.number is not None:
            yield from _find_ticket(work, known.number, MailThreading.CLAIMED)
    for match in _SUBJECT.finditer(mail.read.subject):
        yield from _find_ticket(work, int(match[1]), MailThreading.CLAIMED)


def _find_by_own_id(work: UnitOfWork, own: MailId, epochs: Epochs) -> Iterator[FoundThread]:
    """Yields the ticket of one of our ids, unless it is of a log that a restore has replaced."""
    seq = own.seq or _find_opening_seq(work, own.number)
    if seq is None or epochs.find_epoch(seq) != own.epoch:
        return
    if own.signed and own.person_id is not None:
        yield from _find_proven(work, own.number, own.person_id)
    else:
        yield from _find_ticket(work, own.number, MailThreading.CLAIMED)


def _find_by_tag(work: UnitOfWork, mail: IncomingMail) -> Iterator[FoundThread]:
    tag = mail.tag
    if tag is None:
        return
    seq = _find_opening_seq(work, tag.number)
    if seq is None:
        return
    epoch = log_epochs.read_head(work.writing, work.actor.org_id).epochs.find_epoch(seq)
    if tag.is_genuine(work.actor.org_id, epoch, mail.secret):
        yield from _find_proven(work, tag.number, tag.person_id)


def _find_proven(work: UnitOfWork, number: int, person_id: int) -> Iterator[FoundThread]:
    """Yields a ticket whose mail to a person is answered.

    The proof ends with the person's part in the ticket: what was mailed before is a claim then.
    """
    ticket = tickets.find_surviving_ticket(work.writing, work.actor.org_id, number)
    if ticket is None:
        return
    person = people.find_person(work.writing, ticket.org_id, person_id)
    if person is not None and person.merged_into is not None:
        person_id = person.merged_into
    is_party = person is not None and (
        person.is_agent
        or person_id == ticket.customer_id
        or participants.is_participant(work.writing, ticket.org_id, ticket.number, person_id)
    )
    yield FoundThread(ticket, MailThreading.PROVEN if is_party else MailThreading.CLAIMED)


def _find_ticket(work: UnitOfWork, number: int, threading: MailThreading) -> Iterator[FoundThread]:
    ticket = tickets.find_surviving_ticket(work.writing, work.actor.org_id, number)
    if ticket is not None:
        yield FoundThread(ticket, threading)


def _find_opening_seq(work: UnitOfWork, number: int) -> int | None:
    opening = event_log.list_ticket_events(work.writing, work.actor.org_id, number, 0, 1)
    return opening[0].seq if opening else None
