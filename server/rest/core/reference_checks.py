"""Adds errors that need the database to a body that has already failed validation."""

from collections.abc import Callable, Mapping
from typing import Any, Final, TypeAlias

from msgspec import UNSET

from common import endpoints, webhook_endpoints
from common.endpoint import Endpoint
from common.errors import FieldError, Invalid
from common.organization import EditOrganization
from common.people import Actor
from server.desk.administration import webhook_admin
from server.desk.tickets import ticket_creation
from server.domain import settings_rules
from server.rest.core.request_context import RequestContext
from server.storage.engine.database import Database
from server.storage.engine.transaction import ReadTransaction
from server.storage.queries.organization import organizations

FaultFinder: TypeAlias = Callable[[ReadTransaction, Actor, Mapping[str, Any]], list[FieldError]]


class ReferenceCheck:
    """Finds unknown categories and requesters, and bad settings or webhooks."""

    def __init__(self, database: Database, *, allow_private: bool) -> None:
        self._database = database
        self._allow_private = allow_private

    async def __call__(self, call: RequestContext, refusal: Invalid) -> Invalid:
        faults, given = _FAULT_FINDERS.get(call.endpoint), refusal.given
        if given is not None and call.endpoint in _WEBHOOK_WRITES:
            more = webhook_admin.find_webhook_errors(given, allow_private=self._allow_private)
            return refusal.with_errors(more)
        if faults is None or given is None:
            return refusal
        actor = call.actor
        return refusal.with_errors(
            await self._database.read_snapshot(lambda reading: faults(reading, actor, given))
        )


def _find_filing_faults(
    reading: ReadTransaction, actor: Actor, given: Mapping[str, Any]
) -> list[FieldError]:
    return [
        *_find_category_faults(reading, actor, given),
        *ticket_creation.find_requester_errors(actor, given.get("customer_email", UNSET)),
    ]


def _find_category_faults(
    reading: ReadTransaction, actor: Actor, given: Mapping[str, Any]
) -> list[FieldError]:
    settings = organizations.read_settings(reading, actor.org_id)
    return ticket_creation.find_category_errors(settings, given.get("category", UNSET))


def _find_settings_faults(
    reading: ReadTransaction, actor: Actor, given: Mapping[str, Any]
) -> list[FieldError]:
    settings = organizations.read_settings(reading, actor.org_id)
    return settings_rules.find_settings_errors(EditOrganization(**given).apply_to(settings))


_WEBHOOK_WRITES: Final = (webhook_endpoints.CREATE_WEBHOOK, webhook_endpoints.EDIT_WEBHOOK)
_FAULT_FINDERS: Final[dict[Endpoint, FaultFinder]] = {
    endpoints.FILE_TICKET: _find_filing_faults,
    endpoints.EDIT_TICKET: _find_category_faults,
    endpoints.EDIT_ORGANIZATION: _find_settings_faults,
}
