"""What a body names must be there: a bad body is told that too, with its other bad fields."""

from collections.abc import Callable, Mapping
from typing import Any, Final, TypeAlias

from msgspec import UNSET

from common import endpoints, webhook_endpoints
from common.endpoint import Endpoint
from common.organization import EditOrganization
from common.people import Actor
from common.refused import FieldError, Invalid
from server.desk import filing, subscribing
from server.domain import settings_rules
from server.rest.call import Call
from server.storage import ledger
from server.storage.database import Database
from server.storage.transaction import Reading

Faults: TypeAlias = Callable[[Reading, Actor, Mapping[str, Any]], list[FieldError]]


class Naming:
    """A body whose fields are bad by themselves: those that only the database knows join them."""

    def __init__(self, database: Database, *, allow_private: bool) -> None:
        self._database = database
        self._allow_private = allow_private

    async def __call__(self, call: Call, refusal: Invalid) -> Invalid:
        faults, given = _FAULTS.get(call.endpoint), refusal.given
        if given is not None and call.endpoint in _WEBHOOKS:
            more = subscribing.faults(given, allow_private=self._allow_private)
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
        *filing.customer_faults(actor, given.get("customer_email", UNSET)),
    ]


def _edited(reading: Reading, actor: Actor, given: Mapping[str, Any]) -> list[FieldError]:
    settings = ledger.read_settings(reading, actor.org_id)
    return filing.category_faults(settings, given.get("category", UNSET))


def _settings(reading: Reading, actor: Actor, given: Mapping[str, Any]) -> list[FieldError]:
    settings = ledger.read_settings(reading, actor.org_id)
    return settings_rules.faults(EditOrganization(**given).applied_to(settings))


_WEBHOOKS: Final = (webhook_endpoints.CREATE_WEBHOOK, webhook_endpoints.EDIT_WEBHOOK)
_FAULTS: Final[dict[Endpoint, Faults]] = {
    endpoints.FILE_TICKET: _filed,
    endpoints.EDIT_TICKET: _edited,
    endpoints.EDIT_ORGANIZATION: _settings,
}
