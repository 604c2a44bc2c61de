"""Mails of the simulated customers, as the mail server of the shop hands them to the desk."""

from collections.abc import Mapping
from email.message import EmailMessage
from email.utils import format_datetime, make_msgid, parseaddr
from typing import Any, Final

from msgspec import Struct

from demo.company import ADMIN, DemoPerson
from demo.customer_mailboxes import CustomerMailboxes
from demo.mail_delivery import DeliverMail, OutgoingMail
from demo.simulation_state import SimulationState

AUTHSERV_ID: Final = "mx.kettle.example"
"""The name of the shop's mail server, whose verdict on senders the desk trusts."""
INBOX: Final = "help@kettle.example"
_NEWSLETTER: Final = """Green coffee is up by 3 % this week. Read on in your browser.

You get this mail because you are on our list."""
_PHOTO: Final = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000100000001008020000009091683600000016494441"
    "5478da6338516143126218d530aa61f86a0000912a7c10cb3ef5ea0000000049454e44ae426082"
)
"""A picture of 16 by 16 points: small enough to stand here."""


class ReturnedMail(Struct, frozen=True):
    """A mail of ours that comes back: its Message-ID, and the address that refused it."""

    message_id: str
    address: str


class CustomerMails:
    """Writes to the shop's inbox, as the customers' mail programs do.

    Without `mailboxes` they have got no mail that they could answer.
    """

    def __init__(
        self,
        state: SimulationState,
        deliver: DeliverMail,
        mailboxes: CustomerMailboxes | None = None,
    ) -> None:
        self._state = state
        self._deliver = deliver
        self._mailboxes = mailboxes or CustomerMailboxes()

    async def open_inbox(self) -> None:
        """Opens the inbox that the customers write to."""
        await self._state.caller_for(ADMIN).post("/inboxes", address=INBOX)

    async def send_request(
        self, customer: DemoPerson, subject: str, text: str, *, photo: str = ""
    ) -> int | None:
        """Sends a new request, with a photo of this name. Returns its ticket's number."""
        mail = self._compose(customer, subject, text)
        if photo:
            mail.add_attachment(_PHOTO, maintype="image", subtype="png", filename=photo)
        if not await self._hand_over(mail):
            return None
        return await self._find_request(customer, subject)

    async def _find_request(self, customer: DemoPerson, subject: str) -> int | None:
        """Returns the number of the newest ticket of a customer with this subject."""
        page = await self._state.caller_for(ADMIN).get("/tickets?sort=-created_at&limit=25")
        for ticket in page["items"] if page else []:
            if (ticket["subject"], ticket["customer"]["email"]) == (subject, customer.email):
                number: int = ticket["number"]
                return number
        return None

    async def send_reply(
        self, customer: DemoPerson, ticket: Mapping[str, Any], text: str, quoted: str
    ) -> None:
        """Sends an answer to a ticket above the words that it answers, if there are any.

        It answers the newest mail that the customer has about the ticket, where there is one.
        """
        words = f"{text}\n\n-- \n{customer.name}\n"
        if quoted:
            at = self._state.clock()
            words += f"\nOn {at:%a, %d %b %Y} at {at:%H:%M}, Kettle & Crane <{INBOX}> wrote:\n"
            words += "".join(f"> {line}\n" for line in quoted.splitlines())
        subject = f"Re: [#{ticket['number']}] {ticket['subject']}"
        mail = self._compose(customer, subject, words)
        received = self._mailboxes.find_mail(customer.email, ticket["number"])
        if received is not None:
            mail["In-Reply-To"] = mail["References"] = received.message_id
            if received.reply_to:
                mail.replace_header("To", received.reply_to)
        await self._hand_over(mail)

    async def send_newsletter(self) -> None:
        """Sends a newsletter, which waits for a supervisor instead of being a ticket."""
        sender = DemoPerson("news@beans.example", "Green Bean Weekly", ADMIN.role)
        mail = self._compose(sender, "Green coffee this week", _NEWSLETTER)
        mail["Precedence"] = "bulk"
        mail["List-Unsubscribe"] = "<https://beans.example/leave>"
        await self._hand_over(mail)

    async def return_mail(self, returned: ReturnedMail) -> None:
        """Sends the report of a mail server that a mail of ours was refused for good (RFC 3464)."""
        domain = returned.address.partition("@")[2]
        report = "\r\n".join(
            [
                f"From: Mail delivery <mailer-daemon@{domain}>",
                f"To: {INBOX}",
                "Subject: Undelivered mail returned to sender",
                f"Date: {format_datetime(self._state.clock())}",
                f"Message-ID: {make_msgid(domain=domain)}",
                "MIME-Version: 1.0",
                'Content-Type: multipart/report; report-type=delivery-status; boundary="b7"',
                "",
                "--b7",
                "Content-Type: text/plain",
                "",
                f"Your mail to {returned.address} could not be delivered.",
                "--b7",
                "Content-Type: message/delivery-status",
                "",
                f"Reporting-MTA: dns; mx.{domain}",
                "",
                f"Final-Recipient: rfc822; {returned.address}",
                "Action: failed",
                "Status: 5.2.2",
                "Diagnostic-Code: smtp; 552 5.2.2 The mailbox is full",
                "--b7",
                "Content-Type: text/rfc822-headers",
                "",
                f"Message-ID: <{returned.message_id}>",
                "--b7--",
                "",
            ]
        )
        await self._deliver(OutgoingMail("", "", INBOX, report.encode()))

    def _compose(self, sender: DemoPerson, subject: str, text: str) -> EmailMessage:
        domain = sender.email.partition("@")[2]
        mail = EmailMessage()
        mail["Authentication-Results"] = f"{AUTHSERV_ID}; dmarc=pass header.from={domain}"
        mail["From"] = f'"{sender.name}" <{sender.email}>'
        mail["To"] = INBOX
        mail["Subject"] = subject
        mail["Date"] = format_datetime(self._state.clock())
        mail["Message-ID"] = make_msgid(domain=domain)
        mail.set_content(text)
        return mail

    async def _hand_over(self, mail: EmailMessage) -> bool:
        sender, recipient = (parseaddr(mail[name])[1] for name in ("From", "To"))
        return await self._deliver(
            OutgoingMail(sender, str(mail["Subject"]), recipient, mail.as_bytes())
        )
