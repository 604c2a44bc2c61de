#!/bin/sh
# Python's curses.setupterm takes effect once in a process.
#
# Version: CPython 3.11 (standard library), ncurses' terminfo of the system; no package is needed.
# Expected: setupterm(NAME) makes tigetnum answer for NAME, and raises curses.error where NAME is unknown, each time.
# Seen: after the first call, later ones are ignored without an error: an unknown name raises nothing, and tigetnum goes on answering
# for the first terminal. A program that asks about two terminals (TERM, and the one behind tmux) needs a process for each.
# Output: "vt100: -1, unknown name: no error, then xterm-256color: -1; asked alone: 256".
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT INT TERM
cat > "$folder/shown.py" <<'PYTHON'
import curses
import subprocess
import sys

ALONE = "import curses; curses.setupterm('xterm-256color', 1); print(curses.tigetnum('colors'))"

curses.setupterm("vt100", 1)
first = curses.tigetnum("colors")
try:
    curses.setupterm("no-such-terminal", 1)
    unknown = "no error"
except curses.error as error:
    unknown = str(error)
curses.setupterm("xterm-256color", 1)
second = curses.tigetnum("colors")
alone = subprocess.run([sys.executable, "-c", ALONE], capture_output=True, text=True, check=True)
shown = (
    f"vt100: {first}, unknown name: {unknown}, then xterm-256color: {second}; "
    f"asked alone: {alone.stdout.strip()}"
)
print(shown)
sys.exit(shown != "vt100: -1, unknown name: no error, then xterm-256color: -1; asked alone: 256")
PYTHON
python3 "$folder/shown.py"
