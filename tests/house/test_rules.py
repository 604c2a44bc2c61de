"""The rules of the house, each with its reason: what a reader may rely on without looking."""

import ast
import re
import statistics
from pathlib import Path

import pytest

import common
from tests.support.source_tree import (
    HOUSE,
    PRODUCT,
    ROOMS,
    TESTS,
    calls_of,
    committed,
    inside,
    nodes_of,
    text_of,
)


def callers(pattern: str) -> set[str]:
    """The product's files that call what matches."""
    wanted = re.compile(pattern)
    return {inside(path) for path in PRODUCT if any(map(wanted.search, calls_of(path)))}


def modules(node: ast.Import | ast.ImportFrom) -> list[str | None]:
    if isinstance(node, ast.ImportFrom):
        return [node.module]
    return [alias.name for alias in node.names]


def test_only_the_clocks_ask_the_time() -> None:
    """A rule that gets its time as an argument can be tested at any hour, and replayed."""
    asks = callers(r"\b(datetime\.(now|utcnow|today)|date\.today)$")
    imports = {
        inside(path)
        for path in PRODUCT
        for node in nodes_of(path)
        if isinstance(node, ast.Import | ast.ImportFrom) and "time" in modules(node)
    }
    assert asks | imports == {"server/clock.py", "tui/clock.py"}


def test_only_the_database_commits() -> None:
    """One place commits, so that "recorded" and "written" are never two things."""
    commits = {
        inside(path)
        for path in PRODUCT
        for node in nodes_of(path)
        if isinstance(node, ast.Constant) and str(node.value).strip().upper() == "COMMIT"
    }
    writers = {"server/storage/engine/sqlite.py", "server/storage/engine/postgres_workers.py"}
    assert commits | callers(r"\.commit$") == writers


def test_one_file_sends_on_the_stream() -> None:
    """The wall between organizations is one line of code, and can be read as one."""
    assert callers(r"\.send(_multipart|_string|_json|_pyobj)$") == {
        "server/events/stream_access.py"
    }


def test_only_the_publisher_sends_through_the_stream_gateway() -> None:
    """It tails the log, so nothing is heard that was not committed."""
    assert callers(r"\bgateway\.send$") == {"server/events/publisher.py"}


def test_nothing_is_printed_but_by_the_commands() -> None:
    """The server's output is its log, and the terminal's is its screen: a print spoils both."""
    assert {name for name in callers(r"^print$") if not name.endswith("__main__.py")} == set()


@pytest.mark.parametrize("name", ["utils.py", "helpers.py", "base.py", "models.py"])
def test_no_file_is_named_for_nothing(name: str) -> None:
    """A module is one noun; what has no name of its own ends up in such files, and grows."""
    assert [inside(path) for path in committed() if path.name == name] == []


def test_no_file_is_longer_than_a_sitting() -> None:
    """A god module grows where the world comes in (screen, database, protocol): notice it early."""
    code = (path for path in committed() if path.suffix in {".py", ".tcss", ".html"})
    lengths = {inside(path): len(text_of(path).splitlines()) for path in code}
    assert {name: length for name, length in lengths.items() if length > 400} == {}


def test_a_function_is_mostly_short() -> None:
    """A function that fits into one look needs no comments to be followed."""
    functions = (
        node
        for path in PRODUCT
        for node in nodes_of(path)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    )
    assert statistics.median(node.end_lineno - node.lineno + 1 for node in functions) < 10  # type: ignore[operator]


def test_the_common_language_is_our_own() -> None:
    """Another package named `common` on the path would be imported without a word."""
    assert Path(common.__file__).resolve().parent == HOUSE / "common"


def test_no_test_sleeps() -> None:
    """A test waits for the thing itself: a time is too short on a busy machine, and else too long.

    `sleep(0)` gives others their turn. What plays the part of a slow line or of a clock, or looks
    again at what notifies nobody, is in `tests/support`, and says so beside its sleep.
    """
    sleeps = [
        f"{inside(path)}:{line}"
        for path in TESTS
        for line in sleeps_of(path)
        if "support" not in path.parts or not has_comment(path, line)
    ]
    assert sleeps == []


def sleeps_of(path: Path) -> list[int]:
    """Returns the lines of a file that sleep for a time."""
    calls = (node for node in nodes_of(path) if isinstance(node, ast.Call))
    return [
        call.lineno
        for call in calls
        if ast.unparse(call.func).endswith("sleep") and ast.unparse(call.args[0]) != "0"
    ]


def has_comment(path: Path, line: int) -> bool:
    """Returns whether there is a comment on the line or above it."""
    above, same = text_of(path).splitlines()[line - 2 : line]
    return "#" in same or above.strip().startswith("#")


def test_tests_are_no_packages() -> None:
    """With importlib mode and no `__init__.py`, no test can stand in for the product's modules."""
    assert [inside(path) for path in TESTS if path.name == "__init__.py"] == []


def test_no_folder_of_tests_is_named_as_a_room() -> None:
    """It would shadow the room for whatever runs with the tests' folder on its path."""
    folders = {path.name for path in (HOUSE / "tests").rglob("*") if path.is_dir()}
    assert folders.isdisjoint(ROOMS)


def test_no_committed_file_names_a_registry() -> None:
    """The source of packages is decided where they are installed."""
    hosts = "|".join(["pypi" + r"\.org", "python" + "hosted", "npmjs" + r"\.", "--index" + "-url"])
    assert mentions(hosts) == []


def test_no_committed_file_names_a_machines_folder() -> None:
    """It works on a fresh machine, or it works on one."""
    assert mentions(r"(?<![\w.}~/-])/(home|root|Users|work|mnt)/\w") == []


def mentions(pattern: str) -> list[str]:
    found = re.compile(pattern)
    return [inside(path) for path in committed() if found.search(text_of(path))]
