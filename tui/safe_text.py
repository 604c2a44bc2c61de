"""Customer text can neither style nor steer the terminal: what could is taken out on arrival."""

from typing import Any, TypeVar

T = TypeVar("T")


def line(text: str) -> str:
    """The text as one safe line."""
    raise NotImplementedError


def block(text: str) -> str:
    """The text as safe lines; newline and tab stay."""
    raise NotImplementedError


def decode(raw: bytes, kind: type[T] | Any) -> Any:
    """JSON as the given type, with every text in it made safe. Raises msgspec.DecodeError."""
    raise NotImplementedError
