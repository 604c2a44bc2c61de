"""Preferences: what is told to whom by which channel, of all that could be told.

What somebody wishes counts before what the organization wishes, and that before what stands here.
Mentions, assignments and breaches can be sent elsewhere, but not to nowhere.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Final, TypeAlias

from common.errors import FieldError
from common.organization import OrganizationSettings
from common.preferences import (
    Channel,
    NotificationKind,
    NotificationPreference,
    Notifications,
    Preferences,
    Relation,
)
from server.domain import time_zones

Topic: TypeAlias = tuple[NotificationKind, Relation]
Matrix: TypeAlias = Mapping[Topic, tuple[Channel, ...]]

_MINE, _FOLLOWED, _TEAM, _UNASSIGNED, _REQUESTED = Relation
_IN_APP: Final = (Channel.IN_APP,)
_BOTH: Final = (Channel.IN_APP, Channel.EMAIL)

_WORK: Final = (_MINE, _FOLLOWED)
_OWN_OR_TEAM: Final = (_MINE, _TEAM, _UNASSIGNED)
_AGENT_TOPICS: Final[Mapping[NotificationKind, tuple[Relation, ...]]] = {
    NotificationKind.MENTION: (_MINE,),
    NotificationKind.CREATED: (_UNASSIGNED,),
    NotificationKind.CUSTOMER_REPLY: (_MINE, _FOLLOWED, _UNASSIGNED),
    NotificationKind.AGENT_REPLY: _WORK,
    NotificationKind.NOTE: _WORK,
    NotificationKind.RESOLVED: _WORK,
    NotificationKind.CLOSED: _WORK,
    NotificationKind.REOPENED: _WORK,
    NotificationKind.ASSIGNED: (_MINE,),
    NotificationKind.PROGRESS: _WORK,
    NotificationKind.SLA_BREACHED: _OWN_OR_TEAM,
    NotificationKind.SLA_WARNING: _OWN_OR_TEAM,
    NotificationKind.UNROUTABLE: (_TEAM, _UNASSIGNED),
    NotificationKind.RATED: _OWN_OR_TEAM,
    NotificationKind.EDITED: (_MINE, _FOLLOWED, _TEAM, _UNASSIGNED),
}
CUSTOMER_DEFAULTS: Final[Matrix] = {
    (NotificationKind.CREATED, _MINE): _BOTH,
    (NotificationKind.AGENT_REPLY, _MINE): _BOTH,
    (NotificationKind.RESOLVED, _MINE): _BOTH,
    (NotificationKind.CLOSED, _MINE): _BOTH,
    (NotificationKind.REOPENED, _MINE): _BOTH,
    (NotificationKind.ASSIGNED, _MINE): (),
    (NotificationKind.PROGRESS, _MINE): (),
}
"""Customers hear by mail what they wait for; that somebody is on it only where it is wished."""
AGENT_DEFAULTS: Final[Matrix] = (
    {
        (kind, relation): _IN_APP
        for kind, relations in _AGENT_TOPICS.items()
        for relation in relations
    }
    | {(NotificationKind.EDITED, _FOLLOWED): ()}
    | {(kind, _REQUESTED): channels for (kind, _), channels in CUSTOMER_DEFAULTS.items()}
)
"""Agents find everything in their inbox and ask for mails; in what they requested themselves
they are told as customers are."""
_MANDATORY: Final = frozenset(
    {NotificationKind.MENTION, NotificationKind.ASSIGNED, NotificationKind.SLA_BREACHED}
)


def build_default_matrix(settings: OrganizationSettings, *, agent: bool) -> Matrix:
    """Returns the default notifications of the organization's agents, or of its customers."""
    if agent:
        return {**AGENT_DEFAULTS, **_index_by_topic(settings.notifications.agents)}
    return {**CUSTOMER_DEFAULTS, **_index_by_topic(settings.notifications.customers)}


def build_effective_matrix(
    settings: OrganizationSettings, own: Preferences, *, agent: bool
) -> Matrix:
    """By which channels somebody is told, topic by topic."""
    return {**build_default_matrix(settings, agent=agent), **_index_by_topic(own.notices)}


def find_channels(house: Matrix, own: Preferences, topic: Topic) -> tuple[Channel, ...]:
    """The same for one topic, where the organization's matrix is at hand."""
    for wish in own.notices:
        if (wish.kind, wish.relation) == topic:
            return wish.channels
    return house[topic]


def list_hidden_topics(matrix: Matrix, *, mail: bool) -> list[Topic]:
    """Returns what does not stand in the inbox.

    Where the installation sends no mail, what is wished by mail alone stands there all the same.
    """
    return [
        topic
        for topic, channels in matrix.items()
        if Channel.IN_APP not in channels and (mail or not channels)
    ]


def list_wishes(matrix: Matrix) -> tuple[NotificationPreference, ...]:
    """The matrix as it is shown."""
    return tuple(
        NotificationPreference(kind, relation, channels)
        for (kind, relation), channels in matrix.items()
    )


def find_preference_errors(preferences: Preferences, *, agent: bool) -> list[FieldError]:
    """Everything that is wrong with somebody's preferences, with a pointer each."""
    return [
        *_find_wish_errors(preferences.notices, "/notices", agent=agent),
        *_find_quiet_hours_errors(preferences),
    ]


def find_default_errors(notifications: Notifications) -> list[FieldError]:
    """The same for the organization's."""
    return [
        *_find_wish_errors(notifications.agents, "/notifications/agents", agent=True),
        *_find_wish_errors(notifications.customers, "/notifications/customers", agent=False),
    ]


def _find_wish_errors(
    wishes: Iterable[NotificationPreference], pointer: str, *, agent: bool
) -> Iterator[FieldError]:
    known, seen = AGENT_DEFAULTS if agent else CUSTOMER_DEFAULTS, set()
    for n, wish in enumerate(wishes):
        topic = wish.kind, wish.relation
        if topic not in known:
            yield FieldError("is never told like this", pointer=f"{pointer}/{n}/relation")
        if topic in seen:
            yield FieldError("must be given only once", pointer=f"{pointer}/{n}")
        is_work = agent and wish.relation is not _REQUESTED
        if is_work and wish.kind in _MANDATORY and not wish.channels:
            says = "must keep a channel: mentions, assignments and breaches are always told"
            yield FieldError(says, pointer=f"{pointer}/{n}/channels")
        if len(set(wish.channels)) < len(wish.channels):
            yield FieldError("has a channel twice", pointer=f"{pointer}/{n}/channels")
        seen.add(topic)


def _find_quiet_hours_errors(preferences: Preferences) -> Iterator[FieldError]:
    quiet = preferences.quiet_hours
    if quiet is None:
        return
    if quiet.start.replace("24:00", "00:00") == quiet.end.replace("24:00", "00:00"):
        says = "must differ from when they begin, and leave some time of the day"
        yield FieldError(says, pointer="/quiet_hours/to")
    if not time_zones.is_time_zone(quiet.timezone):
        yield FieldError(time_zones.ZONE_ERROR, pointer="/quiet_hours/timezone")


def _index_by_topic(wishes: Iterable[NotificationPreference]) -> Matrix:
    return {(wish.kind, wish.relation): wish.channels for wish in wishes}
