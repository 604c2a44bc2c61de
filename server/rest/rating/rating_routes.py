"""The page behind a mailed link, where a customer rates a resolution without signing in.

Mail scanners open links, so opening one records nothing; sending the form does. The page shows
the number and the subject of the ticket, and nothing else of the organization.
"""

from collections.abc import Awaitable, Callable
from typing import Final, TypeAlias

import structlog
from aiohttp import web

from common.errors import Invalid, NotFound, RateLimited, RequestRefused, Unavailable
from common.tickets.rating import RateTicket
from server.clock import Clock
from server.desk.desk import Desk
from server.desk.recording.unit_of_work import UnitOfWork
from server.desk.tickets import ticket_commands
from server.domain import rating_links
from server.domain.rating_links import RateLink
from server.rest.core.client_address import find_client_address
from server.rest.core.html_forms import read_html_form
from server.rest.core.html_headers import make_html_headers
from server.rest.core.rate_limit import RateLimiter
from server.rest.rating import rating_form, rating_html, rating_lookup
from server.rest.rating.rating_html import RatingForm
from server.rest.rating.rating_lookup import RatingRequest
from server.storage.engine.database import Database
from server.storage.queries.organization.installation_secrets import InstallationSecret

_HEADERS: Final = make_html_headers(
    "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'",
    Cache_Control="no-store",
    X_Robots_Tag="noindex",
)
_StatusAndPage: TypeAlias = tuple[int, str]
"""Status and page."""

log = structlog.get_logger()


class RatingRoutes:
    """`GET` shows the form, `POST` records the rating."""

    def __init__(
        self,
        database: Database,
        desk: Desk,
        rate_limiter: RateLimiter,
        secret: InstallationSecret,
        clock: Clock,
    ) -> None:
        self._database = database
        self._desk = desk
        self._rate_limiter = rate_limiter
        self._secret = secret
        self._clock = clock

    def routes(self) -> list[web.RouteDef]:
        path = "/rate/{token}"
        return [
            web.get(path, _wrap_handler(self.show_form)),
            web.post(path, _wrap_handler(self.record_rating)),
        ]

    async def show_form(self, request: web.Request) -> _StatusAndPage:
        found = await self._load_rating_request(await self._read_link(request))
        chosen = request.query.get("score", "")
        return 200, rating_html.render_form(
            RatingForm(found.ticket.number, found.ticket.subject, chosen)
        )

    async def record_rating(self, request: web.Request) -> _StatusAndPage:
        link = await self._read_link(request)
        self._rate_limiter.limit_anonymous(
            "rating", find_client_address(request), request.match_info["token"]
        )
        found = await self._load_rating_request(link)
        fields = await read_html_form(request)
        try:
            command = rating_form.parse_rating(fields)
        except Invalid as refusal:
            return refusal.status, _render_form_again(found, fields, refusal)
        await self._desk.write(found.actor, lambda work: _rate_ticket(work, link, command))
        return 200, rating_html.render_thanks(link.number, command.score)

    async def _read_link(self, request: web.Request) -> RateLink:
        """Returns the link in the path. Raises NotFound for one that this server did not sign."""
        link = rating_links.read_link(request.match_info["token"], await self._secret.get())
        if link is not None:
            return link
        if request.method == "POST":
            self._rate_limiter.limit_anonymous(
                "rating", find_client_address(request), find_client_address(request)
            )
        raise NotFound("This link is not valid. Please check that you copied all of it.")

    async def _load_rating_request(self, link: RateLink) -> RatingRequest:
        now = self._clock()
        return await self._database.read_snapshot(
            lambda reading: rating_lookup.find_rating_request(reading, link, now)
        )


def _rate_ticket(work: UnitOfWork, link: RateLink, command: RateTicket) -> None:
    rating_lookup.check_still_resolved(work.writing, link)
    ticket_commands.execute_command(work, link.number, command)


def _render_form_again(found: RatingRequest, fields: dict[str, str], refusal: Invalid) -> str:
    """Returns the page with the form as it was filled in, and what is wrong with it."""
    chosen, comment = fields.get("score", ""), fields.get("comment", "")
    errors = tuple(error.detail for error in refusal.errors)
    return rating_html.render_form(
        RatingForm(found.ticket.number, found.ticket.subject, chosen, comment, errors)
    )


def _wrap_handler(
    handler: Callable[[web.Request], Awaitable[_StatusAndPage]],
) -> Callable[[web.Request], Awaitable[web.Response]]:
    """Returns the aiohttp handler, which renders a refusal as a page, too."""

    async def handle(request: web.Request) -> web.Response:
        try:
            return _make_html_response(*await handler(request))
        except RequestRefused as refusal:
            return _make_refusal_page(refusal)
        except Exception as error:  # noqa: BLE001 - nobody is shown a traceback
            return _make_failure_page(error)

    return handle


def _make_html_response(status: int, page: str, **more: str) -> web.Response:
    headers = {**_HEADERS, **{name.replace("_", "-"): text for name, text in more.items()}}
    return web.Response(text=page, status=status, content_type="text/html", headers=headers)


def _make_refusal_page(refusal: RequestRefused) -> web.Response:
    page = rating_html.render_refusal(refusal.title, refusal.detail)
    if isinstance(refusal, RateLimited | Unavailable):
        return _make_html_response(refusal.status, page, Retry_After=str(refusal.retry_after))
    return _make_html_response(refusal.status, page)


def _make_failure_page(error: Exception) -> web.Response:
    log.error("request failed", path="/rate", exc_info=error)
    return _make_html_response(
        500,
        rating_html.render_refusal(
            "Something went wrong", "We have logged the problem. Please try again later."
        ),
    )
