"""The catalogue of a language: its sentences by key, and its form of times and counts.

A language is a file `xx.toml` beside this one, with the keys of `en.toml`. Which words in braces
each sentence fills in is tested for every file.
"""

import tomllib
from collections.abc import Iterator, Mapping
from datetime import datetime
from functools import lru_cache
from importlib.resources import files
from typing import Any, Final

from server.domain.time_zones import find_zone

DEFAULT_LANGUAGE: Final = "en"
_SUFFIX: Final = ".toml"


class Catalogue:
    """The sentences of one language. An unknown key raises KeyError."""

    def __init__(self, language: str, tables: Mapping[str, Any]) -> None:
        self.language = language
        self._sentences = dict(_flatten(tables, ""))

    @property
    def sentences(self) -> Mapping[str, str | list[str]]:
        """Sentences, and lists of words, by key."""
        return self._sentences

    def say(self, key: str, /, **values: object) -> str:
        """Returns the sentence with the values filled in; what stands in a value stays as it is."""
        sentence = self._sentences[key]
        if not isinstance(sentence, str):
            raise KeyError(key)
        return sentence.format_map(values)

    def say_first(self, *keys: str, **values: object) -> str:
        """Returns the sentence of the first key that there is."""
        known = next(key for key in keys if key in self._sentences)
        return self.say(known, **values)

    def count(self, noun: str, n: int) -> str:
        """Returns a number with its noun."""
        return self.say(f"count.{noun}.{'one' if n == 1 else 'other'}", n=n)

    def list_words(self, key: str) -> tuple[str, ...]:
        """Returns a list of words, such as the scores of a survey."""
        return tuple(self._sentences[key])

    def format_moment(self, at: datetime, zone: str) -> str:
        """Returns a time in a zone of the tz database, as people of the language write it."""
        local = at.astimezone(find_zone(zone))
        name = self._sentences.get(f"format.zones.{local:%Z}", f"{local:%Z}")
        return self.say(
            "format.moment",
            day=local.day,
            month=self.list_words("format.months")[local.month - 1],
            year=local.year,
            hour=f"{local:%H}",
            minute=f"{local:%M}",
            zone=name,
        )


@lru_cache(maxsize=1)
def list_languages() -> tuple[str, ...]:
    """Returns the languages that are installed, sorted."""
    names = (file.name for file in files(__package__).iterdir())
    return tuple(sorted(name.removesuffix(_SUFFIX) for name in names if name.endswith(_SUFFIX)))


@lru_cache(maxsize=64)
def load_catalogue(language: str) -> Catalogue:
    """Returns the language's catalogue, or the default one if it is no longer installed."""
    known = language if language in list_languages() else DEFAULT_LANGUAGE
    text = (files(__package__) / f"{known}{_SUFFIX}").read_text(encoding="utf-8")
    return Catalogue(known, tomllib.loads(text))


def _flatten(tables: Mapping[str, Any], above: str) -> Iterator[tuple[str, Any]]:
    for key, value in tables.items():
        if isinstance(value, Mapping):
            yield from _flatten(value, f"{above}{key}.")
        else:
            yield f"{above}{key}", value
