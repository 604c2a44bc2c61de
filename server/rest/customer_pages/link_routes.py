"""The page behind a mailed link: one ticket for one person, without signing in.

Mail scanners open links, so opening one changes nothing; a form does.
"""

from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any, Final, TypeAlias

from aiohttp import web
from msgspec.structs import replace

from common.errors import NotFound
from common.organization import OrganizationSettings
from server.clock import Clock
from server.desk.recording.unit_of_work import UnitOfWork
from server.domain.ticket_links import LINK_LIFETIME, TicketLink, read_ticket_link
from server.domain.time_zones import find_zone
from server.domain.timestamps import from_microseconds
from server.rest.core.client_address import find_client_address
from server.rest.core.customer_mailer import CustomerMailer
from server.rest.core.html_forms import read_html_form
from server.rest.core.rate_limit import RateLimiter
from server.rest.customer_pages import link_access, page_forms, page_html
from server.rest.customer_pages.link_access import DeadLink
from server.rest.customer_pages.page_errors import PAGE_TEXTS, wrap_page_handler
from server.rest.customer_pages.ticket_page import PageVisit, TicketPage, parse_before
from server.storage.engine.database import Database
from server.storage.queries.organization import organizations
from server.storage.queries.organization.installation_secrets import InstallationSecret
from server.storage.queries.organization.ticket_link_generations import read_link_generation
from server.storage.queries.ticket.customer_tickets import BEFORE_ALL, FROM_THE_END, CustomerPage

_Action: TypeAlias = Callable[[web.Request, PageVisit], Awaitable[web.StreamResponse]]
_SECOND: Final = 1_000_000


class TicketLinkRoutes:
    """The routes below `/t/`."""

    def __init__(
        self,
        database: Database,
        page: TicketPage,
        rate_limiter: RateLimiter,
        secret: InstallationSecret,
        clock: Clock,
        mailer: CustomerMailer | None,
    ) -> None:
        self._database = database
        self._page = page
        self._rate_limiter = rate_limiter
        self._secret = secret
        self._clock = clock
        self._mailer = mailer

    def routes(self) -> list[web.RouteDef]:
        path = "/t/{token}"
        actions: dict[str, _Action] = {
            "reply": self._page.add_reply,
            "solved": self._page.mark_solved,
            "rate": self._page.record_page_rating,
        }
        return [
            web.get(path, wrap_page_handler(self.show_ticket)),
            web.post(f"{path}/renew", wrap_page_handler(self.send_new_link)),
            *(
                web.post(f"{path}/{name}", wrap_page_handler(partial(self._act, action)))
                for name, action in actions.items()
            ),
            web.get(
                f"{path}/files/{{id}}",
                wrap_page_handler(partial(self._act, self._page.send_file)),
            ),
            # Whoever reloads the page of a refused form asks for its address.
            web.get(f"{path}/{{action}}", wrap_page_handler(self.return_to_ticket)),
        ]

    async def show_ticket(self, request: web.Request) -> web.Response:
        link = await self._read_link(request)
        try:
            return await self._page.show(request, await self._find_visit(request, link))
        except DeadLink as dead:
            return await self._explain_dead_link(request, dead)

    async def return_to_ticket(self, request: web.Request) -> web.Response:
        return page_html.make_redirect(request, _path_of(request.match_info["token"]))

    async def send_new_link(self, request: web.Request) -> web.Response:
        """Mails a new link to the person of the old one; the answer is always the same."""
        self._page.check_origin(request)
        link = await self._read_link(request)
        if self._mailer is None:
            raise NotFound
        address = find_client_address(request)
        self._rate_limiter.limit_mails("link", address, link.org_id, link.number, link.person_id)
        texts = page_html.choose_texts(await self._read_settings(link))
        fields = await read_html_form(request)
        page_forms.check_form_token(fields, link.payload, await self._secret.get(), texts)
        self._mailer.send_ticket_link(link.org_id, link.number, link.person_id)
        return page_html.make_redirect(request, f"{_path_of(request.match_info['token'])}?sent=1")

    async def _act(self, action: _Action, request: web.Request) -> web.StreamResponse:
        link = await self._read_link(request)
        if request.method == "POST":
            person = link.org_id, link.number, link.person_id
            self._rate_limiter.limit_anonymous("ticket-link", find_client_address(request), *person)
        try:
            return await action(request, await self._find_visit(request, link))
        except DeadLink as dead:
            return await self._explain_dead_link(request, dead)

    async def _read_link(self, request: web.Request) -> TicketLink:
        """Returns the link in the path. Raises NotFound for one that this server did not sign."""
        link = read_ticket_link(request.match_info["token"], await self._secret.get())
        if link is not None:
            return link
        if request.method == "POST":
            address = find_client_address(request)
            self._rate_limiter.limit_anonymous("ticket-link", address, address)
        raise NotFound

    async def _find_visit(self, request: web.Request, link: TicketLink) -> PageVisit:
        """Returns the page that the link opens. Raises DeadLink."""
        page = await self._load_page(link, parse_before(request))
        texts = page_html.choose_texts(page.settings)
        request[PAGE_TEXTS] = texts
        until = from_microseconds(link.expires_at * _SECOND)
        when = page_html.describe_time(texts, until, find_zone(page.settings.timezone))
        return PageVisit(
            page=page,
            binding=link.payload,
            path=_path_of(request.match_info["token"]),
            footer=texts.say("link.footer", name=page.reader.name, when=when),
            check=lambda work: _check_link(work, link),
            reload=lambda: self._load_page(link, FROM_THE_END),
            find_path=lambda number: self._make_path(link, number),
        )

    async def _load_page(self, link: TicketLink, before: int) -> CustomerPage:
        now = self._clock()
        return await self._database.read_one_or_few(
            lambda reading: link_access.find_linked_page(reading, link, now, before)
        )

    async def _make_path(self, link: TicketLink, number: int) -> str | None:
        """Returns the address of another ticket; None where it is not the person's.

        It works for as long as the link that led to it.
        """
        generation = await self._database.read_one(
            lambda reading: read_link_generation(reading, link.org_id, number)
        )
        other = replace(link, number=number, generation=generation)
        try:
            await self._load_page(other, BEFORE_ALL)
        except DeadLink:
            return None
        return _path_of(other.sign_token(await self._secret.get()))

    async def _explain_dead_link(self, request: web.Request, dead: DeadLink) -> web.Response:
        """Returns the page that says what to do instead."""
        settings = await self._read_settings(dead.link)
        texts = page_html.choose_texts(settings)
        if "sent" in request.query:
            return _render_message(dead, settings, "dead.sent_title", texts.say("dead.sent"))
        words = texts.say(
            "dead.words" if self._mailer else "dead.words_without_mail", days=LINK_LIFETIME.days
        )
        button = None
        if self._mailer:
            path = f"{page_html.find_root(request)}{_path_of(request.match_info['token'])}/renew"
            button = {
                "words": texts.say("dead.button"),
                "action": path,
                "form": page_forms.make_form(dead.link.payload, await self._secret.get()),
            }
        return _render_message(dead, settings, "dead.title", words, button)

    async def _read_settings(self, link: TicketLink) -> OrganizationSettings:
        """Returns the settings of the link's organization. Raises NotFound where it was removed."""
        return await self._database.read_one(
            lambda reading: organizations.read_settings(reading, link.org_id)
        )


def _path_of(token: str) -> str:
    return f"t/{token}"


def _render_message(
    dead: DeadLink,
    settings: OrganizationSettings,
    title: str,
    words: str,
    button: dict[str, Any] | None = None,
) -> web.Response:
    texts = page_html.choose_texts(settings)
    page = page_html.render_page(
        "message.html",
        texts,
        {
            "organization": settings.name,
            "title": texts.say(title),
            "words": words,
            "is_refusal": button is not None,
            "button": button,
        },
    )
    return page_html.make_html_response(page, dead.status)


def _check_link(work: UnitOfWork, link: TicketLink) -> None:
    """Raises DeadLink where the link has been revoked since its page was read."""
    link_access.find_linked_page(work.writing, link, work.now, BEFORE_ALL)
