"""The law of reading: whatever bytes arrive, they are read in time, safely, and no word is lost."""

import base64
import quopri
import random
import re
import time

from hypothesis import given
from hypothesis import strategies as st

from server.mail_reading.mail_reader import read_mail
from tests.support import mail_mutations
from tests.support.mail_mutations import SEEDS, find_violations, keeps_words, mutate
from tests.support.mail_structures import file_part, multipart, text_part, whole

SIZE = 40_000_000
OTHER_WORDS = re.compile(rb"(?i)multipart|base64|quoted-printable|utf-16|utf-7|iso-2022|hz")
"""Words that make others of those below: what a mutation puts under them may well mean no more."""


@given(st.sampled_from(SEEDS), st.integers(0, 2**32), st.sampled_from([None, "", "a@b.example"]))
def test_a_mutated_mail_is_read_safely(seed: bytes, number: int, envelope: str | None) -> None:
    raw = mutate(seed, random.Random(number))  # noqa: S311 - repeatable
    started = time.process_time()
    found = read_mail(raw, envelope)
    assert time.process_time() - started < mail_mutations.LONGEST_SECONDS
    assert find_violations(found) == []
    if not OTHER_WORDS.search(raw):
        assert keeps_words(raw, found)


@given(st.binary(max_size=300))
def test_any_bytes_are_read(raw: bytes) -> None:
    assert find_violations(read_mail(raw)) == []


@given(
    st.lists(st.from_regex(r"[A-Za-z0-9äöüß]{1,12}", fullmatch=True), min_size=1, max_size=40),
    st.sampled_from(["utf-8", "iso-8859-1", "utf-16", "utf-7"]),
    st.sampled_from(["7bit", "8bit", "base64", "quoted-printable"]),
    st.sampled_from([" ", "\n", "\n\n", "\n> ", "\n-- \n"]),
)
def test_the_words_of_a_plain_mail_survive(
    words: list[str], charset: str, encoding: str, separator: str
) -> None:
    content = separator.join(words).encode(charset)
    if encoding == "base64":
        content = base64.encodebytes(content)
    elif encoding == "quoted-printable":
        content = quopri.encodestring(content)
    head = f"Content-Type: text/plain; charset={charset}\nContent-Transfer-Encoding: {encoding}\n\n"
    found = read_mail(head.encode() + content)
    assert set(f"{found.text}\n{found.quoted}".split()) >= set(words)


def test_forty_megabytes_are_read_in_bounded_time() -> None:
    line = b"QUJD" * 19 + b"\r\n"
    part = file_part("application/pdf", "big.pdf", "CONTENT")
    raw = whole(multipart("mixed", text_part(), part)).replace(
        b"CONTENT", line * (SIZE // len(line))
    )
    started = time.process_time()
    found = read_mail(raw)
    assert time.process_time() - started < 20
    assert [len(one.content) for one in found.files] == [SIZE // len(line) * 57]


def test_forty_megabytes_of_text_are_read_in_bounded_time() -> None:
    for filler in (b"> a\n", b"word ", b"<p>", b"On 1 May 2026 a@b.example wrote:\n"):
        raw = b"Content-Type: text/html\n\n" + filler * (SIZE // 20 // len(filler))
        started = time.process_time()
        read_mail(raw)
        assert time.process_time() - started < 20
