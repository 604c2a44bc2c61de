"""Joins the lines of `format=flowed` to paragraphs (RFC 3676), quotes included. Pure."""

import re
from typing import Final

_QUOTES: Final = re.compile(r">*")
_SIGNATURE_RULE: Final = "-- "


def unfold_flowed(text: str, *, deletes_space: bool = False) -> str:
    """Returns the text with each paragraph on one line; `deletes_space` is the DelSp parameter."""
    out: list[str] = []
    parts: list[str] = []
    depth = -1
    for line in text.split("\n"):
        quotes = _QUOTES.match(line)
        level = quotes.end() if quotes else 0
        content = line[level:].removeprefix(" ")
        if parts and (level != depth or content == _SIGNATURE_RULE):
            out.append(_write(depth, parts))
            parts = []
        depth = level
        if content.endswith(" ") and content != _SIGNATURE_RULE:
            parts.append(content[:-1] if deletes_space else content)
        else:
            out.append(_write(level, [*parts, content]))
            parts = []
    if parts:
        out.append(_write(depth, parts))
    return "\n".join(out)


def _write(level: int, parts: list[str]) -> str:
    text = "".join(parts)
    return f"{'>' * level} {text}".rstrip(" ") if level else text
