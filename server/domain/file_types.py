"""Types of files by their content, and the types that an organization does not take. Pure."""

import re
from collections.abc import Iterable
from functools import lru_cache
from typing import Final

import puremagic

from common.safe_names import find_extension

UNKNOWN_TYPE: Final = "application/octet-stream"
TEXT_TYPE: Final = "text/plain"
EXECUTABLE_TYPE: Final = "application/x-executable"
_MEDIA_TYPE: Final = re.compile(r"[a-z0-9][a-z0-9!#$&^_.+-]{0,63}/[a-z0-9][a-z0-9!#$&^_.+-]{0,63}")
_EXECUTABLES: Final = (b"MZ", b"\x7fELF", b"\xfe\xed\xfa", b"\xcf\xfa\xed\xfe", b"\xce\xfa\xed\xfe")
"""The first bytes of programs: of Windows, of Linux and BSD, of macOS."""
_ZIP: Final = b"PK\x03\x04"
_ZIP_TYPE: Final = "application/zip"
_SURE: Final = 0.4
"""The least confidence in the type of a text: words may begin with the letters of a short mark."""
_CONTROL: Final = re.compile(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f]")


@lru_cache(maxsize=512)
def detect_file_type(head: bytes, name: str, declared: str = "") -> str:
    """Returns the type of a file by its first bytes.

    It takes about two milliseconds, so ask once before a transaction: the answer is kept. What the
    sender declares counts only where the content says nothing, and then only among types
    that no program runs or renders with scripts.
    """
    is_text = bool(head) and not _CONTROL.search(head)
    if head.startswith(_EXECUTABLES) and not is_text:
        return EXECUTABLE_TYPE
    found = _match_content(head, name, _SURE if is_text else 0)
    if found:
        return found
    if is_text:
        return _find_text_type(declared)
    return _clean_declared(declared) or UNKNOWN_TYPE


def is_blocked(blocked: Iterable[str], name: str, content_type: str) -> bool:
    """Returns whether an organization does not take the file: by its extension, or a program."""
    extensions = frozenset(blocked)
    if content_type == EXECUTABLE_TYPE and "exe" in extensions:
        return True
    return find_extension(name) in extensions


def _match_content(head: bytes, name: str, least: float) -> str:
    """Returns the type that the content has; of several, the one that the name has, too."""
    try:
        matches = puremagic.magic_string(head) if head else []
    except (puremagic.PureError, ValueError):
        return ""
    sure = [it for it in matches if it.confidence >= least]
    typed = [it for it in sure if _MEDIA_TYPE.fullmatch(it.mime_type)]
    ending = "." + find_extension(name)
    for match in typed:
        if match.extension.lower() == ending:
            return str(match.mime_type)
    if head.startswith(_ZIP):
        return _ZIP_TYPE
    return str(typed[0].mime_type) if typed else ""


def _find_text_type(declared: str) -> str:
    """Returns the declared type of a text where it is one: CSV, a calendar, plain text."""
    named = _clean_declared(declared)
    return named if named.startswith("text/") else TEXT_TYPE


def _clean_declared(declared: str) -> str:
    """Returns a declared type without parameters; empty where it is malformed or risky."""
    named = declared.partition(";")[0].strip().lower()
    is_risky = any(word in named for word in ("html", "svg", "xml", "script", "multipart", "image"))
    return named if _MEDIA_TYPE.fullmatch(named) and not is_risky else ""
