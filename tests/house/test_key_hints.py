"""A hint names the key as it is configured: no sentence of the workstation spells one."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from tests.support.source_tree import HOUSE, inside, nodes_of
from tui.configured_keys import _FIXED
from tui.keys import KEYS

TABLES: Final = {
    "desk_keys.py", "page_keys.py", "ticket_verbs.py", "key_names.py", "configured_keys.py",
    "keys.py", "key_binding.py", "key_burst.py",
}  # fmt: skip
"""Files that say what the keys are."""
SOURCES: Final = [path for path in (HOUSE / "tui").rglob("*.py") if path.name not in TABLES]
FIXED_NAMES: Final = {
    "tui/model/outbox_options.py": "a list to choose from",
    "tui/screens/help_screen.py": "examples of filters",
    "tui/screens/path_prompt.py": "a file's path",
    "tui/screens/picker.py": "a list to choose from",
    "tui/screens/queue_screen.py": "the filter line",
    "tui/screens/sign_in.py": "the sign-in",
    "tui/widgets/composer.py": "the list of names, which is no command's",
    "tui/widgets/filter_bar.py": "the filter line",
}
"""Files that may name enter, esc and tab: where these keys cannot be changed."""
OWN_KEYS: Final = {"ctrl+z": "undoes in the terminal library's text field"}
CHORD: Final = re.compile(r"(?<!\w)(?:(?:ctrl|alt|shift)\+(?:\w+|[^\s\w])|f(?:1[0-2]|[1-9])(?!\w))")
SIGN: Final = re.compile(r"(?:^|(?<=\s))[b-zB-HJ-Z/?!+|@%=](?= (?!is\b|means\b)[a-z]+s\b)")
NAME: Final = re.compile(r"(?<![\w-])(?:(?:enter|esc)(?:$|(?= [a-z]+s\b))|tab(?= [a-z]+s\b))")


def find_literal_keys(text: str, *, is_fixed: bool = False) -> set[str]:
    """Returns the keys that a sentence spells; `is_fixed`: enter, esc and tab may be."""
    patterns = (CHORD, SIGN) if is_fixed else (CHORD, SIGN, NAME)
    return {key for it in patterns for key in it.findall(text)} - OWN_KEYS.keys()


def list_sentences(path: Path) -> Iterator[tuple[int, str]]:
    """Yields the texts of a file that are no docstrings, with their lines."""
    nodes = nodes_of(path)
    said = {id(node.value) for node in nodes if isinstance(node, ast.Expr)}
    data = {
        id(value)
        for node in nodes
        if isinstance(node, ast.Set | ast.Compare | ast.Match)
        for value in ast.walk(node)
    }
    for node in nodes:
        is_left_out = id(node) in said | data
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and not is_left_out:
            yield node.lineno, node.value


def test_no_sentence_spells_a_key_that_can_be_changed() -> None:
    found = [
        f"{inside(path)}:{line}: {', '.join(sorted(keys))} in {text!r}"
        for path in SOURCES
        if "cli" not in path.parts
        for line, text in list_sentences(path)
        if (keys := find_literal_keys(text, is_fixed=inside(path) in FIXED_NAMES))
    ]
    assert found == []


def test_no_key_explains_itself_by_the_literal_name_of_another() -> None:
    own = [key for key in KEYS if key.context not in _FIXED]
    assert [(key.id, key.says) for key in own if find_literal_keys(key.says, is_fixed=True)] == []


@pytest.mark.parametrize(
    ("text", "keys"),
    [
        ("#{} keeps changing. Press ctrl+r to try again.", {"ctrl+r"}),
        ("f8 your other version · ", {"f8"}),
        ("There is no desktop here: f saves them.", {"f"}),
        ("; M undoes it", {"M"}),
        ("This is for one ticket: esc takes the marks off.", {"esc"}),
        ("enter", {"enter"}),
        ("It is closed; a supervisor reopens it.", set()),
        ("Bo's words stay.", set()),
        ("discarded · ctrl+z brings it back", set()),
    ],
)
def test_literal_keys_are_found(text: str, keys: set[str]) -> None:
    assert find_literal_keys(text) == keys
