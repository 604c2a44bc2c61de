"""Keys that are typed ahead wait for the window that the key before them opens."""

from textual import events
from textual.app import App, ComposeResult
from textual.binding import Binding
from textual.screen import Screen
from textual.widgets import Input

from tui.shell.key_queue import KeyQueue


class Form(Screen[None]):
    def compose(self) -> ComposeResult:
        yield Input(id="field")


class Bench(App[None]):
    """`r` opens a form, `x` is a command that must not run by mistake."""

    BINDINGS = [Binding("r", "reply"), Binding("x", "count")]  # noqa: RUF012 - Textual's own

    def __init__(self) -> None:
        super().__init__()
        self.dropped: list[str] = []
        self.count = 0
        self.keys = KeyQueue(
            self,
            super().on_event,
            has_unread_keys=lambda: False,
            report_swallowed=self.dropped.append,
        )

    async def on_event(self, event: events.Event) -> None:
        if isinstance(event, events.Key) and not event.is_forwarded:
            await self.keys.handle_key(event)
        else:
            await super().on_event(event)

    def action_reply(self) -> None:
        self.push_screen(Form())

    def action_count(self) -> None:
        self.count += 1

    def type_at_once(self, letters: str) -> None:
        for letter in letters:
            self.post_message(events.Key(letter, letter))


async def test_letters_after_the_key_that_opens_a_form_go_into_its_field() -> None:
    app = Bench()
    async with app.run_test():
        app.type_at_once("rxxo")
        await app.keys.await_keys()
        assert app.screen.query_one(Input).value == "xxo"
        assert app.count == 0


async def test_letters_after_a_refusal_are_dropped_and_reported() -> None:
    app = Bench()
    async with app.run_test():
        app.type_at_once("x")
        await app.keys.await_keys()
        app.keys.swallow_burst("It is closed.")
        app.type_at_once("xx")
        await app.keys.await_keys()
        assert app.count == 1
        assert app.dropped == ["It is closed.", "It is closed."]
