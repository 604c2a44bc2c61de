"""Parses JSON with every oddity kept, so that an error can name each.

Parsers silently take the last of several equal keys; another reader of the same text may take the
first. RFC 8259 calls that unpredictable, so a body with such keys is refused.
"""

import codecs
import json
from collections.abc import Iterator
from typing import Any, Final, NoReturn

from common.errors import FieldError, Malformed

_MAX_DIGITS: Final = 40  # far beyond every range, and cheap to read
_Pairs = list[tuple[str, Any]]


class RepeatedKeys(dict[str, Any]):
    """An object in which some keys occur more than once; `repeated` has those."""

    def __init__(self, pairs: _Pairs) -> None:
        super().__init__(pairs)
        names = [name for name, _ in pairs]
        self.repeated = [name for name in self if names.count(name) > 1]


class _RepeatedKeyError(Exception):
    """A key occurs more than once."""


def has_repeated_keys(raw: bytes) -> bool:
    """Returns True where an object of this text, which is JSON, has a key more than once."""
    try:
        _REPEAT_DECODER.decode(raw.decode())
    except _RepeatedKeyError:
        return True
    return False


def parse_json(raw: bytes) -> Any:
    """Returns the value as the standard library reads it. Raises Malformed.

    Unlike msgspec it takes lone surrogates and any number, so their fields can be named.
    """
    if not raw.strip():
        raise Malformed("The body is empty: send a JSON object.")
    if raw.startswith(codecs.BOM_UTF8):
        raise Malformed("The body is not JSON: it begins with a byte order mark.")
    try:
        return json.loads(
            raw.decode(),
            object_pairs_hook=_make_object,
            parse_constant=_refuse_constant,
            parse_int=parse_whole_number,
        )
    except json.JSONDecodeError as error:
        raise Malformed(f"The body is not JSON: {error.msg}, at character {error.pos}.") from None
    except UnicodeDecodeError as error:
        raise Malformed(f"The body is not UTF-8, at byte {error.start}.") from None
    except RecursionError:
        raise Malformed("The body is nested too deeply.") from None


def parse_whole_number(digits: str) -> int:
    """Returns the number; of one with very many digits another one that is as much too large."""
    return int(digits[:_MAX_DIGITS])


def find_repeated_keys(value: Any) -> Iterator[FieldError]:
    """Yields an error for each key that occurs more than once in its object, nested ones too."""
    rest = [(value, "")]
    while rest:
        found, pointer = rest.pop()
        if isinstance(found, RepeatedKeys):
            for name in found.repeated:
                yield FieldError("must be given only once", pointer=f"{pointer}/{escape_key(name)}")
        if isinstance(found, dict):
            rest += [(it, f"{pointer}/{escape_key(name)}") for name, it in found.items()]
        elif isinstance(found, list):
            rest += [(it, f"{pointer}/{at}") for at, it in enumerate(found)]


def escape_key(key: str) -> str:
    """Returns a key as a JSON pointer has it; half a surrogate pair cannot be encoded."""
    return make_printable(key).replace("~", "~0").replace("/", "~1")


def make_printable(key: str) -> str:
    """Returns a caller's own key, fit to be sent back."""
    return key.encode(errors="replace").decode()


def _check_repeated(pairs: _Pairs) -> None:
    if len(pairs) > 1 and len({name for name, _ in pairs}) < len(pairs):
        raise _RepeatedKeyError


def _make_object(pairs: _Pairs) -> dict[str, Any]:
    values = dict(pairs)
    return values if len(values) == len(pairs) else RepeatedKeys(pairs)


_REPEAT_DECODER: Final = json.JSONDecoder(
    object_pairs_hook=_check_repeated, parse_int=len, parse_float=len
)
"""Made once: to make it costs as much as to read a small body."""


def _refuse_constant(name: str) -> NoReturn:
    raise Malformed(f"The body is not JSON: {name} is no number there.")
