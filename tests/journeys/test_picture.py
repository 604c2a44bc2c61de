"""The screenshots in the documentation can be drawn, and fetch nothing from elsewhere."""

import re
from html import unescape
from pathlib import Path

import pytest

from tests.support import picture
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
