"""All customers' pages: their routes, and an HTML answer to every other address below them."""

from collections.abc import Callable

from aiohttp import web

from server.clock import Clock
from server.desk.desk import Desk
from server.rest.core.account_proof import AccountProof
from server.rest.core.authentication import Authenticator
from server.rest.core.customer_mailer import CustomerMailer
from server.rest.core.password_sign_in import PasswordSignIn
from server.rest.core.rate_limit import RateLimiter
from server.rest.customer_pages.account_cookies import AccountCookies
from server.rest.customer_pages.account_routes import AccountRoutes
from server.rest.customer_pages.account_visits import AccountVisits
from server.rest.customer_pages.link_routes import TicketLinkRoutes
from server.rest.customer_pages.page_errors import refuse_unknown_page, wrap_page_handler
from server.rest.customer_pages.page_files import PageFiles
from server.rest.customer_pages.page_uploads import PageUploads
from server.rest.customer_pages.public_address import PublicAddress
from server.rest.customer_pages.sign_in_routes import SignInRoutes
from server.rest.customer_pages.ticket_page import TicketPage
from server.storage.engine.database import Database
from server.storage.files.attachment_storage import AttachmentStorage
from server.storage.queries.organization.installation_secrets import InstallationSecret


class CustomerPageRoutes:
    """The routes below `/t/` and `/o/`."""

    def __init__(  # noqa: PLR0913 - the parts of the server that pages need, by name
        self,
        database: Database,
        desk: Desk,
        clock: Clock,
        *,
        authenticator: Authenticator,
        rate_limiter: RateLimiter,
        secret: InstallationSecret,
        sign_in: PasswordSignIn,
        proof: AccountProof,
        mailer: CustomerMailer | None,
        public_url: Callable[[], str],
        files: AttachmentStorage,
        max_body: int,
    ) -> None:
        cookies = AccountCookies(lambda: PublicAddress(public_url()))
        visits = AccountVisits(database, authenticator, cookies)
        page = TicketPage(
            desk,
            secret,
            clock,
            lambda: PublicAddress(public_url()).hosts,
            PageUploads(files, max_body),
            PageFiles(database, files),
        )
        self._links = TicketLinkRoutes(database, page, rate_limiter, secret, clock, mailer)
        self._sign_in = SignInRoutes(visits, cookies, sign_in, proof, page, secret)
        self._accounts = AccountRoutes(
            database, desk, authenticator, visits, cookies, page, rate_limiter, secret
        )

    def routes(self) -> list[web.RouteDef]:
        unknown = wrap_page_handler(refuse_unknown_page)
        return [
            *self._links.routes(),
            *self._sign_in.routes(),
            *self._accounts.routes(),
            web.route("*", "/t/{rest:.*}", unknown),
            web.route("*", "/o/{rest:.*}", unknown),
        ]
