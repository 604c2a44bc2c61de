"""The processor time of another process, as Linux tells it."""

import math
import sys
import time


def read_process_seconds(pid: int) -> float:
    """Returns the processor time of a process so far, all its threads; NaN where unknown."""
    if not pid or not sys.platform.startswith("linux"):
        return math.nan
    return time.clock_gettime(~pid << 3 | 2)  # CPUCLOCK_SCHED of the process, see the kernel
