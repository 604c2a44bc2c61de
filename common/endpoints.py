"""The table of endpoints, which the server mounts, the client calls and OpenAPI lists.

The modules `*_endpoints` beside it have their own, which are part of it.
"""

from collections.abc import Mapping
from typing import Final

from common import (
    accounts,
    attachment_endpoints,
    bulk_endpoints,
    command_endpoints,
    envelope,
    library_endpoints,
    link_endpoints,
    mail_in_endpoints,
    notification_endpoints,
    organization,
    person_endpoints,
    queries,
    report_endpoints,
    webhook_endpoints,
    wire,
)
from common.endpoint import ANYONE, MULTIPART, PEOPLE, TICKETS_READ, TICKETS_WRITE, Endpoint
from common.people import ADMINS, AGENTS, SUPERVISORS, Scope
from common.tickets import registry
from common.tickets.editing import EditTicket
from common.tickets.filing import FileTicket
from common.tickets.rating import RateTicket
from common.tickets.redacting import RedactTicket
from common.tickets.replying import AddMessage

OPEN_SESSION: Final = Endpoint(
    name="session.open",
    method="POST",
    path="/sessions",
    summary="Sign in",
    roles=ANYONE,
    body=accounts.OpenSession,
    answer=wire.SessionView,
    success=201,
)
END_SESSION: Final = Endpoint(
    name="session.end",
    method="DELETE",
    path="/sessions/current",
    roles=PEOPLE,
    success=204,
    summary="Sign out: the token and its stream stop working",
)
READ_ME: Final = Endpoint(
    name="me.read",
    method="GET",
    path="/me",
    summary="The caller",
    roles=PEOPLE,
    answer=wire.MeView,
)
CHANGE_PASSWORD: Final = Endpoint(
    name="me.password",
    method="PUT",
    path="/me/password",
    roles=PEOPLE,
    summary="Change my password",
    body=accounts.ChangePassword,
    success=204,
)
SET_PRESENCE: Final = Endpoint(
    name="me.presence",
    method="PUT",
    path="/me/presence",
    roles=AGENTS,
    summary="Change my presence",
    body=accounts.SetPresence,
    answer=wire.MeView,
)
READ_ORGANIZATION: Final = Endpoint(
    name="organization.read",
    method="GET",
    path="",
    summary="The organization's settings",
    roles=AGENTS,
    answer=organization.Organization,
)
EDIT_ORGANIZATION: Final = Endpoint(
    name="organization.edit",
    method="PATCH",
    path="",
    roles=ADMINS,
    summary="Replace whole fields of the settings",
    body=organization.EditOrganization,
    answer=organization.Organization,
)
APPLY_POLICIES: Final = Endpoint(
    name="sla.apply",
    method="POST",
    path="/sla/apply",
    roles=ADMINS,
    summary="Apply the current hours and policies to all unresolved tickets",
    body=organization.ApplyPolicies,
    body_optional=True,
    answer=organization.PoliciesApplied,
)
SIGN_UP: Final = Endpoint(
    name="customer.sign_up",
    method="POST",
    path="/customers",
    roles=ANYONE,
    summary="Register as a customer, where signup is open",
    body=accounts.SignUp,
    answer=wire.UserView,
    success=201,
    accepts="The address is a customer's who has no password: a code was mailed to it",
)
FINISH_PROOF: Final = Endpoint(
    name="customer.proof",
    method="POST",
    path="/customers/proof",
    roles=ANYONE,
    summary="Prove an address by a mailed code, set its password, and sign in",
    body=accounts.FinishProof,
    answer=wire.SessionView,
    success=201,
)
LIST_USERS: Final = Endpoint(
    name="users.list",
    method="GET",
    path="/users",
    summary="The people",
    roles=AGENTS,
    query=queries.UserQuery,
    answer=wire.Page[wire.UserView],
    revalidates=True,
)
READ_USER: Final = Endpoint(
    name="user.read",
    method="GET",
    path="/users/{id}",
    summary="A person",
    roles=AGENTS,
    answer=wire.UserView,
)
CREATE_USER: Final = Endpoint(
    name="user.create",
    method="POST",
    path="/users",
    summary="Create a person",
    roles=ADMINS,
    body=accounts.CreateUser,
    answer=wire.UserView,
    success=201,
    retries=True,
)
EDIT_USER: Final = Endpoint(
    name="user.edit",
    method="PATCH",
    path="/users/{id}",
    summary="Change a person",
    roles=ADMINS,
    body=accounts.EditUser,
    answer=wire.UserView,
)
ERASE_USER: Final = Endpoint(
    name="user.erase",
    method="POST",
    path="/users/{id}/erase",
    roles=ADMINS,
    summary="Anonymise a person; the figures stay",
    answer=wire.UserView,
    retries=True,
    body_optional=True,
)
CLEAR_UNDELIVERABLE: Final = Endpoint(
    name="user.clear_undeliverable",
    method="DELETE",
    path="/users/{id}/undeliverable",
    roles=SUPERVISORS,
    summary="Send mail to a person's address again",
    success=204,
)
LIST_API_KEYS: Final = Endpoint(
    name="api_keys.list",
    method="GET",
    path="/api-keys",
    summary="The API keys",
    roles=ADMINS,
    query=queries.PageQuery,
    answer=wire.Page[wire.ApiKeyView],
    revalidates=True,
)
CREATE_API_KEY: Final = Endpoint(
    name="api_key.create",
    method="POST",
    path="/api-keys",
    roles=ADMINS,
    summary="Create an API key; it is shown once",
    body=accounts.CreateApiKey,
    answer=wire.ApiKeyView,
    success=201,
)
DELETE_API_KEY: Final = Endpoint(
    name="api_key.delete",
    method="DELETE",
    path="/api-keys/{id}",
    roles=ADMINS,
    summary="Revoke an API key",
    success=204,
)
FILE_TICKET: Final = Endpoint(
    name="ticket.file",
    method="POST",
    path="/tickets",
    summary="Create a ticket",
    roles=PEOPLE,
    scope=TICKETS_WRITE,
    body=FileTicket,
    answer=wire.TicketView,
    success=201,
    retries=True,
    body_media=("application/json", MULTIPART),
)
LIST_TICKETS: Final = Endpoint(
    name="tickets.list",
    revalidates=True,
    method="GET",
    path="/tickets",
    roles=PEOPLE,
    scope=TICKETS_READ,
    summary="Tickets, filtered, searched and sorted",
    query=queries.TicketQuery,
    answer=wire.Page[wire.TicketView],
)
READ_QUEUES: Final = Endpoint(
    name="queues.read",
    method="GET",
    path="/queues",
    roles=AGENTS,
    answer=wire.Queues,
    summary="The number of tickets in each queue",
)
READ_TICKET: Final = Endpoint(
    name="ticket.read",
    revalidates=True,
    method="GET",
    path="/tickets/{number}",
    summary="A ticket",
    roles=PEOPLE,
    scope=TICKETS_READ,
    query=queries.ReadQuery,
    answer=wire.TicketView,
)
EDIT_TICKET: Final = Endpoint(
    name="ticket.edit",
    method="PATCH",
    path="/tickets/{number}",
    roles=PEOPLE,
    scope=TICKETS_WRITE,
    summary="Edit a ticket or change its status",
    body=EditTicket,
    answer=wire.TicketView,
)
RATE_TICKET: Final = Endpoint(
    name="ticket.rate",
    method="POST",
    path="/tickets/{number}/rating",
    roles=PEOPLE,
    summary="Rate how my ticket was handled; the last rating counts",
    body=RateTicket,
    answer=wire.TicketView,
    retries=True,
)
REDACT_TICKET: Final = Endpoint(
    name="ticket.redact",
    method="POST",
    path="/tickets/{number}/redact",
    roles=AGENTS,
    summary="Remove a text from a ticket and its history for good",
    body=RedactTicket,
    answer=wire.RedactedTicket,
    retries=True,
)
LIST_MESSAGES: Final = Endpoint(
    name="messages.list",
    revalidates=True,
    method="GET",
    path="/tickets/{number}/messages",
    roles=PEOPLE,
    scope=TICKETS_READ,
    summary="A ticket's conversation",
    query=queries.MessageQuery,
    answer=wire.Page[wire.MessageView],
)
ADD_MESSAGE: Final = Endpoint(
    name="message.add",
    method="POST",
    path="/tickets/{number}/messages",
    roles=PEOPLE,
    scope=TICKETS_WRITE,
    summary="Write a reply or a note",
    body=AddMessage,
    answer=wire.WrittenMessage,
    success=201,
    retries=True,
)
LIST_TICKET_EVENTS: Final = Endpoint(
    name="ticket.events",
    revalidates=True,
    method="GET",
    path="/tickets/{number}/events",
    roles=AGENTS,
    summary="A ticket's history",
    query=queries.EventQuery,
    answer=envelope.EventPage,
)
LIST_EVENTS: Final = Endpoint(
    name="events.list",
    revalidates=True,
    method="GET",
    path="/events",
    roles=AGENTS,
    scope=Scope.EVENTS_READ,
    summary="The event log, oldest first, without gaps",
    query=queries.EventQuery,
    answer=envelope.EventPage,
)
OPEN_STREAM: Final = Endpoint(
    name="stream.open",
    method="POST",
    path="/stream",
    roles=AGENTS,
    summary="Open the live stream",
    body=accounts.OpenStream,
    answer=wire.StreamTicket,
)

ENDPOINTS: Final[tuple[Endpoint, ...]] = tuple(
    entry
    for table in (
        globals(),
        vars(attachment_endpoints),
        vars(person_endpoints),
        vars(link_endpoints),
        command_endpoints.AGENT_COMMANDS,
        vars(report_endpoints),
        vars(notification_endpoints),
        vars(webhook_endpoints),
        vars(mail_in_endpoints),
        vars(library_endpoints),
        vars(bulk_endpoints),
    )
    for entry in tuple(table.values())
    if isinstance(entry, Endpoint)
)
"""Every endpoint, in the order of this module and then of the other tables."""

TICKET_COMMANDS: Final[Mapping[type, Endpoint]] = {
    endpoint.body: endpoint
    for endpoint in ENDPOINTS
    if "{number}" in endpoint.path and endpoint.body in registry.COMMANDS
}
"""The endpoint of every command to a ticket that exists, by the command's class."""
