"""A letter: what a mail says, once, and as plain text and HTML alike. Pure.

It is made of blocks; each is escaped where it is rendered, and nowhere else. So neither form can
say what the other does not, and nobody's words become markup.
"""

from collections.abc import Callable
from html import escape
from typing import Any, Final, TypeAlias

from msgspec import Struct


class Paragraph(Struct, frozen=True):
    """Our own words, on one line."""

    text: str


class Heading(Struct, frozen=True):
    """What the blocks after it are about."""

    text: str


class Quote(Struct, frozen=True):
    """Somebody's words, of many lines, as they were written."""

    text: str


class LinkList(Struct, frozen=True):
    """Links, each with its label, of which one is to be followed."""

    links: tuple[tuple[str, str], ...]


Block: TypeAlias = Paragraph | Heading | Quote | LinkList


class MailDocument(Struct, frozen=True):
    """`footer` says why one gets it."""

    subject: str
    blocks: tuple[Block, ...]
    footer: str


def render_plain_text(letter: MailDocument) -> str:
    """The letter as plain text; quoted lines begin with `> `."""
    parts = [_PLAIN_RENDERERS[type(block)](block) for block in letter.blocks]
    return "\n\n".join([*parts, f"-- \n{letter.footer}"]) + "\n"


def render_html_document(letter: MailDocument) -> str:
    """The letter as an HTML document that asks nobody for anything."""
    body = "\n".join(_HTML_RENDERERS[type(block)](block) for block in letter.blocks)
    return _DOCUMENT.format(subject=escape(letter.subject), body=body, footer=escape(letter.footer))


def _quote_plain(block: Quote) -> str:
    return "\n".join(f"> {line}".rstrip() for line in block.text.split("\n"))


def _links_plain(block: LinkList) -> str:
    return "\n".join(f"{label}: {url}" for label, url in block.links)


_PLAIN_RENDERERS: Final[dict[type, Callable[[Any], str]]] = {
    Paragraph: lambda block: str(block.text),
    Heading: lambda block: f"{block.text}\n{'-' * min(len(block.text), 72)}",
    Quote: _quote_plain,
    LinkList: _links_plain,
}


def _links_html(block: LinkList) -> str:
    made = (
        f'<a href="{escape(url)}" style="{_BUTTON}">{escape(label)}</a>'
        for label, url in block.links
    )
    return f"<p>{' '.join(made)}</p>"


_BUTTON: Final = (
    "display:inline-block;margin:4px 4px 4px 0;padding:10px 14px;border:1px solid #1f5fa8;"
    "border-radius:4px;color:#1f5fa8;text-decoration:none"
)
_HTML_RENDERERS: Final[dict[type, Callable[[Any], str]]] = {
    Paragraph: lambda block: f"<p>{escape(block.text)}</p>",
    Heading: lambda block: f'<h2 style="font-size:16px">{escape(block.text)}</h2>',
    Quote: lambda block: (
        '<blockquote style="margin:0;padding:0 0 0 12px;border-left:3px solid #c8ccd1;'
        f'white-space:pre-wrap">{escape(block.text)}</blockquote>'
    ),
    LinkList: _links_html,
}
_DOCUMENT: Final = """<!DOCTYPE html>
<html lang="en">
<head><meta charset="utf-8"><title>{subject}</title></head>
<body style="font-family:sans-serif;font-size:15px;line-height:1.5;color:#1d2125">
{body}
<hr style="border:0;border-top:1px solid #c8ccd1">
<p style="font-size:13px;color:#5e6670">{footer}</p>
</body>
</html>
"""
