"""Scenes of mail: a photo, a newsletter that waits, and a reply that comes back."""

from demo.company import CUSTOMERS, SUPERVISOR, VISITOR
from demo.customer_mails import CustomerMails, ReturnedMail
from demo.organization_setup import DemoDesk
from demo.simulated_agents import SimulatedAgents
from demo.simulated_customers import SimulatedCustomers
from demo.simulation_state import SimulationState
from demo.stories import StoryCue, find_cued_story
from server.domain.mail_ids import make_mail_id

_UNREACHABLE = next(it for it in CUSTOMERS if it.email.startswith("office@"))


class MailScenes:
    """Scenes that are played once."""

    def __init__(
        self,
        state: SimulationState,
        founded: DemoDesk,
        customers: SimulatedCustomers,
        colleagues: SimulatedAgents,
        mails: CustomerMails,
    ) -> None:
        self._state, self._founded = state, founded
        self._customers, self._colleagues = customers, colleagues
        self._mails = mails

    async def send_photo(self) -> None:
        """Sends a request with a photo, and a newsletter."""
        customer = self._state.dice.choice([it for it in CUSTOMERS if it is not _UNREACHABLE])
        story = find_cued_story(StoryCue.MAILED)
        await self._customers.mail_story(story, customer, photo="tank with crack.png")
        await self._mails.send_newsletter()

    async def return_reply(self) -> None:
        """Has the visitor reply to a customer whose mailbox is full: the mail comes back."""
        story = find_cued_story(StoryCue.UNREACHABLE)
        number = await self._customers.mail_story(story, _UNREACHABLE)
        if number is None:
            return
        self._state.live_tickets[number].is_unreachable = True
        visitor = self._state.caller_for(VISITOR)
        you = await visitor.get("/me") or {"id": None}
        supervisor = self._state.caller_for(SUPERVISOR)
        await supervisor.post(f"/tickets/{number}/assign", user_id=you["id"])
        await self._colleagues.send_reply(VISITOR, number)
        ticket = await visitor.get(f"/tickets/{number}?include=messages")
        events = await visitor.get("/events?after=0&limit=1")
        if not ticket or not events or not ticket["messages"]["items"]:
            return
        said = ticket["messages"]["items"][-1]
        mail_id = make_mail_id(
            self._founded.org_id,
            events["epoch"],
            number,
            said["seq"],
            ticket["customer"]["id"],
            self._founded.mail_secret,
        )
        await self._mails.return_mail(ReturnedMail(f"{mail_id}@kettle.example", _UNREACHABLE.email))
