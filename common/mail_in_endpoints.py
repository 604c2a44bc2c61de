"""The endpoints of mail that comes in: inboxes, mails, held mails, originals, participants."""

from typing import Final

from common import queries, wire
from common.endpoint import Endpoint
from common.mail_in import (
    AcceptedMail,
    AcceptHeldMail,
    CreateInbox,
    HeldMailView,
    InboxView,
    MailQuery,
    QuotedText,
)
from common.people import ADMINS, AGENTS, SUPERVISORS, Scope

MESSAGE: Final = "message/rfc822"

LIST_INBOXES: Final = Endpoint(
    name="inboxes.list",
    method="GET",
    path="/inboxes",
    summary="The inboxes",
    roles=AGENTS,
    query=queries.PageQuery,
    answer=wire.Page[InboxView],
    revalidates=True,
)
CREATE_INBOX: Final = Endpoint(
    name="inbox.create",
    method="POST",
    path="/inboxes",
    roles=ADMINS,
    summary="Create an inbox: mail to its address becomes tickets",
    body=CreateInbox,
    answer=InboxView,
    success=201,
    retries=True,
)
DELETE_INBOX: Final = Endpoint(
    name="inbox.delete",
    method="DELETE",
    path="/inboxes/{id}",
    roles=ADMINS,
    summary="Delete an inbox; its tickets stay",
    success=204,
)
TAKE_MAIL: Final = Endpoint(
    name="mail.take",
    method="POST",
    path="/mails",
    roles=ADMINS,
    scope=Scope.MAIL_WRITE,
    summary="Bring in a mail, as raw MIME",
    raw_body=MESSAGE,
    query=MailQuery,
    answer=AcceptedMail,
)
LIST_HELD_MAILS: Final = Endpoint(
    name="held_mails.list",
    method="GET",
    path="/held-mails",
    roles=SUPERVISORS,
    summary="The mails that wait for a supervisor, oldest first",
    query=queries.PageQuery,
    answer=wire.Page[HeldMailView],
    revalidates=True,
)
ACCEPT_HELD_MAIL: Final = Endpoint(
    name="held_mail.accept",
    method="POST",
    path="/held-mails/{id}/accept",
    roles=SUPERVISORS,
    summary="Make a ticket of a held mail, or the reply that it is",
    body=AcceptHeldMail,
    body_optional=True,
    answer=AcceptedMail,
    retries=True,
)
DISCARD_HELD_MAIL: Final = Endpoint(
    name="held_mail.discard",
    method="POST",
    path="/held-mails/{id}/discard",
    roles=SUPERVISORS,
    summary="Discard a held mail; its content goes",
    success=204,
    retries=True,
)
READ_HELD_ORIGINAL: Final = Endpoint(
    name="held_mail.original",
    method="GET",
    path="/held-mails/{id}/original",
    roles=SUPERVISORS,
    summary="A held mail as it came",
    answer=str,
    media=MESSAGE,
)
READ_TICKET_ORIGINAL: Final = Endpoint(
    name="ticket.original",
    method="GET",
    path="/tickets/{number}/original",
    roles=AGENTS,
    summary="The mail that a ticket began with, as it came",
    answer=str,
    media=MESSAGE,
)
READ_MESSAGE_ORIGINAL: Final = Endpoint(
    name="message.original",
    method="GET",
    path="/tickets/{number}/messages/{id}/original",
    roles=AGENTS,
    summary="The mail that a message came in, as it came",
    answer=str,
    media=MESSAGE,
)
READ_TICKET_QUOTED: Final = Endpoint(
    name="ticket.quoted",
    method="GET",
    path="/tickets/{number}/quoted",
    roles=AGENTS,
    summary="The history that was taken off a ticket's first mail",
    answer=QuotedText,
)
READ_MESSAGE_QUOTED: Final = Endpoint(
    name="message.quoted",
    method="GET",
    path="/tickets/{number}/messages/{id}/quoted",
    roles=AGENTS,
    summary="The history that was taken off a message's mail",
    answer=QuotedText,
)
LIST_PARTICIPANTS: Final = Endpoint(
    name="participants.list",
    method="GET",
    path="/tickets/{number}/participants",
    roles=AGENTS,
    summary="The customers who take part in a ticket beside its requester",
    answer=wire.Page[wire.CustomerRef],
    revalidates=True,
)
ADD_PARTICIPANT: Final = Endpoint(
    name="participant.add",
    method="PUT",
    path="/tickets/{number}/participants/{id}",
    roles=AGENTS,
    summary="Let a customer take part in a ticket",
    body_optional=True,
    success=204,
)
REMOVE_PARTICIPANT: Final = Endpoint(
    name="participant.remove",
    method="DELETE",
    path="/tickets/{number}/participants/{id}",
    roles=AGENTS,
    summary="End a customer's part in a ticket",
    success=204,
)
