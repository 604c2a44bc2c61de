"""Writes the mails that are sent at once, in the organization's language. Pure."""

from typing import Final

from common.organization import OrganizationSettings
from server.delivery.mail.mail_document import (
    Heading,
    LinkList,
    MailDocument,
    MailFooter,
    Paragraph,
)
from server.domain.languages.catalogue import Catalogue
from server.domain.proof_codes import CODE_LIFETIME
from server.domain.ticket_links import LINK_LIFETIME
from server.rendering.text_catalogues import load_catalogues

DIRECT_CATALOGUES: Final = load_catalogues("server.delivery.direct_mail")
"""The texts of these mails in every language."""


def write_code_mail(settings: OrganizationSettings, code: str) -> MailDocument:
    """Returns the mail with a code; the subject has it, too, for whoever reads it on a phone."""
    texts = _choose_texts(settings)
    minutes = int(CODE_LIFETIME.total_seconds()) // 60
    return MailDocument(
        subject=texts.say("code.subject", code=code, organization=settings.name),
        blocks=(
            Paragraph(texts.say("code.words")),
            Heading(code),
            Paragraph(texts.say("code.use", minutes=minutes)),
        ),
        footer=MailFooter(texts.say("code.footer", organization=settings.name)),
        language=texts.language,
    )


def write_link_mail(settings: OrganizationSettings, number: int, url: str) -> MailDocument:
    """Returns the mail with a new link to a ticket."""
    texts = _choose_texts(settings)
    return MailDocument(
        subject=texts.say("link.subject", number=number),
        blocks=(
            Paragraph(texts.say("link.words", days=LINK_LIFETIME.days)),
            LinkList(((texts.say("link.label", number=number), url),)),
        ),
        footer=MailFooter(texts.say("link.footer")),
        language=texts.language,
    )


def _choose_texts(settings: OrganizationSettings) -> Catalogue:
    return DIRECT_CATALOGUES.choose_catalogue(settings.language)
