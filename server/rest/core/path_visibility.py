"""Checks that the object in the path is visible to the caller: 404 comes before 422.

Handlers find out by themselves; this check is for requests that are refused before they look.
"""

from collections.abc import Callable
from typing import Final, TypeAlias

from common.errors import NotFound
from common.people import Actor
from common.tickets.permissions import may_see
from common.tickets.replying import MessageKind
from common.tickets.ticket import Ticket
from server.rest.core.request_context import RequestContext
from server.storage.engine.database import Database
from server.storage.engine.transaction import ReadTransaction
from server.storage.queries.attachment import attachments
from server.storage.queries.attachment.attachments import Attachment
from server.storage.queries.mail import inbound_mails, inboxes
from server.storage.queries.mail.inbound_mails import InboundState
from server.storage.queries.organization import macros, saved_views
from server.storage.queries.outgoing import webhook_deliveries, webhooks
from server.storage.queries.person import people, sessions
from server.storage.queries.ticket import participants, tickets

VisibilityLookup: TypeAlias = Callable[[ReadTransaction, Actor, int], object]
"""Returns something true where the caller may see the object with this id, or raises NotFound."""


class PathVisibilityCheck:
    """Looks up the objects that a path names."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def __call__(self, call: RequestContext) -> None:
        """Raises NotFound where the path names an object that the caller may not see."""
        if call.endpoint.is_open:
            return
        for start, find in _LOOKUPS.items():
            if call.endpoint.path.startswith(start):
                parameter = start.rpartition("{")[2].removesuffix("}")
                await self._check_visible(call, find, call.path_number(parameter))

    async def _check_visible(self, call: RequestContext, find: VisibilityLookup, id_: int) -> None:
        actor = call.actor
        if not await self._database.read_snapshot(lambda reading: find(reading, actor, id_)):
            raise NotFound


def check_ticket_visible(reading: ReadTransaction, actor: Actor, number: int) -> None:
    """Raises NotFound unless the ticket exists and the caller may see it."""
    ticket = tickets.find_ticket(reading, actor.org_id, number)
    if ticket is None or not _sees_ticket(reading, actor, ticket):
        raise NotFound


def _sees_ticket(reading: ReadTransaction, actor: Actor, ticket: Ticket) -> bool:
    return may_see(actor, ticket, takes_part=participants.takes_part(reading, actor, ticket))


def check_attachment_visible(reading: ReadTransaction, actor: Actor, id_: int) -> Attachment:
    """Returns an attachment that the caller may see. Raises NotFound.

    Who does not see notes does not see their files either. Who sees a survivor sees the files of
    the tickets that were merged into it.
    """
    found = attachments.find_attachment(reading, actor.org_id, id_)
    if found is None or (found.kind is MessageKind.NOTE and not actor.sees_internal):
        raise NotFound
    ticket = tickets.find_ticket(reading, actor.org_id, found.attachment.number)
    while ticket is not None and not _sees_ticket(reading, actor, ticket):
        into = ticket.merged_into
        ticket = None if into is None else tickets.find_ticket(reading, actor.org_id, into)
    if ticket is None:
        raise NotFound
    return found.attachment


def _has_ticket(reading: ReadTransaction, actor: Actor, number: int) -> bool:
    check_ticket_visible(reading, actor, number)
    return True


def _has_attachment(reading: ReadTransaction, actor: Actor, id_: int) -> bool:
    check_attachment_visible(reading, actor, id_)
    return True


def _find_person(reading: ReadTransaction, actor: Actor, person_id: int) -> object:
    return people.find_person(reading, actor.org_id, person_id)


def _has_api_key(reading: ReadTransaction, actor: Actor, key_id: int) -> bool:
    found = sessions.list_api_keys(reading, actor.org_id, key_id - 1, 1)
    return bool(found) and found[0][0] == key_id


def _find_webhook(reading: ReadTransaction, actor: Actor, webhook_id: int) -> object:
    return webhooks.find_endpoint(reading, actor.org_id, webhook_id)


def _find_delivery(reading: ReadTransaction, actor: Actor, delivery_id: int) -> object:
    seq, webhook_id = webhook_deliveries.split_delivery_id(delivery_id)
    endpoint = webhooks.find_endpoint(reading, actor.org_id, webhook_id)
    return endpoint and webhook_deliveries.find_delivery(reading, actor.org_id, webhook_id, seq)


def _find_held_mail(reading: ReadTransaction, actor: Actor, mail_id: int) -> object:
    mail = inbound_mails.find_inbound_mail(reading, actor.org_id, mail_id)
    return mail if mail is not None and mail.state is InboundState.HELD else None


def _has_inbox(reading: ReadTransaction, actor: Actor, inbox_id: int) -> bool:
    found = inboxes.list_inboxes(reading, actor.org_id, inbox_id - 1, 1)
    return bool(found) and found[0].id == inbox_id


def _find_macro(reading: ReadTransaction, actor: Actor, macro_id: int) -> object:
    person_id = actor.id if actor.is_agent else None
    return macros.find_macro(reading, actor.org_id, macro_id, person_id)


def _find_view(reading: ReadTransaction, actor: Actor, view_id: int) -> object:
    person_id = actor.id if actor.is_agent else None
    return saved_views.find_view(reading, actor.org_id, view_id, person_id)


_LOOKUPS: Final[dict[str, VisibilityLookup]] = {
    "/tickets/{number}": _has_ticket,
    "/users/{id}": _find_person,
    "/attachments/{id}": _has_attachment,
    "/api-keys/{id}": _has_api_key,
    "/webhooks/{id}": _find_webhook,
    "/deliveries/{id}": _find_delivery,
    "/held-mails/{id}": _find_held_mail,
    "/inboxes/{id}": _has_inbox,
    "/macros/{id}": _find_macro,
    "/views/{id}": _find_view,
}
