"""`python -m benchmarks [names...]`: measure, print one table, exit 1 if a figure misses."""

import signal
import sys
import tempfile
from math import nan
from pathlib import Path
from types import FrameType

from benchmarks.figures.catalogue import FIGURES
from benchmarks.result import Result, table

LONGEST_SECONDS = 240


def main() -> None:
    names = sys.argv[1:] or list(FIGURES)
    if unknown := set(names) - set(FIGURES):
        sys.exit(f"no such figure: {', '.join(unknown)}; there are {', '.join(FIGURES)}")
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGALRM):
        signal.signal(number, _stop)
    results = [result for name in names for result in _measured(name)]
    print(table(results))
    sys.exit(not all(result.holds for result in results))


def _measured(name: str) -> list[Result]:
    print(f"measuring {name} ...", file=sys.stderr)
    signal.alarm(LONGEST_SECONDS)
    with tempfile.TemporaryDirectory(prefix="deskwire-bench-") as folder:
        try:
            return list(FIGURES[name](Path(folder)))
        except RuntimeError as failure:
            print(f"{name}: {failure}", file=sys.stderr)
            return [Result(figure=f"{name} (could not be measured)", value=nan, limit=nan)]


def _stop(number: int, _: FrameType | None) -> None:
    raise KeyboardInterrupt(signal.Signals(number).name)


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt as stopped:
        sys.exit(f"stopped by {stopped}")
