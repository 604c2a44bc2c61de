"""Names in the product: each stands for one thing, in the words of the field."""

import ast
import re
from collections import defaultdict
from collections.abc import Iterator
from functools import cache
from itertools import pairwise
from typing import Final

import pytest

from common.tickets.registry import EVENTS
from tests.support.refusal_classes import list_refusals
from tests.support.source_tree import (
    BENCHMARKS,
    PRODUCT,
    TESTS,
    inside,
    nodes_of,
    text_of,
    tree_of,
)

CURRENT: Final = [path for path in PRODUCT if "versions" not in path.parts]
"""Without released migrations: they keep the names of their day."""

DEFINITIONS: Final = (ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)

SHARED_FILE_NAMES: Final = {
    "__init__.py": "what its folder is",
    "__main__.py": "a program's start",
    "accounts.py": "the resource at each layer: people's accounts, sessions and keys",
    "app.py": "a program put together",
    "clock.py": "the one file of a program that reads the time",
    "libraries.py": "the libraries of a program's extra",
    "drafts.py": "the resource at each layer",
    "macros.py": "the resource at each layer",
    "notifications.py": "the resource at each layer",
    "people.py": "the resource at each layer",
    "saved_views.py": "the resource at each layer",
    "webhooks.py": "the resource at each layer",
}
SHARED_CLASS_NAMES: Final = {"Meta"}
"""Peewee reads a table's options from a class of this name."""
SHARED_FUNCTION_NAMES: Final = {"main"}
"""A program's start."""

SPELLING_FILES: Final = {"server/rest/openapi/examples.py"}
"""Files with JSON as callers write it."""

GIVEN_UP: Final = {
    "attendance": "presence reporter",
    "brake": "rate limit",
    "brakes": "rate limits",
    "courier": "message handlers",
    "deed": "notification",
    "door": "dispatch",
    "errand": "api task",
    "errands": "api tasks",
    "founding": "provisioning",
    "gate": "stream access",
    "heard": "received",
    "noticeboard": "notifications",
    "owe": "queue",
    "packer": "rollup",
    "postman": "inbox poller",
    "promise": "sla",
    "promises": "sla",
    "promising": "sla",
    "shelf": "list",
    "shelves": "lists",
    "station": "context",
    "tally": "counts",
    "tell": "notify",
    "telling": "notifications",
    "told": "notified",
    "troupe": "simulation state",
    "whereabouts": "presence state",
}
"""Words of an older private dialect, each with the field's word."""


@cache
def defined_names() -> list[tuple[str, str]]:
    """The place and name of each file, definition, parameter and attribute that is set."""
    found = [(inside(path), path.stem) for path in CURRENT]
    for path in CURRENT:
        names = map(name_of, nodes_of(path))
        found += [(inside(path), name) for name in names if name]
    return found


def name_of(node: ast.AST) -> str | None:
    """The name that a node gives to something; None for other nodes, and for local variables."""
    match node:
        case ast.ClassDef(name=name) | ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
            return name
        case ast.arg(arg=name) | ast.Attribute(attr=name, ctx=ast.Store()):
            return name
    return None


def duplicates(found: Iterator[tuple[str, str]]) -> dict[str, list[str]]:
    places = defaultdict[str, list[str]](list)
    for name, place in found:
        places[name].append(place)
    return {name: place for name, place in places.items() if len(place) > 1}


def test_no_class_name_stands_for_two_things() -> None:
    """A search for a class finds one, and an error message names one."""
    classes = (
        (node.name, inside(path))
        for path in CURRENT
        for node in nodes_of(path)
        if isinstance(node, ast.ClassDef) and node.name not in SHARED_CLASS_NAMES
    )
    assert duplicates(classes) == {}


def test_no_exported_function_name_stands_for_two_things() -> None:
    """A search for a function finds one, whichever way its callers import it."""
    functions = (
        (node.name, inside(path))
        for path in CURRENT
        for node in tree_of(path).body
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and not node.name.startswith("_")
        and node.name not in SHARED_FUNCTION_NAMES
    )
    assert duplicates(functions) == {}


def test_a_file_name_has_one_meaning() -> None:
    """Whoever opens a file by its name opens the right one; shared names say what they share."""
    files = ((path.name, inside(path)) for path in CURRENT)
    assert set(duplicates(files)) <= set(SHARED_FILE_NAMES)


def test_a_file_with_routes_says_so_in_its_name() -> None:
    """A newcomer who looks for the handlers of a resource finds them among the files of REST."""
    rest = [path for path in CURRENT if "rest" in path.parts]
    with_routes = {
        path.stem
        for path in rest
        for node in nodes_of(path)
        if isinstance(node, ast.FunctionDef) and node.name == "routes"
    }
    assert {path.stem for path in rest if path.stem.endswith("_routes")} == with_routes


def test_every_shared_file_name_is_still_shared() -> None:
    """An exception that nothing needs any more would hide the next duplicate."""
    files = ((path.name, inside(path)) for path in CURRENT)
    assert set(SHARED_FILE_NAMES) <= set(duplicates(files))


@pytest.mark.parametrize("word", GIVEN_UP)
def test_no_name_uses_a_word_that_we_gave_up(word: str) -> None:
    """A newcomer searches for the field's word, and has to find it."""
    found = [(place, name) for place, name in defined_names() if word in split_words(name)]
    assert found == [], f"say {GIVEN_UP[word]}"


@cache
def split_words(name: str) -> frozenset[str]:
    """The words of a name in either case: `find_room`, `FindRoom`."""
    words = re.split(r"_|(?<=[a-z])(?=[A-Z])", name)
    return frozenset(word.lower() for word in words)


QUESTION: Final = r"(Who|Whom|What|Whose|Which|How|Whether|Where|When|Why)\b"
QUOTED_QUESTION: Final = re.compile(rf"[\"'][\s\\]*{QUESTION}")
"""A text that may be such a docstring: most files have none, and need not be parsed."""


def documentation_of(node: ast.AST) -> Iterator[str]:
    """The docstrings in a node: its own, and those below its constants and attributes."""
    if isinstance(node, (*DEFINITIONS, ast.Module)):
        yield ast.get_docstring(node) or ""
    body = getattr(node, "body", None)
    for value, text in pairwise(body if isinstance(body, list) else []):
        is_assignment = isinstance(value, ast.Assign | ast.AnnAssign)
        if is_assignment and isinstance(text, ast.Expr) and isinstance(text.value, ast.Constant):
            yield str(text.value.value)


def test_no_docstring_begins_with_a_question_word() -> None:
    """A verb ("Returns", "Applies") or the name of the value says at once what a thing is."""
    found = {
        f"{inside(path)}: {text}"
        for path in (*CURRENT, *TESTS, *BENCHMARKS)
        if QUOTED_QUESTION.search(text_of(path))
        for node in nodes_of(path)
        for text in documentation_of(node)
        if re.match(QUESTION, text)
    }
    assert found == set()


def test_no_event_and_no_refusal_is_spelled_beside_its_class() -> None:
    """A name that is spelled twice is renamed once; whoever needs it takes it from the class."""
    places = {type_: event.__module__ for type_, event in EVENTS.items()}
    places |= {kind.slug: kind.__module__ for kind in list_refusals() if "-" in kind.slug}
    spelled = {
        (path, node.value)
        for path in CURRENT
        if inside(path) not in SPELLING_FILES
        for node in nodes_of(path)
        if isinstance(node, ast.Constant) and node.value in places
    }
    beside = {
        f"{inside(path)}: {name}"
        for path, name in spelled
        if inside(path) != places[name].replace(".", "/") + ".py"
    }
    assert beside == set()
