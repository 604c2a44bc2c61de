"""Simulated customers: they file tickets, reply, rate, and some reopen their tickets."""

from functools import partial
from typing import Any, Final

from common.tickets.replying import MessageAdded
from common.tickets.transitions import TicketResolved
from demo.api_caller import ApiCaller
from demo.company import CUSTOMERS, SUPERVISOR, DemoPerson
from demo.customer_mails import CustomerMails
from demo.live_ticket import LiveTicket
from demo.page_visits import PageVisits
from demo.simulation_state import SimulationState
from demo.stories import (
    EMPTY_STORY,
    GENERIC_REPLIES,
    RATINGS,
    REOPENING_REPLIES,
    DemoStory,
    StoryDeck,
)

Event = dict[str, Any]
MAX_UNRESOLVED: Final = 60
"""Number of unresolved tickets at which customers file no more."""
MAX_UNASSIGNED: Final = 8
"""Number of unassigned tickets at which customers file no more."""


class SimulatedCustomers:
    """All simulated customers. Without `mails` none of them writes mail.

    Until there are `pages` none opens the page in a mail.
    """

    pages: PageVisits | None = None

    def __init__(
        self, state: SimulationState, stories: StoryDeck, mails: CustomerMails | None = None
    ) -> None:
        self._state = state
        self._stories = stories
        self._mails = mails
        self._seq: int | None = None

    async def file_story(self, story: DemoStory) -> None:
        """Files the story as one of the customers; every third one writes a mail."""
        customer = self._state.dice.choice(CUSTOMERS)
        if self._mails and self._state.dice.random() < 1 / 3:
            await self.mail_story(story, customer)
            return
        ticket = await self._state.caller_for(customer).post(
            "/tickets",
            subject=story.subject,
            description=story.description,
            priority=story.priority,
            category=story.category,
        )
        if ticket is not None:
            self._state.live_tickets[ticket["number"]] = LiveTicket(story, customer)

    async def mail_story(
        self, story: DemoStory, customer: DemoPerson, *, photo: str = ""
    ) -> int | None:
        """Sends the story by mail, with a photo of this name. Returns the ticket's number."""
        if self._mails is None:
            return None
        subject, text = story.subject, story.description
        number = await self._mails.send_request(customer, subject, text, photo=photo)
        if number is not None:
            self._state.live_tickets[number] = LiveTicket(story, customer, writes_mail=True)
        return number

    async def continue_story(self, number: int, answered: str = "") -> None:
        """Writes the customer's next sentence of the story, as an answer to these words."""
        live = self._state.live_tickets.get(number)
        if live and live.said < len(live.story.talk):
            live.said += 1
            await self._send_message(number, live.story.talk[live.said - 1], answered)

    async def _send_message(self, number: int, words: str, answered: str = "") -> None:
        live = self._state.live_tickets[number]
        subject = live.story.subject
        if self._mails and live.writes_mail:
            ticket = {"number": number, "subject": subject}
            await self._mails.send_reply(live.customer, ticket, words, answered)
            return
        if self.pages and await self.pages.write_reply(live.customer, number, words):
            return
        await self._requester_caller(number).post(f"/tickets/{number}/messages", body=words)

    async def arrive(self) -> None:
        """Files new tickets at intervals while the queue is short enough."""
        while True:
            await self._state.pause(6)
            queues = await self._state.caller_for(SUPERVISOR).get("/queues")
            if (
                queues
                and queues["unassigned"] < MAX_UNASSIGNED
                and _count_unresolved(queues) < MAX_UNRESOLVED
            ):
                await self._file_fresh_story()

    async def _file_fresh_story(self) -> None:
        """Files a story that is not in the queue yet. Does nothing if all of them are."""
        seen = {
            live.story.subject for live in self._state.live_tickets.values() if not live.is_over
        }
        story = self._stories.draw_story_except(seen)
        if story is not None:
            await self.file_story(story)

    async def follow_events(self) -> None:
        """Replies to new messages of agents after a pause."""
        hearing = self._state.caller_for(SUPERVISOR)
        while True:
            if self._seq is None:
                self._seq = (await hearing.get("/queues") or {}).get("seq")
            await self._state.pause(1)
            if self._seq is None:
                continue
            page = await hearing.get(f"/events?after={self._seq}") or {"items": []}
            for event in page["items"]:
                self._seq = event["seq"]
                self._handle_event(event)

    def _handle_event(self, event: Event) -> None:
        if "ticket" not in event:
            return
        if event["ticket"]["status"] == "closed":
            self._state.live_tickets.pop(event["ticket"]["number"], None)
            return
        number = self._ensure_live_ticket(event["ticket"])
        self._state.live_tickets[number].is_over = event["ticket"]["status"] == "resolved"
        if event["actor"]["role"] not in {"agent", "supervisor", "admin"}:
            return
        if event["type"] == MessageAdded.type and event["message"]["kind"] == "reply":
            self._state.run_later(8, partial(self._answer_agent, number, event["message"]["body"]))
        elif event["type"] == TicketResolved.type:
            self._state.run_later(12, partial(self.react_to_resolution, number))

    def _ensure_live_ticket(self, ticket: dict[str, Any]) -> int:
        """Returns the live ticket of this number, or a new one without a story."""
        number: int = ticket["number"]
        if number not in self._state.live_tickets:
            email = ticket["customer"]["email"]
            customer = next((it for it in CUSTOMERS if it.email == email), CUSTOMERS[0])
            self._state.live_tickets[number] = LiveTicket(EMPTY_STORY, customer)
        return number

    async def _answer_agent(self, number: int, words: str) -> None:
        """Replies with the next sentence of the story, or with a general answer to other text."""
        live = self._state.live_tickets.get(number)
        if live is None or live.is_unreachable:
            return
        if live.said and live.story.talk[live.said - 1] == words:
            await self.continue_story(number, words)
        else:
            await self._send_message(number, self._state.dice.choice(GENERIC_REPLIES), words)

    async def react_to_resolution(self, number: int) -> None:
        """Reopens a few resolved tickets and rates many of the others."""
        if number not in self._state.live_tickets:
            return
        mood, customer = self._state.dice.random(), self._requester_caller(number)
        if mood < 0.1:  # noqa: PLR2004 - one in ten
            await self._send_message(number, self._state.dice.choice(REOPENING_REPLIES))
        elif mood < 0.6:  # noqa: PLR2004 - every second one
            await self._rate_ticket(customer, number)
        if mood > 0.4:  # noqa: PLR2004 - six in ten, rated or not
            await customer.patch(f"/tickets/{number}", status="closed")

    async def _rate_ticket(self, customer: ApiCaller, number: int) -> None:
        score, comment = self._state.dice.choice(RATINGS)
        person = self._state.live_tickets[number].customer
        if self.pages and await self.pages.rate_ticket(person, number, score, comment):
            return
        await customer.post(f"/tickets/{number}/rating", score=score, comment=comment)

    def _requester_caller(self, number: int) -> ApiCaller:
        return self._state.caller_for(self._state.live_tickets[number].customer)


def _count_unresolved(queues: dict[str, int]) -> int:
    return queues["open"] + queues["in_progress"]
