"""Takes back what a reply did that its customer never got: response, pause and waiting."""

from collections.abc import Sequence
from datetime import datetime

from msgspec import Struct
from msgspec.structs import replace

from common.tickets.sla import Sla
from common.tickets.sla_events import SlaBreached
from common.tickets.ticket import Changes, Ticket, Values, WaitingOn
from server.desk.recording import event_recorder
from server.desk.recording.unit_of_work import UnitOfWork
from server.desk.side_effects import report_facts
from server.domain import sla_rules
from server.domain.reports import undelivered_replies
from server.domain.reports.event_facts import TicketChange
from server.domain.timestamps import from_microseconds, to_microseconds


class WaitBeforeMerge(Struct, frozen=True):
    """Since when a ticket was unanswered when it was merged, if it was; `seq` is the merge's."""

    unanswered_since: datetime | None
    seq: int


def reverse_response(work: UnitOfWork, ticket: Ticket, message_id: int) -> Changes:
    """Returns the changes of the ticket that a reply which did not arrive leaves.

    See docs/domain.md, "Replies that do not arrive".
    """
    changes = list(report_facts.replay_history(work.writing, ticket.org_id, ticket.number))
    undelivered = undelivered_replies.list_undelivered_replies(changes) | {message_id}
    corrected = undelivered_replies.disregard_replies(changes, undelivered)
    values: Values = {
        "unanswered_since": corrected[-1].after.unanswered_since,
        "first_response_at": corrected[-1].after.first_response_at,
    }
    if not undelivered_replies.has_standing_reply(changes, message_id, undelivered):
        values |= _returned_values(ticket)
    after = replace(ticket, **values)
    if ticket.sla is not None and ticket.close_reason is None:
        values["sla"] = _restore_sla(work, ticket.sla, after, corrected, message_id)
    return ticket.find_changes(values)


def find_wait_before_merge(work: UnitOfWork, ticket: Ticket) -> WaitBeforeMerge | None:
    """Returns what a merged ticket waited for when it was merged, without replies that were lost.

    None for a ticket that was never merged.
    """
    changes = list(report_facts.replay_history(work.writing, ticket.org_id, ticket.number))
    undelivered = undelivered_replies.list_undelivered_replies(changes)
    for it in reversed(undelivered_replies.disregard_replies(changes, undelivered)):
        if it.before.merged_into is None and it.after.merged_into is not None:
            return WaitBeforeMerge(it.before.unanswered_since, it.after.last_seq)
    return None


def report_late_breaches(work: UnitOfWork, before: Ticket, after: Ticket) -> Ticket:
    """Records the breaches of targets that a later reply ended; returns the ticket after them."""
    for outcome in sla_rules.list_outcomes(before.sla, after.sla):
        if not outcome.kept:
            late = work.act_as(work.actor, from_microseconds(outcome.at))
            after = event_recorder.apply_events(late, after, [SlaBreached(target=outcome.name)])
    return after


def _returned_values(ticket: Ticket) -> Values:
    """Returns the turn to the agent, if the ticket waits for its customer."""
    awaits_customer = ticket.is_unresolved and ticket.waiting_on is WaitingOn.CUSTOMER
    return {"waiting_on": WaitingOn.AGENT} if awaits_customer else {}


def _restore_sla(
    work: UnitOfWork,
    sla: Sla,
    after: Ticket,
    corrected: Sequence[TicketChange],
    message_id: int,
) -> Sla:
    book = work.sequence.policy_book
    written_at = next(it.at for it in corrected if it.after.last_seq == message_id)
    wait = undelivered_replies.find_reopened_wait(corrected, message_id)
    if wait is not None:
        now = to_microseconds(work.now)
        sla = sla_rules.restore_waits(after, written_at, wait, now, book)
    if after.is_unresolved and after.waiting_on is not WaitingOn.CUSTOMER:
        # From here on it waits for us; a pause that began before the reply stands until then.
        paused_at = undelivered_replies.find_pause_start(corrected) or written_at
        sla = sla_rules.resume_resolution(sla, max(paused_at, written_at), book)
    return sla
