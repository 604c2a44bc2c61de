"""A fetch for a screen ends in a message, also where it fails."""

from typing import cast

from textual.message import Message

from common.wire import Conversation, Page
from tests.support.tickets import view
from tui.messages.results import RequestFailed
from tui.model.store import Store
from tui.network.api_tasks import ApiTasks
from tui.network.client import Client


class ClientOfABusyTicket:
    """Reads a conversation that is older than the store each time."""

    def __init__(self) -> None:
        self.reads = 0

    async def read_conversation(self, number: int) -> Conversation:
        self.reads += 1
        ticket = view(number)
        fields = {name: getattr(ticket, name) for name in ticket.__struct_fields__}
        return Conversation(**fields, messages=Page([], None, -1))


async def test_a_conversation_that_is_always_outdated_is_given_up_with_a_sentence() -> None:
    client, posted = ClientOfABusyTicket(), list[Message]()
    tasks = ApiTasks(cast(Client, client), Store(), posted.append)
    work = tasks.load_ticket(17)
    assert work
    await work
    assert client.reads == 5
    assert isinstance(posted[0], RequestFailed)
    assert posted[0].sentence.startswith("#17 keeps changing")
    again = tasks.load_ticket(17)
    assert again
    await again
    assert client.reads == 10
