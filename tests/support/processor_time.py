"""Processor time by test file: `make test ARGS="-p tests.support.processor_time"` (Linux).

The processes that a test starts are counted with it, those of PostgreSQL are not. Other work on the
machine changes these figures far less than the time that passes.
"""

import os
import time
from collections import Counter
from collections.abc import Generator, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

_TICKS_PER_SECOND = os.sysconf("SC_CLK_TCK")
_NAME = "processor seconds"
_BEGAN_AT = pytest.StashKey[float]()
_MOST_FILES = 40


def measure_processor_time() -> float:
    """Returns the seconds of this process and of all that it has started, ended or not."""
    times = os.times()
    running = sum(map(_count_ticks, _find_children(os.getpid()))) / _TICKS_PER_SECOND
    return time.process_time() + times.children_user + times.children_system + running


def _count_ticks(pid: int) -> int:
    """Returns the ticks of a process, of its ended children and of its running ones."""
    own = 0
    with suppress(OSError):
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        own = sum(map(int, state[11:15]))
    return own + sum(map(_count_ticks, _find_children(pid)))


def _find_children(pid: int) -> Iterator[int]:
    for thread in Path(f"/proc/{pid}/task").glob("*/children"):
        with suppress(OSError):
            yield from map(int, thread.read_text().split())


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    """Notes what was used before a test."""
    item.stash[_BEGAN_AT] = measure_processor_time()
    return (yield)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Adds to a test's last report what it used."""
    report = yield
    if call.when == "teardown":
        used = measure_processor_time() - item.stash[_BEGAN_AT]
        report.user_properties.append((_NAME, used))
    return report


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Prints the sum, and the files that used most."""
    seconds: Counter[str] = Counter()
    for reports in terminalreporter.stats.values():
        for report in reports:
            used: Any = dict(getattr(report, "user_properties", ())).get(_NAME, 0)
            seconds[getattr(report, "nodeid", "").partition("::")[0]] += used
    terminalreporter.section(f"{seconds.total():.0f} seconds of processor time")
    for file, used in seconds.most_common(_MOST_FILES):
        terminalreporter.write_line(f"{used:7.1f} s  {file}")
