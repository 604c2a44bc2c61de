"""The outbox on the screen: what waits for the server, and what was not done."""

from tui import clock
from tui.messages.requests import DismissRefusals, ShowTicket, WithdrawCommand
from tui.model.outbox_options import ALL_REFUSALS, list_outbox_options
from tui.screens.dialogs import DialogScreen


class OutboxActions:
    """A list of the outbox, from which commands are taken back and refusals put aside."""

    def __init__(self, screen: DialogScreen) -> None:
        self._screen = screen

    def show_outbox(self) -> None:
        """Shows the list, or says that it is empty."""
        store = self._screen.context.store
        options = list_outbox_options(store, clock.read_server_time())
        if not options:
            self._screen.refuse_action("Nothing waits: the server has confirmed all you did.")
            return
        waiting, refused = len(store.pending.waiting), len(store.pending.refused)
        title = f"Outbox: {waiting} to send, {refused} not done"
        self._screen.show_picker(title, options, self._take_choice)

    def _take_choice(self, value: str) -> None:
        """Takes an unsent command back; puts a refusal aside, and shows its ticket."""
        pending = self._screen.context.store.pending
        refused = {one.pending.key: one for one in pending.refused}
        held = pending.get(value)
        if value == ALL_REFUSALS:
            self._screen.post_message(DismissRefusals(tuple(refused)))
        elif value in refused:
            self._screen.post_message(DismissRefusals((value,)))
            self._screen.post_message(ShowTicket(refused[value].pending.number))
        elif held is not None and held.is_unsent:
            self._screen.post_message(WithdrawCommand(value))
        elif held is not None:
            self._screen.post_message(ShowTicket(held.number))
        else:
            self._screen.refuse_action("It has been done meanwhile.")
