"""The responses to a new message: what was written, and whom it mentions."""

from msgspec import UNSET, Struct, UnsetType
from msgspec.structs import asdict, replace

from common.errors import NotFound
from common.mentions import MentionParser, has_mention_sign
from common.people import Role
from common.tickets.ticket import Ticket
from common.wire import Mentions, MessageView, PersonRef, WrittenMessage
from server.desk.recording.unit_of_work import UnitOfWork
from server.desk.tickets import ticket_views
from server.desk.tickets.ticket_commands import CommandResult
from server.rest.core import response
from server.rest.core.entity_tags import make_version_etag
from server.rest.core.response import ApiResponse
from server.storage.queries.ticket import followers, messages
from server.storage.queries.ticket.messages import MessageSlice


class MessageResult(Struct, frozen=True):
    """A message that was written, and its ticket with the version that the caller sees."""

    written: WrittenMessage
    ticket: Ticket
    visible_version: int


def render_new_message(work: UnitOfWork, done: CommandResult, number: int) -> MessageResult:
    """Returns the message that a command to ticket `number` wrote, maybe to another ticket.

    It is as the command wrote it: a message to which files were attached since must be read.
    """
    if done.message_seq is None or done.message is None:
        raise NotFound
    actor, event = work.actor, done.message
    message = MessageView(
        done.message_seq,
        event.kind,
        event.body,
        work.names.actor_ref(work.writing, actor.role, actor.id),
        work.now,
        done.message_seq,
        UNSET if event.source is None else messages.SOURCES[event.source],
    )
    return _describe_message(work, done, number, message)


def read_written_message(work: UnitOfWork, done: CommandResult, number: int) -> MessageResult:
    """Returns the same as it is stored, with its files."""
    if done.message_seq is None:
        raise NotFound
    which = MessageSlice(newest_first=False, notes=True)
    place = (done.ticket.org_id, done.ticket.number)
    message = messages.list_messages(work.writing, *place, which, done.message_seq - 1, 1)[0]
    return _describe_message(work, done, number, message)


def _describe_message(
    work: UnitOfWork, done: CommandResult, number: int, message: MessageView
) -> MessageResult:
    if number not in {done.ticket.number, done.ticket.followup_of}:
        message = replace(message, ticket=done.ticket.number)
    written = WrittenMessage(**asdict(message), mentions=_render_mentions(work, message.body))
    return MessageResult(written, done.ticket, ticket_views.visible_version(work, done.ticket))


def make_message_response(result: MessageResult, number: int) -> ApiResponse:
    location = f"/v1/orgs/{result.ticket.org_id}/tickets/{result.ticket.number}"
    # A reply to a closed ticket opens a follow-up, and the caller is sent to that ticket.
    if result.ticket.number == number:
        location += "/messages"
    return response.make_response(
        result.written, 201, Location=location, ETag=make_version_etag(result.visible_version)
    )


def _render_mentions(work: UnitOfWork, text: str) -> Mentions | UnsetType:
    """Returns the agents who are notified because a message names them, except its author.

    The response has no `mentions` where a message names nobody.
    """
    actor = work.actor
    if actor.is_customer or not has_mention_sign(text):
        return UNSET
    agents = followers.list_mentionable_agents(work.writing, actor.org_id)
    read = MentionParser(agents).parse_mentions(text)
    own_id = None if actor.role is Role.KEY else actor.id
    ids = {it.id for it in read if it.id is not None and it.id != own_id}
    notified = [PersonRef(agent.id, agent.name) for agent in agents if agent.id in ids]
    unknown = dict.fromkeys(it.text for it in read if it.id is None)
    return Mentions(tuple(sorted(notified, key=lambda ref: ref.id)), tuple(unknown))
