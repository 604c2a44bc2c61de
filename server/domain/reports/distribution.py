"""Computes n, mean, median and 90th percentile of durations exactly.

Durations are integer microseconds. They are summed as integers and divided once, to seconds, by
Python's division of integers, which rounds the true quotient to the nearest float. A percentile is
PERCENTILE_CONT of the SQL standard: between two neighbours in order by linear interpolation, and
that too is one division of integers.
"""

from typing import Final, NamedTuple

import numpy as np

from server.domain.reports.column_arrays import Ints

SECOND: Final = 1_000_000
_INT64_LIMIT: Final = 2**63


class Distribution(NamedTuple):
    """Seconds; None without values."""

    n: int
    mean: float | None
    median: float | None
    p90: float | None


EMPTY_DISTRIBUTION: Final = Distribution(0, None, None, None)


def compute_distribution(values: Ints) -> Distribution:
    """Returns the distribution of durations in microseconds, in any order."""
    n = len(values)
    if n == 0:
        return EMPTY_DISTRIBUTION
    places = sorted({place for tenths in (5, 9) for place in _neighbour_ranks(n, tenths)})
    # No full sort: only these places must have what they would have in order.
    ordered = np.partition(values, places)
    return Distribution(
        n,
        sum_exactly(values) / (n * SECOND),
        _compute_percentile(ordered, 5),
        _compute_percentile(ordered, 9),
    )


def sum_exactly(values: Ints) -> int:
    """Returns the exact sum, also where it exceeds 64 bits (centuries)."""
    n = len(values)
    if n == 0:
        return 0
    if max(abs(int(values.max())), abs(int(values.min()))) * n < _INT64_LIMIT:
        return int(values.sum())
    return sum(values.tolist())


def _neighbour_ranks(n: int, tenths: int) -> tuple[int, int]:
    low = (n - 1) * tenths // 10
    return low, min(low + 1, n - 1)


def _compute_percentile(ordered: Ints, tenths: int) -> float:
    low, high = _neighbour_ranks(len(ordered), tenths)
    share = (len(ordered) - 1) * tenths % 10
    tenfold = int(ordered[low]) * (10 - share) + int(ordered[high]) * share
    return tenfold / (10 * SECOND)
