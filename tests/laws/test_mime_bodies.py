"""The parser sets long bodies aside, and finds all that the library finds."""

import random
from email.message import Message
from email.parser import BytesParser
from email.policy import compat32
from typing import Any

import pytest

from server.mail_reading import mime_parser
from server.mail_reading.mime_parser import TooManyParts, parse_mime
from tests.support.mail_mutations import SEEDS, mutate


@pytest.mark.parametrize("longest_left", [0, 40, 500])
def test_a_message_whose_bodies_are_set_aside_is_the_one_that_the_library_parses(
    monkeypatch: pytest.MonkeyPatch, longest_left: int
) -> None:
    monkeypatch.setattr(mime_parser, "FEW_CHARACTERS", longest_left)
    chance = random.Random(longest_left)  # noqa: S311 - repeatable
    mails = [*SEEDS, *(mutate(chance.choice(SEEDS), chance) for _ in range(500))]
    for raw in [one for mail in mails for one in (mail, mail.replace(b"\n", b"\r\n"))]:
        try:
            found = parse_mime(raw)
        except TooManyParts:
            continue
        expected = BytesParser(policy=compat32).parsebytes(raw)
        assert _describe(found) == _describe(expected), raw


def _describe(message: Message) -> list[Any]:
    """Everything that the parser set on a message and on its parts."""
    values = vars(message)
    payload = values["_payload"]
    return [
        list(message.raw_items()),
        values["preamble"],
        values["epilogue"],
        [repr(defect) for defect in message.defects],
        [_describe(one) for one in payload] if isinstance(payload, list) else payload,
    ]
