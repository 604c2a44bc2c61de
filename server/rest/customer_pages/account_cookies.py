"""Cookies of accounts: the session, a browser's own mark for forms, and the address being proven.

Scripts never see them, other sites' forms are sent without them, and each organization has its own.
"""

import secrets
from collections.abc import Callable
from typing import Final
from urllib.parse import quote, unquote

from aiohttp import web

from server.domain.proof_codes import CODE_LIFETIME
from server.rest.core.password_sign_in import SESSION_LIFETIME
from server.rest.customer_pages.public_address import PublicAddress

_SESSION: Final = "deskwire_session"
_BROWSER: Final = "deskwire_form"
_EMAIL: Final = "deskwire_email"
_MARK_BYTES: Final = 16
_FRESH_MARK: Final = web.RequestKey("fresh_mark", str)


class AccountCookies:
    """Reads and sets the cookies of an organization's pages."""

    def __init__(self, get_public_address: Callable[[], PublicAddress]) -> None:
        self._get_public_address = get_public_address

    def read_session(self, request: web.Request) -> str:
        """Returns the token of the browser's session; empty for none."""
        return request.cookies.get(_SESSION, "")

    def set_session(self, response: web.Response, org_id: int, token: str) -> None:
        seconds = int(SESSION_LIFETIME.total_seconds())
        self._set(response, org_id, _SESSION, token, seconds)

    def end_session(self, response: web.Response, org_id: int) -> None:
        response.del_cookie(_SESSION, path=self._path(org_id))

    def read_browser_mark(self, request: web.Request) -> str:
        """Returns what binds forms to a browser that has not signed in; makes it if need be."""
        given = request.cookies.get(_BROWSER, "")
        if given:
            return given
        if _FRESH_MARK not in request:
            request[_FRESH_MARK] = secrets.token_urlsafe(_MARK_BYTES)
        return request[_FRESH_MARK]

    def keep_browser_mark(self, request: web.Request, response: web.Response, org_id: int) -> None:
        """Sets the mark that `read_browser_mark` made for this response."""
        fresh = request.get(_FRESH_MARK)
        if fresh is not None:
            self._set(response, org_id, _BROWSER, fresh)

    def read_email(self, request: web.Request) -> str:
        """Returns the address that a code was asked for, to fill it in; empty for none."""
        return unquote(request.cookies.get(_EMAIL, ""))

    def set_email(self, response: web.Response, org_id: int, email: str) -> None:
        seconds = int(CODE_LIFETIME.total_seconds())
        self._set(response, org_id, _EMAIL, quote(email, safe="@"), seconds)

    def forget_email(self, response: web.Response, org_id: int) -> None:
        response.del_cookie(_EMAIL, path=self._path(org_id))

    def _set(
        self, response: web.Response, org_id: int, name: str, value: str, seconds: int | None = None
    ) -> None:
        response.set_cookie(
            name,
            value,
            max_age=seconds,
            path=self._path(org_id),
            httponly=True,
            samesite="Lax",
            secure=self._get_public_address().is_secure,
        )

    def _path(self, org_id: int) -> str:
        return f"{self._get_public_address().prefix}/o/{org_id}/"
