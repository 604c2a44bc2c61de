"""Generates constructors: functions that make an object from a table of its fields.

The code is generated once, when a module is imported, as `dataclasses` does it. What runs then is
as quick as the same call written by hand, which a loop over the fields is not. Pure.
"""

from collections.abc import Callable, Mapping
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
