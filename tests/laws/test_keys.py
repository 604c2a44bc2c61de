"""One table of keys: what is bound is explained, and nothing is bound that never arrives."""

from collections import Counter

import pytest
from rich.cells import cell_len

from tui.configured_keys import TOGETHER
from tui.key_names import NEVER_ARRIVE
from tui.keys import KEYS, KeyContext, group_keys_by_context, list_bindings, list_footer_keys


def test_every_key_is_explained_in_one_chapter_of_the_help() -> None:
    told = [key for keys in group_keys_by_context().values() for key in keys]
    assert told == sorted(KEYS, key=lambda key: list(KeyContext).index(key.context))
    assert all(key.says and not key.says[0].isupper() for key in KEYS)


def test_no_key_is_bound_that_terminals_turn_into_another() -> None:
    assert not NEVER_ARRIVE.keys() & {one for key in KEYS for one in key.keys.split(",")}


@pytest.mark.parametrize("contexts", TOGETHER)
def test_where_chapters_are_live_together_no_key_means_two_things(
    contexts: tuple[KeyContext, ...],
) -> None:
    live = [key for key in KEYS if key.context in contexts and key.keys]
    bound = Counter(one for key in live for one in key.keys.split(","))
    assert [one for one, times in bound.items() if times > 1] == []


def test_bindings_and_footer_come_from_the_table() -> None:
    assert len(list_bindings(KeyContext.QUEUE)) == sum(
        key.context is KeyContext.QUEUE for key in KEYS
    )
    assert [key.first_key for key in list_footer_keys(KeyContext.COMPOSER)] == [
        "ctrl+s",
        "esc",
        "ctrl+o",
        "ctrl+t",
        "tab",
    ]


@pytest.mark.parametrize("contexts", [*TOGETHER, *((it,) for it in KeyContext)])
def test_how_to_go_back_is_said_on_the_least_terminal(contexts: tuple[KeyContext, ...]) -> None:
    room = 60 - len("   ? help ")
    for key in list_footer_keys(*contexts):
        room -= len(f"{key.first_key} {key.label}  ")
        assert room >= 0 or key.label not in {"back", "cancel", "leave", "keep draft"}, key


def test_only_sending_spelling_and_the_palette_go_before_what_a_text_field_binds() -> None:
    assert [key.keys for key in KEYS if key.priority] == ["ctrl+s,f9", "ctrl+s,f9", "f7", "ctrl+p"]


def test_keys_are_written_as_people_write_them() -> None:
    names = {key.name for key in KEYS}
    assert {"j ↓", "/", "? f1", "! f4", "[", "]", "ctrl+s f9"} <= names


@pytest.mark.parametrize("context", [KeyContext.QUEUE, KeyContext.READING])
def test_the_palette_cuts_no_sentence_on_eighty_columns(context: KeyContext) -> None:
    shown = {context, KeyContext.VERBS, KeyContext.SELF, KeyContext.ANYWHERE}
    keys = [key for key in KEYS if key.context in shown]
    name = max(len(key.command) for key in keys)
    lines = [f" ▸ {key.command:<{name}} {key.name.split()[0]:<7}{key.says}" for key in keys]
    assert [line for line in lines if cell_len(line.replace("`", "")) > 80] == []
