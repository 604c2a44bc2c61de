"""Acceptance of a mail: recorded with its bytes and acted upon, in one transaction."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from common import text
from common.errors import Conflict, Forbidden, Invalid
from common.mail_in import HoldReason
from common.people import Actor
from common.tickets.channel import TicketChannel
from common.tickets.filing import FileTicket
from common.tickets.replying import AddMessage, MessageKind
from common.tickets.ticket import CloseReason, Ticket
from server.desk.mail import (
    delivery_failures,
    mail_bounces,
    mail_files,
    mail_people,
    mail_repeats,
    mail_threading,
)
from server.desk.mail.incoming_mail import IncomingMail
from server.desk.mail.mail_decision import (
    MailDecision,
    MailFacts,
    MailThreading,
    SenderRelation,
    decide_mail,
    decide_released_mail,
)
from server.desk.mail.mail_threading import FoundThread
from server.desk.recording.unit_of_work import UnitOfWork
from server.desk.tickets import ticket_commands, ticket_creation
from server.desk.tickets.attached_files import NewFile
from server.desk.tickets.ticket_creation import TicketOrigin
from server.domain.languages.catalogue import load_catalogue
from server.domain.timestamps import to_microseconds
from server.mail_reading.received_mail import MailOrigin
from server.storage.queries.mail import inbound_mails
from server.storage.queries.mail.inbound_mails import InboundMail, InboundState
from server.storage.queries.person.people import Person

_HOUR: Final = timedelta(hours=1)
_LONGEST_STORED: Final = 250
"""Characters of a subject or an address in the list of held mails."""


class MailReceipt(Struct, frozen=True):
    """The fate of a mail; `repeated` where it had come before."""

    mail: InboundMail
    repeated: bool = False


class _MailContext(Struct, frozen=True):
    """A mail with what the organization knows about it."""

    mail: IncomingMail
    files: Sequence[NewFile]
    sender: Person | None
    thread: FoundThread | None
    relation: SenderRelation

    @property
    def ticket(self) -> Ticket | None:
        return None if self.thread is None else self.thread.ticket


class _Result(Struct, frozen=True):
    """The ticket and the message that a mail became, and its sender."""

    state: InboundState
    reason: HoldReason | None = None
    number: int | None = None
    seq: int | None = None
    sender_id: int | None = None
    verified: bool = False


def accept_mail(work: UnitOfWork, mail: IncomingMail, files: Sequence[NewFile] = ()) -> MailReceipt:
    """Records a mail and does what follows from it, once however often the mail comes.

    `files` are those of the mail that are in the store.
    """
    identity = mail_repeats.identify_mail(work.writing, mail)
    if identity.earlier is not None:
        return MailReceipt(identity.earlier, repeated=True)
    context = _look_up(work, mail_people.mark_own_mail(work, mail), files)
    result = _carry_out(work, context, decide_mail(_gather_facts(work, context)))
    return _record(work, context, result, identity.fingerprint)


def hold_mail(work: UnitOfWork, mail: IncomingMail, reason: HoldReason) -> MailReceipt:
    """Records a mail for a supervisor to look at, and does nothing else."""
    identity = mail_repeats.identify_mail(work.writing, mail)
    if identity.earlier is not None:
        return MailReceipt(identity.earlier, repeated=True)
    context = _MailContext(mail, (), None, None, SenderRelation.NOBODY)
    return _record(work, context, _Result(InboundState.HELD, reason), identity.fingerprint)


def release_held_mail(
    work: UnitOfWork, held: InboundMail, mail: IncomingMail, files: Sequence[NewFile] = ()
) -> InboundMail:
    """Does with a held mail what it would have become, or makes a ticket of it.

    Raises Invalid where nobody could be the customer.
    """
    context = _look_up(work, mail_people.mark_own_mail(work, mail), files)
    is_nobody = context.relation is SenderRelation.NOBODY
    is_agent = context.sender is not None and context.sender.is_agent
    if mail.is_sender_given and (is_nobody or is_agent):
        raise Invalid.for_field("/customer_email", "must be a customer's address")
    if is_nobody:
        raise Invalid.for_field("/customer_email", "is required: the mail names no customer")
    if context.relation is SenderRelation.INACTIVE:
        raise Invalid.for_field("/customer_email", "is required: its sender is deactivated")
    result = _carry_out(work, context, decide_released_mail(_gather_facts(work, context)))
    if result.state is InboundState.HELD:
        result = _open_ticket(work, context, MailDecision(InboundState.TICKET))
    settled = replace(
        held,
        state=result.state,
        number=result.number,
        seq=result.seq,
        sender_id=result.sender_id,
        verified=result.verified,
    )
    inbound_mails.settle_held_mail(work.writing, settled)
    if settled.number is not None:
        mail_people.remember_named_people(work, mail, settled.number)
    return settled


def _look_up(work: UnitOfWork, mail: IncomingMail, files: Sequence[NewFile]) -> _MailContext:
    sender = mail_people.find_sender(work, mail)
    thread = mail_threading.find_thread(work, mail)
    ticket = None if thread is None else thread.ticket
    relation = mail_people.find_relation(work, mail, sender, ticket)
    return _MailContext(mail, files, sender, thread, relation)


def _gather_facts(work: UnitOfWork, context: _MailContext) -> MailFacts:
    thread, sender = context.thread, context.sender
    mails, tickets = (0, 0)
    if sender is not None:
        since = to_microseconds(work.present - _HOUR)
        mails, tickets = inbound_mails.count_recent_mails(
            work.writing, sender.org_id, sender.id, since
        )
    return MailFacts(
        origin=context.mail.read.origin,
        threading=MailThreading.NONE if thread is None else thread.threading,
        relation=context.relation,
        authenticity=context.mail.authenticity,
        is_spam_ticket=thread is not None and thread.ticket.close_reason is CloseReason.SPAM,
        recent_mails=mails,
        recent_tickets=tickets,
    )


def _carry_out(work: UnitOfWork, context: _MailContext, decision: MailDecision) -> _Result:
    ticket = context.ticket
    match decision.state:
        case InboundState.TICKET:
            return _open_ticket(work, context, decision)
        case InboundState.MESSAGE if ticket is not None:
            return _add_message(work, context, ticket, decision)
        case InboundState.NOTE if ticket is not None:
            return _add_note(work, context, ticket)
        case InboundState.BOUNCE:
            return _take_bounce(work, context)
    return _Result(
        InboundState.HELD,
        decision.reason,
        None if ticket is None else ticket.number,
        sender_id=_known_id(context),
    )


def _open_ticket(work: UnitOfWork, context: _MailContext, decision: MailDecision) -> _Result:
    read, inbox = context.mail.read, context.mail.inbox
    actor = _make_author(work, context)
    category = inbox.category
    if category not in work.settings.category_slugs:
        category = work.settings.default_category
    command = FileTicket(
        subject=_choose_subject(work, read.subject, read.text),
        description=_choose_body(work, read.text),
        category=category,
    )
    if actor.is_agent:
        command = replace(command, customer_email=actor.email or "")
    as_sender = work.act_as(actor)
    as_sender.acknowledge = _may_acknowledge(context.mail)
    origin = TicketOrigin(TicketChannel.MAIL, decision.verified)
    opened = ticket_creation.create_ticket(as_sender, command, origin)
    mail_people.add_participants(work, context.mail, opened)
    mail_files.attach_mail_files(as_sender, context.mail, opened.number, None, context.files)
    return _Result(
        InboundState.TICKET,
        number=opened.number,
        sender_id=actor.id,
        verified=decision.verified,
    )


def _add_message(
    work: UnitOfWork, context: _MailContext, ticket: Ticket, decision: MailDecision
) -> _Result:
    actor = _make_author(work, context)
    if context.relation is SenderRelation.STRANGER:
        mail_people.join_ticket(work, ticket, actor)
    command = AddMessage(body=_choose_body(work, context.mail.read.text))
    source = "mail" if decision.verified else "mail-unverified"
    try:
        done = ticket_commands.execute_command(
            work.act_as(actor), ticket.number, command, source=source
        )
    except (Conflict, Forbidden):
        return _Result(InboundState.HELD, HoldReason.REFUSED, ticket.number, sender_id=actor.id)
    if decision.verified:
        mail_people.add_participants(work, context.mail, done.ticket)
    mail_files.attach_mail_files(
        work.act_as(actor), context.mail, done.ticket.number, done.message_seq, context.files
    )
    return _Result(
        InboundState.MESSAGE,
        number=done.ticket.number,
        seq=done.message_seq,
        sender_id=actor.id,
        verified=decision.verified,
    )


def _add_note(work: UnitOfWork, context: _MailContext, ticket: Ticket) -> _Result:
    """Puts an automatic answer on the ticket: a note of the system changes no status or clock."""
    mail = context.mail
    texts = load_catalogue(work.settings.language)
    sender = mail.sender.address if mail.sender else mail.envelope_sender
    says = texts.say("note.automatic_reply", sender=sender or texts.say("note.unknown_sender"))
    body = _choose_body(work, f"{says}\n\n{mail.read.text}")
    command = AddMessage(body=body, kind=MessageKind.NOTE)
    known_id = _known_id(context)
    try:
        done = ticket_commands.execute_command(work, ticket.number, command, source="mail")
    except Conflict:
        return _Result(InboundState.HELD, HoldReason.AUTOMATIC, ticket.number, sender_id=known_id)
    return _Result(
        InboundState.NOTE, number=ticket.number, seq=done.message_seq, sender_id=known_id
    )


def _take_bounce(work: UnitOfWork, context: _MailContext) -> _Result:
    returned = mail_bounces.record_bounce(work, context.mail)
    if returned is None:
        return _Result(InboundState.HELD, HoldReason.BOUNCE)
    return _Result(InboundState.BOUNCE, number=returned.number)


def _make_author(work: UnitOfWork, context: _MailContext) -> Actor:
    """Returns the sender as the actor; a new address becomes a customer.

    An address that mail comes from gets mail again.
    """
    if context.mail.sender is not None:
        delivery_failures.clear_undeliverable(work, context.mail.sender.address)
    person = context.sender
    if person is None and context.mail.sender is not None:
        person = mail_people.create_sender(work, context.mail.sender)
    if person is None:
        raise LookupError("a mail without a sender has no author")
    return mail_people.make_person_actor(person)


def _may_acknowledge(mail: IncomingMail) -> bool:
    """Returns whether the sender gets a receipt: never a machine or a list (RFC 3834)."""
    return mail.read.may_acknowledge and mail.read.origin is MailOrigin.PERSON


def _record(
    work: UnitOfWork, context: _MailContext, result: _Result, fingerprint: str
) -> MailReceipt:
    mail = context.mail
    sender = mail.sender.address if mail.sender else mail.envelope_sender
    row = InboundMail(
        org_id=work.actor.org_id,
        id=inbound_mails.next_mail_id(work.writing, work.actor.org_id),
        fingerprint=fingerprint,
        received_at=to_microseconds(work.present),
        state=result.state,
        reason=result.reason,
        inbox=mail.inbox.address,
        sender=sender[:_LONGEST_STORED] if sender else None,
        sender_id=result.sender_id,
        subject=mail.read.subject[:_LONGEST_STORED],
        message_id=mail.read.message_id,
        number=result.number,
        seq=result.seq,
        verified=result.verified,
        size=len(mail.content),
    )
    inbound_mails.add_inbound_mail(work.writing, row, mail.content)
    if row.number is not None:
        mail_people.remember_named_people(work, mail, row.number)
    return MailReceipt(row)


def _known_id(context: _MailContext) -> int | None:
    return None if context.sender is None else context.sender.id


def _choose_subject(work: UnitOfWork, subject: str, body: str) -> str:
    """Returns the subject, or else the first line of the text."""
    first_line = next(iter(body.strip().splitlines()), "")
    for candidate in (subject, first_line):
        try:
            return text.clean_text("line", text.SUBJECT_LIMIT, candidate[: text.SUBJECT_LIMIT])
        except ValueError:
            continue
    return load_catalogue(work.settings.language).say("message.no_subject")


def _choose_body(work: UnitOfWork, body: str) -> str:
    try:
        return text.clean_text("block", text.BODY_LIMIT, body[: text.BODY_LIMIT])
    except ValueError:
        return load_catalogue(work.settings.language).say("message.no_text")
