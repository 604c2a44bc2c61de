"""The page behind a mailed link: to open it records nothing, the form does, until it is over."""

import io
from datetime import timedelta
from typing import Any

import aiohttp
import pytest

from server.clock import utc_now
from server.domain.rating_links import RateLink
from server.storage.queries.organization import stream_clients
from server.storage.queries.organization.installation_secrets import RATING_LINK_KEY
from server.storage.queries.ticket import surveys
from tests.support.desk import Org
from tests.support.rest import Caller

SOON = int((utc_now() + timedelta(hours=1)).timestamp())
LONG_AGO = 1_000_000_000


class Page:
    """A customer's browser, with the link of its first ticket's last resolution."""

    def __init__(self, org: Org, customer: Caller, agent: Caller, subject: str) -> None:
        self.org, self.customer, self.agent, self.subject = org, customer, agent, subject
        self.seq = 0
        self.secret = ""

    async def resolve(self) -> str:
        """Resolves the ticket; answers the link's token."""
        self.seq = (await self.agent.edit(1, status="resolved"))["last_seq"]
        values = {"org_id": self.org.id, "number": 1, "seq": self.seq}
        await self.org.write(
            lambda work: surveys.add_invitation(
                work.writing,
                **values,
                customer_id=self.customer.id,
                resolver_id=self.agent.id,
                category="general",
                due_at=0,
            )
        )
        self.secret = await self.org.write(
            lambda work: stream_clients.read_or_create_secret(
                work.writing, RATING_LINK_KEY, "a" * 64
            )
        )
        return self.token()

    def token(self, *, expires_at: int = SOON, seq: int | None = None, org_id: int = 0) -> str:
        link = RateLink(org_id or self.org.id, 1, seq or self.seq, expires_at)
        return link.sign_token(self.secret)

    async def open(self, token: str, query: str = "") -> tuple[int, str]:
        return await self._ask("GET", f"{token}{query}")

    async def send(self, token: str, **fields: str) -> tuple[int, str]:
        return await self._ask("POST", token, data=fields)

    async def _ask(self, method: str, path: str, **more: Any) -> tuple[int, str]:
        url = f"{self.org.desk.http}/rate/{path}"
        async with self.org.web.request(method, url, **more) as reply:
            assert reply.content_type == "text/html"
            assert "default-src 'none'" in reply.headers["Content-Security-Policy"]
            assert reply.headers["Referrer-Policy"] == "no-referrer"
            return reply.status, await reply.text()

    async def rating(self) -> Any:
        rating = (await self.agent.ticket(1))["rating"]
        return rating and (rating["score"], rating["comment"])


@pytest.fixture
async def page(org: Org) -> Page:
    customer, agent = await org.customer("Carla"), await org.agent("Ana")
    subject = "<script>alert('fire')</script> & {smoke}"
    await customer.file(subject, description="A secret description")
    return Page(org, customer, agent, subject)


async def test_opening_a_link_records_nothing_and_sending_the_form_does(page: Page) -> None:
    token = await page.resolve()
    status, shown = await page.open(token, "?score=4")
    assert status == 200
    assert 'value="4" required checked' in shown
    assert shown.count("checked") == 1
    assert await page.rating() is None
    status, shown = await page.send(token, score="2", comment=" Slow.\r\nVery. ")
    assert (status, await page.rating()) == (200, (2, " Slow.\nVery. "))
    assert "2 of 5" in shown
    assert (await page.send(token, score="5", comment=""))[0] == 200
    assert await page.rating() == (5, None)
    rated = [it for it in await page.agent.events() if it["type"] == "ticket.rated"]
    assert [it["actor"]["id"] for it in rated] == [page.customer.id] * 2


async def test_the_page_tells_of_the_tenant_only_number_and_subject(page: Page) -> None:
    token = await page.resolve()
    _, shown = await page.open(token, "?score=%22%3E%3Cb%3E")
    assert "#1: &lt;script&gt;alert(&#39;fire&#39;)&lt;/script&gt; &amp; {smoke}" in shown
    assert "<script" not in shown
    assert "<b>" not in shown
    assert "checked" not in shown
    for word in (page.customer.email, "Carla", "Ana", "secret", str(page.org.id)):
        assert word not in shown


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"score": "6"},
        {"score": "٣"},
        {"score": "", "comment": "<i>so</i>"},
        {"score": "4", "comment": "x" * 2001},
        {"score": "4", "comment": "\0"},
    ],
)
async def test_a_form_that_will_not_do_is_shown_again_with_what_is_wrong(
    page: Page, given: dict[str, str]
) -> None:
    token = await page.resolve()
    status, shown = await page.send(token, **given)
    assert (status, await page.rating()) == (422, None)
    assert 'role="alert"' in shown
    assert "<form" in shown
    assert "<i>" not in shown


async def test_an_expired_link_is_gone_and_a_forged_one_was_never_there(page: Page) -> None:
    token = await page.resolve()
    expired = page.token(expires_at=LONG_AGO)
    foreign = page.token(org_id=page.org.id + 1)
    forged = token[:-1] + ("0" if token[-1] != "0" else "1")
    for bad, expected in ((expired, 410), (foreign, 404), (forged, 404), ("x%00%ff", 404)):
        assert (await page.open(bad))[0] == expected
        assert (await page.send(bad, score="5"))[0] == expected
    assert await page.rating() is None


async def test_the_link_of_a_resolution_that_did_not_hold_is_gone_for_good(page: Page) -> None:
    first = await page.resolve()
    await page.customer.write(1, "Still broken.")
    second = await page.resolve()
    assert (await page.open(first))[0] == 410
    assert (await page.send(first, score="1"))[0] == 410
    assert (await page.send(second, score="5"))[0] == 200
    assert await page.rating() == (5, None)


async def test_the_link_of_a_customer_who_was_erased_leads_nowhere(page: Page) -> None:
    token = await page.resolve()
    (await page.org.admin.post(f"/users/{page.customer.id}/erase")).expect(200)
    assert (await page.open(token))[0] == 404
    assert (await page.send(token, score="1"))[0] == 404


@pytest.mark.parametrize(
    ("body", "kind", "expected"),
    [
        (b"score=4&comment=%ff%fe", "application/x-www-form-urlencoded", 200),
        (b"\xff\xfe", "application/x-www-form-urlencoded", 400),
        (b"&a" * 50 + b"&score=4", "application/x-www-form-urlencoded", 400),
        (b"comment=" + b"x" * 1_048_577, "application/x-www-form-urlencoded", 413),
        (b'{"score": 4}', "application/json", 415),
        (b"", "", 415),
    ],
)
async def test_what_is_no_form_is_refused(
    page: Page, body: bytes, kind: str, expected: int
) -> None:
    token = await page.resolve()
    url = f"{page.org.desk.http}/rate/{token}"
    headers = {"Content-Type": kind} if kind else {}
    async with (
        aiohttp.ClientSession(skip_auto_headers=["Content-Type"]) as web,
        web.post(url, data=io.BytesIO(body), headers=headers) as reply,
    ):
        assert (reply.status, reply.content_type) == (expected, "text/html")
