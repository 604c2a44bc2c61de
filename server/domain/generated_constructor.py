"""Generates constructors: functions that make an object or a row from a table of its fields.

The code is generated once, when a module is imported, as `dataclasses` does it. What runs then is
as quick as the same call written by hand, which a loop over the fields is not. Pure.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeVar

Target = TypeVar("Target")


def generate_constructor(
    target: Callable[..., Target],
    parameters: tuple[str, ...],
    arguments: Mapping[str, str],
    names: Mapping[str, Any],
) -> Callable[..., Target]:
    """Returns `lambda <parameters>: target(<field>=<expression>, ...)`.

    `arguments` are the expressions by field; they may use the parameters and `names`.
    """
    call = ", ".join(f"{field}={expression}" for field, expression in arguments.items())
    source = f"lambda {', '.join(parameters)}: target({call})"
    constructor: Callable[..., Target] = eval(  # noqa: S307 - the code is made of field names alone
        source, {"target": target, **names}
    )
    return constructor


def generate_row_constructor(
    parameters: tuple[str, ...], expressions: Iterable[str], names: Mapping[str, Any]
) -> Callable[..., tuple[Any, ...]]:
    """Returns `lambda <parameters>: (<expression>, ...)`; the expressions may use `names`, too."""
    row = "".join(f"{expression}, " for expression in expressions)
    source = f"lambda {', '.join(parameters)}: ({row})"
    constructor: Callable[..., tuple[Any, ...]] = eval(source, dict(names))  # noqa: S307 - as above
    return constructor
