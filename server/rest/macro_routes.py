"""Macros over REST: used by agents and keys, changed by their owners."""

from typing import Protocol

from common import library_endpoints as endpoints
from common import queries
from common.endpoint import Endpoint
from common.errors import NotFound
from common.macros import CreateMacro, EditMacro, MacroView
from common.wire import Page
from server.desk.administration import macro_admin
from server.desk.desk import Desk
from server.domain.timestamps import from_microseconds
from server.rest.core import pagination, response
from server.rest.core.dispatch import Handler
from server.rest.core.idempotent_write import write_idempotently
from server.rest.core.request_context import RequestContext
from server.rest.core.response import ApiResponse
from server.storage.engine.database import Database
from server.storage.engine.transaction import ReadTransaction
from server.storage.queries.log import org_sequence
from server.storage.queries.organization import macros
from server.storage.queries.organization.macros import Macro


class MacroStream(Protocol):
    """The part of the stream that these routes need."""

    def publish_own_macros(self, org_id: int, user_id: int) -> None: ...


class MacroRoutes:
    """The routes below `/macros`."""

    def __init__(self, database: Database, desk: Desk, stream: MacroStream) -> None:
        self._database = database
        self._desk = desk
        self._stream = stream

    def routes(self) -> dict[Endpoint, Handler]:
        return {
            endpoints.LIST_MACROS: self.list_macros,
            endpoints.CREATE_MACRO: self.create_macro,
            endpoints.READ_MACRO: self.read_macro,
            endpoints.EDIT_MACRO: self.edit_macro,
            endpoints.DELETE_MACRO: self.delete_macro,
        }

    async def list_macros(self, call: RequestContext) -> ApiResponse:
        query, actor = call.parse_query(queries.PageQuery), call.actor
        page = pagination.parse_id_page(query)

        def job(reading: ReadTransaction) -> ApiResponse:
            found, next_cursor = page.fetch_items(
                lambda after, count: macros.list_macros(
                    reading, actor.org_id, _find_owner(call), after, count
                ),
                lambda macro: macro.id,
            )
            seq = org_sequence.read_newest_seq(reading, actor.org_id)
            return response.make_page_response(
                Page(list(map(_render_macro, found)), next_cursor, seq)
            )

        return await self._database.read_snapshot(job)

    async def read_macro(self, call: RequestContext) -> ApiResponse:
        macro_id, org_id = call.path_number("id"), call.org_id

        def job(reading: ReadTransaction) -> Macro:
            found = macros.find_macro(reading, org_id, macro_id, _find_owner(call))
            if found is None:
                raise NotFound
            return found

        return response.make_response(_render_macro(await self._database.read_snapshot(job)))

    async def create_macro(self, call: RequestContext) -> ApiResponse:
        command = await call.parse_body(CreateMacro)
        reply = await write_idempotently(
            self._desk,
            call,
            command,
            lambda work: macro_admin.create_macro(work, command),
            lambda made: response.make_response(_render_macro(made), 201),
        )
        self._signal_change(call)
        return reply

    async def edit_macro(self, call: RequestContext) -> ApiResponse:
        macro_id, command = call.path_number("id"), await call.parse_body(EditMacro)
        after = await self._desk.write(
            call.actor, lambda work: macro_admin.edit_macro(work, macro_id, command)
        )
        self._signal_change(call)
        return response.make_response(_render_macro(after))

    async def delete_macro(self, call: RequestContext) -> ApiResponse:
        macro_id = call.path_number("id")
        await self._desk.write(call.actor, lambda work: macro_admin.delete_macro(work, macro_id))
        self._signal_change(call)
        return ApiResponse(204)

    def _signal_change(self, call: RequestContext) -> None:
        """Has the caller's other terminals read the macros again; a shared one has its event."""
        self._stream.publish_own_macros(call.org_id, call.actor.id or 0)


def _find_owner(call: RequestContext) -> int | None:
    """Returns the person whose own macros the caller may see; a key is nobody."""
    return call.actor.id if call.actor.is_agent else None


def _render_macro(macro: Macro) -> MacroView:
    return MacroView(
        id=macro.id,
        name=macro.name,
        body=macro.body,
        kind=macro.kind,
        shared=macro.owner_id is None,
        verbs=macro.verbs,
        created_at=from_microseconds(macro.created_at),
        updated_at=from_microseconds(macro.updated_at),
    )
