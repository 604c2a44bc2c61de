"""A macro as a text: what is formatted is read back, and a wrong line is named."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import UNSET
from msgspec.structs import asdict

from common.macros import CreateMacro, MacroVerbs, MacroView
from common.people import Presence, Role
from common.tickets.replying import MessageKind
from common.tickets.ticket import Priority, Status, WaitingOn
from common.wire import UserView
from tui.model.macro_text import (
    MacroTextError,
    describe_setting,
    format_macro_text,
    parse_macro_text,
)


def _user(id_: int, name: str) -> UserView:
    return UserView(id=id_, name=name, role=Role.AGENT, skills=(), presence=Presence.AWAY)


USERS = {user.id: user for user in (_user(1, "Ann"), _user(2, "Ben B."), _user(3, "Ben B."))}
WHEN = datetime(2026, 1, 1, tzinfo=UTC)
words = st.text("abc -+:9é", min_size=1, max_size=9).filter(lambda text: text == text.strip())
tags = st.lists(st.sampled_from(["vip", "floor 3", "a:b"]), max_size=2, unique=True).map(tuple)
verbs = st.builds(
    MacroVerbs,
    status=st.just(UNSET) | st.sampled_from(Status),
    waiting_on=st.just(UNSET) | st.sampled_from(WaitingOn),
    priority=st.just(UNSET) | st.sampled_from(Priority),
    category=st.just(UNSET) | words,
    add_tags=tags,
    remove_tags=tags,
    assign_to=st.just(UNSET) | st.sampled_from(["me", "1", "2", "3"]),
)
bodies = st.text("ab\n-: {}", min_size=1, max_size=30).filter(
    lambda text: text.strip() and not text.endswith("\n") and "{{" not in text
)
macros = st.builds(
    MacroView,
    id=st.just(1),
    name=words,
    body=bodies,
    kind=st.none() | st.sampled_from(MessageKind),
    shared=st.booleans(),
    verbs=verbs,
    created_at=st.just(WHEN),
    updated_at=st.just(WHEN),
)


@given(macros)
def test_what_is_formatted_is_read_back(macro: MacroView) -> None:
    read = asdict(parse_macro_text(format_macro_text(macro, USERS), USERS))
    assert read == {name: getattr(macro, name) for name in CreateMacro.__struct_fields__}


def test_a_new_macro_is_a_reply_of_ones_own_that_needs_a_name_and_a_text() -> None:
    text = format_macro_text(None, USERS)
    assert "for: me\nuse in: reply\nstatus: \n" in text
    with pytest.raises(MacroTextError, match="below the line"):
        parse_macro_text(text, USERS)
    with pytest.raises(MacroTextError, match="needs a name") as caught:
        parse_macro_text(text + "Hello", USERS)
    assert caught.value.line == 0


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("status: done", "“status” may be: open"),
        ("prio: high", "must begin with one of: name"),
        ("give to: Ben B.", "“give to” may be: me"),
        ("give to: 9", "“give to” may be: me"),
        ("tags: +", "“tags” may be"),
        ("for: us", "“for” may be: me, or everybody"),
        ("name: B", "“name” is there twice"),
        ("nothing", "must begin with"),
    ],
)
def test_a_wrong_line_is_named_with_what_it_may_be(line: str, reason: str) -> None:
    with pytest.raises(MacroTextError, match=reason) as caught:
        parse_macro_text(f"name: A\n\n{line}\n---\nHello", USERS)
    assert caught.value.line == 2


def test_an_unknown_variable_is_found_in_its_line() -> None:
    with pytest.raises(MacroTextError, match=r"unknown variables \{\{nobody") as caught:
        parse_macro_text("name: A\n---\nHello\n{{nobody}}", USERS)
    assert caught.value.line == 3


def test_without_its_rule_a_text_is_no_macro() -> None:
    with pytest.raises(MacroTextError, match="A line ---"):
        parse_macro_text("name: A\nHello", USERS)


def test_a_line_says_what_its_setting_may_be() -> None:
    assert describe_setting("Priority: lo") == "low, normal, high, urgent, or nothing"
    assert describe_setting("Dear Dora: hello") == ""
