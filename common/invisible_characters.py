"""Characters that show nothing, and texts that are blank because they have no others.

The ranges are Unicode's Default_Ignorable_Code_Point (DerivedCoreProperties.txt: zero-width
spaces and joiners, bidi controls, variation selectors, fillers, tags) and what is empty by its
glyph alone: the blank Braille pattern, the null notehead, the blank hieroglyphs. They are written
for a regular expression, because the OpenAPI file shows them too.
"""

import re
from typing import Final

INVISIBLE: Final = (
    r"\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e"
    r"\u2060-\u206f\u2800\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufff8"
)
"""Characters without a glyph, in the Basic Multilingual Plane."""
INVISIBLE_BEYOND: Final = (
    r"\U00013441\U00013442\U0001bca0-\U0001bca3\U0001d159\U0001d173-\U0001d17a"
    r"\U000e0000-\U000e0fff"
)
COMBINING: Final = (
    r"\u0300-\u036f\u0483-\u0489\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7\u0610-\u061a"
    r"\u064b-\u065f\u0670\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\u302a-\u302d\u3099\u309a"
    r"\ufe20-\ufe2f"
)
"""Marks that show nothing by themselves: accents and points. Vowel signs of Indic scripts are
no such marks: without a letter they stand on a dotted circle."""
UNSEEN: Final = INVISIBLE + INVISIBLE_BEYOND + COMBINING

_BLANK: Final = re.compile(rf"[\s{UNSEEN}]*")
_INVISIBLE: Final = re.compile(rf"[{INVISIBLE}{INVISIBLE_BEYOND}]")
_AROUND: Final = re.compile(
    rf"^[\s{INVISIBLE}{INVISIBLE_BEYOND}]+|[\s{INVISIBLE}{INVISIBLE_BEYOND}]+$"
)


def is_blank(text: str) -> bool:
    """Returns whether nothing of the text shows: blanks, invisible characters, lone accents."""
    return _BLANK.fullmatch(text) is not None


def find_invisible(text: str) -> str | None:
    """Returns the first invisible character as `U+200B`, or None."""
    match = _INVISIBLE.search(text)
    return None if match is None else f"U+{ord(match[0]):04X}"


def remove_invisible(text: str) -> str:
    """Returns the text without invisible characters, wherever they stand."""
    return _INVISIBLE.sub("", text)


def strip_invisible(text: str) -> str:
    """Returns the text without blanks and invisible characters at its ends."""
    return _AROUND.sub("", text)


def escape_invisible(text: str) -> str:
    """Returns the text with an escape in the place of everything that does not show."""
    return "".join(
        letter
        if letter.isprintable() and not re.fullmatch(rf"[{UNSEEN}]", letter)
        else letter.encode("ascii", "backslashreplace").decode()
        for letter in text
    )
