"""Prints what a change touches by hand: `python -m tests.support.change_figures trunk..branch`.

Each file with its added and removed lines. Generated parts of the documentation are left out, since
`python -m tests.support.pages` writes them.
"""

import difflib
import re
import subprocess
import sys
from collections.abc import Iterator
from typing import Final, NamedTuple

from tests.support.source_tree import HOUSE

_GENERATED: Final = re.compile(r"<!-- (\w+) -->\n.*?<!-- /\1 -->", re.DOTALL)
_EXCERPT: Final = re.compile(r"(```python\n# [^\n]+\n).*?```", re.DOTALL)


class TouchedFile(NamedTuple):
    """A file, and how many of its lines were written and taken out by hand."""

    name: str
    added: int
    removed: int


def list_touched_files(before: str, after: str) -> Iterator[TouchedFile]:
    """Yields the files that differ between two commits beside their generated parts."""
    for name in _run_git("diff", "--name-only", before, after).splitlines():
        diff = [*difflib.ndiff(_read_lines(before, name), _read_lines(after, name))]
        added, removed = (sum(line.startswith(mark) for line in diff) for mark in ("+ ", "- "))
        if added or removed:
            yield TouchedFile(name, added, removed)


def _read_lines(commit: str, name: str) -> list[str]:
    """Returns the lines of a file that are written by hand; none where there is no such file."""
    if not _run_git("ls-tree", "--name-only", commit, name):
        return []
    text = _GENERATED.sub("", _run_git("show", f"{commit}:{name}"))
    return _EXCERPT.sub(r"\1", text).splitlines()


def _run_git(*arguments: str) -> str:
    done = subprocess.run(
        ["git", *arguments], cwd=HOUSE, capture_output=True, check=True, text=True
    )
    return done.stdout


def print_change(before: str, after: str) -> None:
    """Prints a line for each file, and the sums."""
    touched = [*list_touched_files(before, after)]
    for it in touched:
        sys.stdout.write(f"{it.added:+5} {-it.removed:5} {it.name}\n")
    added, removed = sum(it.added for it in touched), sum(it.removed for it in touched)
    sys.stdout.write(f"{added:+5} {-removed:5} in {len(touched)} files\n")


if __name__ == "__main__":
    print_change(*sys.argv[1].split(".."))
