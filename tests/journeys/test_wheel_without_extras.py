"""The package installed without extras: a program says what it lacks, in one line."""

import subprocess
import sys
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path

import pytest

from tests.support.process import HOUSE

RUN = "import runpy, sys; sys.path.insert(0, {folder!r}); sys.argv = {argv!r}; "
RUN += "runpy.run_module({module!r}, run_name='__main__', alter_sys=True)"


def link_with_needs(name: str, folder: Path) -> None:
    """Puts a package into the folder, with all that it needs itself, but no extras."""
    try:
        found = distribution(name)
    except PackageNotFoundError:
        return  # for other systems or versions of Python
    for top in tops(found):
        here = folder / top
        if not here.exists():
            here.symlink_to(Path(str(found.locate_file(top))))
    for line in found.requires or []:
        if "extra ==" not in line:
            link_with_needs(line.partition(";")[0].strip().rstrip("=<>!~.0123456789, "), folder)


def tops(found: Distribution) -> set[str]:
    names = {file.parts[0] for file in found.files or []} - {"..", "__pycache__"}
    return {name for name in names if Path(str(found.locate_file(name))).exists()}


@pytest.fixture(scope="module")
def bare(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("bare")
    link_with_needs("deskwire", folder)
    for room in ("common", "server", "tui"):
        (folder / room).symlink_to(HOUSE / room)
    return folder


@pytest.mark.parametrize(
    ("module", "argv", "extra"),
    [
        ("server", ["deskwire-server", "--version"], "server"),
        ("server", ["deskwire-server", "serve"], "server"),
        ("tui", ["deskwire"], "tui"),
    ],
)
def test_a_program_without_its_extra_says_how_to_install_it(
    bare: Path, module: str, argv: list[str], extra: str
) -> None:
    code = RUN.format(folder=str(bare), argv=argv, module=module)
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", code],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stdout) == (2, "")
    (line,) = done.stderr.splitlines()
    assert line.startswith(f"{argv[0]}: ")
    assert line.endswith(f"pip install 'deskwire[{extra}]'")
