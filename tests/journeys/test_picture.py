"""The picture in the README can be drawn, and asks nobody for anything."""

import re
from html import unescape
from pathlib import Path

from tests.support import picture
from tests.support.pages import DOCS

OURS = {"www.w3.org", "www.textualize.io"}
"""Names that a picture of Textual's has in it without asking them."""


def words(svg: str) -> str:
    return unescape(re.sub(r"<[^>]+>", " ", svg)).replace("\xa0", " ")


async def test_the_picture_shows_the_live_desk(tmp_path: Path) -> None:
    svg = await picture.drawn(tmp_path)
    for part in ("LIVE", "Cannot log in after password reset", "Token clock skew again?", "●"):
        assert part in words(svg)


def test_the_picture_that_is_shown_fetches_nothing() -> None:
    svg = (DOCS / "screen.svg").read_text()
    assert "LIVE" in words(svg)
    assert set(re.findall(r"https?://([^/\s\"')]+)", svg)) <= OURS
