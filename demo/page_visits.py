"""Visits of the simulated customers to the pages that their mails link to."""

import re
from html import unescape
from typing import Final

import aiohttp

from demo.company import DemoPerson
from demo.customer_mailboxes import CustomerMailboxes

_GUARD: Final = re.compile(r'<input type="hidden" name="(form_\w+)" value="([^"]*)">')
_TIMEOUT: Final = aiohttp.ClientTimeout(total=30)


class PageVisits:
    """Opens the page in a customer's newest mail about a ticket, and sends its forms."""

    def __init__(self, web: aiohttp.ClientSession, mailboxes: CustomerMailboxes) -> None:
        self._web = web
        self._mailboxes = mailboxes

    async def write_reply(self, customer: DemoPerson, number: int, words: str) -> bool:
        """Answers on the page. Returns whether there was one, and it took the answer."""
        return await self._send_form(customer, number, "reply", {"body": words})

    async def rate_ticket(
        self, customer: DemoPerson, number: int, score: int, comment: str | None
    ) -> bool:
        """Rates on the page. Returns whether there was one, and it took the rating."""
        fields = {"score": str(score), "comment": comment or ""}
        return await self._send_form(customer, number, "rate", fields)

    async def _send_form(
        self, customer: DemoPerson, number: int, action: str, fields: dict[str, str]
    ) -> bool:
        mail = self._mailboxes.find_mail(customer.email, number)
        if mail is None or not mail.page:
            return False
        try:
            async with self._web.get(mail.page, timeout=_TIMEOUT) as page:
                guard = dict(_GUARD.findall(await page.text())) if page.ok else {}
            given = {name: unescape(value) for name, value in guard.items()}
            async with self._web.post(
                f"{mail.page}/{action}", data=given | fields, timeout=_TIMEOUT
            ) as answer:
                return answer.ok
        except (aiohttp.ClientError, TimeoutError, UnicodeError):
            return False
