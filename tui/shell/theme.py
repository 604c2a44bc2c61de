"""The themes: few hues, each with one meaning. tests/laws/test_themes.py measures their contrast.

Every text is readable by WCAG 2.2, AA (4.5 : 1), on each background, in 24-bit colours and in 256;
in `high-contrast` by AAA (7 : 1).
"""

from collections.abc import Mapping
from typing import Final

from textual.theme import Theme

TEXT_COLOURS: Final = (
    "foreground", "primary", "secondary", "accent", "warning", "error", "success", "muted", "faint",
)  # fmt: skip
BACKGROUNDS: Final = ("background", "panel", "cursor")


def _make_theme(name: str, *, is_dark: bool, **colours: str) -> Theme:
    own = {key: colours[key] for key in ("muted", "faint", "line", "cursor")}
    return Theme(
        name=name,
        dark=is_dark,
        primary=colours["primary"],
        secondary=colours["secondary"],
        accent=colours["accent"],
        warning=colours["accent"],
        error=colours["error"],
        success=colours["success"],
        foreground=colours["foreground"],
        background=colours["background"],
        surface=colours["background"],
        panel=colours["panel"],
        boost=colours["panel"],
        variables={**own, "block-cursor-background": colours["cursor"]},
    )


_DARK: Final = _make_theme(
    "deskwire",
    is_dark=True,
    foreground="#d0d7de",
    primary="#87aff0",
    secondary="#8fb8a8",
    accent="#dcb66c",
    error="#f08a85",
    success="#8fc08a",
    muted="#a3aebb",
    faint="#98a3b0",
    line="#39424e",
    background="#14181d",
    panel="#1b2027",
    cursor="#1d2b45",
)
_LIGHT: Final = _make_theme(
    "deskwire-light",
    is_dark=False,
    foreground="#1b1f24",
    primary="#0b4f9e",
    secondary="#1f5f4d",
    accent="#6b3f00",
    error="#a31515",
    success="#1d6128",
    muted="#4a535e",
    faint="#555e69",
    line="#b6bec8",
    background="#ffffff",
    panel="#f0f2f5",
    cursor="#d5e5f8",
)
_HIGH_CONTRAST: Final = _make_theme(
    "deskwire-high-contrast",
    is_dark=True,
    foreground="#ffffff",
    primary="#9fd0ff",
    secondary="#a0f0d0",
    accent="#ffd75f",
    error="#ffafaf",
    success="#afffaf",
    muted="#e4e4e4",
    faint="#d0d0d0",
    line="#9e9e9e",
    background="#000000",
    panel="#121212",
    cursor="#00005f",
)

THEMES: Final[Mapping[str, Theme]] = {
    "dark": _DARK,
    "light": _LIGHT,
    "high-contrast": _HIGH_CONTRAST,
}
"""The themes by the name in the configuration file; `mono` is Textual's `ansi-dark`."""

ANSI_THEME: Final = "ansi-dark"

PLAIN_VARIABLES: Final = {
    "muted": "ansi_default",
    "faint": "ansi_default",
    "line": "ansi_default",
    "cursor": "ansi_default",
}
"""The values of this program's colours in other themes."""
