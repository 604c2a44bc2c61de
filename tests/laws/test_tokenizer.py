"""The tokenizer's laws: what a text says finds it, and its tokens suit both databases."""

import sqlite3
import unicodedata
from contextlib import closing

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from server.domain.tokenizer import MAX_TOKEN_LENGTH, extract_tokens, fold_text, parse_search_query
from server.storage.queries.search.search_index import build_postgres_match, build_sqlite_match
from tests.support.search_model import finds, finds_group

any_text = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=60)
word = st.text("abcdefghijklmnopqrstuvwxyz", min_size=1, max_size=12)
code = st.from_regex(r"[a-z]{0,3}[0-9]{4,12}", fullmatch=True)
han = st.text("打印机坏了请尽快修理谢谢プリンタ프린터가", min_size=2, max_size=12)


def test_words_of_any_script_are_known() -> None:
    """The first text beyond ASCII has the pattern made, for longer than a law may take."""
    assert extract_tokens("\u0416\u0443\u043a") == ["\u0436\u0443\u043a"]


@given(any_text)
@example("\ufdfa" * 3)
@example("\u0130\u1e9e\u01c5\u0345\u03c2")
def test_what_is_folded_stays_as_it_is(text: str) -> None:
    assert fold_text(fold_text(text)) == fold_text(text)


@given(any_text)
def test_no_case_and_no_unicode_form_makes_other_tokens(text: str) -> None:
    for other in (
        unicodedata.normalize("NFC", text),
        unicodedata.normalize("NFD", text),
        unicodedata.normalize("NFKC", text),
    ):
        assert extract_tokens(other) == extract_tokens(text)


@given(any_text)
def test_a_token_is_one_word_of_bounded_length_and_stands_once(text: str) -> None:
    tokens = extract_tokens(text)
    assert len(set(tokens)) == len(tokens)
    for token in tokens:
        assert token == "".join(token.split())
        assert not set(token) & set("\"'\\/*:&|()!{}")
        assert 0 < len(token) <= MAX_TOKEN_LENGTH
        assert len(token.encode()) <= 2046


@given(any_text)
def test_a_text_is_found_by_each_of_its_own_words(text: str) -> None:
    for part in text.split():
        if parse_search_query(part):
            assert finds(part, f"before {text} after")


@given(word, word, st.sampled_from("-\u2010\u2011\u2013'\u2019"))
def test_a_hyphen_or_an_apostrophe_may_be_left_out_or_put_in(a: str, b: str, sign: str) -> None:
    assert finds(f"{a}{sign}{b}", f"some {a}{b} here")
    assert finds(f"{a}{b}", f"some {a}{sign}{b} here")


@given(code, st.integers(3, 12))
def test_the_end_of_a_number_or_a_code_finds_it(text: str, length: int) -> None:
    assert finds(text[-length:], f"order {text}.")
    assert finds(text[-length:], f"order ab-{text}/9{text}")


@given(st.lists(st.integers(0, 99), min_size=2, max_size=4), st.sampled_from(["", "v", "V"]))
def test_a_version_is_found_with_or_without_what_stands_before_it(
    parts: list[int], before: str
) -> None:
    version = ".".join(map(str, parts))
    assert finds(version, f"since {before}{version}, always")
    assert finds(f"{parts[0]}.{parts[1]}", f"since {before}{version}, always")


@given(han, st.data())
def test_any_part_of_a_text_without_blanks_finds_it(text: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(text) - 1))
    end = data.draw(st.integers(start + 1, len(text)))
    assert finds(text[start:end], f"a {text}, b")


@pytest.mark.parametrize(
    ("query", "text"),
    [
        ("rinter", "printer"),
        ("ire", "printer on fire"),
        ("機打", "我们的打印机坏了"),
        ("99", "order 48213"),
        ("4821", "order 148213"),
        ("2.10.4", "since v2.10.3"),
        ("mail", "email"),
    ],
)
def test_what_is_not_said_finds_nothing(query: str, text: str) -> None:
    assert not finds(query, text)


@given(any_text, any_text)
def test_sqlite_finds_what_the_tokens_say(text: str, query: str) -> None:
    with closing(sqlite3.connect(":memory:")) as index:
        index.execute(
            "CREATE VIRTUAL TABLE found USING fts5(words, content='', detail=column,"
            " tokenize=\"ascii tokenchars '<#'\")"
        )
        index.execute(
            "INSERT INTO found (rowid, words) VALUES (1, ?)", [" ".join(extract_tokens(text))]
        )
        for group in (*parse_search_query(query), *parse_search_query(text)):
            found = "SELECT rowid FROM found WHERE found MATCH ?"
            rows = index.execute(found, [build_sqlite_match(group)]).fetchall()
            assert bool(rows) is finds_group(group, text)


@given(any_text)
def test_a_query_has_no_signs_of_the_databases_own_languages_but_ours(query: str) -> None:
    for group in parse_search_query(query):
        assert build_sqlite_match(group).count('"') % 2 == 0
        assert build_postgres_match(4821, group).startswith("'/4821' & (")
