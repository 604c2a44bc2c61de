"""The people whom a text names."""

import unicodedata
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.mentions import MentionableAgent, MentionParser, find_mentioned_ids, has_mention_sign

AGENTS = [
    MentionableAgent(1000, "Ana Lopez", "ana"),
    MentionableAgent(1001, "Bob Stone", "b.stone"),
    MentionableAgent(1002, "Bob Ng", "bobby"),
    MentionableAgent(1003, "Jörg O'Neil", "joerg"),
    MentionableAgent(1004, "Mia", "mia+desk"),
    MentionableAgent(1005, "Stone", "stone"),
    MentionableAgent(1006, "Li Wei", "li"),
    MentionableAgent(1007, "Wei Li", "li"),
]


@pytest.mark.parametrize(
    ("text", "ids"),
    [
        ("@ana please look", {1000}),
        ("please look, @Ana.", {1000}),
        ("(@ANA) see above", {1000}),
        ("@ana and @Ana Lopez, and again @ana", {1000}),
        ("@Ana's ticket", {1000}),
        ("@b.stone is back", {1001}),
        ("@Bob Stone is back", {1001}),
        ("@bob who of you", set()),
        ("@bobby", {1002}),
        ("@jörg", {1003}),
        ("@Jörg O'Neil knows", {1003}),
        ("@mia+desk", {1004}),
        ("@stone", {1005}),
        ("@li", set()),
        ("@Li Wei and @Wei Li", {1006, 1007}),
        ("ask ana@desk.example", set()),
        ("@nobody, @ or @@ana", set()),
        ("@analyst", set()),
        ("first line\n@ana\n@mia", {1000, 1004}),
        ("", set()),
    ],
)
def test_an_agent_is_named_by_name_address_or_first_name_where_that_is_one_alone(
    text: str, ids: set[int]
) -> None:
    assert find_mentioned_ids(text, AGENTS) == ids


@given(st.text("@ab.n'’ \n+-é", max_size=80) | st.text())
def test_any_text_names_agents_alone_and_none_without_an_at(text: str) -> None:
    found = find_mentioned_ids(text, AGENTS)
    assert found <= {agent.id for agent in AGENTS}
    if found:
        assert has_mention_sign(text)


@given(st.text("ab @.", max_size=20), st.text("ab @.", max_size=20))
def test_case_makes_no_difference(before: str, after: str) -> None:
    text = f"{before} @ana {after}"
    assert find_mentioned_ids(text, AGENTS) == find_mentioned_ids(text.upper(), AGENTS)


def test_a_text_of_nothing_but_mentions_is_read_to_the_hundredth() -> None:
    assert find_mentioned_ids("@b " * 100 + "@ana", AGENTS) == set()
    assert find_mentioned_ids("@b " * 99 + "@ana", AGENTS) == {1000}


WORLD = [
    MentionableAgent(1, "Ana Lopez", "a.lopez"),
    MentionableAgent(2, "Ana", "ana.one"),
    MentionableAgent(3, "Jörg O'Neil", "joerg"),
    MentionableAgent(4, "Siân d’Arcy-Jones", "sian"),
    MentionableAgent(5, "王小明", "wang"),
    MentionableAgent(6, "王小", "xiao"),
    MentionableAgent(7, "田中 太郎", "tanaka"),
    MentionableAgent(8, "สมชาย ใจดี", "somchai"),
    MentionableAgent(9, "김민수", "kim"),
    MentionableAgent(10, "ジョン", "john"),
    MentionableAgent(11, "李", "li"),
    MentionableAgent(12, "Bob Stone", "bob.a"),
    MentionableAgent(13, "Bob Stone", "bob.b"),
    MentionableAgent(14, "Some One", "bob"),
    MentionableAgent(15, "Mia Berg", "mia"),
    MentionableAgent(16, "Mia Wolf", "mia.wolf", active=False),
    MentionableAgent(17, "Maria del Carmen de la Fuente y Ruiz", "mc"),
    MentionableAgent(18, "タナカ ハナコ", "hanako"),
]


def told(text: str) -> list[tuple[str, tuple[int, ...]]]:
    return [(it.text, it.ids) for it in MentionParser(WORLD).parse_mentions(text)]


@pytest.mark.parametrize("blank", ["\u00a0", "\u202f", "\u2009", "\u3000", "\t", "  ", " \u200b"])
def test_any_blank_stands_between_the_parts_of_a_name(blank: str) -> None:
    assert told(f"@Ana{blank}Lopez, look") == [(f"@Ana{blank}Lopez", (1,))]


@pytest.mark.parametrize(
    "sign", ["'", "\u2019", "\u2018", "\u02bc", "\uff07", "\u00b4", "`", "\u2032"]
)
def test_any_apostrophe_and_hyphen_is_that_of_the_name(sign: str) -> None:
    assert told(f"@Jörg O{sign}Neil knows") == [(f"@Jörg O{sign}Neil", (3,))]
    assert told(f"@siân d{sign}arcy\u2011jones") == [(f"@siân d{sign}arcy\u2011jones", (4,))]
    assert told(f"@Ana Lopez{sign}s ticket") == [("@Ana Lopez", (1,))]


def test_width_and_composition_make_no_difference() -> None:
    assert told("\uff20ａｎａ ｌｏｐｅｚ") == [("\uff20ａｎａ ｌｏｐｅｚ", (1,))]
    decomposed = "@" + unicodedata.normalize("NFD", "Siân d'Arcy-Jones")
    assert told(decomposed) == [(decomposed, (4,))]
    assert told("@" + unicodedata.normalize("NFD", "김민수") + "님")[0][1] == (9,)
    assert told("@ﾀﾅｶ ﾊﾅｺ") == [("@ﾀﾅｶ ﾊﾅｺ", (18,))]
    assert told("@A\u200bna\u00ad Lopez") == [("@A\u200bna\u00ad Lopez", (1,))]


@pytest.mark.parametrize(
    ("text", "ids"),
    [
        ("请@王小明看一下", (5,)),  # the longest name wins
        ("@王小看一下", (6,)),
        ("@田中太郎さん、お願いします", (7,)),
        ("@田中 太郎さん", (7,)),
        ("@田中さん", (7,)),
        ("@田中一郎", ()),  # another of the family
        ("@ジョンさん", (10,)),
        ("@ジョン・スミス", ()),  # a longer name
        ("@李雷", ()),
        ("@李 看一下", (11,)),
        ("確認@김민수님께", (9,)),
        ("@สมชาย ใจดีครับ", (8,)),
        ("@สมชายครับ", ()),  # a name that is not a whole one ends nowhere
        ("@Ana看一下", (2,)),
        ("@Ana Lopezさん", (1,)),
        ("@Maria del Carmen de la Fuente y Ruiz!", (17,)),
    ],
)
def test_names_are_found_in_scripts_without_blanks(text: str, ids: tuple[int, ...]) -> None:
    assert [found for _, found in told(text)] == [ids]


@pytest.mark.parametrize(
    ("text", "ids"),
    [
        ("@Bob Stone", (12, 13)),  # and not Some One, whose address begins with bob
        ("@bob", (12, 13, 14)),
        ("@bob.a", (12,)),
        ("@Ana Lopez-García", ()),
        ("@Ana-Maria", ()),
        ("@Ana.Lopez", ()),
        ("@ana@desk.example", ()),
        ("@Mia Wolf", ()),  # she has left: Mia Berg is not told in her place
        ("@Mia looks", (15,)),
        ("@Ana\nLopez", (2,)),
        ("@Nobody here", ()),
    ],
)
def test_the_wrong_person_is_never_told(text: str, ids: tuple[int, ...]) -> None:
    assert [found for _, found in told(text)] == [ids]


def test_what_names_nobody_is_shown_by_its_word() -> None:
    assert told("@Joe's and @jo.ann. (@x) a@b.c @ @@ana") == [
        ("@Joe's", ()),
        ("@jo.ann", ()),
        ("@x", ()),
    ]


@given(st.text("@ab 王小明\u0301\u00a0\u200b'\uff20\n・ﾞ", max_size=40) | st.text())
def test_a_mention_stands_in_the_text_where_it_says(text: str) -> None:
    end = 0
    for mention in MentionParser(WORLD).parse_mentions(text):
        assert end <= mention.start < mention.end <= len(text)
        assert text[mention.start : mention.end] == mention.text
        assert mention.text[0] in "@\uff20\ufe6b"
        end = mention.start + 1


def test_a_name_before_what_is_too_long_to_be_looked_at_is_found_and_none_behind_it() -> None:
    assert told("@Ana Lopez" + " \u200b" * 9000 + "x") == [("@Ana Lopez", (1,))]
    assert told("@Ana" + "\u200b" * 9000 + "x")[0][1] == ()
    assert told("a@b.c " * 9000 + "@" * 9000 + " @Ana Lopez") == [("@Ana Lopez", (1,))]
    assert told("@" + "王" * 9000)[0][1] == ()


@given(st.sampled_from(WORLD), st.sampled_from(["NFC", "NFD", "NFKC", "NFKD"]))
def test_a_whole_name_of_one_agent_tells_that_agent_in_any_form(
    agent: MentionableAgent, form: Any
) -> None:
    ids = tuple(it.id for it in WORLD if it.name == agent.name and agent.active)
    text = unicodedata.normalize(form, f"@{agent.name.upper()}, look")
    assert [it.ids for it in MentionParser(WORLD).parse_mentions(text)] == [ids]
