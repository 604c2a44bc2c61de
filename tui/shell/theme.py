"""The colours: a dark theme with few hues, each with one meaning."""

from typing import Final

from textual.theme import Theme

THEME: Final = Theme(
    name="deskwire",
    primary="#7aa2d8",
    secondary="#8fb8a8",
    accent="#d8b36a",
    warning="#d8b36a",
    error="#e07a76",
    success="#8fc08a",
    foreground="#c9d1d9",
    background="#14181d",
    surface="#14181d",
    panel="#1b2027",
    boost="#1b2027",
    dark=True,
    variables={
        "muted": "#8a95a3",
        "faint": "#5b6572",
        "line": "#39424e",
        "cursor": "#26384d",
        "block-cursor-background": "#26384d",
    },
)
"""Without colour (NO_COLOR) Textual's own `ansi-dark` takes its place."""

PLAIN_VARIABLES: Final = {
    "muted": "ansi_default",
    "faint": "ansi_default",
    "line": "ansi_default",
    "cursor": "ansi_default",
}
"""The values of this program's colours in other themes."""
