"""Prints figures of the house: names, lengths and rooms. `python -m tests.support.house_figures`.

Migrations are left out: they keep the names of their day. An argument is the root of another
checkout, so that two states are measured by the same command.
"""

import ast
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
    ):
        sys.stdout.write(f"{label:45} {figure}\n")


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
