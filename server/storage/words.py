"""Words: what of a text is indexed and asked for, the same on every database.

Letters and digits of any script, without case and accents. Databases have opinions of their own
about words (addresses, versions, accents, locales), and none that two of them share.
"""

import re
import unicodedata
from typing import Final

_WORD = re.compile(r"[^\W_]+")
_LONGEST: Final = 500
"""Letters of a word that count; in bytes still less than PostgreSQL's longest lexeme."""


def words_in(text: str) -> list[str]:
    """Its words, in their order."""
    if text.isascii():
        text = text.lower()
    else:
        plain = unicodedata.normalize("NFKD", text.casefold())
        text = "".join([it for it in plain if not unicodedata.combining(it)]).casefold()
    return [word[:_LONGEST] for word in _WORD.findall(text)]
