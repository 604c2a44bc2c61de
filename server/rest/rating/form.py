"""Reads the rating form that a browser sends, as a command."""

from typing import Final
from urllib.parse import parse_qsl

import msgspec
from aiohttp import web

from common.errors import Invalid, Malformed, WrongMediaType
from common.tickets.rating import RateTicket
from server.rest.core.request_body import check_charset, read_body
from server.rest.rating.html import SCORE_LABELS
from server.validation import decoding

_FORM_MEDIA_TYPE: Final = "application/x-www-form-urlencoded"
_MAX_FIELDS: Final = 10


async def read_form(request: web.Request) -> dict[str, str]:
    """Returns the form's fields. Raises WrongMediaType, TooLarge, RequestTimeout or Malformed."""
    if request.content_type != _FORM_MEDIA_TYPE:
        raise WrongMediaType(f"Send the form as {_FORM_MEDIA_TYPE}.")
    check_charset(request)
    try:
        text = (await read_body(request)).decode()
        pairs = parse_qsl(text, keep_blank_values=True, max_num_fields=_MAX_FIELDS)
    except ValueError as error:
        raise Malformed("The form could not be read. Please open the link again.") from error
    return dict(pairs)


def parse_rating(fields: dict[str, str]) -> RateTicket:
    """Returns the rating, checked by the rules of `POST .../rating`. Raises Invalid."""
    score, comment = fields.get("score", ""), fields.get("comment", "")
    if score not in SCORE_LABELS:
        raise Invalid.for_field("/score", "Choose a score from 1 to 5.")
    body = {"score": int(score)} | ({"comment": comment} if comment.strip() else {})
    try:
        return decoding.decode_body(RateTicket, msgspec.json.encode(body))
    except Invalid as refusal:
        faults = "; ".join(error.detail for error in refusal.errors)
        raise Invalid.for_field("/comment", f"The comment {faults}.") from None
