"""Views of tickets, people and events as they go over the wire, with today's names."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Final

import msgspec
from msgspec import UNSET, UnsetType
from msgspec.structs import replace

from common.envelope import Envelope
from common.organization import Organization, OrganizationSettings
from common.people import Presence
from common.tickets.event import TicketEvent
from common.tickets.replying import MessageKind
from common.tickets.routing import Routing
from common.tickets.score import Rating
from common.tickets.sla import Sla, Target
from common.tickets.ticket import Ticket
from common.tickets.undelivered import FailedDelivery
from common.wire import (
    COMMON_TICKET_FIELDS,
    ActorRef,
    CustomerRef,
    MessageSource,
    MessageView,
    MeView,
    PersonRef,
    RatingView,
    RoutingView,
    SlaView,
    TicketView,
    UndeliveredMessage,
    UndeliveredView,
    UserView,
)
from server.domain import customer_visibility
from server.domain.generated_constructor import generate_constructor
from server.domain.routing_text import describe_routing
from server.domain.timestamps import from_microseconds, from_optional_microseconds
from server.storage.engine.transaction import ReadTransaction
from server.storage.queries.attachment.attachments import decode_views
from server.storage.queries.log.event_log import LogEntry
from server.storage.queries.organization import organizations
from server.storage.queries.person import undelivered_mail
from server.storage.queries.person.name_resolver import NameLookup, NameResolver
from server.storage.queries.person.people import Person
from server.storage.queries.person.undelivered_mail import UndeliverableAddressMark
from server.storage.queries.ticket import messages

_RoutingPair: Final = tuple[Routing | None, Routing | None]
_RatingPair: Final = tuple[Rating | None, Rating | None]
_SlaPair: Final = tuple[Sla | None, Sla | None]


def render_ticket(
    it: Ticket,
    customer: CustomerRef,
    assignee: PersonRef | None,
    description: str | UnsetType = UNSET,
    *,
    name_of: NameLookup | None = None,
) -> TicketView:
    """Returns a ticket for the wire; without `name_of` as its customer sees it.

    A customer gets no internal fields, and version, seq and time of what it can see.
    """
    if name_of is not None:
        routing = render_routing(it.routing, name_of)
        return _make_staff_view(it, customer, assignee, description, routing)
    return _make_customer_view(it, customer, assignee, description, it.public_state)


def show_files(view: TicketView, files: str | None) -> TicketView:
    """Returns the ticket with the files of its description, from the column `attachments`."""
    return view if files is None else replace(view, attachments=decode_views(files))


def render_rating(given: Rating | None) -> RatingView | None:
    return None if given is None else RatingView(given.score, given.comment, given.rated_at)


def render_sla(sla: Sla | None) -> SlaView | None:
    """Returns the SLA targets for the wire; None before the first ones."""
    if sla is None:
        return None
    return SlaView(
        first_response_due=_render_due(sla.first_response),
        next_response_due=_render_due(sla.next_response),
        resolution_due=_render_due(sla.resolution),
        state=sla.state,
    )


def _render_due(target: Target | None) -> datetime | None:
    return None if target is None else from_optional_microseconds(target.due)


def render_routing(it: Routing | None, name_of: NameLookup) -> RoutingView | None:
    """Returns why a ticket is where it is, with today's names."""
    if it is None:
        return None
    if it.returned_by is None:
        return RoutingView(it.reported_reason, describe_routing(it))
    before = PersonRef(it.returned_by, name_of(it.returned_by))
    return RoutingView(it.reported_reason, describe_routing(it, before.name), before)


_RARE_FIELDS: Final = (
    "merged_into", "merged_from", "split_from", "split_into", "undelivered_at",
    "channel",
)  # fmt: skip


def _view_constructor(own: Mapping[str, str], *parameters: str) -> Callable[..., TicketView]:
    """Makes views of tickets: fields of the same name are copied, `own` are expressions."""
    arguments = {name: f"it.{name}" for name in COMMON_TICKET_FIELDS}
    arguments |= {name: name for name in ("customer", "assignee", "description")}
    # What few tickets have is on the wire only where it is.
    arguments |= {name: f"it.{name} or UNSET" for name in _RARE_FIELDS}
    arguments["sender_verified"] = "UNSET if it.sender_verified is None else it.sender_verified"
    arguments |= {"rating": "render_rating(it.rating)", **own}
    names = {"UNSET": UNSET, "render_rating": render_rating, "render_sla": render_sla}
    given = ("it", "customer", "assignee", "description", *parameters)
    return generate_constructor(TicketView, given, arguments, names)


_make_staff_view: Final = _view_constructor(
    {"sla": "render_sla(it.sla)", "routing": "routing"}, "routing"
)
_make_customer_view: Final = _view_constructor(
    {
        **{name: repr(value) for name, value in customer_visibility.HIDDEN_VALUES.items()},
        "version": "public_state[0]",
        "last_seq": "public_state[1]",
        "updated_at": "public_state[2]",
    },
    "public_state",
)


def render_user(
    person: Person, *, whole: bool, stopped: UndeliverableAddressMark | None = None
) -> UserView:
    """Returns a person for the wire: `whole` for supervisors, else what agents see.

    `stopped` says why nothing is mailed to the person.
    """
    mark: UndeliveredView | UnsetType = UNSET
    if stopped is not None:
        mark = UndeliveredView(stopped.error, from_microseconds(stopped.at))
    return UserView(
        id=person.id,
        email=person.email if whole else UNSET,
        name=person.name,
        role=person.role,
        skills=person.skills,
        capacity=person.capacity if whole else UNSET,
        presence=person.presence,
        active=person.active if whole else UNSET,
        merged_into=person.merged_into or UNSET,
        undeliverable=mark,
    )


def render_me(person: Person) -> MeView:
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


def render_organization(
    org_id: int, settings: OrganizationSettings, used_bytes: int | UnsetType = UNSET
) -> Organization:
    """Returns an organization; `used_bytes` are those of its files, for who may know them."""
    values = msgspec.structs.asdict(settings)
    return Organization(org_id=org_id, attachments_used_bytes=used_bytes, **values)


def render_envelope(
    reading: ReadTransaction, entry: LogEntry, names: NameResolver, epoch: str
) -> Envelope:
    """Returns an event with the state after it; `epoch` is the present one of the log."""
    detail = entry.detail
    actor = names.actor_ref(reading, entry.actor_role, entry.actor_id)
    about: dict[str, Any] = {}
    if detail.ticket is not None:
        about = _render_ticket_fields(reading, entry, detail.ticket, actor, names)
    elif detail.user_id is not None:
        names.forget_person(detail.user_id)
        person = names.read_person(reading, detail.user_id)
        about["user"] = _render_user_change(reading, person, detail.presence)
    else:
        settings = organizations.read_settings(reading, entry.org_id)
        about["organization"] = render_organization(entry.org_id, settings)
    return Envelope(
        org=entry.org_id,
        epoch=epoch,
        seq=entry.seq,
        type=entry.type,
        at=entry.at,
        actor=actor,
        **about,
    )


def render_public_envelope(
    reading: ReadTransaction, entry: LogEntry, names: NameResolver, epoch: str
) -> Envelope | None:
    """Returns an event as the ticket's customer may see it; None where it may not at all.

    A note's visible changes become an update, without the note.
    """
    it, kind = entry.detail.ticket, _message_kind(entry)
    if it is None or not customer_visibility.is_public_event(
        entry.type, kind, entry.detail.changes
    ):
        return None
    is_hidden = kind is MessageKind.NOTE
    whole = render_envelope(reading, entry, names, epoch)
    changes = whole.changes or {}
    return replace(
        whole,
        type=TicketEvent.type if is_hidden else whole.type,
        ticket=render_public_ticket(reading, it, names),
        changes={
            name: it
            for name, it in changes.items()
            # Who a ticket was filed for by mistake is not its customer's to know.
            if name not in {*customer_visibility.INTERNAL_FIELDS, "customer"}
        },
        message=UNSET if is_hidden or not whole.message else hide_internal_parts(whole.message),
        undelivered=UNSET,
        reason=UNSET,
        target=UNSET,
        redacted=whole.redacted.public_parts if whole.redacted else UNSET,
    )


def hide_internal_parts(message: MessageView) -> MessageView:
    """Returns a message as customers see it."""
    if message.source is UNSET and message.undelivered is UNSET:
        return message
    source = UNSET if message.source is UNSET else MessageSource(message.source.kind)
    return replace(message, source=source, undelivered=UNSET)


def render_public_ticket(reading: ReadTransaction, it: Ticket, names: NameResolver) -> TicketView:
    """Returns a ticket as its customer sees it, with today's names."""
    customer = names.customer_ref(reading, it.customer_id)
    return render_ticket(it, customer, names.assignee_ref(reading, it.assignee_id))


def _message_kind(entry: LogEntry) -> MessageKind | None:
    """Returns the message's kind; `note` for what customers cannot see, though it is none."""
    if entry.detail.undelivered is not None:
        return MessageKind.NOTE
    parts = entry.detail.redacted
    if parts is not None and not parts.public_parts:
        return MessageKind.NOTE
    return MessageKind(entry.message[0]) if entry.message else None


def _render_user_change(
    reading: ReadTransaction, person: Person, presence: Presence | None
) -> UserView:
    """Returns what every agent may see of a person; customers with their address.

    The person is as it is now, except for the presence, which is what the event is about.
    """
    stopped = undelivered_mail.find_undeliverable_address(reading, person.org_id, person.email)
    view = render_user(person, whole=False, stopped=stopped)
    view = replace(view, presence=presence or view.presence)
    return view if person.is_agent else replace(view, email=person.email)


def _render_ticket_fields(
    reading: ReadTransaction, entry: LogEntry, it: Ticket, actor: ActorRef, names: NameResolver
) -> dict[str, Any]:
    about: dict[str, Any] = {
        "ticket": render_ticket(
            it,
            names.customer_ref(reading, it.customer_id),
            names.assignee_ref(reading, it.assignee_id),
            name_of=names.name_lookup(reading),
        ),
        "changes": _render_changes(reading, entry, names),
        "reason": entry.detail.reason or UNSET,
        "target": entry.detail.target or UNSET,
        "redacted": entry.detail.redacted or UNSET,
    }
    failed = entry.detail.undelivered
    if failed is not None:
        about["undelivered"] = _render_failure(reading, entry, it.number, failed, names)
    if entry.message is not None:
        kind, body = entry.message
        about["message"] = MessageView(
            entry.seq,
            MessageKind(kind),
            body,
            actor,
            entry.at,
            entry.seq,
            attachments=decode_views(entry.attachments),
            ticket=entry.copied_from or UNSET,
        )
        if entry.source is not None:
            about["message"] = replace(about["message"], source=messages.SOURCES[entry.source])
    return about


def _render_failure(
    reading: ReadTransaction,
    entry: LogEntry,
    number: int,
    failed: FailedDelivery,
    names: NameResolver,
) -> UndeliveredMessage:
    """Returns the message that did not arrive, with the refusal as it is marked today."""
    mark = undelivered_mail.find_mark(reading, entry.org_id, number, failed.message_id)
    recipient = names.read_person(reading, failed.person_id).ref
    return UndeliveredMessage(
        error="" if mark is None else mark.error,
        at=entry.at if mark is None else from_microseconds(mark.at),
        message_id=failed.message_id,
        recipient=recipient,
    )


def _render_changes(
    reading: ReadTransaction, entry: LogEntry, names: NameResolver
) -> dict[str, tuple[Any, Any]]:
    """Returns the changes in the shape of the wire: people instead of ids, no internal fields."""
    changes = {
        field: pair
        for field, pair in entry.detail.changes.items()
        if field not in customer_visibility.STORED_ONLY_FIELDS
    }
    if "assignee_id" in changes:
        old, new = changes.pop("assignee_id")
        changes["assignee"] = (names.assignee_ref(reading, old), names.assignee_ref(reading, new))
    if "customer_id" in changes:
        old, new = changes.pop("customer_id")
        changes["customer"] = names.customer_ref(reading, old), names.customer_ref(reading, new)
    if "rating" in changes:
        old, new = msgspec.convert(changes["rating"], _RatingPair)
        changes["rating"] = render_rating(old), render_rating(new)
    if "sla" in changes:
        before, after = (render_sla(it) for it in msgspec.convert(changes.pop("sla"), _SlaPair))
        if before != after:
            changes["sla"] = before, after
    if "routing" in changes:
        name_of = names.name_lookup(reading)
        old, new = msgspec.convert(changes.pop("routing"), _RoutingPair)
        before_view, after_view = render_routing(old, name_of), render_routing(new, name_of)
        if before_view != after_view:
            changes["routing"] = before_view, after_view
    return changes
