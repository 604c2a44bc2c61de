"""Visits to an organization's pages: the organization as strangers may see it, and the session."""

from typing import Final

from aiohttp import web
from msgspec import Struct

from common.errors import NotFound, Unauthenticated
from common.organization import OrganizationSettings, Signup
from common.people import Actor, Role
from server.domain.languages.catalogue import Catalogue
from server.rest.core.authentication import Authenticator
from server.rest.customer_pages import page_html
from server.rest.customer_pages.account_cookies import AccountCookies
from server.rest.customer_pages.page_errors import PAGE_TEXTS
from server.storage.engine.database import Database
from server.storage.engine.transaction import ReadTransaction
from server.storage.queries.organization import organizations
from server.storage.queries.person.sessions import Login

_ORG_DIGITS: Final = range(4, 6)


class SignInNeeded(Exception):
    """The browser has no session: it is sent to the sign-in."""


class OrganizationVisit(Struct, frozen=True):
    """A request to an organization's pages by anybody.

    `name` is empty, and `texts` are in the browser's language, where the organization does not let
    strangers register: pages then look as if there were no such organization.
    """

    org_id: int
    name: str
    texts: Catalogue

    @property
    def path(self) -> str:
        """The address of the pages from the root, with a slash at its end."""
        return f"o/{self.org_id}/"


class AccountVisit(Struct, frozen=True):
    """A request by somebody who has signed in, who acts as a customer, whatever their role."""

    login: Login
    reader: Actor
    settings: OrganizationSettings
    texts: Catalogue

    @property
    def binding(self) -> str:
        """Binds forms to the session."""
        return f"session:{self.login.token_hash}"


class AccountVisits:
    """Finds out who visits an organization's pages."""

    def __init__(
        self, database: Database, authenticator: Authenticator, cookies: AccountCookies
    ) -> None:
        self._database = database
        self._authenticator = authenticator
        self._cookies = cookies

    async def find_organization(self, request: web.Request) -> OrganizationVisit:
        """Returns the organization in the path. Raises NotFound for what cannot be one."""
        org_id = _parse_org_id(request)
        settings = await self._database.read_one(lambda it: _find_settings(it, org_id))
        if settings is not None and settings.signup is Signup.OPEN:
            texts = page_html.choose_texts(settings)
            visit = OrganizationVisit(org_id, settings.name, texts)
        else:
            visit = OrganizationVisit(org_id, "", page_html.choose_requested_texts(request))
        request[PAGE_TEXTS] = visit.texts
        return visit

    async def find_account(self, request: web.Request) -> AccountVisit:
        """Returns the signed-in visitor. Raises SignInNeeded, or NotFound as above."""
        org_id, token = _parse_org_id(request), self._cookies.read_session(request)
        try:
            login = await self._authenticator.authenticate(f"Bearer {token}")
        except Unauthenticated as refusal:
            raise SignInNeeded from refusal
        actor = login.actor
        if actor.org_id != org_id or actor.role is Role.KEY:
            raise SignInNeeded
        settings = await self._database.read_one(lambda it: _find_settings(it, org_id))
        if settings is None:
            raise SignInNeeded
        texts = page_html.choose_texts(settings)
        request[PAGE_TEXTS] = texts
        reader = Actor(org_id, Role.CUSTOMER, actor.id, actor.name, actor.email)
        return AccountVisit(login, reader, settings, texts)


def _parse_org_id(request: web.Request) -> int:
    text = request.match_info["org_id"]
    if not (text.isascii() and text.isdigit() and len(text) in _ORG_DIGITS):
        raise NotFound
    return int(text)


def _find_settings(reading: ReadTransaction, org_id: int) -> OrganizationSettings | None:
    try:
        return organizations.read_settings(reading, org_id)
    except NotFound:
        return None
