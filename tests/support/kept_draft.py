"""Runs the workstation in a terminal, and leaves its exit code when the terminal hangs up.

`python -m tests.support.kept_draft FILE` writes the code into FILE.
"""

import signal
import subprocess
import sys
from pathlib import Path

if __name__ == "__main__":
    # Handled, not ignored: what is ignored here would be ignored by the workstation, too.
    # foot sends both.
    for number in (signal.SIGHUP, signal.SIGTERM):
        signal.signal(number, lambda *_: None)
    ended = subprocess.call([sys.executable, "-m", "tui"])
    Path(sys.argv[1]).write_text(str(ended))
