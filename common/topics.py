"""Stream topics. Subscriptions match by prefix, so every part that could be one ends in `/`.

A topic is the organization, the generation of its stream, and the kind: `4821/1/ticket`.
"""

from typing import Final

HEARTBEAT: Final = "heartbeat"
STREAM_MOVED: Final = "stream.moved"
NOTIFICATION_CREATED: Final = "notification.created"
HEARTBEAT_SECONDS: Final = 2

_TOPIC_KINDS: Final = {
    "presence": "presence",
    "user": "org",
    "org": "org",
    "heartbeat": "heartbeat",
}


def stream_prefix(org_id: int, generation: int) -> str:
    """What a client subscribes to: everything below it that the server grants."""
    return f"{org_id}/{generation}/"


def event_topic(org_id: int, generation: int, type_: str) -> str:
    """The topic of an event: by the first word of its type; tickets unless it says otherwise."""
    family = type_.partition(".")[0]
    return f"{org_id}/{generation}/{_TOPIC_KINDS.get(family, 'ticket')}"


def user_topic(org_id: int, generation: int, user_id: int) -> str:
    """What only this agent receives. Agents' ids have one length, so none begins another's."""
    return f"{org_id}/{generation}/user/{user_id}"


def list_granted_topics(org_id: int, generation: int, user_id: int, wish: bytes) -> list[bytes]:
    """Which topics a client gets that subscribed to `wish`: its own, below what it asked for.

    A wish wider than the client's own stream (the empty prefix, a bare organization) or foreign
    to it grants nothing.
    """
    if not wish.startswith(stream_prefix(org_id, generation).encode()):
        return []
    kinds = ("ticket", "presence", "org", "heartbeat", f"user/{user_id}")
    topics = (f"{org_id}/{generation}/{kind}".encode() for kind in kinds)
    return [topic for topic in topics if topic.startswith(wish)]
