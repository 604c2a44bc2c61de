"""Drafts of agents on the server: saved, discarded, and taken along when tickets are merged."""

from msgspec.structs import asdict, replace

from common.drafts import MOST_DRAFTS, DraftChanged, DraftView, SaveDraft, join_texts
from common.errors import Conflict
from common.tickets.replying import MessageKind
from server.desk.recording import ticket_repository
from server.desk.recording.unit_of_work import UnitOfWork
from server.domain.timestamps import from_microseconds, to_microseconds
from server.storage.queries.ticket import drafts
from server.storage.queries.ticket.drafts import StoredDraft


class TooManyDrafts(Conflict):
    slug, title = "too-many-drafts", "There are all the drafts that there may be"
    occasion = "The agent has 500 drafts. Send or discard one first."


def save_draft(work: UnitOfWork, number: int, command: SaveDraft) -> StoredDraft:
    """Saves a draft of the caller; that of a merged ticket at the ticket it was merged into.

    One that has this content already stays as it is. Raises NotFound, DraftChanged and
    TooManyDrafts.
    """
    org_id, user_id = work.actor.org_id, work.actor.id or 0
    ticket = ticket_repository.resolve_ticket(work, number)
    before = drafts.find_draft(work.writing, org_id, user_id, ticket.number, command.kind)
    content = {name: value for name, value in asdict(command).items() if name != "based_on"}
    if before is None:
        if drafts.count_drafts(work.writing, org_id, user_id) >= MOST_DRAFTS:
            raise TooManyDrafts(f"There may be {MOST_DRAFTS}: send or discard one.")
        now = to_microseconds(work.now)
        made = StoredDraft(
            org_id=org_id,
            user_id=user_id,
            number=ticket.number,
            version=now,
            saved_at=now,
            **content,
        )
        drafts.add_draft(work.writing, made)
        return made
    if replace(before, **content) == before:
        return before
    _check_draft_version(before, command.based_on)
    after = _renew_version(work, replace(before, **content))
    drafts.update_draft(work.writing, after)
    return after


def discard_draft(work: UnitOfWork, number: int, kind: MessageKind, version: int) -> int | None:
    """Discards a draft of the caller, and returns its ticket's number; None: there is none.

    Raises NotFound and DraftChanged.
    """
    ticket = ticket_repository.resolve_ticket(work, number)
    own = work.actor.org_id, work.actor.id or 0
    before = drafts.find_draft(work.writing, *own, ticket.number, kind)
    if before is None:
        return None
    _check_draft_version(before, version)
    drafts.delete_draft(work.writing, before)
    return ticket.number


def take_drafts_along(work: UnitOfWork, merged: int, survivor: int) -> None:
    """Moves everybody's drafts of a merged ticket to the survivor.

    Where an agent has one there, that text stays, and the other one is set aside beside it.
    """
    org_id = work.actor.org_id
    for draft in drafts.list_everybodys_drafts(work.writing, org_id, merged):
        drafts.delete_draft(work.writing, draft)
        held = drafts.find_draft(work.writing, org_id, draft.user_id, survivor, draft.kind)
        if held is None:
            drafts.add_draft(work.writing, replace(draft, number=survivor))
            continue
        aside = join_texts(held.set_aside, join_texts(draft.body, draft.set_aside))
        both = replace(held, set_aside=aside)
        drafts.update_draft(work.writing, _renew_version(work, both))


def render_draft(draft: StoredDraft) -> DraftView:
    """Returns a draft as its agent sees it."""
    given = asdict(draft) | {"saved_at": from_microseconds(draft.saved_at)}
    return DraftView(**{name: given[name] for name in DraftView.__struct_fields__})


def _check_draft_version(draft: StoredDraft, version: int) -> None:
    if draft.version != version:
        raise DraftChanged(
            "It has another text by now: keep both, and save with its version.",
            draft=render_draft(draft),
        )


def _renew_version(work: UnitOfWork, draft: StoredDraft) -> StoredDraft:
    now = to_microseconds(work.now)
    return replace(draft, version=max(now, draft.version + 1), saved_at=now)
