"""The pictures in the documentation can be drawn, and fetch nothing from elsewhere."""

import re
from html import unescape
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from tests.support import picture, recorded_session
from tests.support.pages import DOCS

SHOWN = {
    "queue": ("LIVE", "Cannot log in after password reset", "Token clock skew again?", "●", "▴"),
    "ticket": ("if that helps", "resolution due in", "at risk"),
    "report": ("Response, median", "SLA kept", "Satisfaction"),
    "wallboard": ("Backlog", "Unassigned", "Breached", "At risk"),
}
OURS = {"www.w3.org", "www.textualize.io"}
"""Names that a picture of Textual's has in it without asking them."""


def words(svg: str) -> str:
    return unescape(re.sub(r"<[^>]+>", " ", svg)).replace("\xa0", " ")


async def test_the_pictures_show_a_live_desk(tmp_path: Path) -> None:
    drawn = await picture.draw_pictures(tmp_path, days=1)
    assert set(drawn) == set(SHOWN) == set(picture.NAMES)
    for name, svg in drawn.items():
        assert [part for part in SHOWN[name] if part not in words(svg)] == []


@pytest.mark.parametrize("name", SHOWN)
def test_a_committed_picture_fetches_nothing(name: str) -> None:
    svg = (DOCS / picture.NAMES[name]).read_text()
    assert [part for part in SHOWN[name] if part not in words(svg)] == []
    assert set(re.findall(r"https?://([^/\s\"')]+)", svg)) <= OURS


PLAYED = (
    "LIVE",
    "is yours",
    "Gate 4 works again.",
    "z undo",
    "Taken back",
    "3 marked",
    "[6 Hot",
    "Backlog",
)


async def test_the_session_can_be_recorded_and_plays_once_through(tmp_path: Path) -> None:
    frames = await recorded_session.record_session(tmp_path, days=1)
    svg = recorded_session.draw_session(frames)
    assert [part for part in PLAYED if part not in words(svg)] == []
    drawing = ET.fromstring(svg)  # noqa: S314 - our own
    film = drawing.find(".//{*}g[@class='film']")
    assert film is not None
    assert len(film) == len(frames) == svg.count("translateY(")
    assert f"play {sum(frame.seconds for frame in frames):g}s" in svg


def test_the_committed_session_fetches_nothing() -> None:
    svg = (DOCS / recorded_session.NAME).read_text()
    assert [part for part in PLAYED if part not in words(svg)] == []
    assert set(re.findall(r"https?://([^/\s\"')]+)", svg)) == {"www.w3.org"}
    assert set(re.findall(r'href="(.)', svg)) == {"#"}
