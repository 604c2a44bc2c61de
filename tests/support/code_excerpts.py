"""Code shown in the documentation, cut out of the source: a rename cannot make it stale.

The first line of a Python block names the place: `# tui/keys.py: group_keys_by_context`, a method
as `Store.apply`, some statements of a body as `Store.apply[2:4]` (its docstring not counted), and
lines with a text as `"text"`.
"""

import ast
import re
import textwrap
from pathlib import Path
from typing import Final

from tests.support.source_tree import HOUSE, tree_of

_BLOCK: Final = re.compile(r"(?<=```python\n)# (\S+\.py): (.+)\n[\s\S]*?(?=```)")
_PLACE: Final = re.compile(r"([\w.]+)(?:\[(\d*):(\d*)\])?")


def fill_excerpts(text: str) -> str:
    """The page with each named block as the source has it now. Raises LookupError."""
    return _BLOCK.sub(_render, text)


def _render(found: re.Match[str]) -> str:
    name, place = found.groups()
    return f"# {name}: {place}\n{cut_excerpt(HOUSE / name, place)}"


def cut_excerpt(path: Path, place: str) -> str:
    """The lines of one place, without its indentation. Raises LookupError."""
    if place.startswith('"'):
        lines = [line for line in path.read_text().splitlines() if place.strip('"') in line]
        if not lines:
            raise LookupError(f"{path.name} has no line with {place}")
        return textwrap.dedent("\n".join(lines)) + "\n"
    parsed = _PLACE.fullmatch(place)
    if parsed is None:
        raise LookupError(f"{place} is no place in {path.name}")
    names, first, last = parsed.groups()
    nodes = _find_nodes(tree_of(path), names.split("."))
    if first is not None:
        nodes = _list_statements(nodes[0])[int(first or 0) : int(last) if last else None]
    return _cut_lines(path, nodes)


def _find_nodes(module: ast.Module, names: list[str]) -> list[ast.stmt]:
    body, found = module.body, list[ast.stmt]()
    for name in names:
        found = [node for node in body if name in _list_names(node)]
        if not found:
            raise LookupError(f"there is no {'.'.join(names)}")
        body = getattr(found[0], "body", [])
    return found


def _list_names(node: ast.stmt) -> list[str]:
    match node:
        case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
            return [node.name]
        case ast.Assign():
            return [ast.unparse(target) for target in node.targets]
        case ast.AnnAssign():
            return [ast.unparse(node.target)]
    return []


def _list_statements(node: ast.stmt) -> list[ast.stmt]:
    body: list[ast.stmt] = getattr(node, "body", [])
    has_docstring = (
        body
        and isinstance(body[0], ast.Expr)
        and isinstance(body[0].value, ast.Constant)
        and isinstance(body[0].value.value, str)
    )
    return body[1:] if has_docstring else body


def _cut_lines(path: Path, nodes: list[ast.stmt]) -> str:
    if not nodes:
        raise LookupError(f"{path.name} has no such statements")
    decorators: list[ast.expr] = getattr(nodes[0], "decorator_list", [])
    first = min([nodes[0].lineno, *(node.lineno for node in decorators)])
    last = nodes[-1].end_lineno
    lines = path.read_text().splitlines()[first - 1 : last]
    return textwrap.dedent("\n".join(lines)) + "\n"
