"""What was filled in on the rating form, and the command that it comes to."""

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
    """The form's fields. Raises WrongMediaType, TooLarge, RequestTimeout, Malformed."""
    if request.content_type != _FORM_MEDIA_TYPE:
        raise WrongMediaType(f"Send the form as {_FORM_MEDIA_TYPE}.")
    check_charset(request)
    try:
        text = (await read_body(request)).decode()
        pairs = parse_qsl(text, keep_blank_values=True, max_num_fields=_MAX_FIELDS)
    except ValueError as error:
        raise Malformed("This is no form that was filled in here.") from error
    return dict(pairs)


def parse_rating(filled_in: dict[str, str]) -> RateTicket:
    """The rating of a form, by the rules of the one over REST. Raises Invalid."""
    score, comment = filled_in.get("score", ""), filled_in.get("comment", "")
    if score not in SCORE_LABELS:
        raise Invalid.for_field("/score", "Choose a score from 1 to 5.")
    body = {"score": int(score)} | ({"comment": comment} if comment.strip() else {})
    try:
        return decoding.decode_body(RateTicket, msgspec.json.encode(body))
    except Invalid as refusal:
        says = "; ".join(error.detail for error in refusal.errors)
        raise Invalid.for_field("/comment", f"The comment {says}.") from None
