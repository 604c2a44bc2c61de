"""Drafts and removed words: what is taken out of a ticket is taken out of drafts to it, too."""

from msgspec.structs import replace

from common.tickets.ticket import Ticket
from server.desk.recording.unit_of_work import UnitOfWork
from server.desk.tickets import ticket_merging
from server.domain.timestamps import to_microseconds
from server.storage.queries.erasure import purge_requests
from server.storage.queries.erasure.history_rewriting import RewriteRules
from server.storage.queries.ticket import drafts


def redact_drafts(work: UnitOfWork, ticket: Ticket, rules: RewriteRules) -> None:
    """Rewrites everybody's drafts to a ticket, or to the one it was merged into.

    A draft without a text then goes.
    """
    place, is_changed = _find_draft_number(work, ticket), False
    for draft in drafts.list_everybodys_drafts(work.writing, ticket.org_id, place):
        body, aside = rules.rewrite_draft(draft.body), rules.rewrite_draft(draft.set_aside)
        after = replace(draft, body=body, set_aside=aside)
        if after == draft:
            continue
        is_changed = True
        if not body.strip() and not aside.strip():
            drafts.delete_draft(work.writing, draft)
        else:
            drafts.update_draft(work.writing, replace(after, version=draft.version + 1))
    if is_changed:
        purge_requests.request_purge(work.writing, ticket.org_id, to_microseconds(work.present))


def _find_draft_number(work: UnitOfWork, ticket: Ticket) -> int:
    """Returns the number of the ticket that has the drafts: merges take them along."""
    found = ticket
    while (survivor := ticket_merging.find_survivor(work, found.merged_into)) is not None:
        found = survivor
    return found.number
