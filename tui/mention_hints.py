"""Mentions while one writes: which names `@` may become, whom they tell, and who was told."""

from collections.abc import Iterable
from typing import Final

from msgspec import Struct

from common.mentions import Mention, Nameable, Names, fold, open_mention
from common.people import AGENTS, Presence
from common.wire import MentionableView, Mentions, UserView
from tui.store import Store

MOST_SUGGESTIONS: Final = 5
_STATES: Final = list(Presence)


class Suggestion(Struct, frozen=True):
    """A colleague whom the word before the cursor may become."""

    name: str
    text: str
    """What is written, with its `@`: it tells this colleague and nobody else."""


class Open(Struct, frozen=True):
    """The mention that is being typed, from its `@` at `start`, and what it may become."""

    start: int
    suggestions: tuple[Suggestion, ...]


class MentionDirectory:
    """The agents whom a text may name, as the store knows them now."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._users: dict[int, UserView] = {}
        self._handles: dict[int, str] = {}
        self._gone: frozenset[int] = frozenset()
        self._names = Names([])
        self._folded: dict[int, str] = {}

    def take(self, agents: Iterable[MentionableView]) -> None:
        """Takes the handles, which only the server knows; whoever has none has left."""
        self._handles = {agent.id: agent.handle for agent in agents}
        self._gone = frozenset(self._store.users) - frozenset(self._handles)
        self._users = {}

    def read(self, text: str) -> list[Mention]:
        """Reads the mentions of a text, as the server will."""
        self._follow()
        return self._names.read(text)

    def complete(self, before: str) -> Open | None:
        """Returns what the end of the text before the cursor may become."""
        found = open_mention(before)
        if found is None:
            return None
        self._follow()
        start, typed = found
        is_begun = before[-1:].isspace()
        prefix = fold(typed) + (" " if is_begun else "")
        suggestions = tuple(self._suggestions(prefix)[:MOST_SUGGESTIONS])
        is_whole = len(suggestions) == 1 and fold(suggestions[0].text[1:]) == prefix
        return Open(start, suggestions) if suggestions and not is_whole else None

    def describe(self, mentions: Iterable[Mention]) -> tuple[str, str]:
        """Says whom the mentions tell, and what is wrong with the others; empty: nothing."""
        told: dict[str, None] = {}
        wrong: dict[str, None] = {}
        own_id = self._store.me.id if self._store.me else None
        for mention in mentions:
            if mention.id is not None and mention.id == own_id:
                continue  # nobody is told by themselves
            if mention.id is not None:
                told |= dict.fromkeys([self._users[mention.id].name])
            else:
                wrong |= dict.fromkeys([self._complaint(mention)])
        return ", ".join(told), " ".join(wrong)

    def _complaint(self, mention: Mention) -> str:
        if not mention.ids:
            return f"{mention.text} names nobody."
        names = " or ".join(self._users[it].name for it in mention.ids[:3])
        return f"{mention.text} may be {names}."

    def _suggestions(self, prefix: str) -> list[Suggestion]:
        ranked = [
            (not name.startswith(prefix), _STATES.index(user.presence), name, user)
            for user in self._users.values()
            if (name := self._folded.get(user.id)) is not None and self._fits(user, name, prefix)
        ]
        ranked.sort(key=lambda it: it[:3])
        return [self._suggestion(user) for *_, user in ranked]

    def _fits(self, user: UserView, name: str, prefix: str) -> bool:
        handle = fold(self._handle(user))
        return name.startswith(prefix) or f" {prefix}" in f" {name}" or handle.startswith(prefix)

    def _suggestion(self, user: UserView) -> Suggestion:
        """Of two who are called alike, each is written by what is theirs alone."""
        for text in (f"@{user.name}", f"@{self._handle(user)}"):
            read = self._names.read(text)
            if [it.id for it in read] == [user.id] and read[0].text == text:
                return Suggestion(user.name, text)
        return Suggestion(user.name, f"@{user.name}")

    def _follow(self) -> None:
        """Takes the people as they are now; reading them anew for each key would take too long."""
        if self._users == self._store.users:
            return
        self._users = dict(self._store.users)
        agents = [user for user in self._users.values() if user.role in AGENTS]
        nameable = [self._nameable(user) for user in agents]
        self._names = Names(nameable)
        self._folded = {agent.id: fold(agent.name) for agent in nameable if agent.active}

    def _nameable(self, user: UserView) -> Nameable:
        is_here = user.active is not False and user.id not in self._gone
        return Nameable(user.id, user.name, self._handle(user), is_here)

    def _handle(self, user: UserView) -> str:
        return self._handles.get(user.id, "")


def result(mentions: Mentions | None) -> tuple[str, bool]:
    """Says who was told, as the end of a sentence; False: somebody who was named was not."""
    if mentions is None:
        return "", True
    told = ", ".join(person.name for person in mentions.told)
    unknown = ", ".join(mentions.unknown)
    words = f" · told {told}" if told else ""
    if unknown:
        words += f" · {unknown}: nobody was told"
    return words, not unknown
