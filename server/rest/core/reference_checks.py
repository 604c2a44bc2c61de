"""What a body names must be there: a bad body is told that too, with its other bad fields."""

from collections.abc import Callable, Mapping
from typing import Any, Final, TypeAlias

from msgspec import UNSET

from common import endpoints, webhook_endpoints
from common.endpoint import Endpoint
from common.errors import FieldError, Invalid
from common.organization import EditOrganization
from common.people import Actor
from server.desk import ticket_creation, webhook_admin
from server.domain import settings_rules
from server.rest.core.request_context import Call
from server.storage.engine.database import Database
from server.storage.engine.transaction import Reading
from server.storage.queries import org_sequence

Faults: TypeAlias = Callable[[Reading, Actor, Mapping[str, Any]], list[FieldError]]


class Naming:
    """A body whose fields are bad by themselves: those that only the database knows join them."""

    def __init__(self, database: Database, *, allow_private: bool) -> None:
        self._database = database
        self._allow_private = allow_private

    async def __call__(self, call: Call, refusal: Invalid) -> Invalid:
        faults, given = _FAULTS.get(call.endpoint), refusal.given
        if given is not None and call.endpoint in _WEBHOOKS:
            more = webhook_admin.faults(given, allow_private=self._allow_private)
            return refusal.joined(more)
        if faults is None or given is None:
            return refusal
        actor = call.actor
        return refusal.joined(
            await self._database.read_snapshot(lambda reading: faults(reading, actor, given))
        )


def _filed(reading: Reading, actor: Actor, given: Mapping[str, Any]) -> list[FieldError]:
    return [
        *_edited(reading, actor, given),
        *ticket_creation.customer_faults(actor, given.get("customer_email", UNSET)),
    ]


def _edited(reading: Reading, actor: Actor, given: Mapping[str, Any]) -> list[FieldError]:
    settings = org_sequence.read_settings(reading, actor.org_id)
    return ticket_creation.category_faults(settings, given.get("category", UNSET))


def _settings(reading: Reading, actor: Actor, given: Mapping[str, Any]) -> list[FieldError]:
    settings = org_sequence.read_settings(reading, actor.org_id)
    return settings_rules.faults(EditOrganization(**given).applied_to(settings))


_WEBHOOKS: Final = (webhook_endpoints.CREATE_WEBHOOK, webhook_endpoints.EDIT_WEBHOOK)
_FAULTS: Final[dict[Endpoint, Faults]] = {
    endpoints.FILE_TICKET: _filed,
    endpoints.EDIT_TICKET: _edited,
    endpoints.EDIT_ORGANIZATION: _settings,
}
