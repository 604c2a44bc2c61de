"""Cleans text on arrival: customers' text can neither style nor control the terminal.

Removed: C0 and C1 controls, DEL, lone surrogates, bidi controls, invisible characters that only
hide or disguise. Joiners and variation selectors stay: scripts and emoji need them.
"""

import json
import re
from functools import cache
from typing import Any, Final

import msgspec
from msgspec import Struct
from msgspec.structs import replace

_BIDI = "\u061c\u200e\u200f\u202a-\u202e\u2066-\u206f"
_INVISIBLE = "\u00ad\u180e\u200b\u2060-\u2065\ufeff\ufff9-\ufffb\U000e0000-\U000e007f"
_CONTROLS = "\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff"
_UNSAFE: Final = re.compile(f"[{_CONTROLS}{_BIDI}{_INVISIBLE}]")
_BREAKS: Final = re.compile("\r\n?|[\u2028\u2029]")
_SPACES: Final = re.compile("[\n\t]")
_ESCAPES: Final = re.compile(r"\\[bfnrtu]")

_MULTILINE_FIELDS: Final = frozenset({"body", "description", "comment", "set_aside"})
"""The fields that may have several lines; all others have one."""


def clean_line(text: str) -> str:
    """Returns the text as one safe line; line breaks become spaces."""
    return _SPACES.sub(" ", clean_block(text))


def clean_block(text: str) -> str:
    """Returns the text as safe lines; newline and tab stay."""
    return _UNSAFE.sub("", _BREAKS.sub("\n", text))


def escape_in_json(document: str) -> str:
    """Returns the same JSON, with every unsafe character in its texts as an escape."""
    return _UNSAFE.sub(lambda found: json.dumps(found[0])[1:-1], document)


def decode_safe_json(raw: bytes, kind: Any) -> Any:
    """Decodes JSON as the given type, with every text made safe. Raises msgspec.MsgspecError."""
    try:
        plain = raw.decode()
        value = _json_decoder(kind).decode(raw)
    except (UnicodeDecodeError, RecursionError) as error:
        raise msgspec.DecodeError(str(error)) from error
    # Most answers need no cleaning, which two quick checks can find.
    if plain.isprintable() and not _ESCAPES.search(plain):
        return value
    return clean_value(value)


@cache
def _json_decoder(kind: Any) -> msgspec.json.Decoder[Any]:
    return msgspec.json.Decoder(kind)


def clean_value(value: Any, field: str = "") -> Any:
    """Returns the value with every text in it made safe; `field` is the name it has in a struct.

    A struct or text that is safe already is returned as the same object; lists, tuples and dicts
    are always copied.
    """
    # By exact type: an enum is a str, too, and needs no cleaning.
    kind = type(value)
    if kind is str:
        return clean_block(value) if field in _MULTILINE_FIELDS else clean_line(value)
    if kind is list or kind is tuple:
        return kind(clean_value(item, field) for item in value)
    if kind is dict:
        return {clean_line(key): clean_value(item, key) for key, item in value.items()}
    return _clean_struct(value) if isinstance(value, Struct) else value


def _clean_struct(value: Struct) -> Struct:
    fields = ((name, getattr(value, name)) for name in value.__struct_fields__)
    pairs = ((name, old, clean_value(old, name)) for name, old in fields)
    cleaned = {name: new for name, old, new in pairs if new is not old and new != old}
    return replace(value, **cleaned) if cleaned else value
