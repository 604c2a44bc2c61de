"""A fetch for a screen ends in a message, also where it fails."""

import asyncio
from typing import Any, cast

import pytest
from textual.message import Message

from common import mail_in_endpoints
from common.wire import Conversation, Page
from tests.support.tickets import view
from tui.messages.requests import CallEndpoint
from tui.messages.results import CallAnswered, RequestFailed
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


class SlowClient:
    """Answers each call with its number, once a test lets it."""

    def __init__(self) -> None:
        self.calls = 0
        self.asked, self.answers = asyncio.Event(), asyncio.Event()

    async def call(self, _endpoint: object, **_more: object) -> int:
        self.calls += 1
        number = self.calls
        self.asked.set()
        await self.answers.wait()
        return number


@pytest.mark.parametrize(("rereads", "answered"), [(True, [1, 2]), (False, [1])])
async def test_a_list_asked_for_while_it_is_under_way_is_read_once_more_where_it_must_be_new(
    *, rereads: bool, answered: list[int]
) -> None:
    client, posted = SlowClient(), list[Any]()
    tasks = ApiTasks(cast(Client, client), Store(), posted.append)
    call = CallEndpoint(mail_in_endpoints.LIST_HELD_MAILS)
    call.rereads = rereads
    work = tasks.call_endpoint(call)
    assert work
    running = asyncio.create_task(work)
    await client.asked.wait()
    # What is under way may have been read before the change that calls for it again.
    assert [tasks.call_endpoint(call) for _ in range(3)] == [None] * 3
    client.answers.set()
    await running
    assert [it.answer for it in posted if isinstance(it, CallAnswered)] == answered
