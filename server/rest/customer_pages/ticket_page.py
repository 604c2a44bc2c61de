"""The page of one ticket: shown, answered, solved and rated, by a link or by a session alike."""

from collections.abc import Awaitable, Callable
from typing import Any, Final, TypeAlias

from aiohttp import web
from msgspec import Struct

from common.errors import NotFound, RequestRefused
from common.tickets.editing import EditTicket
from common.tickets.registry import AnyCommand
from common.tickets.ticket import Status
from server.clock import Clock
from server.desk.desk import Desk
from server.desk.recording.unit_of_work import UnitOfWork
from server.desk.tickets import ticket_commands
from server.desk.tickets.attached_files import attach_files
from server.domain.form_tokens import sign_form
from server.domain.languages.catalogue import Catalogue
from server.rest.core.form_write import FormResult, write_form_once
from server.rest.core.html_forms import check_form_origin
from server.rest.customer_pages import conversation_page, page_forms, page_html
from server.rest.customer_pages.link_access import DeadLink
from server.rest.customer_pages.page_errors import PAGE_TEXTS
from server.rest.customer_pages.page_files import PageFiles
from server.rest.customer_pages.page_forms import FormFault, PageForm, list_faults
from server.rest.customer_pages.page_uploads import PageUploads, ReceivedForm
from server.rest.customer_pages.rendered_pages import FORM_ID, RenderedPages, make_page_key
from server.storage.queries.organization.installation_secrets import InstallationSecret
from server.storage.queries.ticket.customer_tickets import FROM_THE_END, CustomerPage

ParseForm: TypeAlias = Callable[[ReceivedForm, Catalogue], AnyCommand]
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
    write, and raises where the visitor has lost access meanwhile. `find_path` returns the address
    of another ticket's page, such as a follow-up; None where the visitor may not open it.
    """

    page: CustomerPage
    binding: str
    path: str
    footer: str
    check: Callable[[UnitOfWork], None]
    reload: Callable[[], Awaitable[CustomerPage]]
    find_path: Callable[[int], Awaitable[str | None]]
    account: Any = None


class TicketPage:
    """Shows tickets' pages, and executes their forms as commands of the customer."""

    def __init__(
        self,
        desk: Desk,
        secret: InstallationSecret,
        clock: Clock,
        own_hosts: Callable[[], set[str]],
        uploads: PageUploads,
        files: PageFiles,
    ) -> None:
        self._desk = desk
        self._secret = secret
        self._clock = clock
        self._own_hosts = own_hosts
        self.uploads = uploads
        self._files = files
        self._rendered = RenderedPages()

    def check_origin(self, request: web.Request) -> None:
        """Raises ForeignForm for a form that another site's page has sent."""
        check_form_origin(request, self._own_hosts())

    async def show(self, request: web.Request, visit: PageVisit) -> web.Response:
        """Returns the page; that of the survivor where the ticket was merged into another."""
        survivor = visit.page.listed.ticket.merged_into
        path = None if survivor is None else await visit.find_path(survivor)
        if path is not None:
            return page_html.make_redirect(request, path)
        notice = request.query.get("done", "")
        return await self._show_page(request, visit, notice if notice in NOTICES else "")

    async def _show_page(self, request: web.Request, visit: PageVisit, notice: str) -> web.Response:
        key = make_page_key(visit.binding, parse_before(request), notice, self._clock())
        html = self._rendered.find_page(key, visit.page)
        if html is None:
            form = PageForm(
                token=sign_form(visit.binding, await self._secret.get()),
                id=FORM_ID,
                typed=_list_present_rating(visit.page),
            )
            html = self._render(request, visit, visit.page, form, notice)
            self._rendered.store_page(key, visit.page, html)
        return page_html.make_html_response(html.replace(FORM_ID, page_forms.generate_form_id()))

    async def send_file(self, request: web.Request, visit: PageVisit) -> web.StreamResponse:
        return await self._files.send_file(request, visit.page)

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
        texts, form = page_html.choose_texts(visit.page.settings), ReceivedForm()
        request[PAGE_TEXTS] = texts
        org_id = visit.page.reader.org_id
        try:
            await self.uploads.receive(request, org_id, visit.page.settings, form)
            secret = await self._secret.get()
            page_forms.check_form_token(form.typed, visit.binding, secret, texts)
            done = await self._run_command(visit, action, form, parse(form, texts))
        except RequestRefused as refusal:
            await self.uploads.discard(org_id, form, refusal)
            if isinstance(refusal, NotFound | DeadLink):
                raise
            return await self._render_refused(request, visit, form, refusal)
        if done.is_repeated:
            await self.uploads.discard(org_id, form, None)
        return await _redirect_after(request, visit, action, done)

    async def _run_command(
        self, visit: PageVisit, action: str, form: ReceivedForm, command: AnyCommand
    ) -> FormResult:
        number = visit.page.listed.ticket.number

        def job(work: UnitOfWork) -> FormResult:
            visit.check(work)
            done = ticket_commands.execute_command(work, number, command, source="page")
            if done.message_seq is not None:
                attach_files(work, done.ticket.number, done.message_seq, form.new_files)
            return FormResult(done.ticket.number, done.message_seq or 0)

        route = f"/tickets/{number}/{action}"
        return await write_form_once(self._desk, visit.page.reader, route, form.identity, job)

    async def _render_refused(
        self, request: web.Request, visit: PageVisit, form: ReceivedForm, refusal: RequestRefused
    ) -> web.Response:
        """Returns the page as it is now, with what was typed and what is wrong."""
        texts = page_html.choose_texts(visit.page.settings)
        faults = list_faults(texts, refusal)
        page = visit.page if isinstance(refusal, FormFault) else await visit.reload()
        typed = {**_list_present_rating(page), **form.typed}
        shown = page_forms.make_form(visit.binding, await self._secret.get(), typed, faults)
        html = self._render(request, visit, page, shown)
        return page_html.make_html_response(html, refusal.status)

    def _render(
        self,
        request: web.Request,
        visit: PageVisit,
        page: CustomerPage,
        form: PageForm,
        notice: str = "",
    ) -> str:
        texts = page_html.choose_texts(page.settings)
        is_old_part = parse_before(request) != FROM_THE_END
        return page_html.render_page(
            "ticket.html",
            texts,
            {
                "organization": page.settings.name,
                "page": conversation_page.build_conversation_page(
                    page, texts, self._clock(), is_old_part=is_old_part
                ),
                "form": form,
                "url": page_html.find_root(request) + visit.path,
                "notice": texts.say(NOTICES[notice]) if notice else None,
                "footer": visit.footer,
                "account": visit.account,
                "limits": page_forms.LIMITS,
                "scores": texts.list_words("rate.scores"),
                "files": self.uploads.find_limits(page.settings),
            },
        )


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
    ticket = visit.page.listed.ticket
    if done.number == ticket.number:
        return page_html.make_redirect(request, f"{visit.path}?done={action}")
    path = await visit.find_path(done.number)
    notice = "followup" if ticket.merged_into is None else action
    return page_html.make_redirect(request, f"{path or visit.path}?done={notice}")
