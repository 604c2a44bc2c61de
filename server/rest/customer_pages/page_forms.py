"""The forms of customers' pages: what was typed, what is wrong with it, and its command."""

import secrets
from collections.abc import Mapping
from typing import Final, TypeVar

import msgspec
from msgspec import Struct

from common.errors import Invalid, RequestRefused
from common.text import BODY_LIMIT, COMMENT_LIMIT, EMAIL_LIMIT, NAME_LIMIT, SUBJECT_LIMIT
from common.tickets.filing import FileTicket
from common.tickets.rating import RateTicket
from common.tickets.replying import AddMessage
from server.domain.form_tokens import is_form_token, sign_form
from server.domain.languages.catalogue import Catalogue
from server.rest.customer_pages.page_errors import describe_refusal
from server.rest.customer_pages.page_uploads import ReceivedForm
from server.validation import decoding

T = TypeVar("T", bound=Struct)
_ID_BYTES: Final = 12
_SCORES: Final = frozenset("12345")
LIMITS: Final = {
    "body": BODY_LIMIT,
    "description": BODY_LIMIT,
    "subject": SUBJECT_LIMIT,
    "comment": COMMENT_LIMIT,
    "email": EMAIL_LIMIT,
    "name": NAME_LIMIT,
}
"""The longest text of each field."""


class PageForm(Struct, frozen=True, kw_only=True):
    """A form of a page: its token, an id that tells it from others, and what was typed."""

    token: str
    id: str
    typed: Mapping[str, str] = {}
    faults: tuple[str, ...] = ()

    def get_typed(self, name: str) -> str:
        """Returns what was typed into a field; empty for nothing."""
        return self.typed.get(name, "")


class FormFault(RequestRefused):
    """A form that cannot be executed: shown again as it was typed, with `faults` as sentences."""

    slug, title, status = "validation", "Some fields are invalid", 422

    def __init__(self, *faults: str, status: int = 422) -> None:
        super().__init__("; ".join(faults))
        self.faults = faults
        self.status = status  # type: ignore[misc]  # 403 for a form without its token


def make_form(
    binding: str, secret: str, typed: Mapping[str, str] | None = None, faults: tuple[str, ...] = ()
) -> PageForm:
    """Returns a form with a fresh id, bound to whoever may send it."""
    token, id_ = sign_form(binding, secret), generate_form_id()
    return PageForm(token=token, id=id_, typed=typed or {}, faults=faults)


def generate_form_id() -> str:
    """Returns an id that no other form has."""
    return secrets.token_urlsafe(_ID_BYTES)


def check_form_token(
    fields: Mapping[str, str], binding: str, secret: str, texts: Catalogue
) -> None:
    """Raises FormFault with status 403 for a form that was not on a page for `binding`."""
    if not is_form_token(fields.get("form_token", ""), binding, secret):
        raise FormFault(texts.say("faults.form"), status=403)


def list_faults(texts: Catalogue, refusal: RequestRefused) -> tuple[str, ...]:
    """Returns the sentences of a refusal, to be shown above the form that was refused."""
    if isinstance(refusal, FormFault):
        return refusal.faults
    if isinstance(refusal, Invalid):
        # What the commands refuse was checked before; what is left is about files.
        return (texts.say("faults.files"),)
    return (describe_refusal(texts, refusal),)


def parse_reply(form: ReceivedForm, texts: Catalogue) -> AddMessage:
    """Returns the message; without a text, the names of its files are it. Raises FormFault."""
    body = form.typed.get("body", "")
    if not body.strip() and form.file_names:
        body = "\n".join(form.file_names)
    return parse_fields(AddMessage, {"body": body}, texts, {"body": "reply.label"})


def parse_page_rating(form: ReceivedForm, texts: Catalogue) -> RateTicket:
    """Returns the rating. Raises FormFault."""
    score, comment = form.typed.get("score", ""), form.typed.get("comment", "")
    if score not in _SCORES:
        raise FormFault(texts.say("faults.score"))
    given = {"score": int(score)} | ({"comment": comment} if comment.strip() else {})
    return parse_fields(RateTicket, given, texts, {"comment": "rate.comment"})


def parse_new_ticket(form: ReceivedForm, texts: Catalogue) -> FileTicket:
    """Returns the command that opens a ticket. Raises FormFault."""
    names = {name: f"file.{name}" for name in ("subject", "description", "category")}
    return parse_fields(
        FileTicket, {name: form.typed.get(name, "") for name in names}, texts, names
    )


def parse_fields(
    type_: type[T], given: Mapping[str, object], texts: Catalogue, labels: Mapping[str, str]
) -> T:
    """Returns the fields as a command, by the rules of REST.

    Raises FormFault with a sentence for each bad field; `labels` are the names of their labels'
    texts.
    """
    try:
        return decoding.decode_body(type_, msgspec.json.encode(given))
    except Invalid as refusal:
        bad = dict.fromkeys((error.pointer or "").removeprefix("/") for error in refusal.errors)
    raise FormFault(*(_describe_fault(name, given, texts, labels) for name in bad))


def _describe_fault(
    name: str, given: Mapping[str, object], texts: Catalogue, labels: Mapping[str, str]
) -> str:
    label = texts.say(labels[name])
    typed = str(given.get(name, ""))
    fault = "blank" if not typed.strip() else _FAULTS.get(name, "text")
    return texts.say(f"faults.{fault}", field=label, limit=LIMITS.get(name, 0))


_FAULTS: Final = {"email": "email", "password": "password", "new_password": "password"}
