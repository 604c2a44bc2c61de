"""Mentions: the agents that a text names with `@`. The rules are in `docs/domain.md`.

Server and workstation read mentions by this file, so what is shown before sending is what happens.
"""

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Final

from msgspec import Struct

_MAX_MENTIONS: Final = 100
"""Mentions that are read: a text of nothing but `@` must not cost more than one that talks."""
_MAX_TYPED_LENGTH: Final = 60
_LOOKBEHIND: Final = 8
"""Characters before an `@` that are looked at, of which some may be invisible."""
_AT_SIGNS: Final = "@\uff20\ufe6b"
# Addresses, of which a text may hold many, are left out at once.
_AT_SIGN: Final = re.compile(rf"(?<![0-9A-Za-z_.+\-@])[{_AT_SIGNS}](?=[^\s@])")
# Apostrophes and hyphens as keyboards, word processors and phones write them.
_PUNCTUATION_VARIANTS: Final = str.maketrans(
    dict.fromkeys("\u2018\u2019\u201b\u02bc\u02b9\u2032\u0060\u00b4\uff07", "'")
    | dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2015\u2212\ufe63\uff0d", "-")
)
_EXTENDING: Final = re.compile("[\u1160-\u11ff\uff9e\uff9f]")
"""Parts of a Hangul syllable, and half-width voicing marks: they join with what is before them."""
_UNSPACED: Final = re.compile(
    "[\u0e00-\u0eff\u0f00-\u109f\u1100-\u11ff\u1780-\u17ff"  # Thai, Lao, Tibetan, Burmese, Khmer
    "\u3005-\u3007\u3040-\u30fa\u30fc-\u312f\u31a0-\u31ff"  # kana, bopomofo
    "\u3400-\u9fff\uac00-\ud7af\uf900-\ufaff\U00020000-\U0003ffff]"  # Han, Hangul
)
"""Letters of scripts in which a name may stand without a blank before and after it."""
_IDEOGRAPH: Final = re.compile("[\u3005\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]")
_TAIL: Final = re.compile(r"(?:'s)?[.'+_-]*")
"""Endings that may follow a name and are no part of it: a possessive, a full stop."""
_JOINTS: Final = "-'\u30fb\u00b7"
_WORD_DOTS: Final = "\u30fb\u00b7"
"""They stand between the parts of a foreign name."""


class MentionableAgent(Struct, frozen=True):
    """An agent, as a mention may find them; `handle` is their address before the `@`.

    An inactive agent is never notified, and nobody else is by that agent's full name.
    """

    id: int
    name: str
    handle: str = ""
    active: bool = True


class Mention(Struct, frozen=True):
    """A mention in a text, from its `@` at `start` up to `end`.

    `ids` has one agent, who is notified; none if the name is unknown; several if it is ambiguous.
    In the last two cases nobody is notified.
    """

    start: int
    end: int
    text: str
    ids: tuple[int, ...]

    @property
    def id(self) -> int | None:
        """The agent who is notified."""
        return self.ids[0] if len(self.ids) == 1 else None


class MentionParser:
    """Finds mentions in texts; the names of agents are prepared once."""

    def __init__(self, agents: Iterable[MentionableAgent]) -> None:
        listed = list(agents)
        whole = _index_names(listed, _whole_names)
        short = _index_names([agent for agent in listed if agent.active], _short_names)
        self._whole: Final = whole
        self._forms: Final[Mapping[str, tuple[int, ...]]] = {**short, **whole}
        self._longest: Final = max(map(len, self._forms), default=0)

    def parse_mentions(self, text: str) -> list[Mention]:
        """Returns the mentions of a text, in its order."""
        return list(islice(self._find_mentions(text), _MAX_MENTIONS))

    def _find_mentions(self, text: str) -> Iterator[Mention]:
        for sign in islice(_AT_SIGN.finditer(text), 3 * _MAX_MENTIONS):
            folded = self._fold_window(text, sign.start())
            place = folded.folded_index(sign.start())
            if folded.begins_mention(place):
                yield self._match_name(folded, place)

    def _fold_window(self, text: str, start: int) -> "_FoldedText":
        """Folds only as much after an `@` as a name can take up, so that long texts are quick."""
        begin = max(start - _LOOKBEHIND, 0)
        end = start + 4 * self._longest + _MAX_TYPED_LENGTH
        return _FoldedText(text[begin:end], begin, goes_on=end < len(text))

    def _match_name(self, folded: "_FoldedText", start: int) -> Mention:
        """Matches the longest name. If several people have it, a shorter one does not count."""
        text = folded.text
        for length in range(min(self._longest, len(text) - start - 1), 0, -1):
            end = start + 1 + length
            form = text[start + 1 : end]
            ids = self._forms.get(form)
            if ids is None:
                continue
            if _ends_name(text, end, length, is_whole=form in self._whole):
                return folded.make_mention(start, end, ids)
            if " " in form and text[end] in _JOINTS:
                break  # a longer name: not that of the person who is called by its beginning
        return folded.make_mention(start, _word_end(text, start + 1), ())


def handle_from_address(address: str) -> str:
    """Returns the part of an e-mail address before the `@`."""
    return address.partition("@")[0]


def has_mention_sign(text: str) -> bool:
    """Returns whether the text may have mentions."""
    return any(sign in text for sign in _AT_SIGNS)


def find_open_mention(before: str) -> tuple[int, str] | None:
    """Returns the start and the letters of the mention being typed at the end of a text."""
    start = max(before.rfind(sign) for sign in _AT_SIGNS)
    typed = before[start + 1 :]
    if start < 0 or "\n" in typed or typed[:1].isspace() or len(typed) > _MAX_TYPED_LENGTH:
        return None
    return None if _is_glued(before[start - 1 : start]) else (start, typed)


def find_mentioned_ids(text: str, agents: Iterable[MentionableAgent]) -> frozenset[int]:
    """Returns the ids of the agents that the text mentions."""
    if not has_mention_sign(text):
        return frozenset()
    return frozenset(
        it.id for it in MentionParser(agents).parse_mentions(text) if it.id is not None
    )


def fold_name(text: str) -> str:
    """Returns a name without the differences in case, width and spelling that do not matter."""
    folded = (
        text.translate(_PUNCTUATION_VARIANTS).casefold()
        if text.isascii()
        else _FoldedText(text).text
    )
    return " ".join(folded.split())


class _FoldedText:
    """A folded text, which keeps the position of each character in the original."""

    def __init__(self, original: str, offset: int = 0, *, goes_on: bool = False) -> None:
        """Folds `original`, which begins at `offset` of the whole text.

        If the whole text goes on, so may its last word: a name that ends there does not count.
        """
        self._original, self._offset = original, offset
        self._starts: list[int] = []
        self._ends: list[int] = []
        folded: list[str] = []
        for start, end in _split_clusters(original):
            for letter in _fold_cluster(original[start:end]):
                if letter == " " and folded[-1:] == [" "]:
                    continue
                folded.append(letter)
                self._starts.append(start)
                self._ends.append(end)
        if goes_on:
            folded.append("x")
            self._starts.append(len(original))
            self._ends.append(len(original))
        self.text: Final = "".join(folded)

    def folded_index(self, original: int) -> int:
        """Returns the folded position of a position in the original."""
        return self._starts.index(original - self._offset)

    def begins_mention(self, place: int) -> bool:
        """Returns whether an `@` may begin a mention and is not part of an address."""
        before = self.text[place - 1] if place else ""
        return _is_word(self.text[place + 1 : place + 2]) and not _is_glued(before)

    def make_mention(self, start: int, end: int, ids: tuple[int, ...]) -> Mention:
        first, last = self._starts[start], self._ends[end - 1]
        text = self._original[first:last]
        return Mention(self._offset + first, self._offset + last, text, ids)


def _split_clusters(text: str) -> Iterator[tuple[int, int]]:
    """Yields spans of characters that normalize together: a letter and its marks."""
    start = 0
    for place in range(1, len(text)):
        letter = text[place]
        if letter < "\u0300" or not (
            unicodedata.combining(letter) or _EXTENDING.match(letter) is not None
        ):
            yield start, place
            start = place
    if text:
        yield start, len(text)


def _fold_cluster(cluster: str) -> str:
    if cluster in {"\n", "\r", "\u2028", "\u2029"}:
        return "\n"
    plain = unicodedata.normalize("NFKC", cluster.translate(_PUNCTUATION_VARIANTS)).casefold()
    plain = unicodedata.normalize("NFKC", plain).translate(_PUNCTUATION_VARIANTS)
    return "".join(
        " " if letter.isspace() else letter
        for letter in plain
        if unicodedata.category(letter) != "Cf"  # zero-width and direction marks
    )


def _is_word(letter: str) -> bool:
    return letter == "_" or letter.isalnum()


def _is_unspaced(letter: str) -> bool:
    return _UNSPACED.match(letter) is not None


def _is_glued(before: str) -> bool:
    """Returns whether an `@` after this character is inside an address or a word."""
    return bool(before) and (before in "@.+-" or (_is_word(before) and not _is_unspaced(before)))


def _ends_name(text: str, end: int, length: int, *, is_whole: bool) -> bool:
    """Returns whether a name may end here and is not the beginning of a longer one."""
    last, after = text[end - 1], text[end : end + 1]
    if not after:
        return True
    if unicodedata.category(after).startswith("M"):
        return False
    if _is_unspaced(last) and _is_unspaced(after):
        # The next word follows without a blank. A family name alone is ambiguous.
        changes = bool(_IDEOGRAPH.match(last)) != bool(_IDEOGRAPH.match(after))
        return changes or (is_whole and length > 1)
    if after in _WORD_DOTS or after == "@":
        return not _is_word(text[end + 1 : end + 2])
    tail = _TAIL.match(text, end)
    beyond = text[tail.end() if tail else end :][:1]
    return not _is_word(beyond) or _is_unspaced(beyond)


def _word_end(text: str, start: int) -> int:
    """Returns the end of an unknown name."""
    word = re.compile(r"[\w.'+-]*\w").match(text, start)
    return word.end() if word else start + 1


def _index_names(
    agents: Sequence[MentionableAgent], forms: Callable[[MentionableAgent], frozenset[str]]
) -> dict[str, tuple[int, ...]]:
    """Returns the agents of each form of a name; none if only inactive agents have it."""
    called: dict[str, set[int]] = {}
    for agent in agents:
        for form in forms(agent):
            called.setdefault(form, set()).update({agent.id} if agent.active else ())
    return {form: tuple(sorted(ids)) for form, ids in called.items() if form}


def _whole_names(agent: MentionableAgent) -> frozenset[str]:
    name = fold_name(agent.name)
    parts = name.split()
    is_unspaced = all(_is_unspaced(part[-1]) and _is_unspaced(part[0]) for part in parts)
    # Family and given name are written together in a text, though an address book parts them.
    return frozenset({name, "".join(parts)} if is_unspaced else {name})


def _short_names(agent: MentionableAgent) -> frozenset[str]:
    first = fold_name(agent.name).partition(" ")[0]
    return frozenset({first, fold_name(agent.handle)})
