"""Libraries of the `tui` extra: without them `deskwire` ends with a sentence."""

import importlib.metadata
import sys

from common.extras import describe_missing, find_missing


def require_terminal_libraries() -> None:
    """Ends the process with exit code 2 where one is not installed."""
    missing = find_missing(importlib.metadata.requires("deskwire") or [], "tui", _is_installed)
    if missing:
        sys.stderr.write(describe_missing("deskwire", "tui", missing) + "\n")
        raise SystemExit(2)


def _is_installed(name: str) -> bool:
    try:
        importlib.metadata.distribution(name)
    except importlib.metadata.PackageNotFoundError:
        return False
    return True


require_terminal_libraries()  # at the first import of the command line: its next ones would fail
