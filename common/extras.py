"""Finds missing libraries of the extras of the package.

Without extras the wheel has the server and the workstation, but the libraries of neither.
"""

import re
from collections.abc import Callable, Iterable
from typing import Final

_NAME: Final = re.compile(r"[A-Za-z0-9._-]+")


def find_missing(
    requirements: Iterable[str], extra: str, is_installed: Callable[[str], bool]
) -> list[str]:
    """Returns the names of an extra's libraries that are not installed.

    `requirements` are those of the package's metadata, such as `yarl>=1.17; extra == "server"`.
    """
    wanted = re.compile(rf"""extra\s*==\s*['"]{extra}['"]""")
    matches = [_NAME.match(line) for line in requirements if wanted.search(line)]
    return [match[0] for match in matches if match and not is_installed(match[0])]


def describe_missing(program: str, extra: str, names: list[str]) -> str:
    """Returns the message of a program whose libraries are missing."""
    return (
        f"{program}: {', '.join(names)} {'is' if len(names) == 1 else 'are'} not installed. "
        f"Install Deskwire with what this program needs: pip install 'deskwire[{extra}]'"
    )
