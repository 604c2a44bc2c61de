"""The refusals that callers get, wherever in the product their rules are."""

import importlib
import pkgutil
from collections.abc import Iterator

import server
from common.errors import RequestRefused


def list_refusals() -> list[type[RequestRefused]]:
    """Every class of refusals, by status and slug; some only have others derive from them."""
    for module in pkgutil.walk_packages(server.__path__, "server."):
        if "versions" not in module.name:
            importlib.import_module(module.name)
    return sorted(_list_derived(RequestRefused), key=lambda kind: (kind.status, kind.slug))


def _list_derived(kind: type[RequestRefused]) -> Iterator[type[RequestRefused]]:
    for child in kind.__subclasses__():
        yield child
        yield from _list_derived(child)
