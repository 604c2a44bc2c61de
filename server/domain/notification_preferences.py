"""Resolves notification preferences: the channels for each kind and relation.

Personal preferences override those of the organization, which override the defaults here. The
channel of mentions, assignments and SLA breaches can be changed, but they cannot be turned off.
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
    NotificationKind.UNDELIVERED: (_MINE,),
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
"""Customers get mails about what they wait for; about assignment and progress only if chosen."""
AGENT_DEFAULTS: Final[Matrix] = (
    {
        (kind, relation): _IN_APP
        for kind, relations in _AGENT_TOPICS.items()
        for relation in relations
    }
    | {(NotificationKind.EDITED, _FOLLOWED): ()}
    | {(kind, _REQUESTED): channels for (kind, _), channels in CUSTOMER_DEFAULTS.items()}
)
"""Agents get everything in their inbox, and mails if chosen; about tickets that they requested they
are notified like customers."""
_MANDATORY: Final = frozenset(
    {NotificationKind.MENTION, NotificationKind.ASSIGNED, NotificationKind.SLA_BREACHED}
)


def build_default_matrix(settings: OrganizationSettings, *, agent: bool) -> Matrix:
    """Returns the organization's channels for agents or customers."""
    if agent:
        return {**AGENT_DEFAULTS, **_index_by_topic(settings.notifications.agents)}
    return {**CUSTOMER_DEFAULTS, **_index_by_topic(settings.notifications.customers)}


def build_effective_matrix(
    settings: OrganizationSettings, own: Preferences, *, agent: bool
) -> Matrix:
    """Returns the channels of a person for each topic."""
    return {**build_default_matrix(settings, agent=agent), **_index_by_topic(own.notices)}


def find_channels(house: Matrix, own: Preferences, topic: Topic) -> tuple[Channel, ...]:
    """Returns the channels of a person for one topic; `house` is the matrix of the organization."""
    for preference in own.notices:
        if (preference.kind, preference.relation) == topic:
            return preference.channels
    return house[topic]


def list_hidden_topics(matrix: Matrix, *, mail: bool) -> list[Topic]:
    """Returns the topics that are not shown in the inbox.

    If the installation sends no mails, topics chosen for mail alone are shown in the inbox.
    """
    return [
        topic
        for topic, channels in matrix.items()
        if Channel.IN_APP not in channels and (mail or not channels)
    ]


def list_wishes(matrix: Matrix) -> tuple[NotificationPreference, ...]:
    """Returns the matrix as a list of preferences."""
    return tuple(
        NotificationPreference(kind, relation, channels)
        for (kind, relation), channels in matrix.items()
    )


def find_preference_errors(preferences: Preferences, *, agent: bool) -> list[FieldError]:
    """Returns the errors in a person's preferences."""
    return [
        *_find_wish_errors(preferences.notices, "/notices", agent=agent),
        *_find_quiet_hours_errors(preferences),
    ]


def find_default_errors(notifications: Notifications) -> list[FieldError]:
    """Returns the errors in the preferences of an organization."""
    return [
        *_find_wish_errors(notifications.agents, "/notifications/agents", agent=True),
        *_find_wish_errors(notifications.customers, "/notifications/customers", agent=False),
    ]


def _find_wish_errors(
    given: Iterable[NotificationPreference], pointer: str, *, agent: bool
) -> Iterator[FieldError]:
    known, seen = AGENT_DEFAULTS if agent else CUSTOMER_DEFAULTS, set()
    for n, preference in enumerate(given):
        topic = preference.kind, preference.relation
        if topic not in known:
            yield FieldError("does not apply to this kind", pointer=f"{pointer}/{n}/relation")
        if topic in seen:
            yield FieldError("must be given only once", pointer=f"{pointer}/{n}")
        is_work = agent and preference.relation is not _REQUESTED
        if is_work and preference.kind in _MANDATORY and not preference.channels:
            says = (
                "must keep a channel: mentions, assignments and SLA breaches cannot be turned off"
            )
            yield FieldError(says, pointer=f"{pointer}/{n}/channels")
        if len(set(preference.channels)) < len(preference.channels):
            yield FieldError("must not repeat a channel", pointer=f"{pointer}/{n}/channels")
        seen.add(topic)


def _find_quiet_hours_errors(preferences: Preferences) -> Iterator[FieldError]:
    quiet = preferences.quiet_hours
    if quiet is None:
        return
    if quiet.start.replace("24:00", "00:00") == quiet.end.replace("24:00", "00:00"):
        says = "must differ from the beginning, so that some time of the day remains"
        yield FieldError(says, pointer="/quiet_hours/to")
    if not time_zones.is_time_zone(quiet.timezone):
        yield FieldError(time_zones.ZONE_ERROR, pointer="/quiet_hours/timezone")


def _index_by_topic(given: Iterable[NotificationPreference]) -> Matrix:
    return {(preference.kind, preference.relation): preference.channels for preference in given}
