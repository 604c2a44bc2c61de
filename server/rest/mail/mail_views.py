"""Renders accepted and held mails for the wire."""

from common.mail_in import AcceptedMail, HeldMailView, HoldReason
from server.domain.timestamps import from_microseconds
from server.rest.core.response import ApiResponse
from server.storage.queries.mail.inbound_mails import InboundMail


def render_accepted_mail(mail: InboundMail, *, repeated: bool = False) -> AcceptedMail:
    """Returns the fate of a mail."""
    return AcceptedMail(
        id=mail.id,
        result=mail.state.value,
        reason=HoldReason(mail.reason) if mail.reason and mail.state.value == "held" else None,
        number=mail.number,
        message_id=mail.seq,
        repeated=repeated,
    )


def render_held_mail(mail: InboundMail) -> HeldMailView:
    """Returns a held mail as supervisors see it."""
    return HeldMailView(
        id=mail.id,
        reason=HoldReason(mail.reason or HoldReason.FAILED),
        sender=mail.sender,
        subject=mail.subject,
        inbox=mail.inbox,
        number=mail.number,
        size=mail.size,
        received_at=from_microseconds(mail.received_at),
    )


def make_original_response(content: bytes, name: str) -> ApiResponse:
    """Returns a mail to be saved: no browser shows it, whatever it holds."""
    headers = {
        "Content-Type": "message/rfc822",
        "Content-Disposition": f'attachment; filename="{name}.eml"',
        "Cache-Control": "private, no-store",
        "Content-Security-Policy": "sandbox",
        "X-Content-Type-Options": "nosniff",
    }
    return ApiResponse(200, content, headers)
