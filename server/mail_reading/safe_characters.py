"""Removes from the texts of mails the characters that act instead of showing something. Pure."""

import re
from typing import Final

from common.invisible_characters import remove_invisible

_NOT_ON_A_LINE: Final = re.compile(
    r"[\s\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]+"
)
_LINE_ENDS: Final = re.compile(r"[\r\x0b\x0c\x85\u2028\u2029]")
_NOT_IN_A_BLOCK: Final = re.compile(
    r"[\x00-\x08\x0e-\x1f\x7f-\x9f\u061c\u202a-\u202e\u2060-\u206f\ufdd0-\ufdef\ufeff\ufff9-\ufffb"
    r"\ufffe\uffff\ud800-\udfff\U000e0000-\U000e00ff]"
)
"""Control characters, controls of direction, tags, noncharacters. Joiners of scripts and emoji
and variation selectors stay: without them words would read differently."""


def clean_header_line(text: str) -> str:
    """Returns the text on one line, without control and invisible characters."""
    if text.isascii() and text.isprintable() and "  " not in text:
        return text.strip()
    return remove_invisible(_NOT_ON_A_LINE.sub(" ", text)).strip()


def clean_mail_block(text: str) -> str:
    r"""Returns the text with `\n` as the end of each line, and without what acts unseen."""
    text = text.replace("\r\n", "\n")
    if text.replace("\n", "").replace("\t", "").isprintable():  # a look at each, many times faster
        return text
    return _NOT_IN_A_BLOCK.sub("", _LINE_ENDS.sub("\n", text))
