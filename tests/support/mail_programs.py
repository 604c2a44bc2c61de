"""Groups messages as mail programs document it: pure, on headers alone.

Mutt: `sort=threads` follows In-Reply-To and References (manual, "strict_threads" set).
Thunderbird: jwz.org/doc/threading.html, without its step on subjects (`mail.strict_threading`).
Gmail: References or In-Reply-To name a message of the conversation, and the subject is the same but
for prefixes (support.google.com/mail/answer/5900, and the "Threading" of the Gmail API's guide).
"""

import re
from collections.abc import Callable, Sequence
from email.message import EmailMessage
from itertools import pairwise
from typing import TypeAlias

Group: TypeAlias = set[int]
_ID = re.compile(r"<[^<>\s]+>")
_PREFIX = re.compile(r"^(?:\s*(?:re|aw|fwd?|wg)\s*:)+\s*", re.IGNORECASE)


def ids_of(message: EmailMessage, name: str) -> list[str]:
    return _ID.findall(str(message.get(name, "")))


def grouped_by_ids(messages: Sequence[EmailMessage]) -> list[Group]:
    """JWZ's containers: every id that a message names or has is in one tree with it."""
    trees: list[tuple[set[str], Group]] = []
    for n, message in enumerate(messages):
        ids = {it for name in _HEADERS for it in ids_of(message, name)}
        joined = [tree for tree in trees if tree[0] & ids]
        trees = [tree for tree in trees if tree not in joined]
        members = {n}.union(*(tree[1] for tree in joined))
        trees.append((ids.union(*(tree[0] for tree in joined)), members))
    return [members for _, members in trees]


def grouped_by_mutt(messages: Sequence[EmailMessage]) -> list[Group]:
    """The parent is the last of References, else the first of In-Reply-To, even if it is absent."""
    parents: dict[str, str] = {}
    for message in messages:
        chain = ids_of(message, "References") or ids_of(message, "In-Reply-To")[:1]
        line = [*chain, *ids_of(message, "Message-ID")]
        for above, below in pairwise(line):
            parents.setdefault(below, above)
    roots: dict[str, Group] = {}
    for n, message in enumerate(messages):
        [at] = ids_of(message, "Message-ID")
        seen = {at}
        while at in parents and parents[at] not in seen:
            at = parents[at]
            seen.add(at)
        roots.setdefault(at, set()).add(n)
    return list(roots.values())


def grouped_by_gmail(messages: Sequence[EmailMessage]) -> list[Group]:
    """A message joins a conversation that has its subject and knows an id that it refers to."""
    conversations: list[tuple[str, set[str], Group]] = []
    for n, message in enumerate(messages):
        subject = _PREFIX.sub("", str(message["Subject"])).strip().casefold()
        ids = {it for name in _HEADERS for it in ids_of(message, name)}
        for known, its, members in conversations:
            if known == subject and its & ids:
                its.update(ids)
                members.add(n)
                break
        else:
            conversations.append((subject, set(ids), {n}))
    return [members for _, _, members in conversations]


_HEADERS = ("Message-ID", "In-Reply-To", "References")
PROGRAMS: dict[str, Callable[[Sequence[EmailMessage]], list[Group]]] = {
    "mutt": grouped_by_mutt,
    "thunderbird": grouped_by_ids,
    "gmail": grouped_by_gmail,
}
