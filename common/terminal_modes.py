"""The control sequences that restore a terminal for the shell.

The workstation writes them when a signal ends it, the demo when the workstation was killed.
"""

from typing import Final

RESTORE_SEQUENCE: Final = (
    "\x1b[?2004l\x1b[?2048l\x1b[?7h"  # bracketed paste, resize reports, line wrap
    "\x1b[?1000l\x1b[?1003l\x1b[?1015l\x1b[?1006l\x1b[?1016l"  # mouse reporting
    "\x1b[<u"  # kitty keyboard protocol: popped before the alternate screen is left
    "\x1b[?1049l\x1b[?1004l\x1b[0m\x1b[?25h"  # alternate screen, focus reports, colours, cursor
)
"""Written once: leaving the alternate screen again would move the cursor over the last line."""
