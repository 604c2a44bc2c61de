"""The inbox over REST: what the caller was told, how far it has read, and what it wishes."""

from typing import Final

from msgspec import UNSET

from common import notification_endpoints
from common.endpoint import Endpoint
from common.errors import Invalid
from common.notifications import Inbox, NoticeTicket, NoticeView, ReadMark, ReadNotices
from common.people import Actor
from common.preferences import Preferences
from common.queries import NoticeQuery
from server.desk.desk import Desk
from server.desk.unit_of_work import UnitOfWork
from server.domain import notification_preferences
from server.rest.core import response
from server.rest.core.cursor import encode
from server.rest.core.dispatch import Handler
from server.rest.core.idempotent_write import write
from server.rest.core.request_context import Call
from server.rest.core.response import Answer
from server.rest.tickets.ticket_reads import within
from server.rest.users import place_of
from server.storage.engine.database import Database
from server.storage.engine.optional_timestamps import loaded
from server.storage.engine.transaction import Reading
from server.storage.queries import notifications, recipients
from server.storage.queries.name_resolver import Names
from server.storage.queries.notifications import Found, Scope
from server.storage.queries.recipients import Reader

_ABOVE_ALL: Final = 2**62


class Notices:
    """Notices, read marks and preferences of the caller; nobody sees another's."""

    def __init__(self, database: Database, desk: Desk) -> None:
        self._database = database
        self._desk = desk

    def routes(self) -> dict[Endpoint, Handler]:
        return {
            notification_endpoints.LIST_NOTICES: self.page,
            notification_endpoints.READ_NOTICES: self.mark,
            notification_endpoints.READ_PREFERENCES: self.preferences,
            notification_endpoints.CHANGE_PREFERENCES: self.change_preferences,
        }

    async def page(self, call: Call) -> Answer:
        query, actor = call.query(NoticeQuery), call.actor
        within(actor, query.limit)
        below = _ABOVE_ALL if query.cursor is UNSET else place_of(query.cursor)
        mail = self._desk.mail

        def job(reading: Reading) -> Answer:
            return response.of_page(
                _page(reading, _reader(reading, actor), query, below, mail=mail)
            )

        return await self._database.read_snapshot(job)

    async def mark(self, call: Call) -> Answer:
        command = await call.body(ReadNotices)
        mail = self._desk.mail
        return await write(
            self._desk, call, command, lambda turn: _mark(turn, command.up_to, mail=mail)
        )

    async def preferences(self, call: Call) -> Answer:
        actor = call.actor
        return await self._database.read_one(
            lambda reading: response.of(_shown(_reader(reading, actor)))
        )

    async def change_preferences(self, call: Call) -> Answer:
        wishes = await call.body(Preferences)
        faults = notification_preferences.faults(wishes, agent=call.actor.is_agent)
        if faults:
            raise Invalid(*faults)

        def job(turn: UnitOfWork) -> Answer:
            own = _reader(turn.writing, turn.actor)
            recipients.save(turn.writing, own.org_id, own.id, wishes)
            return response.of(_shown(_reader(turn.writing, turn.actor)))

        return await self._desk.write(call.actor, job)


def _reader(reading: Reading, actor: Actor) -> Reader:
    return recipients.find(reading, actor.org_id, actor.id or 0)


def _page(reading: Reading, reader: Reader, query: NoticeQuery, below: int, *, mail: bool) -> Inbox:
    above = reader.read_up_to if query.unread else 0
    scope = _scope(reader, above, below, mail=mail)
    found = notifications.page(reading, scope, query.limit + 1)
    more, found = len(found) > query.limit, found[: query.limit]
    names = Names(reader.org_id)
    return Inbox(
        [_view(reading, names, it, reader.read_up_to) for it in found],
        encode(found[-1].id) if more else None,
        reader.seq,
        _unread(reading, reader, mail=mail),
    )


def _mark(turn: UnitOfWork, up_to: int, *, mail: bool) -> Answer:
    """A mark only moves on, and never beyond what there is: what comes then is unread."""
    reader = _reader(turn.writing, turn.actor)
    up_to = max(reader.read_up_to, min(up_to, turn.ledger.seq))
    if up_to != reader.read_up_to:
        recipients.mark(turn.writing, reader.org_id, reader.id, up_to)
    marked = _reader(turn.writing, turn.actor)
    return response.of(ReadMark(up_to, _unread(turn.writing, marked, mail=mail)))


def _unread(reading: Reading, reader: Reader, *, mail: bool) -> int:
    return notifications.count(reading, _scope(reader, reader.read_up_to, _ABOVE_ALL, mail=mail))


def _scope(reader: Reader, above: int, below: int, *, mail: bool) -> Scope:
    matrix = notification_preferences.effective(
        reader.settings, reader.preferences, agent=reader.is_agent
    )
    return Scope(
        org_id=reader.org_id,
        person_id=reader.id,
        role=reader.role,
        unlisted=tuple(notification_preferences.unlisted(matrix, mail=mail)),
        above=above,
        below=below,
    )


def _view(reading: Reading, names: Names, it: Found, read_up_to: int) -> NoticeView:
    return NoticeView(
        id=it.id,
        seq=it.seq,
        type=it.type,
        kind=it.kind,
        reason=it.reason,
        relation=it.relation,
        at=loaded(it.at),
        actor=names.actor(reading, it.actor_role, it.actor_id),
        ticket=NoticeTicket(it.number, it.subject, it.status),
        read=it.id <= read_up_to,
        text=it.text if it.text is not None else UNSET,
    )


def _shown(reader: Reader) -> Preferences:
    """Everything that can be wished, as it is for the caller."""
    own = reader.preferences
    matrix = notification_preferences.effective(reader.settings, own, agent=reader.is_agent)
    return Preferences(
        notices=notification_preferences.whole(matrix),
        quiet_hours=own.quiet_hours,
        digest=own.digest,
    )
