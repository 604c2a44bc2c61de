"""Names of files as people see and save them: one line, no path, nothing invisible.

A name comes from a mail or a browser and goes into headers, terminals and folders.
"""

import re
import unicodedata
from typing import Final

from common.invisible_characters import is_blank, remove_invisible

FILE_NAME_LIMIT: Final = 200
DEFAULT_FILE_NAME: Final = "file"
_BYTES_LIMIT: Final = 240
"""Bytes of a name in UTF-8: file systems take 255, and a number may be added to it."""
_EXTENSION_LIMIT: Final = 16
_NOT_IN_A_NAME: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff\u2028\u2029]+")
_RESERVED: Final = re.compile(r'[<>:"|?*]')


def clean_file_name(name: str) -> str:
    """Returns a name that can be shown and saved anywhere; `file` where nothing is left of it.

    Folders, control characters, bidi controls and other invisible characters go. What Windows
    reserves becomes `_`. A name that is too long keeps its extension.
    """
    last = re.split(r"[/\\]", name.strip())[-1]
    text = unicodedata.normalize("NFC", remove_invisible(_NOT_IN_A_NAME.sub(" ", last)))
    text = _RESERVED.sub("_", " ".join(text.split())).strip(". ")
    return DEFAULT_FILE_NAME if is_blank(text) else _shorten_name(text)


def find_extension(name: str) -> str:
    """Returns the extension in lower case, without its dot; empty where there is none."""
    stem, dot, extension = name.rpartition(".")
    return extension.strip().lower() if stem and dot else ""


def _shorten_name(name: str) -> str:
    extension = find_extension(name)
    ending = name[-len(extension) - 1 :] if 0 < len(extension) <= _EXTENSION_LIMIT else ""
    stem = name.removesuffix(ending)[: FILE_NAME_LIMIT - len(ending)]
    room = _BYTES_LIMIT - len(ending.encode())
    return stem.encode()[:room].decode(errors="ignore").rstrip(". ") + ending
