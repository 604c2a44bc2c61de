"""The words of a person: takes them out of every ticket, when the person is erased."""

from collections.abc import Iterable, Sequence

from msgspec import Struct
from msgspec.structs import replace

from common.tickets.redacting import ERASED, REDACTION_MARKS
from server.desk.erasure import former_texts, redaction
from server.desk.erasure.former_texts import FormerTexts
from server.desk.recording import ticket_repository
from server.desk.recording.unit_of_work import UnitOfWork
from server.desk.tickets import due_actions
from server.storage.queries.attachment.attachments import Attachment
from server.storage.queries.erasure import person_erasure
from server.storage.queries.erasure.history_rewriting import RewriteRules, TextAuthor
from server.storage.queries.log import event_log
from server.storage.queries.mail import inbound_mails


def erase_words(work: UnitOfWork, person_id: int, addresses: Sequence[str]) -> bool:
    """Takes out everything a person wrote, and its tickets' texts and tags; False: nothing.

    Tickets that were the person's before lose what they got in that time. Notes that the system
    made of the person's automatic mails go, and the originals of mails that name the person.
    """
    org_id = work.actor.org_id
    found = person_erasure.list_tickets_of_person(work.writing, org_id, person_id)
    notes = inbound_mails.list_notes_from_mails(work.writing, org_id, person_id, addresses)
    numbers = found.worded | {number for number, _ in notes}
    formers = _collect_formers(work, person_id, numbers)
    erased = []
    for number in sorted({*numbers, *formers}):
        seqs = frozenset(seq for of, seq in notes if of == number)
        former = formers.get(number, FormerTexts())
        share = _Share(person_id, number in found.described or former.opened, seqs)
        erased.append(_erase_ticket(work, number, share, former))
    for number in sorted(found.merely_named - numbers):
        ticket = ticket_repository.load_ticket(work, number)
        erased.append(redaction.drop_originals(work, ticket))
    return any(erased)


def _collect_formers(
    work: UnitOfWork, person_id: int, numbers: Iterable[int]
) -> dict[int, FormerTexts]:
    """Returns what tickets got while they were the person's; a follow-up has its subject of it."""
    org_id, found = work.actor.org_id, dict[int, FormerTexts]()
    for number in numbers:
        log = event_log.read_ticket_log(work.writing, org_id, number)
        found[number] = former_texts.collect_former_texts(log, person_id)
    left = [number for number, it in found.items() if it.subjects]
    followed = person_erasure.group_follow_ups(work.writing, org_id) if left else {}
    while left:
        subjects = found[number := left.pop()].subjects
        for follow_up in followed.get(number, []):
            own = found.get(follow_up, FormerTexts())
            if not subjects <= own.subjects:
                found[follow_up] = replace(own, subjects=own.subjects | subjects)
                left.append(follow_up)
    return found


class _Share(Struct, frozen=True):
    """A person's share of a ticket: whether they described it, and the notes of their mails."""

    person_id: int
    is_described: bool
    notes: frozenset[int]


def _erase_ticket(work: UnitOfWork, number: int, share: _Share, former: FormerTexts) -> bool:
    ticket = due_actions.apply_due_actions(work, ticket_repository.load_ticket(work, number))
    had_originals = redaction.drop_originals(work, ticket)
    rules = _Erasure(share, former, is_own=ticket.customer_id == share.person_id)
    return bool(redaction.rewrite_ticket(work, ticket, rules, None)[1]) or had_originals


class _Erasure(RewriteRules):
    """The rules of an erasure: no word of the person, and no text of its tickets."""

    def __init__(self, share: _Share, former: FormerTexts, *, is_own: bool) -> None:
        self._share = share
        self._former = former
        self._is_own = is_own
        self._is_described = is_own or share.is_described

    def rewrite_subject(self, text: str) -> str:
        return _erase_if(self._is_own or text in self._former.subjects, text)

    def rewrite_description(self, text: str) -> str:
        return _erase_if(self._is_described, text)

    def rewrite_tags(self, tags: tuple[str, ...]) -> tuple[str, ...]:
        if self._is_own:
            return ()
        return tuple(tag for tag in tags if tag not in self._former.tags)

    def rewrite_comment(self, text: str) -> str:
        return _erase_if(self._is_own or text in self._former.comments, text)

    def rewrite_reason(self, author: TextAuthor, text: str) -> str:
        return _erase_if(author.is_person(self._share.person_id), text)

    def rewrite_draft(self, text: str) -> str:
        """Removes it: an answer quotes and names the person."""
        return ""

    def rewrite_message(self, author: TextAuthor, seq: int, text: str) -> str:
        is_theirs = seq in self._share.notes or author.is_person(self._share.person_id)
        return _erase_if(is_theirs, text)

    def rewrite_file(self, uploader: TextAuthor, file: Attachment) -> str | None:
        is_theirs = uploader.is_person(self._share.person_id)
        return None if is_theirs or (self._is_described and file.seq is None) else file.name


def _erase_if(is_theirs: bool, text: str) -> str:  # noqa: FBT001 - the condition reads first
    return ERASED if is_theirs and text not in REDACTION_MARKS else text
