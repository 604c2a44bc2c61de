"""The licences of what an installed program loads, as the packages state them."""

import re
import tomllib
from collections.abc import Iterable
from email.message import Message
from importlib.metadata import Distribution, PackageMetadata, distribution
from typing import cast

import pytest
from packaging.requirements import Requirement

from tests.support.source_tree import HOUSE

_GPL = re.compile(r"(?i)(?<!L)GPL|(?<!Lesser )(?<!Library )General Public License")
_LICENCE_FILE = re.compile(r"(?i)(^|/)(licen[cs]e|copying)[^/]*$")
_TITLE_LENGTH = 300
"""Characters of a licence's text that have its title: the LGPL's text names the GPL further on."""


def list_requirements(*extras: str) -> list[str]:
    project = tomllib.loads((HOUSE / "pyproject.toml").read_text())["project"]
    lists = [project["optional-dependencies"][extra] for extra in extras]
    return [*project["dependencies"], *(line for lines in lists for line in lines)]


def find_packages(lines: list[str]) -> set[str]:
    """Returns the packages that requirements install here, with all that those require."""
    waiting = [(Requirement(line), frozenset({""})) for line in lines]
    found: set[tuple[str, frozenset[str]]] = set()
    while waiting:
        wanted, asked = waiting.pop()
        if wanted.marker and not any(wanted.marker.evaluate({"extra": it}) for it in asked):
            continue
        extras = frozenset({"", *wanted.extras})
        if (wanted.name, extras) not in found:
            found.add((wanted.name, extras))
            required = distribution(wanted.name).requires or []
            waiting += [(Requirement(line), extras) for line in required]
    return {name for name, _ in found}


def list_statements(package: PackageMetadata, texts: Iterable[str]) -> list[str]:
    """Returns what a package states of its licence: an expression, fields, or its files' titles."""
    if expressions := package.get_all("License-Expression", []):
        return expressions
    fields = package.get_all("License", [])
    fields += [it for it in package.get_all("Classifier", []) if it.startswith("License :: ")]
    said = [it for it in fields if it.strip() not in {"", "UNKNOWN", "License :: OSI Approved"}]
    return said or [text[:_TITLE_LENGTH] for text in texts]


def may_be_used(statement: str) -> bool:
    """Returns whether a statement leaves a choice without the GPL."""
    choices = [statement] if " AND " in statement else statement.split(" OR ")
    return any(not _GPL.search(choice) for choice in choices)


def read_licence_texts(package: Distribution) -> list[str]:
    files = [it for it in package.files or [] if _LICENCE_FILE.search(str(it))]
    return [it.read_text() for it in files]


def test_no_dependency_of_the_programs_is_under_the_gpl() -> None:
    """Deskwire is under Apache-2.0, and whoever installs it must be able to pass it on as that.

    A program that imports a GPL library can be passed on under the GPL only. The LGPL (psycopg)
    leaves the program its licence, as long as the library can be replaced, which pip does.
    """
    packages = map(distribution, sorted(find_packages(list_requirements("server", "tui"))))
    said = {it.name: list_statements(it.metadata, read_licence_texts(it)) for it in packages}
    assert [name for name, statements in said.items() if not statements] == []
    assert {
        name: statements
        for name, statements in said.items()
        if not all(map(may_be_used, statements))
    } == {}


@pytest.mark.parametrize(
    ("field", "value", "good"),
    [
        ("License-Expression", "GPL-3.0-only", False),
        ("License-Expression", "MIT AND AGPL-3.0-or-later", False),
        ("License-Expression", "MIT OR GPL-2.0-only", True),
        ("License-Expression", "LGPL-3.0-only", True),
        ("License", "GNU GPLv3", False),
        ("License", "GNU Lesser General Public License", True),
        ("Classifier", "License :: OSI Approved :: GNU Affero General Public License v3", False),
        (
            "Classifier",
            "License :: OSI Approved :: GNU Lesser General Public License v3 (LGPLv3)",
            True,
        ),
        ("Name", "no-field", False),
    ],
)
def test_the_gpl_is_found_wherever_a_package_states_it(
    field: str,
    value: str,
    good: bool,  # noqa: FBT001 - a parameter of the test
) -> None:
    package = Message()
    package[field] = value
    title = "          GNU GENERAL PUBLIC LICENSE\n      Version 3, 29 June 2007\n"
    statements = list_statements(cast("PackageMetadata", package), [title])
    assert all(map(may_be_used, statements)) == good
