"""Mentions: whom a text names with `@`.

An agent is named by its whole name, by the part of its address before the `@`, or by its first
name; each only where nobody else is called so. Case does not count, and named twice is named once.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from msgspec import Struct

_MOST: Final = 100
"""Mentions that are looked at: a text of nothing but `@` must not cost more than one that talks."""
_WORDS: Final = 5
"""As many words as a name may have."""
# Not in the middle of a word: an address in the text mentions nobody.
_MENTION: Final = re.compile(r"(?<![\w@.+-])@(\w[\w.'’+-]*(?: \w[\w.'’+-]*){0,4})")
_END: Final = re.compile(r"(?:['’]s)?[.'’+-]*$")


class Nameable(Struct, frozen=True):
    """An agent, as a mention may find it."""

    id: int
    name: str
    email: str


def has_any(text: str) -> bool:
    """Whether it is worth looking up who could be meant."""
    return _MENTION.search(text) is not None


def mentioned(text: str, agents: Iterable[Nameable]) -> frozenset[int]:
    """Ids of the agents that the text names."""
    handles = _handles(list(agents))
    found = set()
    for n, match in enumerate(_MENTION.finditer(text)):
        if n == _MOST:
            break
        who = next((handles[it] for it in _readings(match[1]) if it in handles), None)
        if who is not None:
            found.add(who)
    return frozenset(found)


def _handles(agents: list[Nameable]) -> Mapping[str, int]:
    """What each is called, where it is one's alone; the longer form before the shorter."""
    handles: dict[str, int] = {}
    for form in (_name, _local_part, _first_name):
        names = Counter(form(agent) for agent in agents)
        for agent in agents:
            name = form(agent)
            if name and names[name] == 1:
                handles.setdefault(name, agent.id)
    return handles


def _name(agent: Nameable) -> str:
    return " ".join(agent.name.casefold().split())


def _local_part(agent: Nameable) -> str:
    return agent.email.partition("@")[0].casefold()


def _first_name(agent: Nameable) -> str:
    return _name(agent).partition(" ")[0]


def _readings(text: str) -> Iterator[str]:
    """What may be meant, the longest first: the text behind the `@`, and ever fewer words of it."""
    words = text.casefold().split(" ")[:_WORDS]
    for count in range(len(words), 0, -1):
        reading = " ".join(words[:count])
        yield reading
        yield _END.sub("", reading)
