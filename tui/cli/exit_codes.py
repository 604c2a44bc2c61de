"""The exit codes of `deskwire`'s commands: docs/command-line.md lists them for scripts."""

from typing import Final

from common.command_group import EXIT_FAILED
from tui.network.api_errors import ApiProblem, Unreachable

EXIT_SIGNED_OUT: Final = 3
"""Nobody is signed in, or the session has ended."""
EXIT_MISSING: Final = 4
"""There is no such thing, or it is hidden from the caller."""
EXIT_UNREACHABLE: Final = 5
"""No answer came: the outcome is not known."""
EXIT_CONFLICT: Final = 6
"""The state does not allow it: somebody was first, or the version is an older one."""
EXIT_LOG_CHANGED: Final = 7
"""The event log is another one than before: what was read of it does not count."""
EXIT_CLOSED_PIPE: Final = 141
"""The reader of the output has gone, as shells count SIGPIPE."""

_CODES: Final = {401: EXIT_SIGNED_OUT, 404: EXIT_MISSING, 409: EXIT_CONFLICT, 412: EXIT_CONFLICT}


def choose_exit_code(error: ApiProblem | Unreachable) -> int:
    """Returns the exit code of a command that ended with this error."""
    if isinstance(error, Unreachable):
        return EXIT_UNREACHABLE
    return _CODES.get(error.status, EXIT_FAILED)
