#!/bin/sh
# GNU screen loses single bytes of a long paste, even when the program in it reads at once.
#
# Versions: GNU screen 4.9.0, CPython 3.11. It needs an installed `screen`, and no other package.
# Expected: 48,893 bytes that are written to its terminal reach the program in it, as they do without screen.
# Seen: one to six bytes are missing, spread over the text, and nothing says so.
# Output: "bytes lost without screen: 0, in screen: some".
set -eu
command -v screen > /dev/null || { echo "screen is not installed" >&2; exit 2; }
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT INT TERM
cat > "$folder/inner.py" <<'PYTHON'
import os
import sys
import tty

tty.setraw(0)
got = b""
while b"END" not in got[-20:]:
    got += os.read(0, 4096)
with open(sys.argv[1] + ".part", "wb") as file:
    file.write(got)
os.rename(sys.argv[1] + ".part", sys.argv[1])
PYTHON
cat > "$folder/pasted.py" <<'PYTHON'
import os
import pty
import subprocess
import sys
import threading
import time

folder = sys.argv[1]
TEXT = "".join(f"line {number}\r" for number in range(5000)).encode() + b"END"


def read_all(terminal):
    try:
        while os.read(terminal, 65536):
            pass
    except OSError:  # the terminal ends with its program
        pass


def lost(program):
    """The number of bytes that do not arrive."""
    ours, theirs = pty.openpty()
    got = f"{folder}/got"
    environ = {**os.environ, "TERM": "xterm-256color", "SCREENDIR": f"{folder}/sockets"}
    os.makedirs(environ["SCREENDIR"], mode=0o700, exist_ok=True)
    command = [*program, sys.executable, f"{folder}/inner.py", got]
    process = subprocess.Popen(
        command, stdin=theirs, stdout=theirs, stderr=theirs, env=environ, start_new_session=True
    )
    threading.Thread(target=read_all, args=(ours,), daemon=True).start()
    time.sleep(3)
    rest = TEXT
    while rest:
        rest = rest[os.write(ours, rest[:1024]) :]
    end = time.monotonic() + 20
    while not os.path.exists(got) and time.monotonic() < end:
        time.sleep(0.1)
    process.kill()
    arrived = open(got, "rb").read()
    os.unlink(got)
    return len(TEXT) - len(arrived)


plain = lost(["env"])
tries = [lost(["screen", "-c", "/dev/null"]) for _ in range(3)]
print("without screen:", plain, "in screen:", *tries)
as_seen = plain == 0 and any(tries)
print("bytes lost without screen: 0, in screen: some" if as_seen else "it has changed")
sys.exit(not as_seen)
PYTHON
python3 "$folder/pasted.py" "$folder"
