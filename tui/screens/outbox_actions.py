"""The outbox on the screen: what waits for the server, what was not done, and the drafts."""

from tui import clock
from tui.messages.requests import DismissRefusals, ShowTicket, WithdrawCommand
from tui.model.drafts import Draft
from tui.model.outbox_options import ALL_REFUSALS, list_outbox_options, name_draft
from tui.screens.dialogs import DialogScreen
from tui.text.formatting import format_noun_count


class OutboxActions:
    """A list of the outbox: commands are taken back, refusals put aside, drafts opened."""

    def __init__(self, screen: DialogScreen) -> None:
        self._screen = screen

    def show_outbox(self) -> None:
        """Shows the list, or says that it is empty."""
        store, drafts = self._screen.context.store, self._list_drafts()
        options = list_outbox_options(store, drafts, clock.read_server_time())
        if not options:
            self._screen.refuse_action("Nothing waits: the server has confirmed all you did.")
            return
        waiting, refused = len(store.pending.waiting), len(store.pending.refused)
        title = f"Outbox: {waiting} to send, {refused} not done"
        title += f", {format_noun_count(len(drafts), 'draft')}" if drafts else ""
        self._screen.show_picker(title, options, self._take_choice)

    def _list_drafts(self) -> list[Draft]:
        drafts = self._screen.context.drafts
        return [it for it in drafts.list_drafts() if it.number] if drafts else []

    def _take_choice(self, value: str) -> None:
        """Takes an unsent command back; opens a draft; puts a refusal aside, for its ticket."""
        pending = self._screen.context.store.pending
        refused = {one.pending.key: one for one in pending.refused}
        held = pending.get(value)
        draft = next((it for it in self._list_drafts() if name_draft(it) == value), None)
        if value == ALL_REFUSALS:
            self._screen.post_message(DismissRefusals(tuple(refused)))
        elif value in refused:
            self._screen.post_message(DismissRefusals((value,)))
            self._screen.post_message(ShowTicket(refused[value].pending.number))
        elif held is not None and held.is_unsent:
            self._screen.post_message(WithdrawCommand(value))
        elif draft is not None:
            self._screen.post_message(ShowTicket(draft.number, draft.kind))
        elif held is not None:
            self._screen.post_message(ShowTicket(held.number))
        else:
            self._screen.refuse_action("It has been done meanwhile.")
