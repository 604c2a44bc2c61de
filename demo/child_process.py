"""The demo's server, in a process that ends when the demo ends, even if that was killed.

The demo holds the other end of its standard input. When that closes, the demo has ended: the server
ends too and removes the temporary folder. Started as `python -m demo.child_process FOLDER serve
...`.
"""

import os
import shutil
import signal
import sys
import threading

from server.__main__ import main


class ParentWatch:
    """Watches the demo's process. `is_loose` is true once that has ended unexpectedly."""

    def __init__(self) -> None:
        self.is_loose = False

    def start(self) -> None:
        threading.Thread(target=self._wait_for_parent, daemon=True).start()

    def _wait_for_parent(self) -> None:
        while os.read(sys.stdin.fileno(), 1024):
            pass
        self.is_loose = True
        os.kill(os.getpid(), signal.SIGTERM)


def run_child_process(folder: str, arguments: list[str]) -> None:
    leash = ParentWatch()
    leash.start()
    try:
        main(args=arguments, prog_name="deskwire-server")
    finally:
        if leash.is_loose:
            shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    run_child_process(sys.argv[1], sys.argv[2:])
