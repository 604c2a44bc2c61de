"""Administration of inboxes: the addresses whose mail becomes tickets."""

from typing import Final

from common.errors import Conflict, Invalid, NotFound
from common.mail_in import CreateInbox
from server.desk.recording import event_recorder
from server.desk.recording.unit_of_work import UnitOfWork
from server.desk.tickets import ticket_creation
from server.domain.reply_addresses import split_reply_address
from server.domain.timestamps import to_microseconds
from server.storage.queries.mail import inboxes
from server.storage.queries.mail.inboxes import MailInbox
from server.storage.queries.person import people

MOST_INBOXES: Final = 100
"""Inboxes that an organization may have."""


class InboxTaken(Conflict):
    slug, title = "inbox-taken", "Another inbox has this address"
    occasion = "Another inbox has the address."


class TooManyInboxes(Conflict):
    slug, title = "too-many-inboxes", "The organization has all the inboxes that it may have"
    occasion = "The organization has 100 inboxes. Delete one first."


def create_inbox(work: UnitOfWork, command: CreateInbox) -> MailInbox:
    """Creates an inbox. Raises Invalid, InboxTaken and TooManyInboxes.

    That another organization has the address is not told apart from one's own having it.
    """
    category = command.category or work.settings.default_category
    faults = ticket_creation.find_category_errors(work.settings, category)
    if faults:
        raise Invalid(*faults)
    _check_address(work, command.address)
    org_id = work.actor.org_id
    last_id = inboxes.read_last_inbox_id(work.writing, org_id)
    if len(inboxes.list_inboxes(work.writing, org_id, 0, MOST_INBOXES)) >= MOST_INBOXES:
        raise TooManyInboxes(f"There may be {MOST_INBOXES}: delete one that is not used.")
    inbox = MailInbox(
        org_id=org_id,
        id=last_id + 1,
        address=command.address,
        category=category,
        created_at=to_microseconds(work.now),
    )
    inboxes.add_inbox(work.writing, inbox)
    event_recorder.record_organization(work)
    return inbox


def delete_inbox(work: UnitOfWork, inbox_id: int) -> None:
    """Deletes an inbox: mail to its address is refused from now on. Raises NotFound."""
    if not inboxes.delete_inbox_row(work.writing, work.actor.org_id, inbox_id):
        raise NotFound
    event_recorder.record_organization(work)


def _check_address(work: UnitOfWork, address: str) -> None:
    if split_reply_address(address)[0] != address:
        raise Invalid.for_field("/address", "must have no + before the @: answers need it")
    if inboxes.find_inbox(work.writing, address) is not None:
        raise InboxTaken("Choose another address, or delete the inbox that has it.")
    if people.find_person_by_email(work.writing, work.actor.org_id, address) is not None:
        raise Invalid.for_field("/address", "is a person's address: their mail would come back")
