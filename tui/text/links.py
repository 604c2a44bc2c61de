"""Finds the web addresses in texts, as people write them. Pure."""

import re
from collections.abc import Iterable
from typing import Final

_LINK: Final = re.compile(r"https?://[^\s\x00-\x1f\x7f-\x9f<>\"'`|\\^{}\u00a0]+", re.IGNORECASE)
_TRAILING: Final = ".,;:!?…”’»*_~"
_PAIRS: Final = {")": "(", "]": "["}


def find_links(texts: Iterable[str]) -> list[str]:
    """Returns the addresses in the texts, each once, in their order.

    The punctuation of a sentence around an address is no part of it; a closing bracket is one only
    where the address has the opening one.
    """
    found = (_trim(match.group()) for text in texts for match in _LINK.finditer(text))
    return list(dict.fromkeys(link for link in found if link.partition("://")[2]))


def _trim(link: str) -> str:
    while link:
        last = link[-1]
        opening = _PAIRS.get(last)
        is_loose = opening is not None and link.count(last) > link.count(opening)
        if last not in _TRAILING and not is_loose:
            break
        link = link[:-1]
    return link
