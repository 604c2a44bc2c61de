"""The new words of replies: of many programs and languages, and that none are lost."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.invisible_characters import remove_invisible
from server.mail_reading.mail_reader import read_mail
from server.mail_reading.reply_split import split_reply
from tests.support.mail_corpus import ReplyExample, load_replies

REPLIES = load_replies()


def normal(text: str) -> str:
    lines = remove_invisible(text).strip().split("\n")
    return "\n".join(line.rstrip() for line in lines)


def test_there_are_sixty_examples_with_different_names() -> None:
    assert len({one.name for one in REPLIES}) == len(REPLIES) >= 60


@pytest.mark.parametrize("example", REPLIES, ids=lambda example: example.name)
def test_the_new_words_remain_and_the_history_is_taken_off(example: ReplyExample) -> None:
    mail = read_mail(example.raw)
    expected = example.body if example.new is None else example.new
    assert normal(mail.text) == normal(expected)
    assert mail.faults == ()


@pytest.mark.parametrize(
    "example", [one for one in REPLIES if not one.is_html], ids=lambda example: example.name
)
def test_text_and_history_together_are_the_whole_mail(example: ReplyExample) -> None:
    mail = read_mail(example.raw)
    both = Counter(f"{mail.text}\n{mail.quoted}".split())
    assert both == Counter(remove_invisible(example.body).split())


PIECES = st.sampled_from(
    [line for one in REPLIES if not one.is_html for line in [*one.body.split("\n"), ""]]
)


@given(st.lists(PIECES, max_size=30), st.booleans(), st.booleans())
def test_no_word_is_lost_whatever_lines_follow_each_other(
    lines: list[str],
    is_reply: bool,  # noqa: FBT001 - hypothesis passes them by place
    is_forward: bool,  # noqa: FBT001
) -> None:
    text = "\n".join(lines)
    found = split_reply(text, is_reply=is_reply, is_forward=is_forward)
    assert Counter(f"{found.new}\n{found.old}".split()) == Counter(text.split())
    assert bool(found.new.strip()) == bool(text.strip())


@given(st.text(max_size=500), st.booleans())
def test_no_character_of_any_text_is_lost(
    text: str,
    is_reply: bool,  # noqa: FBT001
) -> None:
    clean = text.replace("\x1e", "")
    found = split_reply(clean, is_reply=is_reply)
    assert Counter(f"{found.new}{found.old}".split()) is not None
    assert sorted("".join((found.new + found.old).split())) == sorted("".join(clean.split()))


@given(st.lists(PIECES.filter(lambda line: not line.startswith(">")), min_size=1, max_size=3))
def test_words_between_quotes_keep_all(answers: list[str]) -> None:
    """Of the answer alone nobody could tell what it answers."""
    answer = "\n".join(["An answer.", *answers, "More of it."])
    text = f"> First question?\n{answer}\n> Second question?\nThe last answer."
    new = split_reply(text, is_reply=True).new
    if "Original" not in text and "From:" not in text:
        assert "An answer." in new


@pytest.mark.parametrize(
    "filler", ["> a\n", "On 1 May 2026 you wrote:\n", "From: a\n", "-- \n", ">"]
)
def test_many_marks_take_linear_time(filler: str) -> None:
    text = filler * 30_000
    found = split_reply(text, is_reply=True)
    assert len(found.new) + len(found.old) > 0
