"""Mentions in a text: completions of `@`, the people who will be notified, and who was."""

from collections.abc import Iterable, Sequence
from typing import Final

from msgspec import Struct

from common.mentions import Mention, MentionableAgent, MentionParser, find_open_mention, fold_name
from common.people import AGENTS, Presence
from common.wire import MentionableView, Mentions, UserView
from tui.model.store import Store

MOST_SUGGESTIONS: Final = 20
_STATES: Final = list(Presence)


class MentionSuggestion(Struct, frozen=True):
    """A colleague whose name completes the word before the cursor."""

    name: str
    """The name in the menu: with the handle, where others have the same name."""
    text: str
    """The text to insert, with its `@`, that mentions this colleague and nobody else."""


class MentionCompletion(Struct, frozen=True):
    """The mention that is being typed, from its `@` at `start`, and its completions."""

    start: int
    suggestions: tuple[MentionSuggestion, ...]


class MentionDirectory:
    """The agents whom a text may mention, as the store knows them now."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._users: dict[int, UserView] = {}
        self._handles: dict[int, str] = {}
        self._gone: frozenset[int] = frozenset()
        self._names = MentionParser([])
        self._folded: dict[int, str] = {}

    def load_handles(self, agents: Iterable[MentionableView]) -> None:
        """Takes the handles, which only the server knows; whoever has none has left."""
        self._handles = {agent.id: agent.handle for agent in agents}
        self._gone = frozenset(self._store.users) - frozenset(self._handles)
        self._users = {}

    def read_mentions(self, text: str) -> list[Mention]:
        """Reads the mentions of a text, as the server will."""
        self._refresh_agents()
        return self._names.parse_mentions(text)

    def complete_mention(self, before: str) -> MentionCompletion | None:
        """Returns what the end of the text before the cursor may become."""
        found = find_open_mention(before)
        if found is None:
            return None
        self._refresh_agents()
        start, typed = found
        is_begun = before[-1:].isspace()
        prefix = fold_name(typed) + (" " if is_begun else "")
        suggestions = tuple(self._find_suggestions(prefix)[:MOST_SUGGESTIONS])
        is_whole = len(suggestions) == 1 and fold_name(suggestions[0].text[1:]) == prefix
        return MentionCompletion(start, suggestions) if suggestions and not is_whole else None

    def describe_mentions(self, mentions: Iterable[Mention]) -> tuple[str, str]:
        """Returns whom the mentions notify, and what is wrong with the others; empty: nothing."""
        notified: dict[str, None] = {}
        wrong: dict[str, None] = {}
        for mention in mentions:
            if mention.id is not None and mention.id == self._own_id:
                continue  # nobody is notified of their own message
            if mention.id is not None:
                notified |= dict.fromkeys([self._users[mention.id].name])
            else:
                wrong |= dict.fromkeys([self._describe_unresolved(mention)])
        return ", ".join(notified), " ".join(wrong)

    @property
    def _own_id(self) -> int | None:
        return self._store.me.id if self._store.me else None

    def _describe_unresolved(self, mention: Mention) -> str:
        if not mention.ids:
            return f"{mention.text} names nobody."
        users = [self._users[it] for it in mention.ids[:3]]
        names = [
            f"{it.name} (@{self._handle_of(it)})" if self._handle_of(it) else it.name
            for it in users
        ]
        return f"{mention.text} notifies nobody: it could be {' or '.join(names)}."

    def _find_suggestions(self, prefix: str) -> list[MentionSuggestion]:
        ranked = [
            (not name.startswith(prefix), _STATES.index(user.presence), name, user)
            for user in self._users.values()
            if user.id != self._own_id  # nobody is notified of their own message
            and (name := self._folded.get(user.id)) is not None
            and self._matches_prefix(user, name, prefix)
        ]
        ranked.sort(key=lambda it: it[:3])
        return [self._build_suggestion(user) for *_, user in ranked]

    def _matches_prefix(self, user: UserView, name: str, prefix: str) -> bool:
        handle = fold_name(self._handle_of(user))
        return name.startswith(prefix) or f" {prefix}" in f" {name}" or handle.startswith(prefix)

    def _build_suggestion(self, user: UserView) -> MentionSuggestion:
        """Returns a suggestion; people who share a name are written by their own handles."""
        handle = self._handle_of(user)
        for name, text in ((user.name, user.name), (f"{user.name} ({handle})", handle)):
            read = self._names.parse_mentions(f"@{text}")
            if [it.id for it in read] == [user.id] and read[0].text == f"@{text}":
                return MentionSuggestion(name, f"@{text}")
        return MentionSuggestion(user.name, f"@{user.name}")

    def _refresh_agents(self) -> None:
        """Takes the people as they are now; reading them anew for each key would take too long."""
        if self._users == self._store.users:
            return
        self._users = dict(self._store.users)
        agents = [user for user in self._users.values() if user.role in AGENTS]
        nameable = [self._build_nameable(user) for user in agents]
        self._names = MentionParser(nameable)
        self._folded = {agent.id: fold_name(agent.name) for agent in nameable if agent.active}

    def _build_nameable(self, user: UserView) -> MentionableAgent:
        is_here = user.active is not False and user.id not in self._gone
        return MentionableAgent(user.id, user.name, self._handle_of(user), is_here)

    def _handle_of(self, user: UserView) -> str:
        return self._handles.get(user.id, "")


def describe_notified(mentions: Mentions | None) -> tuple[str, bool]:
    """Returns who was notified, as the end of a sentence, and whether everybody named was."""
    if mentions is None:
        return "", True
    notified = ", ".join(person.name for person in mentions.told)
    unknown = ", ".join(mentions.unknown)
    # Problems come first: the end of a long line is cut.
    words = f" · nobody was notified of {unknown}" if unknown else ""
    return words + (f" · notified {notified}" if notified else ""), not unknown


def fit_menu(widths: Sequence[int], marked: int, room: int) -> range:
    """Returns which entries of a menu in one line are shown: the marked one is always."""
    first = 0
    while first < marked and sum(widths[first : marked + 1]) > room:
        first += 1
    last = marked + 1
    while last < len(widths) and sum(widths[first : last + 1]) <= room:
        last += 1
    return range(first, last)
