"""Formats amounts. Rounding happens only here, and only for the screen.

A missing amount is a dash, never 0.
"""

from typing import Final

from tui.reports.figure_definitions import Unit

NO_VALUE: Final = "-"
_MINUTE, _HOUR, _DAY = 60, 3600, 86_400
_DECIMALS: Final = 3
_THOUSAND: Final = 1000
_ALL: Final = 100


def format_amount(value: float | None, unit: Unit, *, is_business: bool = False) -> str:
    """A figure in few cells: `41`, `4m 31s`, `95.1 %`, `4.50`."""
    if value is None:
        return NO_VALUE
    match unit:
        case Unit.COUNT:
            return f"{int(value):,}"
        case Unit.SECONDS:
            return format_duration(value, is_business=is_business)
        case Unit.PERCENT:
            return format_percentage(value)
        case Unit.SCORE:
            return f"{value:.2f}"


def format_duration(seconds: float, *, is_business: bool = False) -> str:
    """A time in its two largest units: `8.2s`, `4m 31s`, `2h 10m`, `3d 4h`.

    Business time has no days: one of eight hours and one of 24 would be called the same.
    """
    if seconds < _MINUTE and round(seconds, 1) < _MINUTE:
        return f"{seconds:.1f}s"
    if round(seconds) < _HOUR:
        return _format_two_units(seconds, (_MINUTE, "m"), (1, "s"))
    if round(seconds / _MINUTE) * _MINUTE < _DAY or is_business:
        return _format_two_units(seconds, (_HOUR, "h"), (_MINUTE, "m"))
    return _format_two_units(seconds, (_DAY, "d"), (_HOUR, "h"))


def _format_two_units(seconds: float, large: tuple[int, str], small: tuple[int, str]) -> str:
    many, rest = divmod(round(seconds / small[0]) * small[0], large[0])
    if many >= _THOUSAND:  # the small unit adds nothing here, and needs room
        return f"{round(seconds / large[0]):,}{large[1]}"
    return f"{many}{large[1]} {rest // small[0]:02d}{small[1]}"


def format_percentage(value: float) -> str:
    """`95.1 %`; as many digits as it takes not to round to 0 or 100 what is neither."""
    if value in {0, _ALL}:
        return f"{value:.0f} %"
    for decimals in range(1, _DECIMALS + 1):
        said = f"{value:.{decimals}f}"
        if float(said) not in {0, _ALL}:
            return f"{said} %"
    return "<100 %" if value > 1 else ">0 %"


def format_exact_amount(value: float | None, unit: Unit) -> str:
    """The figure as REST and CSV have it, with its unit."""
    if value is None:
        return "nothing to count"
    digits = f"{value:,}" if unit is Unit.COUNT else repr(value)
    return digits + {Unit.SECONDS: " s", Unit.PERCENT: " %"}.get(unit, "")


_COMPARATIVES: Final = {
    Unit.COUNT: ("more", "fewer"),
    Unit.SECONDS: ("slower", "faster"),
    Unit.PERCENT: ("higher", "lower"),
    Unit.SCORE: ("higher", "lower"),
}


def format_change(
    now: float | None, before: float | None, unit: Unit, *, is_business: bool = False
) -> str:
    """Returns the change since the period before: `+12 more`, `-1m 50s faster`."""
    if now is None or before is None:
        return ""
    if now == before:
        return "the same"
    more, less = _COMPARATIVES[unit]
    sign, word = ("+", more) if now > before else ("-", less)
    size = abs(now - before)
    said = (
        f"{size:.1f} pts"
        if unit is Unit.PERCENT
        else format_amount(size, unit, is_business=is_business)
    )
    return f"{sign}{said} {word}"


def choose_change_style(now: float | None, before: float | None, unit: Unit) -> str:
    """The style of a change: good, bad, or plain where more is neither."""
    if now is None or before is None or now == before or unit is Unit.COUNT:
        return "dim"
    return "good" if (now < before) is (unit is Unit.SECONDS) else "bad"
