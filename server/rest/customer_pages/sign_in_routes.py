"""Signing in to an organization's pages: by a password, or by a mailed code that sets one.

Nothing on these pages differs for an address that is known and one that is not.
"""

from collections.abc import Mapping
from typing import Any

from aiohttp import web

from common.accounts import FinishProof, RequestCode
from common.errors import Invalid, RequestRefused
from server.domain.proof_codes import CODE_LIFETIME
from server.rest.core.account_proof import AccountProof
from server.rest.core.client_address import find_client_address
from server.rest.core.html_forms import read_html_form
from server.rest.core.password_sign_in import BadCredentials, PasswordSignIn
from server.rest.customer_pages import page_forms, page_html
from server.rest.customer_pages.account_cookies import AccountCookies
from server.rest.customer_pages.account_visits import AccountVisits, OrganizationVisit
from server.rest.customer_pages.page_errors import describe_refusal, wrap_page_handler
from server.rest.customer_pages.page_forms import FormFault
from server.rest.customer_pages.ticket_page import TicketPage
from server.storage.queries.organization.installation_secrets import InstallationSecret

_LABELS = {name: f"proof.{name}" for name in ("email", "code", "name", "password")}


class SignInRoutes:
    """The pages below `/o/ORG/` that need no session."""

    def __init__(
        self,
        visits: AccountVisits,
        cookies: AccountCookies,
        sign_in: PasswordSignIn,
        proof: AccountProof,
        page: TicketPage,
        secret: InstallationSecret,
    ) -> None:
        self._visits = visits
        self._cookies = cookies
        self._sign_in = sign_in
        self._proof = proof
        self._page = page
        self._secret = secret

    def routes(self) -> list[web.RouteDef]:
        path = "/o/{org_id}"
        return [
            web.get(f"{path}/sign-in", wrap_page_handler(self.show_sign_in)),
            web.post(f"{path}/sign-in", wrap_page_handler(self.open_page_session)),
            web.get(f"{path}/code", wrap_page_handler(self.show_code_request)),
            web.post(f"{path}/code", wrap_page_handler(self.request_code)),
            web.get(f"{path}/password", wrap_page_handler(self.show_proof)),
            web.post(f"{path}/password", wrap_page_handler(self.set_password)),
        ]

    async def show_sign_in(self, request: web.Request) -> web.Response:
        visit = await self._visits.find_organization(request)
        return await self._render(request, visit, "sign_in.html")

    async def open_page_session(self, request: web.Request) -> web.Response:
        visit, fields = await self._receive_form(request)
        email, password = fields.get("email", ""), fields.get("password", "")
        try:
            await self._check_token(request, visit, fields)
            session = await self._sign_in.open_session(
                visit.org_id, find_client_address(request), email, password
            )
        except BadCredentials as refusal:
            faults = (visit.texts.say("faults.credentials"),)
            return await self._render(
                request, visit, "sign_in.html", refusal.status, fields, faults
            )
        except RequestRefused as refusal:
            return await self._render_refused(request, visit, "sign_in.html", fields, refusal)
        return self._enter(request, visit, session.token)

    async def show_code_request(self, request: web.Request) -> web.Response:
        visit = await self._visits.find_organization(request)
        return await self._render(request, visit, "code.html")

    async def request_code(self, request: web.Request) -> web.Response:
        visit, fields = await self._receive_form(request)
        email = fields.get("email", "")
        try:
            await self._check_token(request, visit, fields)
            command = page_forms.parse_fields(
                RequestCode, {"email": email}, visit.texts, {"email": "code.email"}
            )
            await self._proof.begin(visit.org_id, find_client_address(request), command.email)
        except RequestRefused as refusal:
            return await self._render_refused(request, visit, "code.html", fields, refusal)
        response = page_html.make_redirect(request, f"{visit.path}password")
        self._cookies.set_email(response, visit.org_id, email)
        return response

    async def show_proof(self, request: web.Request) -> web.Response:
        visit = await self._visits.find_organization(request)
        typed = {"email": self._cookies.read_email(request)}
        return await self._render(request, visit, "proof.html", typed=typed)

    async def set_password(self, request: web.Request) -> web.Response:
        visit, fields = await self._receive_form(request)
        try:
            await self._check_token(request, visit, fields)
            given = {name: fields.get(name, "") for name in _LABELS}
            if not given["name"].strip():
                del given["name"]
            proof = page_forms.parse_fields(FinishProof, given, visit.texts, _LABELS)
            session = await self._proof.finish(visit.org_id, find_client_address(request), proof)
        except Invalid as refusal:
            is_name = any(error.pointer == "/name" for error in refusal.errors)
            fault = visit.texts.say(
                "faults.name" if is_name else "faults.code",
                field=visit.texts.say("proof.name"),
            )
            return await self._render(
                request, visit, "proof.html", refusal.status, fields, (fault,)
            )
        except RequestRefused as refusal:
            return await self._render_refused(request, visit, "proof.html", fields, refusal)
        response = self._enter(request, visit, session.token)
        self._cookies.forget_email(response, visit.org_id)
        return response

    async def _receive_form(
        self, request: web.Request
    ) -> tuple[OrganizationVisit, Mapping[str, str]]:
        """Returns the organization and the form's fields. Raises ForeignForm, or as readers do."""
        self._page.check_origin(request)
        visit = await self._visits.find_organization(request)
        return visit, await read_html_form(request)

    async def _check_token(
        self, request: web.Request, visit: OrganizationVisit, fields: Mapping[str, str]
    ) -> None:
        page_forms.check_form_token(
            fields, self._make_binding(request), await self._secret.get(), visit.texts
        )

    def _make_binding(self, request: web.Request) -> str:
        return f"browser:{self._cookies.read_browser_mark(request)}"

    def _enter(self, request: web.Request, visit: OrganizationVisit, token: str) -> web.Response:
        response = page_html.make_redirect(request, visit.path)
        self._cookies.set_session(response, visit.org_id, token)
        return response

    async def _render_refused(
        self,
        request: web.Request,
        visit: OrganizationVisit,
        template: str,
        fields: Mapping[str, str],
        refusal: RequestRefused,
    ) -> web.Response:
        """Returns the form again as it was filled in, with what is wrong."""
        faults = (
            refusal.faults
            if isinstance(refusal, FormFault)
            else (describe_refusal(visit.texts, refusal),)
        )
        return await self._render(request, visit, template, refusal.status, fields, faults)

    async def _render(
        self,
        request: web.Request,
        visit: OrganizationVisit,
        template: str,
        status: int = 200,
        typed: Mapping[str, str] | None = None,
        faults: tuple[str, ...] = (),
    ) -> web.Response:
        values: dict[str, Any] = {
            "organization": visit.name,
            "form": page_forms.make_form(
                self._make_binding(request), await self._secret.get(), typed, faults
            ),
            "root": page_html.find_root(request) + visit.path,
            "can_mail": self._proof.can_mail,
            "minutes": int(CODE_LIFETIME.total_seconds()) // 60,
            "is_signed_out": "signed-out" in request.query,
        }
        response = page_html.make_html_response(
            page_html.render_page(template, visit.texts, values), status
        )
        self._cookies.keep_browser_mark(request, response, visit.org_id)
        return response
