"""Parses the rating form that a browser sends, as a command."""

import msgspec

from common.errors import Invalid
from common.tickets.rating import RateTicket
from server.rest.rating.rating_html import SCORE_LABELS
from server.validation import decoding


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
