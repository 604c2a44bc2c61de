#!/bin/sh
# A Textual program that is told to end leaves the terminal as it was while it ran.
#
# Versions: textual 8.2.8, CPython 3.11, Linux.
# Expected: SIGTERM (or SIGHUP, when a connection is closed) ends the program as ctrl+q does: main screen, cursor on, mouse reporting off.
# Seen: there is no handler, so the process dies of the signal (-15) and none of the modes is taken back.
# Output: "ended by -15; left on: alternate screen, mouse reporting, hidden cursor".
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT INT TERM
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" --quiet --disable-pip-version-check install textual==8.2.8
cat > "$folder/shown.py" <<'PYTHON'
import os
import pty
import signal
import sys

APP = """
from textual.app import App
from textual.widgets import Static


class Hello(App):
    def compose(self):
        yield Static("hello")


Hello().run()
"""
MODES = {
    "alternate screen": (b"\x1b[?1049h", b"\x1b[?1049l"),
    "mouse reporting": (b"\x1b[?1000h", b"\x1b[?1000l"),
    "hidden cursor": (b"\x1b[?25l", b"\x1b[?25h"),
}
child, terminal = pty.fork()
if child == 0:
    os.environ["TERM"] = "xterm-256color"
    os.execv(sys.executable, [sys.executable, "-c", APP])
written = b""
while b"hello" not in written:
    written += os.read(terminal, 65536)
os.kill(child, signal.SIGTERM)
try:
    while part := os.read(terminal, 65536):
        written += part
except OSError:  # the terminal ends with its program
    pass
code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
left = [name for name, (on, off) in MODES.items() if written.rfind(on) > written.rfind(off)]
print(f"ended by {code}; left on: {', '.join(left)}")
sys.exit((code, left) != (-15, list(MODES)))
PYTHON
"$folder/venv/bin/python" "$folder/shown.py"
