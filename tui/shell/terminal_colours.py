"""Finds how many colours the terminal has, by TERM and terminfo.

Textual writes 24-bit colours where TERM is `dumb`, and sixteen where terminfo knows of none.
"""

from collections.abc import Callable, MutableMapping
from contextlib import suppress
from typing import Final

from msgspec import Struct

NO_COLOUR: Final = "NO_COLOR"
COLOUR_SYSTEM: Final = "TEXTUAL_COLOR_SYSTEM"
"""Textual's own variable, read when it is imported; who sets it knows better than terminfo."""
STANDARD_COLOURS: Final = "standard"
_NAMELESS: Final = frozenset({"", "dumb", "unknown"})
_FULL: Final = 1 << 24
_MANY: Final = 256
_DUMB: Final = (
    "deskwire: TERM={} names a terminal that cannot place its cursor. If the screen is"
    " garbled, name yours, as in TERM=xterm-256color."
)


class TerminalCapabilities(Struct, frozen=True):
    """The abilities of a terminal by terminfo: number of colours, cursor addressing."""

    colours: int
    places_cursor: bool = True


CapabilityLookup = Callable[[str], TerminalCapabilities | None]


def read_capabilities(term: str) -> TerminalCapabilities | None:
    """Returns what terminfo knows; None: nothing, or there is no terminfo on this machine."""
    with suppress(ImportError):
        import curses  # not everywhere: Windows has none

        with suppress(curses.error):
            curses.setupterm(term, 1)
            return TerminalCapabilities(
                max(curses.tigetnum("colors"), 0), curses.tigetstr("cup") is not None
            )
    return None


def fit_colours(
    environ: MutableMapping[str, str], look_up: CapabilityLookup = read_capabilities
) -> str:
    """Sets the variables by which Textual chooses colours; returns a warning, mostly empty."""
    term = environ.get("TERM", "")
    ability = TerminalCapabilities(0, places_cursor=False) if term in _NAMELESS else look_up(term)
    if NO_COLOUR not in environ and COLOUR_SYSTEM not in environ:
        colours = _count_colours(environ, ability)
        if colours == 0:
            environ[NO_COLOUR] = "1"
        else:
            environ[COLOUR_SYSTEM] = _name_system(colours)
    is_dumb = ability is not None and not ability.places_cursor
    return _DUMB.format(term or "(unset)") if is_dumb else ""


def _count_colours(environ: MutableMapping[str, str], ability: TerminalCapabilities | None) -> int:
    term = environ.get("TERM", "")
    if ability is None:
        ability = TerminalCapabilities(
            _FULL if "direct" in term else _MANY if "256color" in term else 16
        )
    says_full = environ.get("COLORTERM", "") in {"truecolor", "24bit"}
    # GNU screen inherits COLORTERM from the terminal, and takes 24-bit colours for blinking.
    is_screen = bool(environ.get("STY"))
    return _FULL if says_full and ability.colours and not is_screen else ability.colours


def _name_system(colours: int) -> str:
    if colours >= _FULL:
        return "truecolor"
    return "256" if colours >= _MANY else STANDARD_COLOURS
