"""`python -m benchmarks [names...]`: measure, print one table, exit 1 if a figure misses.

`--short` measures what agents do all day within a minute. It fails where something cannot be
measured, and never because it took long.
"""

import signal
import sys
import tempfile
from collections.abc import Callable, Iterator
from math import nan
from pathlib import Path
from types import FrameType

from benchmarks.figures.catalogue import FIGURES, NAMED_FIGURES, SHORT_FIGURES
from benchmarks.result import Result, table

LONGEST_SECONDS = 300


def main() -> None:
    arguments = sys.argv[1:]
    is_short = "--short" in arguments
    figures = SHORT_FIGURES if is_short else FIGURES
    names = [it for it in arguments if it != "--short"] or list(figures)
    if not is_short:
        figures = {**figures, **NAMED_FIGURES}
    if unknown := set(names) - set(figures):
        sys.exit(f"no such figure: {', '.join(unknown)}; there are {', '.join(figures)}")
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGALRM):
        signal.signal(number, _stop)
    results = [result for name in names for result in _measured(name, figures[name])]
    print(table(results))
    sys.exit(not all(it.is_measured if is_short else it.holds for it in results))


def _measured(name: str, figure: Callable[[Path], Iterator[Result]]) -> list[Result]:
    print(f"measuring {name} ...", file=sys.stderr)
    signal.alarm(LONGEST_SECONDS)
    with tempfile.TemporaryDirectory(prefix="deskwire-bench-") as folder:
        try:
            return list(figure(Path(folder)))
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
