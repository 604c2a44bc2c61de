"""Decides whether a terminal's mouse is used."""

from collections.abc import Mapping


def has_usable_mouse(environ: Mapping[str, str]) -> bool:
    """Returns whether mouse reports may be asked for.

    While a program in GNU screen gets them, screen keeps a lone esc back until the next key, and
    hands on both as one (findings/screen-mouse-escape.sh).
    """
    return not (environ.get("STY") or environ.get("TERM", "").startswith("screen."))
