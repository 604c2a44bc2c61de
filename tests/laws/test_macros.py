"""Macros: variables are known or refused, and a value is never read as a variable."""

from hypothesis import given
from hypothesis import strategies as st
from msgspec import UNSET

from common.macros import (
    MacroVariable,
    MacroVerbs,
    fill_variables,
    find_first_name,
    find_variable_errors,
)
from common.tickets.editing import MessageEdits
from common.tickets.replying import AddMessage
from common.tickets.ticket import Priority, Status

names = st.sampled_from(MacroVariable)
plain = st.text(st.characters(exclude_characters="{}"), max_size=20)
pieces = st.lists(st.tuples(plain, names, st.sampled_from(["", " "])), max_size=6)
texts = st.text("{} .customerng\n", max_size=40)


@given(pieces, st.dictionaries(names, st.text(max_size=20)))
def test_a_text_of_known_variables_is_filled_piece_by_piece(
    parts: list[tuple[str, MacroVariable, str]], values: dict[MacroVariable, str]
) -> None:
    body = "".join(f"{text}{{{{{pad}{name}{pad}}}}}" for text, name, pad in parts)
    assert not find_variable_errors(body)
    filled = "".join(
        text + values.get(name, f"{{{{{pad}{name}{pad}}}}}") for text, name, pad in parts
    )
    assert fill_variables(body, values) == filled


@given(texts)
def test_a_text_without_errors_keeps_no_variable_that_has_a_value(body: str) -> None:
    if not find_variable_errors(body):
        filled = fill_variables(body, dict.fromkeys(MacroVariable, "x"))
        assert not any(f"{{{{{name}}}}}" in filled for name in MacroVariable)


def test_a_value_is_never_read_as_a_variable() -> None:
    values = {
        MacroVariable.CUSTOMER_NAME: "{{agent.name}}",
        MacroVariable.AGENT_NAME: "Ann",
    }
    assert fill_variables("{{customer.name}} {{agent.name}}", values) == "{{agent.name}} Ann"


def test_every_unknown_variable_is_named_once_with_those_there_are() -> None:
    (error,) = find_variable_errors("{{nobody}} {{ nobody }} {{}} {{customer.name}} {x} {{")
    assert error.pointer == "/body"
    assert error.detail.startswith("has unknown variables {{nobody}}, {{}}; there are: customer.n")


def test_a_first_name_is_the_first_word() -> None:
    assert find_first_name("Zoë van Dam") == "Zoë"
    assert find_first_name(" ") == " "


def test_verbs_go_with_the_message_and_repeat_no_status() -> None:
    verbs = MacroVerbs(
        status=Status.RESOLVED, priority=Priority.HIGH, add_tags=("a",), assign_to="me"
    )
    message = AddMessage(body="Done")
    sent = verbs.add_to_message(message, 1001, Status.OPEN)
    edits = MessageEdits(priority=Priority.HIGH, add_tags=("a",), assign_to=1001)
    assert sent == AddMessage(body="Done", status=Status.RESOLVED, edit=edits)
    assert verbs.add_to_message(message, 1001, Status.RESOLVED).status is UNSET
    assert MacroVerbs().add_to_message(message, 1001, Status.RESOLVED) == message
