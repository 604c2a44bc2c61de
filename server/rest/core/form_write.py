"""Writes from forms: a form that is sent twice is executed once, and answered the same."""

import hashlib
from collections.abc import Callable, Mapping
from typing import Final

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from common.people import Actor
from server.desk.desk import Desk
from server.desk.recording.unit_of_work import UnitOfWork
from server.domain.timestamps import to_microseconds
from server.storage.queries.organization import idempotency
from server.storage.queries.organization.idempotency import IdempotencyClaim, StoredResponse

_SEE_OTHER: Final = 303
_decode = msgspec.json.decode


class FormResult(Struct, frozen=True):
    """The ticket that a form was about or made, and the message that it wrote; 0 for none.

    `is_repeated`: the form was executed before.
    """

    number: int
    message_seq: int = 0
    is_repeated: bool = False


async def write_form_once(
    desk: Desk,
    actor: Actor,
    route: str,
    fields: Mapping[str, str],
    job: Callable[[UnitOfWork], FormResult],
) -> FormResult:
    """Runs the job in one transaction by the actor, once for a form however often it is sent.

    A form is told by its `form_id` and its content: whoever goes back and writes something else
    sends another form.
    """
    content = hashlib.sha256(msgspec.json.encode(sorted(fields.items()))).hexdigest()
    key = f"{fields.get('form_id', '')[:64]}:{content}"
    caller = idempotency.build_caller_key(actor)
    claim = IdempotencyClaim(actor.org_id, caller, f"FORM {route}", key, content)

    def run(work: UnitOfWork) -> FormResult:
        now = to_microseconds(work.now)
        kept = idempotency.find_response(work.writing, claim, now)
        if kept is not None:
            return replace(_decode(kept.body, type=FormResult), is_repeated=True)
        result = job(work)
        body = msgspec.json.encode(result)
        idempotency.save_response(
            work.writing, claim, now, StoredResponse(content, _SEE_OTHER, {}, body)
        )
        return result

    return await desk.write(actor, run)
