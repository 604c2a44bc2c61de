"""Addresses of people over REST: kept by agents, those of agents by admins."""

from common import person_endpoints
from common.accounts import AddAddress
from common.endpoint import Endpoint
from common.errors import NotFound
from common.wire import AddressView, Page
from server.desk.desk import Desk
from server.desk.people import address_changes
from server.desk.people.address_changes import PRIMARY_ID
from server.rest.core import response
from server.rest.core.authentication import Authenticator
from server.rest.core.dispatch import Handler
from server.rest.core.idempotent_write import write_idempotently
from server.rest.core.request_context import RequestContext
from server.rest.core.response import ApiResponse
from server.storage.engine.database import Database
from server.storage.engine.transaction import ReadTransaction
from server.storage.queries.log import org_sequence
from server.storage.queries.person import people, user_addresses
from server.storage.queries.person.user_addresses import UserAddress


class AddressRoutes:
    """Routes of people's addresses."""

    def __init__(self, database: Database, desk: Desk, authenticator: Authenticator) -> None:
        self._database = database
        self._desk = desk
        self._authenticator = authenticator

    def routes(self) -> dict[Endpoint, Handler]:
        return {
            person_endpoints.LIST_ADDRESSES: self.list_addresses,
            person_endpoints.ADD_ADDRESS: self.add_address,
            person_endpoints.REMOVE_ADDRESS: self.remove_address,
        }

    async def list_addresses(self, call: RequestContext) -> ApiResponse:
        actor, person_id = call.actor, call.path_number("id")

        def job(reading: ReadTransaction) -> ApiResponse:
            person = people.find_person(reading, actor.org_id, person_id)
            if person is None:
                raise NotFound
            address_changes.check_reads_addresses(actor, person)
            further = user_addresses.list_user_addresses(reading, actor.org_id, person_id)
            found = [UserAddress(PRIMARY_ID, person.email), *further]
            seq = org_sequence.read_newest_seq(reading, actor.org_id)
            return response.make_page_response(Page([_render(it) for it in found], None, seq))

        return await self._database.read_snapshot(job)

    async def add_address(self, call: RequestContext) -> ApiResponse:
        person_id = call.path_number("id")
        command = await call.parse_body(AddAddress)
        reply = await write_idempotently(
            self._desk,
            call,
            command,
            lambda work: address_changes.add_address(work, person_id, command),
            lambda added: response.make_response(_render(added), 201),
        )
        self._authenticator.clear_cache()
        return reply

    async def remove_address(self, call: RequestContext) -> ApiResponse:
        person_id, address_id = call.path_number("id"), call.path_number("address_id")
        await self._desk.write(
            call.actor, lambda work: address_changes.remove_address(work, person_id, address_id)
        )
        return ApiResponse(204)


def _render(it: UserAddress) -> AddressView:
    is_primary = it.id == PRIMARY_ID
    return AddressView(None if is_primary else it.id, it.address, is_primary)
