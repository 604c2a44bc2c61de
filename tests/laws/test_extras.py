"""A program says so if its extra is not installed."""

from importlib.metadata import requires

from common.extras import describe_missing, find_missing
from tui.libraries import LIBRARIES

REQUIREMENTS = [
    "click>=8.1",
    'peewee>=4.0; extra == "server"',
    'psycopg[binary]>=3.2 ; extra == "server"',
    "uvloop>=0.21; (sys_platform != 'win32') and extra == 'server'",
    'textual==8.2.8; extra == "tui"',
]


def test_only_the_extras_own_libraries_are_missed() -> None:
    installed = {"peewee"}
    assert find_missing(REQUIREMENTS, "server", installed.__contains__) == ["psycopg", "uvloop"]
    assert find_missing(REQUIREMENTS, "tui", installed.__contains__) == ["textual"]
    assert find_missing(REQUIREMENTS, "dev", installed.__contains__) == []


def test_the_workstation_looks_for_all_libraries_of_its_extra() -> None:
    assert find_missing(requires("deskwire") or [], "tui", set[str]().__contains__) == list(
        LIBRARIES
    )


def test_the_sentence_names_them_and_the_command_that_installs_them() -> None:
    said = describe_missing("deskwire", "tui", ["textual"])
    assert said == (
        "deskwire: textual is not installed. "
        "Install Deskwire with what this program needs: pip install 'deskwire[tui]'"
    )
    assert "peewee, yarl are" in describe_missing("deskwire-server", "server", ["peewee", "yarl"])
