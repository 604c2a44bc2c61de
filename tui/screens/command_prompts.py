"""Asks the question of a verb, and sends the command that its answer makes."""

from common.wire import TicketView
from tui.messages.requests import SendCommand
from tui.screens.dialogs import DialogScreen
from tui.ticket_verbs import CommandPrompt


def ask_prompt(screen: DialogScreen, ticket: TicketView, prompt: CommandPrompt) -> None:
    """Asks for a text, or for a yes, and sends the command then."""

    def typed(answer: str) -> None:
        doing, done = (
            it.format(ticket=ticket, answer=answer) for it in (prompt.doing, prompt.done)
        )
        command = prompt.build_command(answer)
        screen.post_message(SendCommand(ticket.number, command, doing=doing, done=done))

    def answered(is_yes: bool | None) -> None:  # noqa: FBT001 - a screen's answer
        if is_yes:
            typed("")

    question = prompt.question.format(ticket=ticket)
    if prompt.takes_text:
        screen.show_picker(question, [], typed, is_free=True)
    else:
        screen.show_confirmation(question, answered)
