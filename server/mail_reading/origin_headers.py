"""Tells mails of people from those of programs, by their headers. Pure."""

import re
from email.message import Message
from typing import Final

from server.mail_reading.header_text import list_header_values, read_header_line
from server.mail_reading.part_content import find_mime_type, find_parameter
from server.mail_reading.received_mail import MailOrigin

_AUTO_REPLY_HEADERS: Final = (
    *("X-Autoreply", "X-Autorespond", "X-AutoReply-From", "X-Auto-Reply", "X-Autoresponder"),
    *("X-Mail-Autoreply", "X-AutoResponse", "X-Vacation-Notice"),
)
"""Headers of older responders; any value but `no` counts."""
_AUTO_REPLY_PRECEDENCES: Final = {"auto_reply", "auto-reply"}
_BULK_PRECEDENCES: Final = {"bulk", "junk"}
_NEWS_HEADERS: Final = ("List-Unsubscribe", "List-Unsubscribe-Post", "Feedback-ID", "X-Campaign-Id")
_SUPPRESSED: Final = re.compile(r"(?i)\b(?:all|oof|autoreply)\b")
"""Values of Exchange's header that refuse an automatic answer (MS-OXCMAIL)."""
_MACHINE_NAMES: Final = re.compile(r"(?i)(?:mailer-daemon|mdaemon|mail-daemon|postmaster)@")
_NO_REPLY_NAMES: Final = re.compile(r"(?i)(?:no|do-?not|don-?t)[-_.]?reply[^@]*@")
_VACATION_SUBJECTS: Final = re.compile(
    r"\s*(?:out of (?:the )?office\b|automatic reply\s*:|auto(?:matic)?[- ]?(?:reply|response)\b"
    r"|auto\s*:|autoreply\s*:|vacation (?:notice|reply|response)|i am (?:currently )?out of office"
    r"|automatische antwort\b|abwesenheitsnotiz\b|abwesend\s*:|abwesenheit\s*:"
    r"|réponse automatique\b|absence du bureau|message d'absence"
    r"|respuesta automática\b|fuera de (?:la )?oficina|risposta automatica\b|fuori ufficio"
    r"|automatisch antwoord\b|afwezigheidsmelding|afwezig\s*:"
    r"|resposta automática\b|fora do escritório|autoodpowiedź|odpowiedź automatyczna"
    r"|automatyczna odpowiedź|nieobecność w biurze|automatická odpověď|autosvar\b|automatiskt svar"
    r"|automatisk svar|poissaoloilmoitus|automaattinen vastaus|автоответ|автоматический ответ"
    r"|otomatik yanıt|自動応答|自動返信|不在通知|自动答复|自动回复|自動回覆|자동 회신|부재중)",
    re.IGNORECASE,
)
"""Of German, French and so on too; the last resort, for responders that set no header at all."""


def classify_headers(message: Message, envelope_sender: str | None) -> MailOrigin:
    """Returns the origin that headers and envelope tell; bounces are recognized elsewhere.

    The order is that of certainty: what RFC 3834 says, what older responders set, the envelope,
    mass mail, and the subject last.
    """
    if _is_receipt(message):
        return MailOrigin.AUTO_REPLY
    return (
        _read_auto_submitted(message)
        or _read_older_headers(message)
        or _read_envelope(message, envelope_sender)
        or _read_list_headers(message)
        or (MailOrigin.AUTO_REPLY if _has_vacation_subject(message) else MailOrigin.PERSON)
    )


def allows_acknowledgement(
    message: Message, envelope_sender: str | None, origin: MailOrigin
) -> bool:
    """Returns whether an automatic answer may be sent (RFC 3834, section 2)."""
    suppressed = " ".join(list_header_values(message, "X-Auto-Response-Suppress"))
    senders = " ".join(list_header_values(message, "From"))
    return (
        origin is MailOrigin.PERSON
        and envelope_sender not in {"", "<>"}
        and _SUPPRESSED.search(suppressed) is None
        and _NO_REPLY_NAMES.search(senders) is None
        and _MACHINE_NAMES.search(senders) is None
    )


def is_from_mail_server(message: Message, envelope_sender: str | None) -> bool:
    """Returns whether the mail may be a delivery report of a server that writes no standard one.

    A person's absence note has the null return path, too (RFC 3834, section 3.3), and may name
    colleagues by their addresses: where a header or the subject says so, it is no report.
    """
    senders = " ".join(
        value
        for name in ("From", "Return-Path", "X-Failed-Recipients")
        for value in list_header_values(message, name)
    )
    has_null_path = envelope_sender in {"", "<>"} or "<>" in list_header_values(
        message, "Return-Path"
    )
    is_failed = bool(list_header_values(message, "X-Failed-Recipients"))
    if is_failed or _MACHINE_NAMES.search(senders) is not None:
        return True
    return has_null_path and not _is_absence_note(message)


def _is_absence_note(message: Message) -> bool:
    marked = (_read_auto_submitted(message), _read_older_headers(message))
    return MailOrigin.AUTO_REPLY in marked or _has_vacation_subject(message)


def _is_receipt(message: Message) -> bool:
    """Returns whether the mail only says that another was shown or deleted (RFC 8098)."""
    if find_mime_type(message) != "multipart/report":
        return False
    return find_parameter(message, "content-type", "report-type").lower() == (
        "disposition-notification"
    )


def _read_auto_submitted(message: Message) -> MailOrigin | None:
    for value in list_header_values(message, "Auto-Submitted"):
        word = re.split(r"[;(\s]", value.strip().lower())[0]
        if word == "auto-replied":
            return MailOrigin.AUTO_REPLY
        if word and word != "no":
            is_vacation = _has_vacation_subject(message)
            return MailOrigin.AUTO_REPLY if is_vacation else MailOrigin.AUTO_GENERATED
    return None


def _read_older_headers(message: Message) -> MailOrigin | None:
    for name in _AUTO_REPLY_HEADERS:
        values = list_header_values(message, name)
        if values and values[0].strip().lower() not in {"no", "false", "0"}:
            return MailOrigin.AUTO_REPLY
    if _precedences(message) & _AUTO_REPLY_PRECEDENCES:
        return MailOrigin.AUTO_REPLY
    return None


def _read_envelope(message: Message, envelope_sender: str | None) -> MailOrigin | None:
    if envelope_sender not in {"", "<>"}:
        return None
    is_vacation = _has_vacation_subject(message)
    return MailOrigin.AUTO_REPLY if is_vacation else MailOrigin.AUTO_GENERATED


def _read_list_headers(message: Message) -> MailOrigin | None:
    """Tells lists on which people write from news: a list has an address to post to.

    A group address in front of the desk's inbox makes a list of every customer's mail.
    """
    precedences = _precedences(message)
    posts = list_header_values(message, "List-Post")
    if precedences & _BULK_PRECEDENCES or any(post.strip().startswith("NO") for post in posts):
        return MailOrigin.BULK
    if posts:
        return MailOrigin.MAILING_LIST
    if any(list_header_values(message, name) for name in _NEWS_HEADERS):
        return MailOrigin.BULK
    is_list = "list" in precedences or list_header_values(message, "List-Id")
    return MailOrigin.MAILING_LIST if is_list else None


def _precedences(message: Message) -> set[str]:
    return {value.strip().lower() for value in list_header_values(message, "Precedence")}


def _has_vacation_subject(message: Message) -> bool:
    return _VACATION_SUBJECTS.match(read_header_line(message, "Subject")) is not None
