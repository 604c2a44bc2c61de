#!/bin/sh
# Textual writes 24-bit colours to a terminal of type dumb.
#
# Versions: textual 8.2.8, rich 15.0.0, CPython 3.11.
# Expected: TERM=dumb has no colours, and Rich alone writes none there.
# Seen: 24-bit SGR sequences (ESC [ 38;2;...). Rich finds no colour system, and Textual's Strip.render then takes true colour.
# Output: "true colour sequences: some".
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT INT TERM
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" --quiet --disable-pip-version-check install textual==8.2.8 rich==15.0.0
cat > "$folder/shown.py" <<'PYTHON'
import os
import pty
import re
import sys

APP = """
from textual.app import App
from textual.widgets import Static


class Hello(App):
    def compose(self):
        yield Static("hello")

    def on_mount(self):
        self.set_timer(0.5, self.exit)


Hello().run()
"""
child, terminal = pty.fork()
if child == 0:
    for name in ("COLORTERM", "NO_COLOR", "TEXTUAL_COLOR_SYSTEM"):
        os.environ.pop(name, None)
    os.environ["TERM"] = "dumb"
    os.execv(sys.executable, [sys.executable, "-c", APP])
written = b""
try:
    while part := os.read(terminal, 65536):
        written += part
except OSError:  # the terminal ends with its program
    pass
os.waitpid(child, 0)
found = re.findall(rb"\x1b\[[0-9;]*[34]8;2;\d+;\d+;\d+", written)
print("true colour sequences:", "some" if found else "none")
sys.exit(not found)
PYTHON
"$folder/venv/bin/python" "$folder/shown.py"
