"""Keeps drafts on the server, too: saved a moment after typing rests, and taken from there.

Nothing waits for it: the disk has a draft first, and what the server does not answer is tried again
when it is back.
"""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from typing import Any, Final

from msgspec.structs import replace
from textual.message import Message

from common.drafts import DiscardDraft, DraftChanged, DraftQuery, DraftRef, DraftView
from common.errors import RateLimited
from common.library_endpoints import DISCARD_DRAFT, LIST_DRAFTS, SAVE_DRAFT
from common.tickets.replying import AddMessage
from tui.messages.results import DraftReceived
from tui.model.draft_agreements import DraftAgreement, DraftId
from tui.model.draft_reconciliation import (
    DraftStep,
    build_saved_draft,
    choose_draft_step,
    join_drafts,
    take_draft,
)
from tui.model.drafts import Draft, Drafts
from tui.model.store import Store
from tui.network.client import MAX_PAGE_SIZE, ApiProblem, Client, Unreachable

_REST_SECONDS: Final = 1.5
"""Typing has rested for so long when a draft is saved on the server."""
_MOST_SECONDS: Final = 10.0
"""Whoever types without a rest has it saved there this often."""
_RETRY_SECONDS: Final = 5.0


class DraftSyncer:
    """The drafts of one session. `is_open` says whether a draft is being written just now."""

    def __init__(
        self,
        client: Client,
        drafts: Drafts,
        store: Store,
        post: Callable[[Message], Any],
    ) -> None:
        self._client, self._drafts, self._store, self._post = client, drafts, store, post
        self.is_open: Callable[[DraftId], bool] = lambda _place: False
        self._wake = asyncio.Event()
        self._is_live, self._is_all_wanted = False, True
        self._wanted: set[int] = set()
        self._refused: dict[DraftId, str] = {}
        """Keys of drafts that the server does not take, such as one that is too long."""
        self._changed_since: float | None = None
        self._timer: asyncio.TimerHandle | None = None
        drafts.on_change = self.note_change

    # -- what happens

    def set_live(self, *, is_live: bool) -> None:
        """Says whether the server can be asked; when it can, everything is compared."""
        self._is_live = is_live
        if is_live:
            self._is_all_wanted = True
            self._wake.set()

    def note_change(self) -> None:
        """Notes that a draft has changed here, or that a message that was one has been sent."""
        loop = asyncio.get_running_loop()
        now = loop.time()
        self._changed_since = self._changed_since or now
        if self._timer is not None:
            self._timer.cancel()
        at = min(now + _REST_SECONDS, self._changed_since + _MOST_SECONDS)
        self._timer = loop.call_at(at, self._wake.set)

    def hear_change(self, draft: DraftRef) -> None:
        """Takes what another terminal has saved; what this one saved is known."""
        agreed = self._drafts.agreements.get((draft.number, draft.kind))
        if (agreed.version if agreed else 0) != draft.version:
            self.check_ticket(draft.number)

    def check_ticket(self, number: int) -> None:
        """Compares the drafts to a ticket with the server's soon."""
        self._wanted.add(number)
        self._wake.set()

    def follow_merges(self, numbers: frozenset[int]) -> None:
        """Takes the drafts of merged tickets along, except one that is being written."""
        for number in numbers:
            ticket = self._store.tickets.get(number)
            into = ticket.merged_into if ticket else None
            if into and self._drafts.has_draft(number) and not self._is_any_open(number):
                self._drafts.move(number, into)
                self.check_ticket(into)
                self._post(DraftReceived(number, None))

    async def run(self) -> None:
        """Synchronizes on demand until cancelled."""
        try:
            while True:
                await self._wake.wait()
                self._wake.clear()
                if self._is_live:
                    await self._try_sync()
        finally:
            self._stop_timer()

    async def flush(self) -> None:
        """Saves on the server what has changed here since the last time."""
        if self._is_live:
            with suppress(ApiProblem, Unreachable):
                await self._sync_changed()

    # -- synchronizing

    async def _try_sync(self) -> None:
        self._stop_timer()
        try:
            await self._sync()
        except Unreachable:
            self._is_all_wanted = True  # when it is back
        except ApiProblem as problem:
            self._is_all_wanted = True
            if not problem.is_signed_out:
                pause = max(problem.retry_after or 0, _RETRY_SECONDS)
                self._timer = asyncio.get_running_loop().call_later(pause, self._wake.set)

    def _stop_timer(self) -> None:
        self._changed_since = None
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    async def _sync(self) -> None:
        if self._is_all_wanted:
            self._is_all_wanted = False
            self._wanted.clear()
            await self._compare(await self._list_drafts(), self._list_places())
        while self._wanted:
            number = self._wanted.pop()
            found = await self._list_drafts_to(number)
            await self._compare(found, {it for it in self._list_places() if it[0] == number})
        await self._sync_changed()

    async def _compare(self, found: list[DraftView], known: set[DraftId]) -> None:
        remote = {(it.number, it.kind): it for it in found}
        for place in sorted({*remote, *known}):
            await self._settle(place, remote.get(place))

    async def _sync_changed(self) -> None:
        """Saves and discards there what has changed here alone, as far as it is known."""
        for place in sorted(self._list_places()):
            local, agreed = self._find_draft(place), self._drafts.agreements.get(place)
            if (local.key if local else "") != (agreed.key if agreed else ""):
                await (self._push(place, local, agreed) if local else self._discard(place, agreed))

    async def _settle(self, place: DraftId, remote: DraftView | None) -> None:
        """Brings both sides of one draft together."""
        drafts, agreements = self._drafts, self._drafts.agreements
        local, agreed = self._find_draft(place), agreements.get(place)
        match choose_draft_step(local, agreed, remote):
            case DraftStep.PUSH if local is not None:
                await self._push(place, local, agreed if remote else None)
            case DraftStep.DISCARD:
                await self._discard(place, agreed)
            case DraftStep.TAKE if remote is not None:
                taken = drafts.adopt(take_draft(local, remote))
                agreements.agree(place, remote.version, taken.key)
                self._post(DraftReceived(place[0], place[1], local.text if local else ""))
            case DraftStep.DROP:
                drafts.drop(place)
                agreements.forget(place)
                self._post(DraftReceived(place[0], place[1], local.text if local else ""))
            case DraftStep.AGREE if local is not None and remote is not None:
                agreements.agree(place, remote.version, local.key)
            case DraftStep.AGREE:
                agreements.forget(place)
            case DraftStep.JOIN if local is not None and remote is not None:
                before = local.text
                joined = join_drafts(local, remote, is_open=self.is_open(place))
                agreements.agree(place, remote.version, "")
                drafts.adopt(joined)
                self._post(DraftReceived(place[0], place[1], before))
                await self._push(place, joined, agreements.get(place))

    async def _push(self, place: DraftId, local: Draft, agreed: DraftAgreement | None) -> None:
        if self._refused.get(place) == local.key or self._is_merged(place[0]):
            return
        body = build_saved_draft(local, agreed.version if agreed else 0)
        try:
            saved: DraftView = await self._client.call(
                SAVE_DRAFT, path={"number": place[0]}, body=body
            )
        except ApiProblem as problem:
            if (remote := _read_changed_draft(problem)) is not None:
                await self._settle(place, remote)
            elif problem.is_signed_out or problem.slug == RateLimited.slug:
                raise
            else:
                self._refused[place] = local.key
        else:
            self._refused.pop(place, None)
            self._drafts.agreements.agree(place, saved.version, local.key)

    async def _discard(self, place: DraftId, agreed: DraftAgreement | None) -> None:
        """Discards the server's; that of a message only when the message has been sent."""
        if agreed is None or self._is_waiting(place) or self._is_merged(place[0]):
            return
        query = DiscardDraft(kind=place[1], version=agreed.version)
        try:
            await self._client.call(DISCARD_DRAFT, path={"number": place[0]}, query=query)
        except ApiProblem as problem:
            remote = _read_changed_draft(problem)
            if remote is not None:
                await self._settle(place, remote)
                return
            if not problem.is_missing:
                raise
        if self._drafts.agreements.get(place) == agreed:
            self._drafts.agreements.forget(place)

    # -- asking

    async def _list_drafts(self) -> list[DraftView]:
        found: list[DraftView] = []
        query = DraftQuery(limit=MAX_PAGE_SIZE)
        while True:
            page = await self._client.call(LIST_DRAFTS, query=query)
            found += page.items
            if page.next_cursor is None:
                return found
            query = replace(query, cursor=page.next_cursor)

    async def _list_drafts_to(self, number: int) -> list[DraftView]:
        try:
            page = await self._client.call(LIST_DRAFTS, query=DraftQuery(number=number))
        except ApiProblem as problem:
            if problem.is_missing:
                return []
            raise
        found: list[DraftView] = page.items
        return found

    def _list_places(self) -> set[DraftId]:
        held = {(it.number, it.kind) for it in self._drafts.list_drafts() if it.number}
        return held | self._drafts.agreements.list_places()

    def _find_draft(self, place: DraftId) -> Draft | None:
        return self._drafts.get(*place)

    def _is_merged(self, number: int) -> bool:
        ticket = self._store.tickets.get(number)
        return ticket is not None and bool(ticket.merged_into)

    def _is_any_open(self, number: int) -> bool:
        return any(self.is_open(place) for place in self._list_places() if place[0] == number)

    def _is_waiting(self, place: DraftId) -> bool:
        """Returns whether the text is in the outbox: held, or not sent yet."""
        waiting = self._store.pending.list_of(place[0])
        return any(
            isinstance(it.command, AddMessage) and it.command.kind is place[1]
            for it in waiting
            if not it.is_confirmed
        )


def _read_changed_draft(problem: ApiProblem) -> DraftView | None:
    """Returns the draft of another terminal that a refusal brings."""
    return problem.draft if problem.slug == DraftChanged.slug else None
