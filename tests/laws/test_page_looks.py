"""The look and the words of customers' pages: contrast, languages, the policy of their styles."""

import base64
import hashlib
import re
import tomllib
from datetime import UTC, datetime
from importlib.resources import files
from string import Formatter
from zoneinfo import ZoneInfo

import pytest

from server.domain.languages.catalogue import Catalogue
from server.rest.customer_pages.page_html import CATALOGUES, CSS, HEADERS, describe_time

PACKAGES = ("server.rest.customer_pages", "server.delivery.direct_mail")
SCHEMES = ("light", "dark")
TEXTS_ON = [
    ("text", "page"),
    ("text", "card"),
    ("text", "own"),
    ("text", "badge"),
    ("muted", "page"),
    ("muted", "card"),
    ("muted", "own"),
    ("link", "page"),
    ("link", "card"),
    ("on-button", "button"),
    ("good", "good-back"),
    ("fault", "fault-back"),
]
EDGES_ON = [("edge", "card"), ("edge", "page"), ("link", "card"), ("link", "page")]


def colours_of(scheme: str) -> dict[str, str]:
    light, dark = re.findall(r":root \{(.*?)\}", CSS, re.DOTALL)[:2]
    found = dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6})", light))
    if scheme == "dark":
        found |= dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6})", dark))
    return found


def luminance(colour: str) -> float:
    """The relative luminance of WCAG 2.2."""
    channels = [int(colour[n : n + 2], 16) / 255 for n in (1, 3, 5)]
    linear = [it / 12.92 if it <= 0.04045 else ((it + 0.055) / 1.055) ** 2.4 for it in channels]
    return sum(it * weight for it, weight in zip(linear, (0.2126, 0.7152, 0.0722), strict=True))


def contrast(one: str, other: str) -> float:
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize(("words", "ground"), TEXTS_ON)
def test_texts_stand_out(scheme: str, words: str, ground: str) -> None:
    colours = colours_of(scheme)
    assert contrast(colours[words], colours[ground]) >= 4.5


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize(("edge", "ground"), EDGES_ON)
def test_edges_of_fields_and_of_the_focus_stand_out(scheme: str, edge: str, ground: str) -> None:
    colours = colours_of(scheme)
    assert contrast(colours[edge], colours[ground]) >= 3


def test_both_schemes_have_a_value_for_every_colour_and_nothing_is_coloured_otherwise() -> None:
    light, dark = re.findall(r":root \{(.*?)\}", CSS, re.DOTALL)[:2]
    assert set(re.findall(r"--[\w-]+(?=:)", light)) == set(re.findall(r"--[\w-]+(?=:)", dark))
    rules = re.sub(r":root \{.*?\}", "", CSS, flags=re.DOTALL)
    assert re.findall(r"#[0-9a-f]{3,6}\b|rgb|hsl", rules) == []
    named = {name for pair in (*TEXTS_ON, *EDGES_ON) for name in pair}
    used = set(re.findall(r"var\(--([\w-]+)\)", rules))
    assert used - named == {"line"}, "a colour whose contrast nobody checks"


def test_the_policy_allows_this_style_sheet_alone() -> None:
    digest = base64.b64encode(hashlib.sha256(CSS.encode()).digest()).decode()
    assert f"style-src 'sha256-{digest}'" in HEADERS["Content-Security-Policy"]
    assert re.findall(r"url\(|@import|</", CSS) == []


def places(text: str | list[str]) -> set[str]:
    texts = [text] if isinstance(text, str) else text
    return {name for it in texts for _, name, _, _ in Formatter().parse(it) if name}


@pytest.mark.parametrize("package", PACKAGES)
def test_every_language_has_the_texts_of_english_with_the_same_places(package: str) -> None:
    folder = files(package) / "texts"
    found = {it.name: Catalogue(it.name, tomllib.loads(it.read_text())) for it in folder.iterdir()}
    english = found["en.toml"].sentences
    assert set(found) >= {"de.toml", "en.toml"}
    for language, it in found.items():
        assert set(it.sentences) == set(english), language
        for key, text in it.sentences.items():
            assert places(text) == places(english[key]), (language, key)


def test_a_language_is_chosen_by_its_first_part_and_english_is_the_last_resort() -> None:
    assert CATALOGUES.languages == ("de", "en")
    assert CATALOGUES.choose_catalogue("xx", "de-AT").language == "de"
    assert CATALOGUES.choose_catalogue("xx", "").language == "en"


def test_times_are_in_the_zone_and_the_words_of_the_language() -> None:
    at, zone = datetime(2026, 3, 29, 22, 5, tzinfo=UTC), ZoneInfo("Europe/Berlin")
    texts = [CATALOGUES.choose_catalogue(it) for it in ("en", "de")]
    shown = [describe_time(it, at, zone) for it in texts]
    assert shown == ["Mon 30 Mar 2026, 00:05", "Mo., 30. März 2026, 00:05 Uhr"]
