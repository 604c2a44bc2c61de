"""Mentions: whom a text names with `@`.

An agent is named by its whole name, by the part of its address before the `@`, or by its first
name; each only where nobody else is called so. Case does not count, and named twice is named once.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
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
    """What each is called, where it is one's alone; a whole name before a short one."""
    return {**_alone(agents, _short_names), **_alone(agents, _names)}


def _alone(
    agents: list[Nameable], forms: Callable[[Nameable], frozenset[str]]
) -> Mapping[str, int]:
    called = Counter(form for agent in agents for form in forms(agent))
    return {form: agent.id for agent in agents for form in forms(agent) if called[form] == 1}


def _names(agent: Nameable) -> frozenset[str]:
    return frozenset({" ".join(agent.name.casefold().split())})


def _short_names(agent: Nameable) -> frozenset[str]:
    first_name = agent.name.casefold().split()[0]
    return frozenset({first_name, agent.email.partition("@")[0].casefold()})


def _readings(text: str) -> Iterator[str]:
    """What may be meant, the longest first: the text behind the `@`, and ever fewer words of it."""
    words = text.casefold().split(" ")[:_WORDS]
    for count in range(len(words), 0, -1):
        reading = " ".join(words[:count])
        yield reading
        yield _END.sub("", reading)
