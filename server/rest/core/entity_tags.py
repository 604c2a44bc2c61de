"""Entity tags in `If-Match` and `If-None-Match` (RFC 9110, sections 8.8.3 and 13.1).

A tag is compared without what proxies do to it when they compress: they make it weak, or add the
coding's name. Ours name a version or a content, so that is still the same.
"""

import re
from collections.abc import Iterable
from hashlib import blake2b
from typing import Final

from msgspec import Struct

_TAG: Final = re.compile(r'[ \t]*(?:W/)?"([\x21\x23-\x7e\x80-\xff]*)"[ \t]*(?:,|$)')
_UNQUOTED_VERSION: Final = re.compile(r"\d{1,15}")
_CODING: Final = re.compile(r"(?:[-;:]+(?:x-gzip|gzip|br|brotli|zstd|deflate|compress|df))+$")
_VERSION: Final = re.compile(r"[1-9]\d{0,14}")


class EntityTags(Struct, frozen=True):
    """The tags that a header lists; `is_any` for `*`."""

    texts: frozenset[str] = frozenset()
    is_any: bool = False

    @property
    def versions(self) -> frozenset[int]:
        """The tags that name versions."""
        return frozenset(int(text) for text in self.texts if _VERSION.fullmatch(text))


def parse_entity_tags(lines: Iterable[str]) -> EntityTags:
    """Returns the tags of a header's lines. What is no list of tags has none, and matches nothing.

    A single version without its quotes is understood.
    """
    text = ", ".join(lines).strip()
    if text == "*":
        return EntityTags(is_any=True)
    if _UNQUOTED_VERSION.fullmatch(text):
        return EntityTags(frozenset({text}))
    return EntityTags(frozenset(_parse_tag_list(text)))


def _parse_tag_list(text: str) -> set[str]:
    tags: set[str] = set()
    place = 0
    while place < len(text):
        match = _TAG.match(text, place)
        if match is None:
            # An empty element of a list means nothing (RFC 9110, 5.6.1); all else spoils it.
            if text[place] not in ", \t":
                return set()
            place += 1
            continue
        tags.add(strip_content_coding(match[1]))
        place = match.end()
    return tags


def strip_content_coding(text: str) -> str:
    """Returns a tag's own text, without the name of a coding that a proxy has added."""
    return _CODING.sub("", text)


def make_version_etag(version: int) -> str:
    """Returns a ticket's version as an entity tag."""
    return f'"{version}"'


def make_content_etag(body: bytes) -> str:
    """Returns the tag of a content; a weak one, since a part of the body may be left out of it."""
    return f'W/"{blake2b(body, digest_size=12).hexdigest()}"'
