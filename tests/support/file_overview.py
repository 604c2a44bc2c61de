"""The overview of the product's files and the picture of its rooms, both made from the code."""

import ast
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path

from tests.support.source_tree import HOUSE, PRODUCT, ROOMS, inside, nodes_of, tree_of


def describe_files() -> str:
    """A heading and a table for each folder: its files, and the first line of their docstrings."""
    parts: list[str] = []
    for folder, paths in groupby(sorted(PRODUCT, key=_sort_key), key=lambda path: path.parent):
        files = list(paths)
        package = [path for path in files if path.name == "__init__.py"]
        modules = [path for path in files if path.name != "__init__.py"]
        about = _first_line(package[0]) if package else ""
        rows = [f"| `{path.name}` | {_first_line(path)} |" for path in modules]
        table = ["| file | contents |", "| --- | --- |", *rows] if rows else []
        parts.append(
            "\n".join([f"## {inside(folder)}", "", about, *([""] if rows else []), *table])
        )
    return "\n\n".join(parts)


def _sort_key(path: Path) -> tuple[str, str]:
    return inside(path.parent), path.name


def _first_line(path: Path) -> str:
    return (ast.get_docstring(tree_of(path)) or "").partition("\n")[0].replace("|", "\\|")


def draw_rooms() -> str:
    """A Mermaid flowchart of which room imports which, without arrows that others imply."""
    arrows = _reduce(_find_arrows())
    rooms = sorted({*arrows, *(room for below in arrows.values() for room in below)})
    lines = ["```mermaid", "flowchart TD"]
    for house, members in groupby(rooms, key=lambda room: room.partition("/")[0]):
        lines.append(f"  subgraph {house}_[{house}/]")
        lines += [f"    {_identify(room)}[{room.partition('/')[2] or room}]" for room in members]
        lines.append("  end")
    lines += [
        f"  {_identify(room)} --> {_identify(below)}"
        for room in rooms
        for below in sorted(arrows.get(room, ()))
    ]
    return "\n".join([*lines, "```"])


def _identify(room: str) -> str:
    return room.replace("/", "_").replace(".py", "")


def _room(module: str) -> str | None:
    """The room of a module's dotted name; None for the loose files at the top of a house."""
    house, _, rest = module.partition(".")
    name = rest.partition(".")[0]
    if house not in ROOMS:
        return None
    if house in {"common", "demo"}:
        return house
    if (HOUSE / house / name).is_dir() and name:
        return f"{house}/{name}"
    return "server/app.py" if module.startswith("server.app") else None


def _find_arrows() -> dict[str, set[str]]:
    arrows: dict[str, set[str]] = {}
    for path in PRODUCT:
        room = _room(inside(path).removesuffix(".py").replace("/", "."))
        if room is None:
            continue
        below = {found for module in _list_imports(path) if (found := _room(module))} - {room}
        arrows.setdefault(room, set()).update(below)
    return arrows


def _list_imports(path: Path) -> Iterator[str]:
    for node in nodes_of(path):
        if isinstance(node, ast.ImportFrom):
            # `from server.desk import desk` imports a module of the room.
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)


def _reduce(arrows: dict[str, set[str]]) -> dict[str, set[str]]:
    """Without arrows that longer ways imply; the rooms have no circles."""
    return {
        room: {
            end
            for end in below
            if not any(end in _reach(arrows, middle) for middle in below - {end})
        }
        for room, below in arrows.items()
    }


def _reach(arrows: dict[str, set[str]], start: str) -> set[str]:
    found: set[str] = set()
    to_visit = [start]
    while to_visit:
        for below in arrows.get(to_visit.pop(), set()) - found:
            found.add(below)
            to_visit.append(below)
    return found
