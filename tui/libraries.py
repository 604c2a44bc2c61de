"""Libraries of the `tui` extra: without them `deskwire` ends with a sentence."""

import sys
from importlib.util import find_spec
from typing import Final

from common.extras import describe_missing

LIBRARIES: Final = ("platformdirs", "textual", "tomlkit")
"""The names that the extra installs. To read them in the metadata takes 50 ms at each start."""


def require_terminal_libraries() -> None:
    """Ends the process with exit code 2 where one is not installed."""
    missing = [name for name in LIBRARIES if find_spec(name) is None]
    if missing:
        sys.stderr.write(describe_missing("deskwire", "tui", missing) + "\n")
        raise SystemExit(2)


require_terminal_libraries()  # at the first import of the command line: its next ones would fail
