"""Mail that did not arrive: marks the message, tells its author, and stops mail to the address.

A reply that its customer never got is no response: see `response_reversal.py`.
"""

from msgspec import Struct
from msgspec.structs import replace

from common.errors import NotFound
from common.people import Role
from common.tickets.replying import MessageKind
from common.tickets.ticket import Changes, Ticket
from common.tickets.undelivered import FailedDelivery, MessageUndelivered
from common.wire import ActorRef, MessageView
from server.desk.mail import merged_failures
from server.desk.recording import event_recorder
from server.desk.recording.unit_of_work import UnitOfWork
from server.desk.tickets import due_actions, response_reversal
from server.domain.refusals import blames_address, clean_refusal
from server.domain.timestamps import to_microseconds
from server.storage.queries.person import people, person_merges, undelivered_mail, user_addresses
from server.storage.queries.person.name_resolver import make_system_actor
from server.storage.queries.person.people import Person
from server.storage.queries.person.undelivered_mail import UndeliveredMark
from server.storage.queries.ticket import messages, tickets


class FailedMail(Struct, frozen=True, kw_only=True):
    """A mail that did not arrive.

    `number` and `seq` are the ticket and the event that it was about (the parts of its Message-ID),
    `error` the refusal in the words of the mail system. `permanent`: no later mail to this address
    would arrive either. `address` is where it went, if that is known; `reported` is what a delivery
    report says, which counts only where it is an address of the person.
    """

    person_id: int
    number: int | None
    seq: int
    error: str
    permanent: bool = True
    address: str | None = None
    reported: str | None = None


def record_undelivered(work: UnitOfWork, failed: FailedMail) -> None:
    """Records that a mail did not arrive. Again, or for a ticket that is gone, nothing happens.

    The caller has checked that this installation sent the mail (see `server/domain/mail_ids.py`).
    """
    error = clean_refusal(failed.error)
    reader = _find_reader(work, failed.person_id)
    if reader is not None and failed.permanent and blames_address(error):
        _stop_mail(work, failed, reader, error)
    if reader is not None:
        failed = replace(failed, person_id=reader.id)
    org_id, number = work.actor.org_id, failed.number
    ticket = None if number is None else tickets.find_ticket(work.writing, org_id, number)
    if ticket is None:
        return
    message = _find_message(work, ticket, failed.seq)
    if message is None or not _replaces_mark(work, ticket, failed):
        return
    _record_message(work, ticket, message, failed.person_id, error)


def resume_mail(work: UnitOfWork, person_id: int) -> None:
    """Lets mail go to a person's address again. Raises NotFound."""
    person = people.find_person(work.writing, work.actor.org_id, person_id)
    if person is None:
        raise NotFound
    clear_undeliverable(work, person.email)


def clear_undeliverable(work: UnitOfWork, address: str) -> None:
    """Lets mail go to an address again, as when a mail has come from it."""
    org_id = work.actor.org_id
    if not undelivered_mail.delete_undeliverable_address(work.writing, org_id, address):
        return
    person = people.find_person_by_email(work.writing, org_id, address)
    if person is not None:
        event_recorder.record_user(work, person)


def _find_reader(work: UnitOfWork, person_id: int) -> Person | None:
    """Returns the person, or the one whom they were merged into since the mail was sent."""
    person = people.find_person(work.writing, work.actor.org_id, person_id)
    if person is None or person.merged_into is None:
        return person
    return people.find_person(work.writing, person.org_id, person.merged_into)


def _stop_mail(work: UnitOfWork, failed: FailedMail, reader: Person, error: str) -> None:
    address, now = _find_address(work, failed, reader), to_microseconds(work.now)
    known = undelivered_mail.find_undeliverable_address(work.writing, reader.org_id, address)
    undelivered_mail.add_undeliverable_address(work.writing, reader.org_id, address, error, now)
    if known is None and address == reader.email:
        event_recorder.record_user(work, reader)


def _find_address(work: UnitOfWork, failed: FailedMail, reader: Person) -> str:
    """Returns the address that a mail went to, as far as can be known: it may have changed."""
    if failed.address is not None:
        return failed.address
    further = user_addresses.list_user_addresses(work.writing, reader.org_id, reader.id)
    known = {reader.email, *(it.address for it in further)}
    if failed.reported in known:
        return failed.reported
    merge = person_merges.find_merge(work.writing, reader.org_id, failed.person_id)
    if failed.person_id != reader.id and merge is not None and merge.moved.email in known:
        return merge.moved.email
    return reader.email


def _find_message(work: UnitOfWork, ticket: Ticket, seq: int) -> MessageView | None:
    """Returns the public reply with this seq if an agent or a key wrote it."""
    found = messages.list_messages_by_seq(work.writing, ticket.org_id, ticket.number, (seq,))
    said = found[0] if found else None
    if (
        said is None
        or said.kind is not MessageKind.REPLY
        or not merged_failures.is_ours(said.author)
    ):
        return None
    return said


def _find_present_agent(work: UnitOfWork, author: ActorRef) -> int | None:
    """Returns the author's id if it is an agent who is still there; keys have other ids."""
    if author.role is Role.KEY or author.id is None:
        return None
    return author.id if work.names.read_person(work.writing, author.id).active else None


def _replaces_mark(work: UnitOfWork, ticket: Ticket, failed: FailedMail) -> bool:
    """Returns whether this is news: a first failure, or the first at the ticket's customer."""
    mark = undelivered_mail.find_mark(work.writing, ticket.org_id, ticket.number, failed.seq)
    if mark is None:
        return True
    is_customer = failed.person_id == ticket.customer_id
    return is_customer and mark.user_id != ticket.customer_id


def _record_message(
    work: UnitOfWork, ticket: Ticket, message: MessageView, person_id: int, error: str
) -> None:
    by_system = work.act_as(make_system_actor(ticket.org_id))
    ticket = due_actions.apply_due_actions(by_system, ticket)
    delivery = FailedDelivery(message.seq, person_id)
    event = MessageUndelivered(
        delivery=delivery,
        changes=_build_changes(work, ticket, delivery),
        author_id=_find_present_agent(work, message.author),
    )
    _mark_message(work, ticket, delivery, error)
    after = event_recorder.apply_events(by_system, ticket, [event])
    after = response_reversal.report_late_breaches(by_system, ticket, after)
    if after.merged_into is not None and person_id == after.customer_id:
        merged_failures.pass_to_survivor(by_system, after, message.seq)
    # The clocks run on from before: a warning or a breach may be due since then.
    due_actions.apply_due_actions(by_system, after)


def restore_failure(
    work: UnitOfWork, ticket: Ticket, delivery: FailedDelivery, error: str
) -> Ticket:
    """Records a failure of imported history, and returns the ticket after it; nobody is told."""
    event = MessageUndelivered(delivery=delivery, changes=_build_changes(work, ticket, delivery))
    _mark_message(work, ticket, delivery, clean_refusal(error))
    return event_recorder.record_events(work, ticket, [event])


def _mark_message(work: UnitOfWork, ticket: Ticket, delivery: FailedDelivery, error: str) -> None:
    mark = UndeliveredMark(
        org_id=ticket.org_id,
        number=ticket.number,
        seq=delivery.message_id,
        user_id=delivery.person_id,
        error=error,
        at=to_microseconds(work.now),
    )
    undelivered_mail.save_mark(work.writing, mark)


def _build_changes(work: UnitOfWork, ticket: Ticket, delivery: FailedDelivery) -> Changes:
    """Returns what follows for the ticket where it was its customer who did not get the reply."""
    if delivery.person_id != ticket.customer_id:
        return {}
    changes = response_reversal.reverse_response(work, ticket, delivery.message_id)
    if merged_failures.has_later_reply(work, ticket, delivery.message_id):
        return changes
    return {**changes, **ticket.find_changes({"undelivered_at": work.now})}
