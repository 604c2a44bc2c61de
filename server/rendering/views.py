"""What is stored, as it goes out: tickets, people and envelopes with today's names."""

from datetime import datetime
from typing import Any, Final

import msgspec
from msgspec import UNSET, UnsetType
from msgspec.structs import replace

from common.envelope import Envelope
from common.organization import Organization, Settings
from common.tickets.replying import MessageKind
from common.tickets.routing import Routing
from common.tickets.score import Rating
from common.tickets.sla import Sla, Target
from common.tickets.ticket import Ticket
from common.wire import (
    KEPT,
    ActorRef,
    CustomerRef,
    MessageView,
    MeView,
    PersonRef,
    RatingView,
    RoutingView,
    SlaView,
    TicketView,
    UserView,
)
from server.domain import customer_visibility
from server.domain.routing_text import sentence
from server.storage.engine.optional_timestamps import loaded_or_none
from server.storage.engine.transaction import Reading
from server.storage.queries import org_sequence
from server.storage.queries.event_log import Entry
from server.storage.queries.name_resolver import NameOf, Names
from server.storage.queries.people import Person

_ROUTINGS: Final = tuple[Routing | None, Routing | None]
_RATINGS: Final = tuple[Rating | None, Rating | None]
_PROMISES: Final = tuple[Sla | None, Sla | None]


def ticket(
    it: Ticket,
    customer: CustomerRef,
    assignee: PersonRef | None,
    description: str | UnsetType = UNSET,
    *,
    name_of: NameOf | None = None,
) -> TicketView:
    """Returns a ticket for the wire; without `name_of` as its customer sees it.

    A customer gets no internal fields, and version, seq and time of what it can see.
    """
    internal = name_of is not None
    version, last_seq, updated_at = (
        (it.version, it.last_seq, it.updated_at) if internal else it.public_state
    )
    return TicketView(
        org_id=it.org_id,
        number=it.number,
        subject=it.subject,
        description=description,
        status=it.status,
        priority=it.priority,
        category=it.category,
        tags=it.tags if internal else UNSET,
        customer=customer,
        assignee=assignee,
        waiting_on=it.waiting_on,
        snoozed_until=it.snoozed_until if internal else None,
        close_reason=it.close_reason,
        followup_of=it.followup_of,
        external_id=it.external_id if internal else UNSET,
        created_at=it.created_at,
        updated_at=updated_at,
        first_response_at=it.first_response_at,
        resolved_at=it.resolved_at,
        closed_at=it.closed_at,
        reopen_count=it.reopen_count,
        routing=UNSET if name_of is None else routing(it.routing, name_of),
        sla=sla(it.sla) if internal else UNSET,
        rating=rating(it.rating),
        version=version,
        last_seq=last_seq,
    )


def rating(given: Rating | None) -> RatingView | None:
    return None if given is None else RatingView(given.score, given.comment, given.rated_at)


def sla(promises: Sla | None) -> SlaView | None:
    """Promises on the wire; null where there are none yet."""
    if promises is None:
        return None
    return SlaView(
        first_response_due=_due(promises.first_response),
        next_response_due=_due(promises.next_response),
        resolution_due=_due(promises.resolution),
        state=promises.state,
    )


def _due(target: Target | None) -> datetime | None:
    return None if target is None else loaded_or_none(target.due)


def routing(it: Routing | None, name_of: NameOf) -> RoutingView | None:
    """Why a ticket is where it is, with today's names."""
    if it is None:
        return None
    if it.returned_by is None:
        return RoutingView(it.told, sentence(it))
    before = PersonRef(it.returned_by, name_of(it.returned_by))
    return RoutingView(it.told, sentence(it, before.name), before)


def user(person: Person, *, whole: bool) -> UserView:
    """A person on the wire: `whole` for supervisors, else what agents see."""
    return UserView(
        id=person.id,
        email=person.email if whole else UNSET,
        name=person.name,
        role=person.role,
        skills=person.skills,
        capacity=person.capacity if whole else UNSET,
        presence=person.presence,
        active=person.active if whole else UNSET,
    )


def me(person: Person) -> MeView:
    return MeView(
        org_id=person.org_id,
        id=person.id,
        email=person.email,
        name=person.name,
        role=person.role,
        skills=person.skills,
        capacity=person.capacity,
        presence=person.presence,
        active=person.active,
    )


def organization(org_id: int, settings: Settings) -> Organization:
    return Organization(org_id=org_id, **msgspec.structs.asdict(settings))


def envelope(reading: Reading, entry: Entry, names: Names, epoch: str) -> Envelope:
    """An event as it travels, with the state after it; `epoch` is that of the log now."""
    detail = entry.detail
    actor = names.actor(reading, entry.actor_role, entry.actor_id)
    about: dict[str, Any] = {}
    if detail.ticket is not None:
        about = _about_ticket(reading, entry, detail.ticket, actor, names)
    elif detail.user_id is not None:
        names.forget(detail.user_id)
        about["user"] = _about_user(names.person(reading, detail.user_id))
    else:
        settings = org_sequence.read_settings(reading, entry.org_id)
        about["organization"] = organization(entry.org_id, settings)
    return Envelope(
        org=entry.org_id,
        epoch=epoch,
        seq=entry.seq,
        type=entry.type,
        at=entry.at,
        actor=actor,
        **about,
    )


def public_envelope(reading: Reading, entry: Entry, names: Names, epoch: str) -> Envelope | None:
    """Returns an event as the ticket's customer may see it; None where it may not at all.

    What a note changes visibly is told as an update, without the note.
    """
    it, kind = entry.detail.ticket, _kind(entry)
    if it is None or not customer_visibility.is_public(entry.type, kind, entry.detail.changes):
        return None
    is_note = kind is MessageKind.NOTE
    whole = envelope(reading, entry, names, epoch)
    changes = whole.changes or {}
    return replace(
        whole,
        type="ticket.updated" if is_note else whole.type,
        ticket=public_ticket(reading, it, names),
        changes={
            name: it for name, it in changes.items() if name not in customer_visibility.INTERNAL
        },
        message=UNSET if is_note else whole.message,
        reason=UNSET,
        target=UNSET,
        redacted=whole.redacted.public if whole.redacted else UNSET,
    )


def public_ticket(reading: Reading, it: Ticket, names: Names) -> TicketView:
    """Returns a ticket as its customer sees it, with today's names."""
    customer = names.customer(reading, it.customer_id)
    return ticket(it, customer, names.assignee(reading, it.assignee_id))


def _kind(entry: Entry) -> MessageKind | None:
    """The kind of the event's message; `note` for a redaction of what customers cannot see."""
    parts = entry.detail.redacted
    if parts is not None and not parts.public:
        return MessageKind.NOTE
    return MessageKind(entry.message[0]) if entry.message else None


def _about_user(person: Person) -> UserView:
    """What every agent may see of a person; a customer's address stands on its tickets too."""
    view = user(person, whole=False)
    return view if person.is_agent else replace(view, email=person.email)


def _about_ticket(
    reading: Reading, entry: Entry, it: Ticket, actor: ActorRef, names: Names
) -> dict[str, Any]:
    about: dict[str, Any] = {
        "ticket": ticket(
            it,
            names.customer(reading, it.customer_id),
            names.assignee(reading, it.assignee_id),
            name_of=names.of(reading),
        ),
        "changes": _changes(reading, entry, names),
        "reason": entry.detail.reason or UNSET,
        "target": entry.detail.target or UNSET,
        "redacted": entry.detail.redacted or UNSET,
    }
    if entry.message is not None:
        kind, body = entry.message
        about["message"] = MessageView(
            entry.seq, MessageKind(kind), body, actor, entry.at, entry.seq
        )
    return about


def _changes(reading: Reading, entry: Entry, names: Names) -> dict[str, tuple[Any, Any]]:
    """Changes in the ticket's shape on the wire: people instead of ids, nothing kept for us."""
    changes = {field: pair for field, pair in entry.detail.changes.items() if field not in KEPT}
    if "assignee_id" in changes:
        old, new = changes.pop("assignee_id")
        changes["assignee"] = (names.assignee(reading, old), names.assignee(reading, new))
    if "rating" in changes:
        old, new = msgspec.convert(changes["rating"], _RATINGS)
        changes["rating"] = rating(old), rating(new)
    if "sla" in changes:
        before, after = (sla(it) for it in msgspec.convert(changes.pop("sla"), _PROMISES))
        if before != after:
            changes["sla"] = before, after
    if "routing" in changes:
        name_of = names.of(reading)
        old, new = msgspec.convert(changes.pop("routing"), _ROUTINGS)
        if (told := (routing(old, name_of), routing(new, name_of)))[0] != told[1]:
            changes["routing"] = told
    return changes
