"""Carries out commands that are chosen by their name, in the help or in the palette."""

from textual.app import App

from tui.keys import KeyContext
from tui.model.context import WorkstationContext
from tui.screens.command_palette import CommandPalette
from tui.screens.help_screen import HelpScreen
from tui.screens.live_commands import LiveCommand, list_live_commands, list_palette_options
from tui.screens.sign_in import SignInScreen
from tui.shell.navigator import Navigator


class CommandLauncher:
    """The help and the palette of an app."""

    def __init__(
        self,
        app: App[None],
        context: WorkstationContext,
        navigator: Navigator,
        sign_in: SignInScreen,
    ) -> None:
        self._app, self._context = app, context
        self._navigator, self._sign_in = navigator, sign_in

    def open_help(self) -> None:
        """Shows the help, once; it carries out what is chosen there."""
        desk = self._navigator.desk_screen
        shown = desk or self._sign_in
        if self._app.screen is shown:
            contexts = (KeyContext.SIGN_IN,) if desk is None else desk.key_contexts()
            help_screen = self._app.get_screen("help", HelpScreen)
            help_screen.set_live_commands(contexts, list_live_commands(shown))
            self._app.push_screen(help_screen, lambda command: self._carry_out(command, ""))

    def open_palette(self) -> None:
        """Shows the commands that are live on a working screen, to be chosen by name."""
        desk = self._navigator.desk_screen
        if desk is None or self._app.screen is not desk:
            return
        live = {command.key.id: command for command in list_live_commands(desk)}
        palette = self._app.get_screen("palette", CommandPalette)
        options = list_palette_options([*live.values()], self._context, desk.target_ticket)
        palette.set_choices("Command", options)

        def carry_out(answer: str | None) -> None:
            name, _, argument = (answer or "").partition(" ")
            self._carry_out(live.get(name), argument)

        self._app.push_screen(palette, carry_out)
        desk.show_keys()

    def _carry_out(self, command: LiveCommand | None, argument: str) -> None:
        if command is not None:
            self._app.call_later(self._run_action, command, argument)

    async def _run_action(self, command: LiveCommand, argument: str) -> None:
        desk = self._navigator.desk_screen
        if desk is not None:
            desk.argument = argument
        await self._app.run_action(command.key.action, command.node)
        if desk is not None:
            desk.argument = ""  # a command that asks nothing has left it
