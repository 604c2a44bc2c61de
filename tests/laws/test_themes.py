"""The themes can be read: WCAG 2.2, success criterion 1.4.3, in 24-bit colours and in 256."""

import re
from typing import get_args

import pytest
from rich.color import Color as RichColour
from rich.color import ColorSystem
from textual.color import Color
from textual.theme import Theme

from tests.support.source_tree import HOUSE
from tui.cli.workstation_start import MONO
from tui.config.config_file import ThemeName
from tui.shell.theme import BACKGROUNDS, TEXT_COLOURS, THEMES

LEAST = {"dark": 4.5, "light": 4.5, "high-contrast": 7.0}
SHEET = HOUSE / "tui" / "shell" / "deskwire.tcss"


def luminance(colour: Color) -> float:
    """Relative luminance, as WCAG defines it."""
    parts = [channel / 255 for channel in (colour.r, colour.g, colour.b)]
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: Color, other: Color) -> float:
    brighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (brighter + 0.05) / (darker + 0.05)


def colour_of(theme: Theme, name: str, system: ColorSystem) -> Color:
    text = theme.variables.get(name) or getattr(theme, name)
    red, green, blue = RichColour.parse(text).downgrade(system).get_truecolor()
    return Color(red, green, blue)


def test_the_measure_is_that_of_wcag() -> None:
    assert contrast(Color(255, 255, 255), Color(0, 0, 0)) == pytest.approx(21)
    assert contrast(Color.parse("#777777"), Color(255, 255, 255)) == pytest.approx(4.48, abs=0.01)


@pytest.mark.parametrize("system", [ColorSystem.TRUECOLOR, ColorSystem.EIGHT_BIT])
@pytest.mark.parametrize("name", THEMES)
def test_every_text_can_be_read_on_every_background(name: str, system: ColorSystem) -> None:
    theme = THEMES[name]
    weak = {
        (text, ground): round(found, 2)
        for text in TEXT_COLOURS
        for ground in BACKGROUNDS
        if (found := contrast(colour_of(theme, text, system), colour_of(theme, ground, system)))
        < LEAST[name]
    }
    assert weak == {}


def test_the_sheet_has_no_other_colours_than_those_measured() -> None:
    sheet = SHEET.read_text()
    texts = set(re.findall(r"(?<![-\w])color: \$(\w+)", sheet))
    grounds = set(re.findall(r"(?<!scrollbar-)background: \$(\w+)", sheet))
    assert texts <= {*TEXT_COLOURS, "line"}, "line is for rules alone"
    assert grounds <= set(BACKGROUNDS)
    assert not re.findall(r"color: #|background: #", sheet)


def test_every_name_of_the_configuration_file_is_a_theme() -> None:
    assert {*THEMES, MONO} == set(get_args(ThemeName))
