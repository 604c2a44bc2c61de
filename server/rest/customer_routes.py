"""Customers' own accounts over REST: registering, and proving an address by a mailed code."""

from common import endpoints
from common.accounts import FinishProof, SignUp
from common.endpoint import Endpoint
from common.errors import Forbidden
from common.organization import OrganizationSettings, Signup
from common.people import Role
from server.desk.desk import Desk
from server.desk.people import accounts
from server.desk.recording.unit_of_work import UnitOfWork
from server.passwords import Passwords
from server.rendering import views
from server.rest.core import response
from server.rest.core.account_proof import AccountProof
from server.rest.core.dispatch import Handler
from server.rest.core.rate_limit import RateLimiter
from server.rest.core.request_context import RequestContext
from server.rest.core.response import ApiResponse
from server.storage.engine.database import Database
from server.storage.queries.organization import organizations
from server.storage.queries.person import people
from server.storage.queries.person.name_resolver import make_system_actor
from server.storage.queries.person.people import Person


class CustomerRoutes:
    """The routes below `/customers`."""

    def __init__(
        self,
        database: Database,
        desk: Desk,
        passwords: Passwords,
        rate_limiter: RateLimiter,
        proof: AccountProof,
    ) -> None:
        self._database = database
        self._desk = desk
        self._passwords = passwords
        self._rate_limiter = rate_limiter
        self._proof = proof

    def routes(self) -> dict[Endpoint, Handler]:
        return {
            endpoints.SIGN_UP: self.sign_up,
            endpoints.FINISH_PROOF: self.finish_proof,
        }

    async def sign_up(self, call: RequestContext) -> ApiResponse:
        """Creates a customer, or mails a code to one who is known and has no password: 202."""
        command = await call.parse_body(SignUp)
        org_id = call.org_id
        self._rate_limiter.limit_anonymous("sign-up", call.address, org_id, command.email.lower())
        await self._database.read_snapshot(
            lambda reading: _check_signup_open(organizations.read_settings(reading, org_id))
        )
        password_hash = await self._passwords.hash_password(command.password, address=call.address)

        def job(work: UnitOfWork) -> Person | None:
            _check_signup_open(work.settings)
            if self._proof.can_mail and _has_no_password(work, command.email):
                return None
            accounts.check_email_free(work, command.email)
            return accounts.create_customer(work, command.email, command.name, password_hash)

        person = await self._desk.write(make_system_actor(org_id), job)
        if person is None:
            await self._proof.begin(org_id, call.address, command.email)
            return ApiResponse(202)
        return response.make_response(views.render_user(person, whole=True), 201)

    async def finish_proof(self, call: RequestContext) -> ApiResponse:
        command = await call.parse_body(FinishProof)
        session = await self._proof.finish(call.org_id, call.address, command)
        return response.make_response(session, 201)


def _has_no_password(work: UnitOfWork, email: str) -> bool:
    """Returns whether the address is that of a customer who can never have signed in."""
    person = people.find_person_by_email(work.writing, work.actor.org_id, email)
    return (
        person is not None
        and person.role is Role.CUSTOMER
        and person.active
        and person.password_hash is None
    )


def _check_signup_open(settings: OrganizationSettings) -> None:
    if settings.signup is not Signup.OPEN:
        raise Forbidden("This organization does not let customers register themselves.")
