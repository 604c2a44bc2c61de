"""The figure of processor time counts what other processes use, while they run and afterwards."""

import subprocess
import sys

from tests.support.processor_time import measure_processor_time

BUSY = """
import time
while time.process_time() < 0.3:
    pass
print("used", flush=True)
input()
"""


def test_what_a_started_process_uses_is_counted_while_it_runs_and_when_it_has_ended() -> None:
    before = measure_processor_time()
    with subprocess.Popen(
        [sys.executable, "-c", BUSY], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as busy:
        assert busy.stdout is not None
        assert busy.stdout.readline() == b"used\n"
        while_it_runs = measure_processor_time()
        busy.communicate(b"\n")
    afterwards = measure_processor_time()

    # The kernel counts the time of others in hundredths of a second.
    assert while_it_runs - before > 0.25
    assert afterwards - before > 0.25
