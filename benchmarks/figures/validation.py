"""Read the body of `POST /tickets`, and write a ticket: msgspec with our reader, or pydantic.

The peer has the same rules: texts cleaned, no unknown field, no repeated key. Its errors are left
as pydantic words them. See docs/decisions/0020.
"""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from time import process_time
from timeit import timeit
from typing import Annotated, Final

import msgspec
from pydantic import AfterValidator, BaseModel, ConfigDict, StrictStr, ValidationError

from benchmarks import seeding
from benchmarks.result import Result
from common import text
from common.errors import Invalid
from common.tickets.filing import FileTicket
from common.tickets.ticket import Priority, Status, WaitingOn
from common.wire import CustomerRef, PersonRef, RatingView, TicketView
from server.validation import decoding
from server.validation.json_text import has_repeated_keys

CALLS: Final = 3_000
ROUNDS: Final = 9
NOW: Final = datetime(2026, 3, 2, 12, tzinfo=UTC)
SHORT: Final = {"subject": seeding.SUBJECT.format(index=1), "description": seeding.TEXT}
FULL: Final = SHORT | {
    "priority": "high",
    "category": "billing",
    "customer_email": "cleo@example.org",
}
BAD: Final = {"subject": "", "description": 3, "priority": "soon", "color": 1}
TICKET: Final = TicketView(
    org_id=4821, number=17, subject="It broke", status=Status.OPEN, priority=Priority.NORMAL,
    category="general", tags=("vip",), customer=CustomerRef(10_000, "Carla", "c@x.test"),
    assignee=PersonRef(1_000, "Ana"), waiting_on=WaitingOn.AGENT, snoozed_until=None,
    close_reason=None, followup_of=None, created_at=NOW, updated_at=NOW, first_response_at=NOW,
    resolved_at=None, closed_at=None, reopen_count=0, rating=RatingView(2, "Slow.", NOW),
    version=1, last_seq=9,
)  # fmt: skip


def _clean(kind: str, limit: int) -> AfterValidator:
    return AfterValidator(partial(text.clean_text, kind, limit))


class PeerBody(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    subject: Annotated[StrictStr, _clean("line", text.SUBJECT_LIMIT)]
    description: Annotated[StrictStr, _clean("block", text.BODY_LIMIT)]
    priority: Priority = Priority.NORMAL
    category: Annotated[StrictStr, _clean("line", text.TAG_LIMIT)] | None = None
    customer_email: Annotated[StrictStr, _clean("email", text.EMAIL_LIMIT)] | None = None


class PeerPerson(BaseModel):
    id: int
    name: str
    email: str | None = None


class PeerRating(BaseModel):
    score: int
    comment: str | None
    rated_at: datetime


class PeerTicket(BaseModel):
    org_id: int
    number: int
    subject: str
    status: Status
    priority: Priority
    category: str
    tags: tuple[str, ...]
    customer: PeerPerson
    assignee: PeerPerson | None
    waiting_on: WaitingOn | None
    snoozed_until: datetime | None
    close_reason: str | None
    followup_of: int | None
    created_at: datetime
    updated_at: datetime
    first_response_at: datetime | None
    resolved_at: datetime | None
    closed_at: datetime | None
    reopen_count: int
    rating: PeerRating | None
    version: int
    last_seq: int


def measure(_: Path) -> Iterator[Result]:
    for name, body, limit in (
        ("read a ticket's body, two fields", SHORT, 0.7),
        ("read a ticket's body, all fields", FULL, 0.7),
        ("refuse a body with four bad fields", BAD, 0.1),
    ):
        raw = msgspec.json.encode(body)
        yield _compare(name, partial(_read, raw), partial(_read_as_peer, raw), limit)
    raw, encode = msgspec.json.encode(TICKET), msgspec.json.Encoder().encode
    peer = PeerTicket.model_validate_json(raw)
    yield _compare("write a ticket", partial(encode, TICKET), peer.model_dump_json, 2.0)


def _read(raw: bytes) -> object:
    try:
        return decoding.decode_body(FileTicket, raw)
    except Invalid as refusal:
        return refusal


def _read_as_peer(raw: bytes) -> object:
    try:
        body = PeerBody.model_validate_json(raw)
    except ValidationError as refusal:
        return refusal.errors()
    return None if has_repeated_keys(raw) else body


def _compare(
    figure: str, ours: Callable[[], object], peer: Callable[[], object], limit: float
) -> Result:
    """The best round of each, in turn, in time of this process alone."""
    rounds = [(_seconds(ours), _seconds(peer)) for _ in range(ROUNDS)]
    mine, theirs = (min(side) * 1e6 / CALLS for side in zip(*rounds, strict=True))
    return Result(
        figure=figure,
        ours=f"{mine:.1f} µs",
        peer=f"{theirs:.1f} µs",
        value=theirs / mine,
        limit=limit,
        at_least=True,
        unit="x",
    )


def _seconds(job: Callable[[], object]) -> float:
    return timeit(job, timer=process_time, number=CALLS)
