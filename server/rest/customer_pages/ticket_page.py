"""The page of one ticket: shown, answered, solved and rated, by a link or by a session alike."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final, TypeAlias

from aiohttp import web
from msgspec import Struct

from common.errors import NotFound, RequestRefused
from common.tickets.editing import EditTicket
from common.tickets.registry import AnyCommand
from common.tickets.ticket import Status
from server.clock import Clock
from server.desk import ticket_commands
from server.desk.desk import Desk
from server.desk.unit_of_work import UnitOfWork
from server.domain.languages.catalogue import Catalogue
from server.rest.core.form_write import FormResult, write_form_once
from server.rest.core.html_forms import check_form_origin, read_html_form
from server.rest.customer_pages import conversation_page, page_forms, page_html
from server.rest.customer_pages.page_errors import PAGE_TEXTS, describe_refusal
from server.rest.customer_pages.page_forms import FormFault
from server.storage.queries.customer_tickets import FROM_THE_END, CustomerPage
from server.storage.queries.installation_secrets import InstallationSecret

ParseForm: TypeAlias = Callable[[Mapping[str, str], Catalogue], AnyCommand]
NOTICES: Final = {
    "reply": "reply.sent",
    "followup": "reply.followup",
    "solved": "solve.done",
    "rate": "rate.done",
    "new": "file.done",
}
"""The texts of notices, by the word in the address that a form leads to."""
_MAX_SEQ_DIGITS: Final = 18


class PageVisit(Struct, frozen=True, kw_only=True):
    """A ticket's page and who looks at it, found before anything is shown or done.

    `binding` binds forms, `path` is the page's address from the root. `check` runs inside each
    write, and raises where the visitor has lost access meanwhile. `find_path` returns the page of
    another ticket of the visitor, a follow-up.
    """

    page: CustomerPage
    binding: str
    path: str
    footer: str
    check: Callable[[UnitOfWork], None]
    reload: Callable[[], Awaitable[CustomerPage]]
    find_path: Callable[[int], Awaitable[str]]
    account: Any = None


class TicketPage:
    """Shows tickets' pages, and executes their forms as commands of the customer."""

    def __init__(
        self,
        desk: Desk,
        secret: InstallationSecret,
        clock: Clock,
        own_hosts: Callable[[], set[str]],
    ) -> None:
        self._desk = desk
        self._secret = secret
        self._clock = clock
        self._own_hosts = own_hosts

    def check_origin(self, request: web.Request) -> None:
        """Raises ForeignForm for a form that another site's page has sent."""
        check_form_origin(request, self._own_hosts())

    async def show(self, request: web.Request, visit: PageVisit) -> web.Response:
        return await self._render(request, visit, visit.page, 200, {})

    async def add_reply(self, request: web.Request, visit: PageVisit) -> web.Response:
        return await self._execute_form(request, visit, "reply", page_forms.parse_reply)

    async def mark_solved(self, request: web.Request, visit: PageVisit) -> web.Response:
        return await self._execute_form(
            request, visit, "solved", lambda _, __: EditTicket(status=Status.RESOLVED)
        )

    async def record_page_rating(self, request: web.Request, visit: PageVisit) -> web.Response:
        return await self._execute_form(request, visit, "rate", page_forms.parse_page_rating)

    async def _execute_form(
        self, request: web.Request, visit: PageVisit, action: str, parse: ParseForm
    ) -> web.Response:
        """Executes a form once and redirects; shows it again, as it was typed, if it is refused."""
        self.check_origin(request)
        texts = page_html.choose_texts(visit.page.settings)
        request[PAGE_TEXTS] = texts
        fields = await read_html_form(request)
        try:
            page_forms.check_form_token(fields, visit.binding, await self._secret.get(), texts)
            done = await self._run_command(visit, action, fields, parse(fields, texts))
        except FormFault as fault:
            return await self._render(
                request, visit, visit.page, fault.status, fields, fault.faults
            )
        except NotFound:
            raise
        except RequestRefused as refusal:
            words = (describe_refusal(texts, refusal),)
            page = await visit.reload()
            return await self._render(request, visit, page, refusal.status, fields, words)
        return await _redirect_after(request, visit, action, done)

    async def _run_command(
        self, visit: PageVisit, action: str, fields: Mapping[str, str], command: AnyCommand
    ) -> FormResult:
        number = visit.page.listed.ticket.number

        def job(work: UnitOfWork) -> FormResult:
            visit.check(work)
            done = ticket_commands.execute_command(work, number, command)
            return FormResult(done.ticket.number, done.message_seq or 0)

        route = f"/tickets/{number}/{action}"
        return await write_form_once(self._desk, visit.page.reader, route, fields, job)

    async def _render(
        self,
        request: web.Request,
        visit: PageVisit,
        page: CustomerPage,
        status: int,
        typed: Mapping[str, str],
        faults: tuple[str, ...] = (),
    ) -> web.Response:
        texts = page_html.choose_texts(page.settings)
        notice = NOTICES.get(request.query.get("done", "")) if request.method != "POST" else None
        is_old_part = parse_before(request) != FROM_THE_END
        html = page_html.render_page(
            "ticket.html",
            texts,
            {
                "organization": page.settings.name,
                "page": conversation_page.build_conversation_page(
                    page, texts, self._clock(), is_old_part=is_old_part
                ),
                "form": page_forms.make_form(
                    visit.binding,
                    await self._secret.get(),
                    {**_list_present_rating(page), **typed},
                    faults,
                ),
                "url": page_html.find_root(request) + visit.path,
                "notice": texts.say(notice) if notice else None,
                "footer": visit.footer,
                "account": visit.account,
                "limits": page_forms.LIMITS,
                "scores": texts.list_words("rate.scores"),
            },
        )
        return page_html.make_html_response(html, status)


def parse_before(request: web.Request) -> int:
    """Returns the seq before which messages are shown; all of them for what is no number."""
    text = request.query.get("before", "")
    is_number = text.isascii() and text.isdigit() and len(text) <= _MAX_SEQ_DIGITS
    return int(text) if is_number else FROM_THE_END


def _list_present_rating(page: CustomerPage) -> dict[str, str]:
    """Returns the ticket's rating as if it had been typed."""
    rating = page.listed.ticket.rating
    return {} if rating is None else {"score": str(rating.score), "comment": rating.comment or ""}


async def _redirect_after(
    request: web.Request, visit: PageVisit, action: str, done: FormResult
) -> web.Response:
    if done.number == visit.page.listed.ticket.number:
        return page_html.make_redirect(request, f"{visit.path}?done={action}")
    path = await visit.find_path(done.number)
    return page_html.make_redirect(request, f"{path}?done=followup")
