"""The sign-in: server, organization, e-mail and password."""

from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical
from textual.widgets import Input

from tui.keys import KeyContext, label_command, list_bindings
from tui.messages.requests import SignIn
from tui.screens.text_selection import SelectingScreen
from tui.widgets.fixed_line import StyledLine

_FIELDS = ("server", "org", "email", "password")
_LABELS = {"server": "Server", "org": "Organization", "email": "E-mail", "password": "Password"}


class SignInScreen(SelectingScreen[None]):
    """A form with the values of the command line; the cursor is in the first empty field."""

    BINDINGS: ClassVar[list[BindingType]] = list_bindings(KeyContext.SIGN_IN)

    VERTICAL_BREAKPOINTS = [(0, "-short"), (18, "-high")]  # noqa: RUF012 - Textual's own

    def __init__(self, values: dict[str, str]) -> None:
        super().__init__()
        self._values = values
        self._fields = {
            name: Input(
                id=f"sign-in-{name}",
                password=name == "password",
                compact=True,
                select_on_focus=False,
                type="integer" if name == "org" else "text",
            )
            for name in _FIELDS
        }
        self._title = StyledLine(id="sign-in-title")
        self._message = StyledLine(id="sign-in-message")
        self._hint = StyledLine(id="sign-in-hint")

    def compose(self) -> ComposeResult:
        with Vertical(id="sign-in"):
            yield self._title
            for name, field in self._fields.items():
                label = StyledLine(classes="sign-in-label")
                label.set_parts([(_LABELS[name], "dim")])
                field.cursor_blink = False
                yield Horizontal(label, field, classes="sign-in-row")
            yield self._message
            yield self._hint

    def on_mount(self) -> None:
        for name, field in self._fields.items():
            field.value = self._values.get(name, "")
        self._title.set_parts([("Deskwire", "strong"), (" · support desk", "dim")])
        self._hint.set_parts(
            [("enter", "key"), (" sign in   ", "dim"), ("esc", "key"), (" leave   ", "dim")],
            [(label_command("anywhere.help", is_typing=True), "key"), (" help ", "dim")],
        )
        self.focus_missing_field()

    def focus_missing_field(self) -> None:
        """Puts the cursor where something is missing."""
        empty = (field for field in self._fields.values() if not field.value)
        gap = next(empty, self._fields["password"])
        gap.focus()
        # After a refusal, typing replaces the wrong value.
        gap.action_select_all()

    def show_message(self, text: str, kind: str) -> None:
        """Says how it goes; after a refusal the password is typed anew."""
        self._message.set_parts([(text, kind)])
        if kind == "bad":
            self.focus_missing_field()

    @property
    def message(self) -> str:
        """The message that is shown."""
        return self._message.text

    def forget_password(self) -> None:
        self._fields["password"].value = ""

    @on(Input.Submitted)
    def action_submit(self) -> None:
        """Signs in, or go to what is missing."""
        values = {name: field.value.strip() for name, field in self._fields.items()}
        values["password"] = self._fields["password"].value
        token = self._find_token(values)
        missing = [name for name in _FIELDS if not values[name]]
        if token:
            missing = []
        if missing:
            self._fields[missing[0]].focus()
        elif not values["server"].startswith(("http://", "https://")):
            self.show_message("The server's address begins with http:// or https://.", "bad")
        elif not values["org"].isdecimal():
            self.show_message("The organization is a number.", "bad")
        else:
            wish = (values["server"], int(values["org"]), values["email"], values["password"])
            self.post_message(SignIn(*wish, token))

    def _find_token(self, values: dict[str, str]) -> str | None:
        """Returns the kept session's token: it is only for the account that it was kept for."""
        is_same = all(values[name] == self._values.get(name) for name in ("server", "org", "email"))
        return self._values.get("token") if is_same and not values["password"] else None

    @property
    def is_complete(self) -> bool:
        """Returns whether the given values suffice to sign in."""
        has_account = all(self._values.get(name) for name in ("server", "org", "email"))
        return has_account and bool(self._values.get("password") or self._values.get("token"))

    def show_refusal(self, text: str, *, is_token_dead: bool) -> None:
        """Says why it failed. Without a token that is of use, the password is asked for."""
        if is_token_dead:
            self._values.pop("token", None)
        self.show_message(text, "bad")

    def show_end_of_session(self) -> None:
        """Asks to sign in again."""
        self._values.pop("token", None)
        self.show_message("Your session has ended. Please sign in again.", "warn")

    def action_leave(self) -> None:
        self.app.exit()
