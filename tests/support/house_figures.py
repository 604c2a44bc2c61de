"""Prints figures of the house: names, lengths and rooms. `python -m tests.support.house_figures`.

Migrations are left out: they keep the names of their day. An argument is the root of another
checkout, so that two states are measured by the same command.
"""

import ast
import re
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from statistics import median
from typing import Final

from tests.support.source_tree import HOUSE, ROOMS

Function = ast.FunctionDef | ast.AsyncFunctionDef
_FUNCTIONS: Final = (ast.FunctionDef, ast.AsyncFunctionDef)


def print_figures(root: Path) -> None:
    """Prints one line for each figure of the checkout at `root`."""
    trees = {path: ast.parse(path.read_text()) for path in _list_files(root)}
    functions = [node for tree in trees.values() for node in _find_functions(tree)]
    exported = [
        node for tree in trees.values() for node in tree.body if isinstance(node, _FUNCTIONS)
    ]
    exported = [node for node in exported if not node.name.startswith("_")]
    classes = [
        node.name
        for tree in trees.values()
        for node in ast.walk(tree)
        if isinstance(node, ast.ClassDef)
    ]
    lengths = [(node.end_lineno or 0) - node.lineno + 1 for node in functions]
    for label, figure in (
        ("files", str(len(trees))),
        ("functions with one-word names", _share_of_one_word(functions)),
        ("exported functions with one-word names", _share_of_one_word(exported)),
        ("class names twice", str(_count_repeated(classes))),
        ("exported function names twice", str(_count_repeated(it.name for it in exported))),
        ("file names twice", str(_count_repeated(path.name for path in trees))),
        ("median lines of a function", f"{median(lengths):.0f}"),
        ("longest file, in lines", str(max(_count_lines(path) for path in trees))),
        ("rooms", str(len({path.parent for path in trees}))),
        *_count_naming_files(root, trees),
    ):
        sys.stdout.write(f"{label:45} {figure}\n")


def _count_naming_files(root: Path, trees: dict[Path, ast.Module]) -> list[tuple[str, str]]:
    """Returns in how many files a command to a ticket, or one of its events, is named."""
    folder = root / "common" / "tickets"
    known = [
        node
        for path, tree in trees.items()
        if path.parent == folder
        for node in tree.body
        if isinstance(node, ast.ClassDef)
    ]
    commands = [node.name for node in known if _has_method(node, "decide")]
    events = [node.name for node in known if any(_is_type(it) for it in node.body)]
    tests = [path.read_text() for path in (root / "tests").rglob("*.py")]
    product = [path.read_text() for path in trees]
    return [
        ("files that name a command", _spread(commands, product)),
        ("the same with tests", _spread(commands, product + tests)),
        ("files that name an event", _spread(events, product)),
        ("the same with tests", _spread(events, product + tests)),
    ]


def _has_method(node: ast.ClassDef, name: str) -> bool:
    return any(isinstance(it, ast.FunctionDef) and it.name == name for it in node.body)


def _is_type(node: ast.stmt) -> bool:
    """Returns whether a statement in a class begins `type, story =`."""
    return isinstance(node, ast.Assign) and ast.unparse(node.targets[0]).startswith("(type, story")


def _spread(names: list[str], texts: list[str]) -> str:
    """Returns the median and the maximum of the texts that have each name."""
    counts = [sum(bool(re.search(rf"\b{name}\b", text)) for text in texts) for name in names]
    return f"{median(counts):.0f}, at most {max(counts)} (of {len(names)})"


def _list_files(root: Path) -> list[Path]:
    found = (path for room in ROOMS for path in (root / room).rglob("*.py"))
    return sorted(path for path in found if "versions" not in path.parts)


def _find_functions(tree: ast.Module) -> Iterator[Function]:
    """Yields every function and method, but no special method."""
    for node in ast.walk(tree):
        if isinstance(node, _FUNCTIONS) and not node.name.endswith("__"):
            yield node


def _share_of_one_word(functions: list[Function]) -> str:
    short = sum("_" not in node.name.strip("_") for node in functions)
    return f"{short / len(functions):.1%} of {len(functions)}"


def _count_repeated(names: Iterable[str]) -> int:
    return sum(count > 1 for count in Counter(names).values())


def _count_lines(path: Path) -> int:
    return len(path.read_text().splitlines())


if __name__ == "__main__":
    print_figures(Path(sys.argv[1]) if len(sys.argv) > 1 else HOUSE)
