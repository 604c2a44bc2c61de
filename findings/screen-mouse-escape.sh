#!/bin/sh
# GNU screen keeps a lone escape back for ever while the program in it has mouse reporting on.
#
# Versions: GNU screen 4.9.0, CPython 3.11. It needs an installed `screen`, and no other package.
# Expected: as without mouse reporting, the byte of the escape key reaches the program at once, or after `maptimeout` (300 ms).
# Seen: after CSI ? 1000 h it comes with the next key, in one piece: a program reads alt+j for esc and j.
# Output: "without mouse: esc, then j. with mouse: nothing, then esc j".
set -eu
command -v screen > /dev/null || { echo "screen is not installed" >&2; exit 2; }
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT INT TERM
cat > "$folder/inner.py" <<'PYTHON'
import os
import sys
import tty

tty.setraw(0)
sys.stdout.write(sys.argv[2].replace("ESC", "\x1b"))
sys.stdout.flush()
with open(sys.argv[1], "w") as log:
    while True:
        piece = os.read(0, 100)
        log.write(repr(piece) + "\n")
        log.flush()
        if b"q" in piece:
            break
PYTHON
cat > "$folder/typed.py" <<'PYTHON'
import os
import pty
import subprocess
import sys
import threading
import time

folder = sys.argv[1]


def read_all(terminal):
    try:
        while os.read(terminal, 65536):
            pass
    except OSError:  # the terminal ends with its program
        pass


def typed(mode):
    """What the program has read three seconds after esc, and after j."""
    ours, theirs = pty.openpty()
    log = f"{folder}/log"
    open(log, "w").close()
    environ = {**os.environ, "TERM": "xterm-256color", "SCREENDIR": f"{folder}/sockets"}
    os.makedirs(environ["SCREENDIR"], mode=0o700, exist_ok=True)
    command = ["screen", "-c", "/dev/null", sys.executable, f"{folder}/inner.py", log, mode]
    screen = subprocess.Popen(
        command, stdin=theirs, stdout=theirs, stderr=theirs, env=environ, start_new_session=True
    )
    threading.Thread(target=read_all, args=(ours,), daemon=True).start()
    time.sleep(3)
    os.write(ours, b"\x1b")
    time.sleep(3)
    first = open(log).read().split()
    os.write(ours, b"j")
    time.sleep(1)
    both = open(log).read().split()
    os.write(ours, b"q")
    screen.wait(10)
    return first, both


plain, mouse = typed(""), typed("ESC[?1000h")
print("without mouse:", *plain, "with mouse:", *mouse)
as_seen = plain == (["b'\\x1b'"], ["b'\\x1b'", "b'j'"]) and mouse == ([], ["b'\\x1bj'"])
print("without mouse: esc, then j. with mouse: nothing, then esc j" if as_seen else "it has changed")
sys.exit(not as_seen)
PYTHON
python3 "$folder/typed.py" "$folder"
