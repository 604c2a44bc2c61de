"""A customer's account: the list of their tickets, a form for a new one, and each ticket's page."""

from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from typing import Any, Final, TypeAlias

from aiohttp import web

from common.errors import NotFound, RequestRefused
from common.tickets.channel import TicketChannel
from server.desk.desk import Desk
from server.desk.people import accounts
from server.desk.recording.unit_of_work import UnitOfWork
from server.desk.tickets import ticket_creation
from server.desk.tickets.attached_files import attach_files
from server.desk.tickets.ticket_creation import TicketOrigin
from server.domain.form_tokens import sign_form
from server.domain.time_zones import find_zone
from server.domain.timestamps import from_microseconds
from server.rest.core.authentication import Authenticator
from server.rest.core.form_write import FormResult, write_form_once
from server.rest.core.html_forms import read_html_form
from server.rest.core.rate_limit import RateLimiter
from server.rest.customer_pages import link_access, page_forms, page_html
from server.rest.customer_pages.account_cookies import AccountCookies
from server.rest.customer_pages.account_visits import AccountVisit, AccountVisits, SignInNeeded
from server.rest.customer_pages.conversation_page import find_status_name
from server.rest.customer_pages.page_errors import PageHandler, wrap_page_handler
from server.rest.customer_pages.page_forms import FormFault, list_faults
from server.rest.customer_pages.page_uploads import ReceivedForm
from server.rest.customer_pages.ticket_page import PageVisit, TicketPage, parse_before
from server.storage.engine.database import Database
from server.storage.engine.transaction import ReadTransaction
from server.storage.queries.organization.installation_secrets import InstallationSecret
from server.storage.queries.ticket import customer_tickets
from server.storage.queries.ticket.customer_tickets import (
    BEFORE_ALL,
    FROM_THE_END,
    CustomerPage,
    OwnTicket,
)

_Handler: TypeAlias = Callable[[web.Request, AccountVisit], Awaitable[web.StreamResponse]]
_Action: TypeAlias = Callable[[web.Request, PageVisit], Awaitable[web.StreamResponse]]
TICKETS_ON_A_PAGE: Final = 25
_MAX_NUMBER_DIGITS: Final = 15


_ON_THE_PAGE: Final = TicketOrigin(TicketChannel.PAGE)


class AccountRoutes:
    """The pages below `/o/ORG/` for whoever has signed in."""

    def __init__(
        self,
        database: Database,
        desk: Desk,
        authenticator: Authenticator,
        visits: AccountVisits,
        cookies: AccountCookies,
        page: TicketPage,
        rate_limiter: RateLimiter,
        secret: InstallationSecret,
    ) -> None:
        self._database = database
        self._desk = desk
        self._authenticator = authenticator
        self._visits = visits
        self._cookies = cookies
        self._page = page
        self._rate_limiter = rate_limiter
        self._secret = secret

    def routes(self) -> list[web.RouteDef]:
        path, ticket = "/o/{org_id}", "/o/{org_id}/tickets/{number}"
        actions: dict[str, _Action] = {
            "reply": self._page.add_reply,
            "solved": self._page.mark_solved,
            "rate": self._page.record_page_rating,
        }
        return [
            web.get(path, wrap_page_handler(self.complete_address)),
            web.get(f"{path}/", self._open(self.list_requests)),
            web.get(f"{path}/new", self._open(self.show_new_request)),
            web.post(f"{path}/new", self._open(self.file_request)),
            web.post(f"{path}/sign-out", self._open(self.end_page_session)),
            web.get(ticket, self._open(self.show_request)),
            *(
                web.post(f"{ticket}/{name}", self._open(partial(self._act, action)))
                for name, action in actions.items()
            ),
            web.get(f"{ticket}/files/{{id}}", self._open(partial(self._act, self._page.send_file))),
            web.get(f"{ticket}/{{action}}", self._open(self.return_to_request)),
        ]

    def _open(self, handler: _Handler) -> PageHandler:
        """Returns the aiohttp handler of a page for who has signed in; others go to the sign-in."""

        async def handle(request: web.Request) -> web.StreamResponse:
            try:
                visit = await self._visits.find_account(request)
            except SignInNeeded:
                org_id = request.match_info["org_id"]
                return page_html.make_redirect(request, f"o/{org_id}/sign-in")
            if request.method == "POST":
                self._page.check_origin(request)
            self._rate_limiter.limit_caller(visit.login.token_hash, visit.reader.org_id)
            return await handler(request, visit)

        return wrap_page_handler(handle)

    async def complete_address(self, request: web.Request) -> web.Response:
        return page_html.make_redirect(request, f"o/{request.match_info['org_id']}/")

    async def list_requests(self, request: web.Request, visit: AccountVisit) -> web.Response:
        before, reader = parse_before(request), visit.reader

        def job(reading: ReadTransaction) -> list[OwnTicket]:
            return customer_tickets.list_own_tickets(
                reading, reader.org_id, reader.id or 0, before, TICKETS_ON_A_PAGE + 1
            )

        found = await self._database.read_one(job)
        shown = found[:TICKETS_ON_A_PAGE]
        values = {
            "tickets": [_describe_ticket(ticket, visit) for ticket in shown],
            "older": shown[-1].number if len(found) > len(shown) else None,
            "is_old_part": before != FROM_THE_END,
        }
        return await self._render(request, visit, "requests.html", values)

    async def show_new_request(self, request: web.Request, visit: AccountVisit) -> web.Response:
        return await self._render_new_request(request, visit, {})

    async def file_request(self, request: web.Request, visit: AccountVisit) -> web.Response:
        form, uploads, org_id = ReceivedForm(), self._page.uploads, visit.reader.org_id
        try:
            await uploads.receive(request, org_id, visit.settings, form)
            secret = await self._secret.get()
            page_forms.check_form_token(form.typed, visit.binding, secret, visit.texts)
            command = page_forms.parse_new_ticket(form, visit.texts)
            _check_category(form.typed, visit)

            def job(work: UnitOfWork) -> FormResult:
                number = ticket_creation.create_ticket(work, command, _ON_THE_PAGE).number
                attach_files(work, number, None, form.new_files)
                return FormResult(number)

            done = await write_form_once(self._desk, visit.reader, "/tickets", form.identity, job)
        except RequestRefused as refusal:
            await uploads.discard(org_id, form, refusal)
            faults = list_faults(visit.texts, refusal)
            return await self._render_new_request(
                request, visit, form.typed, refusal.status, faults
            )
        if done.is_repeated:
            await uploads.discard(org_id, form, None)
        return page_html.make_redirect(request, f"{_ticket_path(visit, done.number)}?done=new")

    async def end_page_session(self, request: web.Request, visit: AccountVisit) -> web.Response:
        fields, secret = await read_html_form(request), await self._secret.get()
        page_forms.check_form_token(fields, visit.binding, secret, visit.texts)
        token_hash = visit.login.token_hash
        await self._desk.write(
            visit.login.actor, lambda work: accounts.end_sessions(work, [token_hash])
        )
        self._authenticator.clear_cache()
        org_id = visit.reader.org_id
        response = page_html.make_redirect(request, f"o/{org_id}/sign-in?signed-out")
        self._cookies.end_session(response, org_id)
        return response

    async def show_request(self, request: web.Request, visit: AccountVisit) -> web.Response:
        return await self._page.show(request, await self._find_ticket_visit(request, visit))

    async def return_to_request(self, request: web.Request, visit: AccountVisit) -> web.Response:
        return page_html.make_redirect(request, _ticket_path(visit, _parse_number(request)))

    async def _act(
        self, action: _Action, request: web.Request, visit: AccountVisit
    ) -> web.StreamResponse:
        return await action(request, await self._find_ticket_visit(request, visit))

    async def _find_ticket_visit(self, request: web.Request, visit: AccountVisit) -> PageVisit:
        """Returns the page of a ticket of the visitor. Raises NotFound."""
        number, before = _parse_number(request), parse_before(request)
        page = await self._load_page(visit, number, before)
        return PageVisit(
            page=page,
            binding=visit.binding,
            path=_ticket_path(visit, number),
            footer=visit.texts.say("link.why", organization=visit.settings.name),
            check=_check_nothing_more,
            reload=lambda: self._load_page(visit, number, FROM_THE_END),
            find_path=lambda other: self._find_path(visit, other),
            account=await self._make_navigation(request, visit),
        )

    async def _find_path(self, visit: AccountVisit, number: int) -> str | None:
        try:
            await self._load_page(visit, number, BEFORE_ALL)
        except NotFound:
            return None
        return _ticket_path(visit, number)

    async def _load_page(self, visit: AccountVisit, number: int, before: int) -> CustomerPage:
        reader = visit.reader

        def job(reading: ReadTransaction) -> CustomerPage:
            page = customer_tickets.find_customer_page(
                reading,
                reader.org_id,
                number,
                reader.id or 0,
                before,
                link_access.MESSAGES_ON_A_PAGE,
            )
            if page is None or not page.may_be_opened:
                raise NotFound
            return page

        return await self._database.read_one_or_few(job)

    async def _render_new_request(
        self,
        request: web.Request,
        visit: AccountVisit,
        typed: Mapping[str, str],
        status: int = 200,
        faults: tuple[str, ...] = (),
    ) -> web.Response:
        settings = visit.settings
        form = page_forms.make_form(
            visit.binding,
            await self._secret.get(),
            {"category": settings.default_category, **typed},
            faults,
        )
        values = {
            "form": form,
            "categories": settings.categories,
            "limits": page_forms.LIMITS,
            "files": self._page.uploads.find_limits(settings),
        }
        return await self._render(request, visit, "new_request.html", values, status)

    async def _render(
        self,
        request: web.Request,
        visit: AccountVisit,
        template: str,
        values: Mapping[str, Any],
        status: int = 200,
    ) -> web.Response:
        page = page_html.render_page(
            template,
            visit.texts,
            {
                "organization": visit.settings.name,
                "account": await self._make_navigation(request, visit),
                **values,
            },
        )
        return page_html.make_html_response(page, status)

    async def _make_navigation(self, request: web.Request, visit: AccountVisit) -> dict[str, str]:
        return {
            "root": f"{page_html.find_root(request)}o/{visit.reader.org_id}/",
            "token": sign_form(visit.binding, await self._secret.get()),
            "name": visit.reader.name,
        }


def _check_nothing_more(_: UnitOfWork) -> None:
    """The session was checked when the request came, as over REST."""


def _ticket_path(visit: AccountVisit, number: int) -> str:
    return f"o/{visit.reader.org_id}/tickets/{number}"


def _parse_number(request: web.Request) -> int:
    text = request.match_info["number"]
    if not (text.isascii() and text.isdigit() and len(text) <= _MAX_NUMBER_DIGITS):
        raise NotFound
    return int(text)


def _check_category(fields: Mapping[str, str], visit: AccountVisit) -> None:
    """Raises FormFault for a category that was removed since the form was shown."""
    if fields.get("category") not in visit.settings.category_slugs:
        label = visit.texts.say("file.category")
        raise FormFault(visit.texts.say("faults.category", field=label))


def _describe_ticket(ticket: OwnTicket, visit: AccountVisit) -> dict[str, Any]:
    zone = find_zone(visit.settings.timezone)
    changed_at = from_microseconds(ticket.changed_at)
    status = find_status_name(ticket.status, ticket.waiting_on)
    return {
        "number": ticket.number,
        "subject": ticket.subject,
        "status": visit.texts.say(f"status.{status}"),
        "changed": page_html.format_page_time(visit.texts, changed_at, zone),
    }
