"""Blank means that nothing shows: which texts are blank, and which only look as if."""

import json
from typing import Any

import pytest

from common.accounts import CreateUser
from common.errors import Invalid
from common.invisible_characters import is_blank
from common.organization import EditOrganization
from common.tickets.editing import EditTicket
from common.tickets.filing import FileTicket
from common.tickets.replying import AddMessage
from server.validation.decoding import decode_body

BLANK = {
    "zero-width space": "\u200b",
    "joiners": "\u200d\u200c",
    "byte order mark": "\ufeff",
    "bidi controls": "\u202e\u2066\u2069",
    "soft hyphen": "\xad",
    "hangul fillers": "\u3164\u115f\u1160\uffa0",
    "braille blank": "\u2800\u2800",
    "khmer inherent vowels": "\u17b4\u17b5",
    "mongolian separators": "\u180e\u180b",
    "variation selectors": "\ufe0f\ufe00\U000e0100",
    "tags without a flag": "\U000e0041\U000e007f",
    "accents without a letter": "\u0301\u20e3",
    "an accent on a blank": " \u0301",
    "wide blanks": "\u3000\u2003\xa0",
    "null notehead": "\U0001d159",
    "blank hieroglyph": "\U00013441",
    "all at once": " \u200b\u3164\u0301\u2800 ",
}
SHOWN = [
    "x", "-", ".", "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645", "\u0915\u094d\u200d\u0937",
    "\U0001f468\u200d\U0001f469\u200d\U0001f467", "\u2764\ufe0f", "1\ufe0f\u20e3", "e\u0301",
    "\u0e01\u0e33", "\ud55c", "\u28ff", "\U0001f3f4\U000e0067\U000e007f", "\ufffd", "\ue000",
    "\u200bx\u200b",
]  # fmt: skip


@pytest.mark.parametrize("text", BLANK.values(), ids=BLANK)
def test_what_shows_nothing_is_refused_wherever_a_text_is_wanted(text: str) -> None:
    assert is_blank(text)
    bodies: list[tuple[type[Any], dict[str, Any], list[str]]] = [
        (FileTicket, {"subject": text, "description": text}, ["/subject", "/description"]),
        (AddMessage, {"body": text}, ["/body"]),
        (EditTicket, {"tags": ["vip", text], "reason": text}, ["/tags/1", "/reason"]),
        (CreateUser, {"email": "a@b.example", "name": text}, ["/name"]),
        (EditOrganization, {"name": text}, ["/name"]),
        (
            EditOrganization,
            {"categories": [{"slug": text, "name": text}]},
            ["/categories/0/slug", "/categories/0/name"],
        ),
    ]
    for type_, body, pointers in bodies:
        with pytest.raises(Invalid) as refusal:
            decode_body(type_, json.dumps(body).encode())
        errors = {error.pointer: error.detail for error in refusal.value.extras["errors"]}
        assert errors == dict.fromkeys(pointers, "must not be blank")


@pytest.mark.parametrize("text", SHOWN, ids=ascii)
def test_what_shows_something_is_kept_as_it_was_written(text: str) -> None:
    raw = json.dumps({"subject": text, "description": text}).encode()
    taken = decode_body(FileTicket, raw)
    assert (taken.subject, taken.description) == (text, text)
