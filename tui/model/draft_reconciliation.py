"""Reconciliation of drafts: what to do where this machine and the server have different ones.

Each side either still has what both last agreed on, or has changed it. If only one has changed it,
the other takes that. If both have, the newer text is the draft and the other one is set aside, so
that no word is lost.
"""

from enum import StrEnum
from pathlib import Path
from uuid import uuid4

from msgspec.structs import replace

from common.drafts import DraftView, SaveDraft, join_texts
from tui.model.draft_agreements import DraftAgreement
from tui.model.drafts import Draft


class DraftStep(StrEnum):
    """The steps that bring both sides together."""

    NOTHING = "nothing"
    PUSH = "push"
    """Save this machine's on the server."""
    DISCARD = "discard"
    """Discard the server's: it was sent or discarded here."""
    TAKE = "take"
    """Take the server's."""
    DROP = "drop"
    """Drop this machine's: it was sent or discarded on another one."""
    AGREE = "agree"
    """They are the same: remember that."""
    JOIN = "join"
    """Keep both texts, and save that on the server."""


def choose_draft_step(
    local: Draft | None, agreed: DraftAgreement | None, remote: DraftView | None
) -> DraftStep:
    """Returns what to do about one draft."""
    is_changed_here = (local.key if local else "") != (agreed.key if agreed else "")
    is_changed_there = (remote.version if remote else 0) != (agreed.version if agreed else 0)
    if not is_changed_here and not is_changed_there:
        return DraftStep.NOTHING
    if not is_changed_there:
        return DraftStep.PUSH if local else DraftStep.DISCARD
    if not is_changed_here:
        return DraftStep.TAKE if remote else DraftStep.DROP
    if local is None or remote is None:
        # What somebody still writes is kept, whatever happened to the other one.
        return _keep_the_one(local, remote)
    return DraftStep.AGREE if _has_same_content(local, remote) else DraftStep.JOIN


def _keep_the_one(local: Draft | None, remote: DraftView | None) -> DraftStep:
    if remote is not None:
        return DraftStep.TAKE
    return DraftStep.PUSH if local is not None else DraftStep.AGREE


def _has_same_content(local: Draft, remote: DraftView) -> bool:
    here = build_saved_draft(local)
    return (here.body, here.set_aside, here.verbs, set(here.files)) == (
        remote.body,
        remote.set_aside,
        remote.verbs,
        set(remote.files),
    )


def build_saved_draft(local: Draft, based_on: int = 0) -> SaveDraft:
    """Returns a draft as the server is to keep it; files are named only."""
    names = (*(Path(path).name for path in local.files), *local.elsewhere)
    return SaveDraft(
        kind=local.kind,
        body=local.text,
        set_aside=local.set_aside,
        verbs=local.verbs,
        files=tuple(dict.fromkeys(names)),
        based_on=based_on,
    )


def take_draft(local: Draft | None, remote: DraftView) -> Draft:
    """Returns the server's draft for this machine, with those of its files that are here."""
    here = local.files if local else ()
    kept = tuple(path for path in here if Path(path).name in remote.files)
    names = {Path(path).name for path in kept}
    return Draft(
        number=remote.number,
        kind=remote.kind,
        text=remote.body,
        key=str(uuid4()),
        saved_at=remote.saved_at,
        not_sent=local.not_sent if local else "",
        set_aside=remote.set_aside,
        files=kept,
        begun_after=local.begun_after if local else 0,
        elsewhere=tuple(name for name in remote.files if name not in names),
        verbs=remote.verbs,
    )


def join_drafts(local: Draft, remote: DraftView, *, is_open: bool) -> Draft:
    """Returns a draft with both texts: the newer one first, or this machine's while it is written.

    The files are those of both, and the changes of the ticket those of the text.
    """
    is_local_first = is_open or local.saved_at >= remote.saved_at
    here, there = (local.text, local.verbs), (remote.body, remote.verbs)
    (text, verbs), (other, _) = (here, there) if is_local_first else (there, here)
    asides = join_texts(local.set_aside, remote.set_aside)
    own = {Path(path).name for path in local.files}
    names = (*local.elsewhere, *remote.files)
    return replace(
        local,
        text=text,
        set_aside=_leave_out(text, join_texts(other, asides)),
        verbs=verbs,
        key=str(uuid4()),
        elsewhere=tuple(dict.fromkeys(name for name in names if name not in own)),
    )


def _leave_out(text: str, aside: str) -> str:
    """Returns what is set aside; nothing if the text has all of it."""
    return "" if aside in text else aside
