"""Preferences: what is told to whom by which channel, of all that could be told.

What somebody wishes counts before what the organization wishes, and that before what stands here.
Mentions, assignments and breaches can be sent elsewhere, but not to nowhere.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Final, TypeAlias

from common.errors import FieldError
from common.organization import Settings
from common.preferences import Channel, Kind, Notifications, Preferences, Relation, Wish
from server.domain import time_zones

Topic: TypeAlias = tuple[Kind, Relation]
Matrix: TypeAlias = Mapping[Topic, tuple[Channel, ...]]

_MINE, _FOLLOWED, _TEAM, _UNASSIGNED, _REQUESTED = Relation
_IN_APP: Final = (Channel.IN_APP,)
_BOTH: Final = (Channel.IN_APP, Channel.EMAIL)

_WORK: Final = (_MINE, _FOLLOWED)
_ANYBODYS: Final = (_MINE, _TEAM, _UNASSIGNED)
_AGENTS: Final[Mapping[Kind, tuple[Relation, ...]]] = {
    Kind.MENTION: (_MINE,),
    Kind.CREATED: (_UNASSIGNED,),
    Kind.CUSTOMER_REPLY: (_MINE, _FOLLOWED, _UNASSIGNED),
    Kind.AGENT_REPLY: _WORK,
    Kind.NOTE: _WORK,
    Kind.RESOLVED: _WORK,
    Kind.CLOSED: _WORK,
    Kind.REOPENED: _WORK,
    Kind.ASSIGNED: (_MINE,),
    Kind.PROGRESS: _WORK,
    Kind.SLA_BREACHED: _ANYBODYS,
    Kind.SLA_WARNING: _ANYBODYS,
    Kind.UNROUTABLE: (_TEAM, _UNASSIGNED),
    Kind.RATED: _ANYBODYS,
    Kind.EDITED: (_MINE, _FOLLOWED, _TEAM, _UNASSIGNED),
    Kind.MERGED: _WORK,
}
CUSTOMERS: Final[Matrix] = {
    (Kind.CREATED, _MINE): _BOTH,
    (Kind.AGENT_REPLY, _MINE): _BOTH,
    (Kind.RESOLVED, _MINE): _BOTH,
    (Kind.CLOSED, _MINE): _BOTH,
    (Kind.REOPENED, _MINE): _BOTH,
    (Kind.MERGED, _MINE): _BOTH,
    (Kind.ASSIGNED, _MINE): (),
    (Kind.PROGRESS, _MINE): (),
}
"""Customers hear by mail what they wait for; that somebody is on it only where it is wished."""
AGENTS: Final[Matrix] = (
    {(kind, relation): _IN_APP for kind, relations in _AGENTS.items() for relation in relations}
    | {(Kind.EDITED, _FOLLOWED): ()}
    | {(kind, _REQUESTED): channels for (kind, _), channels in CUSTOMERS.items()}
)
"""Agents find everything in their inbox and ask for mails; in what they requested themselves
they are told as customers are."""
_ALWAYS: Final = frozenset({Kind.MENTION, Kind.ASSIGNED, Kind.SLA_BREACHED})


def defaults(settings: Settings, *, agent: bool) -> Matrix:
    """What the organization's agents, or its customers, are told unless they say otherwise."""
    if agent:
        return {**AGENTS, **_by_topic(settings.notifications.agents)}
    return {**CUSTOMERS, **_by_topic(settings.notifications.customers)}


def effective(settings: Settings, own: Preferences, *, agent: bool) -> Matrix:
    """By which channels somebody is told, topic by topic."""
    return {**defaults(settings, agent=agent), **_by_topic(own.notices)}


def channels(house: Matrix, own: Preferences, topic: Topic) -> tuple[Channel, ...]:
    """The same for one topic, where the organization's matrix is at hand."""
    for wish in own.notices:
        if (wish.kind, wish.relation) == topic:
            return wish.channels
    return house[topic]


def unlisted(matrix: Matrix, *, mail: bool) -> list[Topic]:
    """What does not stand in the inbox.

    Where the installation sends no mail, what is wished by mail alone stands there all the same.
    """
    return [
        topic
        for topic, channels in matrix.items()
        if Channel.IN_APP not in channels and (mail or not channels)
    ]


def whole(matrix: Matrix) -> tuple[Wish, ...]:
    """The matrix as it is shown."""
    return tuple(Wish(kind, relation, channels) for (kind, relation), channels in matrix.items())


def faults(preferences: Preferences, *, agent: bool) -> list[FieldError]:
    """Everything that is wrong with somebody's preferences, with a pointer each."""
    return [
        *_of_wishes(preferences.notices, "/notices", agent=agent),
        *_of_quiet_hours(preferences),
    ]


def faults_of_defaults(notifications: Notifications) -> list[FieldError]:
    """The same for the organization's."""
    return [
        *_of_wishes(notifications.agents, "/notifications/agents", agent=True),
        *_of_wishes(notifications.customers, "/notifications/customers", agent=False),
    ]


def _of_wishes(wishes: Iterable[Wish], pointer: str, *, agent: bool) -> Iterator[FieldError]:
    known, seen = AGENTS if agent else CUSTOMERS, set()
    for n, wish in enumerate(wishes):
        topic = wish.kind, wish.relation
        if topic not in known:
            yield FieldError("is never told like this", pointer=f"{pointer}/{n}/relation")
        if topic in seen:
            yield FieldError("must be given only once", pointer=f"{pointer}/{n}")
        is_work = agent and wish.relation is not _REQUESTED
        if is_work and wish.kind in _ALWAYS and not wish.channels:
            says = "must keep a channel: mentions, assignments and breaches are always told"
            yield FieldError(says, pointer=f"{pointer}/{n}/channels")
        if len(set(wish.channels)) < len(wish.channels):
            yield FieldError("has a channel twice", pointer=f"{pointer}/{n}/channels")
        seen.add(topic)


def _of_quiet_hours(preferences: Preferences) -> Iterator[FieldError]:
    quiet = preferences.quiet_hours
    if quiet is None:
        return
    if quiet.start.replace("24:00", "00:00") == quiet.end.replace("24:00", "00:00"):
        says = "must differ from when they begin, and leave some time of the day"
        yield FieldError(says, pointer="/quiet_hours/to")
    if not time_zones.is_time_zone(quiet.timezone):
        yield FieldError(time_zones.NEEDED, pointer="/quiet_hours/timezone")


def _by_topic(wishes: Iterable[Wish]) -> Matrix:
    return {(wish.kind, wish.relation): wish.channels for wish in wishes}
