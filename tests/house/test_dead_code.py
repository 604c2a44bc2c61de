"""Nothing is defined in the product that nothing uses."""

import ast
import re
from collections import Counter
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from tests.support.source_tree import BENCHMARKS, HOUSE, PRODUCT, TESTS, inside, text_of, tree_of

CURRENT = [path for path in PRODUCT if "versions" not in path.parts]
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
DATA = [
    path
    for room in ("server", "tui")
    for suffix in ("html", "tcss", "toml")
    for path in (HOUSE / room).rglob(f"*.{suffix}")
]


@cache
def count_words() -> Counter[str]:
    """The number of times that each word stands in the files that can use a definition."""
    paths = (*PRODUCT, *TESTS, *BENCHMARKS, *DATA)
    return Counter(word for path in paths for word in re.findall(r"\w+", text_of(path)))


@cache
def own_classes() -> dict[str, list[str]]:
    """The product's classes, each with the names of its bases."""
    return {
        node.name: [ast.unparse(base).partition("[")[0] for base in node.bases]
        for path in CURRENT
        for node in tree_of(path).body
        if isinstance(node, ast.ClassDef)
    }


def is_ours(name: str) -> bool:
    """True for a class that derives from our own only: libraries call the methods of others."""
    bases = own_classes().get(name.rpartition(".")[2])
    return name in {"Struct", "NamedTuple", "Generic"} or (
        bases is not None and all(map(is_ours, bases))
    )


def definitions(path: Path) -> Iterator[str]:
    """Yields the names that a file gives to functions, classes, constants and its own methods."""
    for node in tree_of(path).body:
        yield from names_of(node)
        if isinstance(node, ast.ClassDef) and is_ours(node.name):
            methods = (it for it in node.body if isinstance(it, FUNCTIONS))
            yield from (name for method in methods for name in names_of(method))


def names_of(node: ast.stmt) -> list[str]:
    """The name that a statement defines; none of what a decorator or a table of routes takes up."""
    match node:
        case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
            is_registered = any(isinstance(it, ast.Call) for it in node.decorator_list)
            return [] if is_registered or name.startswith("__") else [name]
        case ast.AnnAssign(value=ast.Call(func=ast.Name(id="Endpoint"))):
            return []
        case ast.Assign(targets=[ast.Name(id=name)]) | ast.AnnAssign(target=ast.Name(id=name)):
            return [name]
    return []


def test_nothing_is_defined_that_nothing_names() -> None:
    """Dead code is read, renamed and tested for nothing, and misleads whoever looks for its use."""
    unused = {
        f"{inside(path)}: {name}"
        for path in CURRENT
        for name in definitions(path)
        if count_words()[name] == 1
    }
    assert unused == set()
