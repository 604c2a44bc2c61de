"""Topics of the event stream.

A topic is the organization, the generation of its stream, and the kind: `4821/1/ticket`, or one
person's `4821/1/user/17/`. Subscriptions match by prefix, so every number is followed by `/`:
otherwise a subscription for person 17 would match person 170, too.
"""

from typing import Final

HEARTBEAT: Final = "heartbeat"
STREAM_MOVED: Final = "stream.moved"
NOTIFICATION_CREATED: Final = "notification.created"
TICKET_WATCHED: Final = "ticket.watched"
DRAFT_CHANGED: Final = "draft.changed"
MACROS_CHANGED: Final = "macros.changed"
VIEWS_CHANGED: Final = "views.changed"
HEARTBEAT_SECONDS: Final = 2

_TOPIC_KINDS: Final = {
    "presence": "presence",
    "user": "org",
    "org": "org",
    "heartbeat": "heartbeat",
}


def build_stream_prefix(org_id: int, generation: int) -> str:
    """Returns the prefix that a client subscribes to."""
    return f"{org_id}/{generation}/"


def build_event_topic(org_id: int, generation: int, type_: str) -> str:
    """Returns the topic of an event, by the first word of its type; the default is `ticket`."""
    family = type_.partition(".")[0]
    return f"{org_id}/{generation}/{_TOPIC_KINDS.get(family, 'ticket')}"


def build_user_topic(org_id: int, generation: int, user_id: int) -> str:
    """Returns the topic that only this person receives. It ends in `/`."""
    return f"{build_stream_prefix(org_id, generation)}user/{user_id}/"


def list_granted_topics(org_id: int, generation: int, user_id: int, wish: bytes) -> list[bytes]:
    """Returns the client's own topics that begin with `wish`, the prefix it subscribed to.

    A prefix wider than the client's own stream (empty, an organization alone) or of another
    stream grants nothing. No granted topic is a prefix of another person's topic.
    """
    prefix = build_stream_prefix(org_id, generation)
    if not wish.startswith(prefix.encode()):
        return []
    shared = (f"{prefix}{kind}" for kind in ("ticket", "presence", "org", "heartbeat"))
    topics = (*shared, build_user_topic(org_id, generation, user_id))
    return [topic for topic in map(str.encode, topics) if topic.startswith(wish)]
