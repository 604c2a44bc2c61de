"""Style sheets that are parsed once for all workstations of a process, and not for each test."""

from typing import Any
from unittest.mock import patch

from textual.css.model import RuleSet
from textual.css.stylesheet import Stylesheet

_parse = Stylesheet._parse_rules
_PARSED: dict[Any, list[RuleSet]] = {}
"""Rules by text, source and variables; Textual's own cache lasts as long as one application."""


def share_parsed_styles() -> None:
    """Has the workstations of this process share the rules that they read from style sheets."""
    patch.object(Stylesheet, "_parse_rules", _parse_once).start()


def _parse_once(sheet: Stylesheet, *arguments: Any, **options: Any) -> list[RuleSet]:
    variables = frozenset(sheet._variables.items())
    key = arguments, frozenset(options.items()), variables
    if key not in _PARSED:
        _PARSED[key] = _parse(sheet, *arguments, **options)
    return _PARSED[key]
