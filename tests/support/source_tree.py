"""The repository's files, and the product's syntax trees, for the rules of tests/house."""

import ast
import subprocess
from functools import cache
from pathlib import Path
from typing import Final

HOUSE: Final = Path(__file__).resolve().parents[2]
ROOMS: Final = ("common", "demo", "server", "tui")
PRODUCT: Final = sorted(path for room in ROOMS for path in (HOUSE / room).rglob("*.py"))
TESTS: Final = sorted((HOUSE / "tests").rglob("*.py"))
BENCHMARKS: Final = sorted((HOUSE / "benchmarks").rglob("*.py"))


def inside(path: Path) -> str:
    """The path from the repository's root, with slashes."""
    return path.relative_to(HOUSE).as_posix()


@cache
def text_of(path: Path) -> str:
    """A file's text; of a file that is none, what can be read as text."""
    return path.read_text(errors="ignore")


@cache
def tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text())


@cache
def nodes_of(path: Path) -> tuple[ast.AST, ...]:
    """Every node of a file's tree: looking for them takes longer than what rules do with them."""
    return tuple(ast.walk(tree_of(path)))


@cache
def calls_of(path: Path) -> frozenset[str]:
    """The calls in a file, as they are written there: `self.gate.send`, `print`."""
    return frozenset(
        ast.unparse(node.func) for node in nodes_of(path) if isinstance(node, ast.Call)
    )


@cache
def committed() -> list[Path]:
    """Every file of the repository; in an unpacked archive, every file outside hidden folders."""
    if not (HOUSE / ".git").exists():
        parts = (path for path in HOUSE.rglob("*") if path.is_file())
        return [path for path in parts if not inside(path).startswith(".")]
    listed = subprocess.run(["git", "ls-files"], cwd=HOUSE, capture_output=True, check=True)
    return [HOUSE / name for name in listed.stdout.decode().splitlines() if (HOUSE / name).exists()]
