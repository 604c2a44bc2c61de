"""The screens of the desk. Each is made once: a screen of Textual's is never freed."""

from typing import Any

from textual.app import App

from tui.model.context import WorkstationContext
from tui.screens.column_chooser import ColumnChooser
from tui.screens.command_palette import CommandPalette
from tui.screens.confirmation import Confirm
from tui.screens.held_mails_screen import HeldMailsScreen
from tui.screens.help_screen import HelpScreen
from tui.screens.macros_screen import MacrosScreen
from tui.screens.mail_text import MailText
from tui.screens.notifications_screen import NotificationsScreen
from tui.screens.path_prompt import PathPrompt
from tui.screens.picker import Picker
from tui.screens.queue_screen import QueueScreen
from tui.screens.ticket_screen import TicketScreen


class ScreenSet:
    """The working screens, by name, and the dialogs that they open."""

    def __init__(self, context: WorkstationContext) -> None:
        self.queue = QueueScreen(context)
        self.ticket = TicketScreen(context)
        self.notices = NotificationsScreen(context)
        self.held_mails = HeldMailsScreen(context)
        self.macros = MacrosScreen(context)

    def install(self, app: App[Any]) -> None:
        """Installs them in an app, which then finds them by name."""
        app.install_screen(self.queue, "queue")
        app.install_screen(self.ticket, "ticket")
        app.install_screen(self.notices, "notices")
        app.install_screen(self.held_mails, "held_mails")
        app.install_screen(self.macros, "macros")
        app.install_screen(Confirm(), "confirm")
        app.install_screen(Picker(), "picker")
        app.install_screen(CommandPalette(), "palette")
        app.install_screen(ColumnChooser(), "columns")
        app.install_screen(PathPrompt(), "path")
        app.install_screen(MailText(), "mail_text")
        app.install_screen(HelpScreen(), "help")
