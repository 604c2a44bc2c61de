"""The content of a mail as blocks, which become plain text and HTML alike. Pure.

Both forms are made from the same blocks, so neither can say what the other does not. The
templates decide how a block looks, and escape what somebody has written.
"""

from typing import ClassVar, Final, TypeAlias

from msgspec import Struct
from msgspec.structs import asdict

from server.rendering.template_files import load_templates

_TEMPLATES: Final = load_templates("server.delivery.mail")


class Paragraph(Struct, frozen=True):
    """A sentence or two of our own."""

    kind: ClassVar = "paragraph"
    text: str


class Heading(Struct, frozen=True):
    """The subject of the blocks after it."""

    kind: ClassVar = "heading"
    text: str


class Words(Struct, frozen=True):
    """A text that the mail is there to bring, with its line breaks: mail programs show it whole."""

    kind: ClassVar = "words"
    text: str


class Quote(Struct, frozen=True):
    """A text that its reader knows, with its line breaks: mail programs may fold it away."""

    kind: ClassVar = "quote"
    text: str


class LinkList(Struct, frozen=True):
    """Links to choose from, each as label and URL."""

    kind: ClassVar = "links"
    links: tuple[tuple[str, str], ...]


Block: TypeAlias = Paragraph | Heading | Words | Quote | LinkList


class MailFooter(Struct, frozen=True):
    """The thin end of a mail: who wrote or why it comes, the ticket, and how to answer.

    `link` is a label and a URL.
    """

    about: str
    link: tuple[str, str] | None = None
    answer: str = ""


class MailDocument(Struct, frozen=True, kw_only=True):
    """A mail without its headers.

    `is_notice`: a program wrote it, so no program is to answer it (RFC 3834).
    """

    subject: str
    blocks: tuple[Block, ...]
    footer: MailFooter
    language: str = "en"
    is_notice: bool = True


def render_plain_text(document: MailDocument) -> str:
    """Returns the mail as plain text; quoted lines begin with `> `, words are as they are."""
    return _render_template("mail.txt", document)


def render_html_document(document: MailDocument) -> str:
    """Returns the mail as an HTML document that loads nothing from anywhere."""
    return _render_template("mail.html", document)


def _render_template(name: str, document: MailDocument) -> str:
    return _TEMPLATES.get_template(name).render(asdict(document))
