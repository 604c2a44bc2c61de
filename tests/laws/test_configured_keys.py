"""Other keys by the configuration file: what can be meant is bound, the rest is reported."""

import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.deskwire_command import run_deskwire
from tests.support.process import HOUSE
from tests.support.screen_bench import make_context
from tests.support.tickets import view
from tui.configured_keys import TOGETHER, build_keymap
from tui.key_names import NEVER_ARRIVE, is_text, label_key, parse_key
from tui.keys import KEYS, find_key, label_command, use_keys
from tui.widgets.status_lines import format_help_key, format_state

TUI = HOUSE / "tui"
NAMES = sorted(
    {name for key in KEYS if key.keys for name in key.keys.split(",")} | {"ctrl+y", "f12", "é"}
)


def test_every_command_has_an_id_of_its_own() -> None:
    assert [id_ for id_, times in Counter(key.id for key in KEYS).items() if times > 1] == []


@pytest.fixture
def restored_keys() -> Iterator[None]:
    """Gives the footer its own keys back after the test."""
    yield
    use_keys(KEYS)


@pytest.mark.usefixtures("restored_keys")
def test_the_last_line_and_the_footer_name_the_keys_that_are_configured() -> None:
    wanted = {"self.presence": "ctrl+y", "anywhere.help": "f12", "ticket.undo": []}
    use_keys(build_keymap(wanted).table)
    left, _ = format_state(make_context(view(1)), "10:15", 80)
    assert "you: available(ctrl+y)" in "".join(text for text, _ in left)
    assert format_help_key()[0] == ("f12", "key")
    assert label_command("ticket.undo") == ":undo"


def test_every_command_that_a_hint_names_exists() -> None:
    named = re.compile(r"label_command\([\"']([a-z0-9.-]+)[\"']\)")
    found = {id_ for path in TUI.rglob("*.py") for id_ in named.findall(path.read_text())}
    assert len(found) > 10
    assert [id_ for id_ in sorted(found) if find_key(id_) is None] == []


@pytest.mark.parametrize("key", NAMES)
def test_a_key_is_read_as_it_is_written(key: str) -> None:
    assert parse_key(label_key(key)) == key


@pytest.mark.parametrize(
    "text", ["hyper+x", "", "ctrl+", "abc", "ctrl+abc", *map(label_key, NEVER_ARRIVE)]
)
def test_a_key_that_never_comes_is_refused(text: str) -> None:
    if text == "ctrl+":
        assert parse_key(text) == "ctrl+plus"
        return
    with pytest.raises(ValueError, match=r"no key is called|never arrives"):
        parse_key(text)


@given(st.dictionaries(st.sampled_from([key.id for key in KEYS]), st.lists(st.sampled_from(NAMES))))
def test_whatever_is_asked_for_no_key_has_two_meanings(wanted: dict[str, list[str]]) -> None:
    keymap = build_keymap({id_: list(map(label_key, keys)) for id_, keys in wanted.items()})
    for contexts in TOGETHER:
        live = [key for key in keymap.table if key.context in contexts]
        bound = Counter(name for key in live for name in key.keys.split(",") if name)
        first = Counter(
            name for key in KEYS if key.context in contexts for name in key.keys.split(",")
        )
        assert {name for name, times in bound.items() if times > max(1, first[name])} == set()
    used = {key.id: key.keys for key in keymap.table}
    refused = {line.partition(":")[0] for line in keymap.faults}
    for id_, keys in wanted.items():
        assert (used[id_] == ",".join(keys)) or id_ in refused
    early = [key for key in keymap.table if key.priority]
    assert not any(is_text(name) for key in early for name in key.keys.split(",") if name)


def test_two_commands_can_change_their_keys() -> None:
    keymap = build_keymap({"ticket.claim": "r", "ticket.reply": ["c", "ctrl+y"]})
    assert keymap.faults == ()
    assert keymap.overrides == {"ticket.claim": "r", "ticket.reply": "c,ctrl+y"}


@pytest.mark.parametrize(
    ("id_", "keys", "says"),
    [
        ("ticket.sell", "c", "there is no such command"),
        ("ticket.claim", "r", "r is ticket.reply, too"),
        ("ticket.claim", "?", "? is anywhere.help, too"),
        ("ticket.claim", "ctrl+m", "never arrives"),
        ("writing.send", "s", "s is text there"),
        ("anywhere.palette", ":", ": is text there"),
        ("prompt.answer-yes", "j", "cannot be changed"),
    ],
)
def test_what_cannot_be_used_is_a_line(id_: str, keys: str, says: str) -> None:
    keymap = build_keymap({id_: keys})
    (line,) = keymap.faults
    assert line.startswith(f"{id_}: ")
    assert says in line
    assert keymap.overrides == {}


def test_the_commands_print_and_check_the_keys(tmp_path: Path) -> None:
    config = tmp_path / "config.toml"
    env = {"DESKWIRE_CONFIG": str(config)}
    config.write_text('[keys]\n"ticket.claim" = "ctrl+y"\n"ticket.note" = []\n')
    printed = run_deskwire("keys", env=env).stdout.splitlines()
    assert "ticket.claim\tctrl+y\t*\tclaim; on your own ticket: release it" in printed
    assert any(line.startswith("ticket.note\t:note\t*") for line in printed)
    done = run_deskwire("keys", "check", env=env)
    assert (done.returncode, done.stdout) == (
        0,
        f"2 of {len(KEYS)} commands have other keys; none clash.\n",
    )
    config.write_text('[keys]\n"ticket.claim" = "r"\n"ticket.sell" = "c"\n')
    done = run_deskwire("keys", "check", env=env)
    assert done.returncode == 1
    assert len(done.stderr.splitlines()) == 2
