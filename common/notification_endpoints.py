"""The endpoints of notifications: the inbox, preferences, and following tickets."""

from typing import Final

from common import notifications, preferences, queries, wire
from common.endpoint import PEOPLE, Endpoint
from common.people import AGENTS
from common.watching import WatchTicket

FOLLOW_TICKET: Final = Endpoint(
    name="ticket.follow",
    method="PUT",
    path="/tickets/{number}/follow",
    roles=AGENTS,
    summary="Follow a ticket and be notified of its changes",
    body_optional=True,
    success=204,
)
UNFOLLOW_TICKET: Final = Endpoint(
    name="ticket.unfollow",
    method="DELETE",
    path="/tickets/{number}/follow",
    roles=AGENTS,
    summary="Stop following a ticket",
    success=204,
)
WATCH_TICKET: Final = Endpoint(
    name="ticket.watch",
    method="POST",
    path="/tickets/{number}/watch",
    roles=AGENTS,
    summary="Say that I look at a ticket or write to it; colleagues see it for half a minute",
    body=WatchTicket,
    body_optional=True,
    success=204,
)
LIST_FOLLOWERS: Final = Endpoint(
    name="ticket.followers",
    method="GET",
    path="/tickets/{number}/followers",
    roles=AGENTS,
    summary="The followers of a ticket",
    answer=wire.Page[wire.PersonRef],
    revalidates=True,
)
LIST_MENTIONABLE: Final = Endpoint(
    name="ticket.mentionable",
    method="GET",
    path="/mentionable",
    roles=AGENTS,
    summary="The agents that a message can mention, and their handles",
    answer=wire.Page[wire.MentionableView],
    revalidates=True,
)
LIST_NOTIFICATIONS: Final = Endpoint(
    name="notices.list",
    method="GET",
    path="/notifications",
    roles=PEOPLE,
    summary="My notifications, newest first",
    query=queries.NotificationQuery,
    answer=notifications.Inbox,
    revalidates=True,
)
READ_NOTIFICATIONS: Final = Endpoint(
    name="notices.read",
    method="POST",
    path="/notifications/read",
    roles=PEOPLE,
    summary="Mark my notifications as read, up to a given one",
    body=notifications.ReadNotices,
    answer=notifications.ReadMark,
    retries=True,
)
READ_PREFERENCES: Final = Endpoint(
    name="preferences.read",
    method="GET",
    path="/me/preferences",
    roles=PEOPLE,
    summary="My notification preferences",
    answer=preferences.Preferences,
)
CHANGE_PREFERENCES: Final = Endpoint(
    name="preferences.change",
    method="PUT",
    path="/me/preferences",
    roles=PEOPLE,
    summary="Change my notification preferences",
    body=preferences.Preferences,
    answer=preferences.Preferences,
)
