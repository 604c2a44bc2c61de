"""The inbox over REST: notifications, the read mark, and preferences of the caller."""

from typing import Final

from msgspec import UNSET

from common import notification_endpoints
from common.endpoint import Endpoint
from common.errors import Invalid
from common.notifications import Inbox, NoticeTicket, NoticeView, ReadMark, ReadNotices
from common.people import Actor
from common.preferences import Preferences
from common.queries import NotificationQuery
from server.desk.desk import Desk
from server.desk.recording.unit_of_work import UnitOfWork
from server.domain import notification_preferences
from server.domain.timestamps import from_microseconds
from server.rest.core import pagination, response
from server.rest.core.dispatch import Handler
from server.rest.core.idempotent_write import write_idempotently
from server.rest.core.pagination import IdPage
from server.rest.core.request_context import RequestContext
from server.rest.core.response import ApiResponse
from server.storage.engine.database import Database
from server.storage.engine.transaction import ReadTransaction
from server.storage.queries.outgoing import notifications
from server.storage.queries.outgoing.notifications import ListedNotification, NotificationScope
from server.storage.queries.person import recipients
from server.storage.queries.person.name_resolver import NameResolver
from server.storage.queries.person.recipients import NotificationRecipient

_ABOVE_ALL: Final = 2**62


class NotificationRoutes:
    """Routes of the caller's own inbox."""

    def __init__(self, database: Database, desk: Desk) -> None:
        self._database = database
        self._desk = desk

    def routes(self) -> dict[Endpoint, Handler]:
        return {
            notification_endpoints.LIST_NOTIFICATIONS: self.list_notifications,
            notification_endpoints.READ_NOTIFICATIONS: self.mark_read,
            notification_endpoints.READ_PREFERENCES: self.read_preferences,
            notification_endpoints.CHANGE_PREFERENCES: self.change_preferences,
        }

    async def list_notifications(self, call: RequestContext) -> ApiResponse:
        query, actor = call.parse_query(NotificationQuery), call.actor
        pagination.check_page_limit(actor, query.limit)
        page = pagination.parse_id_page(query, first=_ABOVE_ALL)
        mail = self._desk.mail

        def job(reading: ReadTransaction) -> ApiResponse:
            return response.make_page_response(
                _load_inbox(
                    reading, _load_reader(reading, actor), page, unread=query.unread, mail=mail
                )
            )

        return await self._database.read_snapshot(job)

    async def mark_read(self, call: RequestContext) -> ApiResponse:
        command = await call.parse_body(ReadNotices)
        mail = self._desk.mail
        return await write_idempotently(
            self._desk,
            call,
            command,
            lambda work: _save_read_mark(work, command.up_to, mail=mail),
            response.make_response,
        )

    async def read_preferences(self, call: RequestContext) -> ApiResponse:
        actor = call.actor
        return await self._database.read_one(
            lambda reading: response.make_response(
                _render_preferences(_load_reader(reading, actor))
            )
        )

    async def change_preferences(self, call: RequestContext) -> ApiResponse:
        preferences_given = await call.parse_body(Preferences)
        faults = notification_preferences.find_preference_errors(
            preferences_given, agent=call.actor.is_agent
        )
        if faults:
            raise Invalid(*faults)

        def job(work: UnitOfWork) -> NotificationRecipient:
            own = _load_reader(work.writing, work.actor)
            recipients.save_preferences(work.writing, own.org_id, own.id, preferences_given)
            return _load_reader(work.writing, work.actor)

        changed = await self._desk.write(call.actor, job)
        return response.make_response(_render_preferences(changed))


def _load_reader(reading: ReadTransaction, actor: Actor) -> NotificationRecipient:
    return recipients.read_recipient(reading, actor.org_id, actor.id or 0)


def _load_inbox(
    reading: ReadTransaction,
    reader: NotificationRecipient,
    page: IdPage,
    *,
    unread: bool,
    mail: bool,
) -> Inbox:
    above = reader.read_up_to if unread else 0
    found, next_cursor = page.fetch_items(
        lambda below, count: notifications.list_notifications(
            reading, _make_scope(reader, above, below, mail=mail), count
        ),
        lambda notification: notification.id,
    )
    names = NameResolver(reader.org_id)
    return Inbox(
        [_render_notification(reading, names, it, reader.read_up_to) for it in found],
        next_cursor,
        reader.seq,
        _count_unread(reading, reader, mail=mail),
    )


def _save_read_mark(work: UnitOfWork, up_to: int, *, mail: bool) -> ReadMark:
    """Moves the read mark forward only, and never beyond the newest event."""
    reader = _load_reader(work.writing, work.actor)
    up_to = max(reader.read_up_to, min(up_to, work.sequence.seq))
    if up_to != reader.read_up_to:
        recipients.mark_read_up_to(work.writing, reader.org_id, reader.id, up_to)
    marked = _load_reader(work.writing, work.actor)
    return ReadMark(up_to, _count_unread(work.writing, marked, mail=mail))


def _count_unread(reading: ReadTransaction, reader: NotificationRecipient, *, mail: bool) -> int:
    return notifications.count_notifications(
        reading, _make_scope(reader, reader.read_up_to, _ABOVE_ALL, mail=mail)
    )


def _make_scope(
    reader: NotificationRecipient, above: int, below: int, *, mail: bool
) -> NotificationScope:
    matrix = notification_preferences.build_effective_matrix(
        reader.settings, reader.preferences, agent=reader.is_agent
    )
    return NotificationScope(
        org_id=reader.org_id,
        person_id=reader.id,
        role=reader.role,
        unlisted=tuple(notification_preferences.list_hidden_topics(matrix, mail=mail)),
        above=above,
        below=below,
    )


def _render_notification(
    reading: ReadTransaction, names: NameResolver, it: ListedNotification, read_up_to: int
) -> NoticeView:
    return NoticeView(
        id=it.id,
        seq=it.seq,
        type=it.type,
        kind=it.kind,
        reason=it.reason,
        relation=it.relation,
        at=from_microseconds(it.at),
        actor=names.actor_ref(reading, it.actor_role, it.actor_id),
        ticket=NoticeTicket(it.number, it.subject, it.status),
        read=it.id <= read_up_to,
        text=it.text if it.text is not None else UNSET,
    )


def _render_preferences(reader: NotificationRecipient) -> Preferences:
    """Returns every preference with its present value."""
    own = reader.preferences
    matrix = notification_preferences.build_effective_matrix(
        reader.settings, own, agent=reader.is_agent
    )
    return Preferences(
        notices=notification_preferences.list_wishes(matrix),
        quiet_hours=own.quiet_hours,
        digest=own.digest,
    )
