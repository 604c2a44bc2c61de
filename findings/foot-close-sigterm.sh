#!/bin/sh
# foot sends SIGTERM behind the SIGHUP when its window is closed, so that a program has no time to save.
#
# Versions: foot 1.13.1, xterm 379, Weston 10.0.1. It needs them and Xvfb, and no other package.
# Expected: the program in a terminal that ends gets SIGHUP from the kernel, as in xterm, and what it handles there takes its time.
# Seen: foot sends SIGTERM to it some milliseconds later; a program that saves on SIGHUP and leaves SIGTERM alone is killed in the middle.
# Output: "xterm: SIGHUP, foot: SIGHUP SIGTERM".
set -eu
for name in foot xterm weston Xvfb python3; do
    command -v "$name" > /dev/null || { echo "$name is not installed" >&2; exit 2; }
done
folder=$(mktemp -d)
chmod 700 "$folder"
running=""
trap 'kill $running 2> /dev/null || true; wait 2> /dev/null || true; rm -rf "$folder"' EXIT INT TERM
cat > "$folder/inner.py" <<'PYTHON'
import signal
import sys
import time

log = open(sys.argv[1], "a", buffering=1)
for number in (signal.SIGHUP, signal.SIGTERM):
    signal.signal(number, lambda number, frame: log.write(f"{signal.Signals(number).name}\n"))
log.write("ready\n")
end = time.monotonic() + 5
while time.monotonic() < end:
    time.sleep(0.1)
log.write("end\n")
PYTHON

wait_for() {
    tries=0
    until eval "$1" > /dev/null 2>&1; do
        tries=$((tries + 1))
        [ "$tries" -lt 300 ] || { echo "did not come: $1" >&2; exit 2; }
        sleep 0.1
    done
}

Xvfb -displayfd 3 -screen 0 1280x1024x24 3> "$folder/display" 2> /dev/null &
running="$running $!"
wait_for '[ -s "$folder/display" ]'
DISPLAY=":$(cat "$folder/display")"
XDG_RUNTIME_DIR="$folder"
WAYLAND_DISPLAY=deskwire
export DISPLAY XDG_RUNTIME_DIR WAYLAND_DISPLAY
weston --backend=x11-backend.so --use-pixman --socket=deskwire --no-config --idle-time=0 > /dev/null 2>&1 &
running="$running $!"
wait_for '[ -S "$folder/deskwire" ]'

signals_in() {
    log="$folder/$1.log"
    shift
    "$@" python3 "$folder/inner.py" "$log" > /dev/null 2>&1 &
    terminal=$!
    running="$running $terminal"
    wait_for 'grep -q ready "$log"'
    kill "$terminal"
    wait_for 'grep -q end "$log"'
    grep SIG "$log" | tr '\n' ' ' | sed 's/ $//'
}

found="xterm: $(signals_in xterm xterm -e), foot: $(signals_in foot foot)"
echo "$found"
[ "$found" = "xterm: SIGHUP, foot: SIGHUP SIGTERM" ]
