"""The tables of the documentation that are made from the code.

`python -m tests.support.pages` writes them anew; a test says when one of them has grown old.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from common.endpoint import Endpoint
from common.endpoints import ENDPOINTS
from common.people import AGENTS, CUSTOMERS, Role
from tui.keys import KeyBinding, group_keys_by_context

DOCS: Final = Path(__file__).resolve().parents[2] / "docs"

_WHO: Final[dict[frozenset[Role], str]] = {
    frozenset(): "anyone",
    CUSTOMERS | AGENTS: "all",
    AGENTS: "agents",
}


def endpoints() -> str:
    """Every endpoint, in the order of the table that the server mounts."""
    heads = ("method", "path", "does", "who", "key", "retries")
    return _table(heads, [_endpoint(endpoint) for endpoint in ENDPOINTS])


def _endpoint(endpoint: Endpoint) -> tuple[str, ...]:
    who = _WHO.get(endpoint.roles) or ", ".join(sorted(endpoint.roles))
    return (
        endpoint.method,
        f"`{endpoint.path or '/'}`",
        endpoint.summary,
        who,
        f"`{endpoint.scope}`" if endpoint.scope else "",
        "yes" if endpoint.retries else "",
    )


def keys() -> str:
    """Every key of the workstation, by where it is live."""
    return "\n\n".join(
        f"### {context.value}\n\n{_table(('keys', 'what it does'), list(map(_key, table)))}"
        for context, table in group_keys_by_context().items()
        if table
    )


def _key(key: KeyBinding) -> tuple[str, ...]:
    return " ".join(f"`{name}`" for name in key.name.split()), key.says


def _table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    return "\n".join(_line(row) for row in (heads, ["---"] * len(heads), *rows))


def _line(cells: Sequence[str]) -> str:
    return "".join(["|", *(f" {cell} |" if cell else " |" for cell in cells)])


TABLES: Final = {
    ("api.md", "endpoints"): endpoints,
    ("workstation.md", "keys"): keys,
}


def renewed() -> Iterator[tuple[Path, str]]:
    """Each page with tables, and its text with these as the code has them now."""
    for (page, name), table in TABLES.items():
        path = DOCS / page
        yield path, _with(path.read_text(), name, table())


def _with(text: str, name: str, table: str) -> str:
    before, begin, rest = text.partition(f"<!-- {name} -->\n")
    _, end, after = rest.partition(f"<!-- /{name} -->")
    if not end:
        raise LookupError(f"there is no place for the table of {name}")
    return f"{before}{begin}{table}\n{end}{after}"


if __name__ == "__main__":
    for place, page_text in renewed():
        place.write_text(page_text)
