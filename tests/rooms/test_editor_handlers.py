"""The agent's own editor: what is saved comes back, and nothing else does."""

import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.support.screen_bench import make_context
from tui.messages.requests import EditText
from tui.shell.editor_handlers import EditorHandlers
from tui.shell.services import BackgroundTask, HandlerServices


class Bench:
    """Handlers with a terminal that is given away and taken back."""

    def __init__(self) -> None:
        self.toasts: list[str] = []
        self.tasks: list[BackgroundTask] = []
        self.terminal: list[str] = []
        services = HandlerServices(make_context(), self.show_toast, self.tasks.append)
        self.handlers = EditorHandlers(services, self.suspend)

    def show_toast(self, text: str, kind: str = "plain") -> None:
        self.toasts.append(text)

    @contextmanager
    def suspend(self) -> Iterator[None]:
        self.terminal.append("given")
        yield
        self.terminal.append("back")

    async def edit(self, text: str) -> list[str]:
        """Returns what came back."""
        written: list[str] = []
        self.handlers.edit_text(EditText(text, written.append))
        for task in self.tasks:
            await task
        return written


def write_editor(folder: Path, script: str) -> str:
    path = folder / "my editor"
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o700)
    return f"'{path}' --wait"


def is_there(name: str) -> bool:
    return Path(name).exists()


async def test_what_is_saved_comes_back_and_the_file_is_gone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    script = f'echo "$2" > {tmp_path}/name; stat -c %a "$2" > {tmp_path}/mode; echo more >> "$2"'
    monkeypatch.setenv("VISUAL", write_editor(tmp_path, script))
    bench = Bench()
    assert await bench.edit("Dear Dora\n") == ["Dear Dora\nmore"]
    assert bench.terminal == ["given", "back"]
    assert (tmp_path / "mode").read_text().strip() == f"{stat.S_IRUSR | stat.S_IWUSR:o}"
    assert not is_there((tmp_path / "name").read_text().strip())


async def test_an_editor_that_fails_changes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VISUAL", write_editor(tmp_path, "exit 3"))
    bench = Bench()
    assert await bench.edit("Dear Dora") == []
    assert bench.toasts == ["The editor ended with 3: the text is as it was."]
    monkeypatch.setenv("VISUAL", "/nowhere/editor")
    other = Bench()
    assert await other.edit("Dear Dora") == []
    assert other.toasts[0].startswith("The editor did not open: ")


async def test_without_an_editor_it_says_what_to_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("VISUAL", raising=False)
    monkeypatch.delenv("EDITOR", raising=False)
    bench = Bench()
    assert await bench.edit("Dear Dora") == []
    assert bench.toasts == ["Set VISUAL or EDITOR to the editor that you use."]


async def test_control_characters_of_an_editor_do_not_reach_the_screen(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VISUAL", write_editor(tmp_path, r'printf "a\033]0;b\007c" > "$2"'))
    (text,) = await Bench().edit("")
    assert "\x1b" not in text
