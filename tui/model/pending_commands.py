"""The agent's own commands that the server has not confirmed, in the order in which they were made.

Pure: nothing is sent or written here. What the agent sees is the server's state with these on top
(`tui/model/local_view.py`), so a confirmed command leaves only when its event is in the store.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from common.tickets.registry import Command

KEY_LIFETIME: Final = timedelta(hours=23)
"""The time in which a command may be sent again; the server keeps its keys for an hour longer."""


class PendingCommand(Struct, frozen=True, kw_only=True):
    """A command of the agent on its way to the server. Times are the server's.

    `key` is its Idempotency-Key: however often it is sent, it is done once.
    """

    key: str
    number: int
    command: Command
    made_at: datetime
    done: str
    """The sentence that says that it is done."""
    seen_seq: int = 0
    """The ticket's last event that the agent knew; the agent's own ones raise it."""
    echo_after: int = 0
    """Its own event comes after this one."""
    send_after: datetime | None = None
    """Until then it is held, and can be taken back as if it had never been."""
    sent_at: datetime | None = None
    """The first time that it was sent: from then on it may have been done."""
    done_seq: int | None = None
    """Its event, once the server has confirmed it."""
    is_echoed: bool = False
    """Its event came before its confirmation."""
    version: int | None = None
    """The ticket's version that it needs; None: any."""
    follows: str = ""
    """The key of the command that it takes back."""
    files: tuple[str, ...] = ()
    has_text: bool = True
    """False where the text of a message is only the names of its files."""

    @property
    def is_unsent(self) -> bool:
        """Returns whether the server cannot know of it yet."""
        return self.sent_at is None

    @property
    def is_confirmed(self) -> bool:
        return self.done_seq is not None

    def is_held(self, now: datetime) -> bool:
        """Returns whether it waits for the agent to take it back."""
        return self.send_after is not None and now < self.send_after

    def is_key_expired(self, now: datetime) -> bool:
        """Returns whether the server may have forgotten its key, so that it cannot be repeated."""
        return self.sent_at is not None and now - self.sent_at >= KEY_LIFETIME


class RefusedCommand(Struct, frozen=True):
    """A command that was not carried out, and the reason, as a sentence."""

    pending: PendingCommand
    reason: str
    at: datetime
    slug: str = ""
    """The slug of the refusal (docs/api.md, errors), where it is known."""


class PendingCommands:
    """Commands by ticket in their order, and what was refused of them."""

    def __init__(
        self,
        pending: Iterable[PendingCommand] = (),
        refused: Iterable[RefusedCommand] = (),
    ) -> None:
        self._by_key: dict[str, PendingCommand] = {}
        self._keys: dict[int, list[str]] = {}
        self._confirmed: set[str] = set()
        self._refused = {it.pending.key: it for it in refused}
        for one in pending:
            self.add(one)

    def __len__(self) -> int:
        return len(self._by_key)

    def __iter__(self) -> Iterator[PendingCommand]:
        return iter(tuple(self._by_key.values()))

    @property
    def numbers(self) -> frozenset[int]:
        """The tickets that have pending commands."""
        return frozenset(self._keys)

    @property
    def refused(self) -> list[RefusedCommand]:
        """The refusals that the agent has not put aside, oldest first."""
        return list(self._refused.values())

    @property
    def waiting(self) -> list[PendingCommand]:
        """The commands that the server has not confirmed."""
        return [one for one in self._by_key.values() if not one.is_confirmed]

    def get(self, key: str) -> PendingCommand | None:
        return self._by_key.get(key)

    def list_of(self, number: int) -> Sequence[PendingCommand]:
        """Returns a ticket's commands in their order."""
        return [self._by_key[key] for key in self._keys.get(number, ())]

    def iterate_sendable(self, now: datetime, busy: Collection[int]) -> Iterator[PendingCommand]:
        """Yields the next command of each ticket, oldest tickets first, but of those in `busy`.

        A ticket's commands are sent one after another, so one that is held holds those after it.
        """
        for number in self._keys:
            head = self._find_head(number) if number not in busy else None
            if head is not None and not head.is_held(now):
                yield head

    def _find_head(self, number: int) -> PendingCommand | None:
        return next((one for one in self.list_of(number) if not one.is_confirmed), None)

    def find_next_release(self, now: datetime) -> datetime | None:
        """Returns when the next held command may be sent; None: none is held."""
        ends = (it.send_after for it in self._by_key.values() if it.send_after is not None)
        return min((end for end in ends if end > now), default=None)

    def find_last_release(self, now: datetime) -> datetime | None:
        """Returns until when the newest held command can be taken back; None: none is held."""
        ends = (it.send_after for it in self._by_key.values() if it.send_after is not None)
        return max((end for end in ends if end > now), default=None)

    # -- changing

    def add(self, pending: PendingCommand) -> None:
        """Takes a new command, behind all others. One with a known key changes nothing."""
        if pending.key not in self._by_key:
            self._by_key[pending.key] = pending
            self._keys.setdefault(pending.number, []).append(pending.key)
            if pending.is_confirmed:
                self._confirmed.add(pending.key)

    def mark_sent(self, key: str, at: datetime) -> None:
        """Records that the server may know it from now on."""
        held = self._by_key.get(key)
        if held is not None and held.is_unsent:
            self._by_key[key] = replace(held, sent_at=at, send_after=None)

    def confirm(self, key: str, seq: int, version: int | None = None) -> None:
        """Records that it was done, with the event `seq` as its last; `version`: the ticket's then.

        A command that takes it back is sent only if the ticket is still at this version.
        """
        held = self._by_key.get(key)
        if held is None:
            return
        self._by_key[key] = replace(held, done_seq=seq)
        self._confirmed.add(key)
        for other in self.list_of(held.number):
            if other.is_confirmed:
                continue
            own = version if other.follows == key and version is not None else other.version
            after = max(other.echo_after, seq)
            self._by_key[other.key] = replace(other, echo_after=after, version=own)

    def mark_echoed(self, key: str) -> None:
        """Records that its event is in the store before its confirmation."""
        self._by_key[key] = replace(self._by_key[key], is_echoed=True)

    def settle(self, seq: int, is_visible: Callable[[PendingCommand], bool]) -> frozenset[int]:
        """Drops what is confirmed by the events up to `seq`. Returns its tickets.

        `is_visible` says whether a command's effect can be seen in the store without it.
        """
        confirmed = (self._by_key[key] for key in self._confirmed)
        done = [one for one in confirmed if (one.done_seq or 0) <= seq and is_visible(one)]
        for one in done:
            self._remove(one)
            self.raise_seen(one.number, one.done_seq or 0)
        return frozenset(one.number for one in done)

    def drop_confirmed(self) -> None:
        """Drops what is confirmed: the log in which its events are has been replaced."""
        for key in tuple(self._confirmed):
            self._remove(self._by_key[key])

    def withdraw(self, key: str) -> PendingCommand | None:
        """Takes back a command that was never sent, and returns it; None: it may be done."""
        held = self._by_key.get(key)
        if held is None or not held.is_unsent:
            return None
        self._remove(held)
        return held

    def refuse(self, refused: RefusedCommand) -> None:
        """Takes back a command that was refused, and keeps it with its reason until put aside.

        What was to take it back has nothing left to do.
        """
        held = refused.pending
        for other in self.list_of(held.number):
            if held.key in {other.key, other.follows}:
                self._remove(other)
        self._refused[held.key] = refused

    def renew(self, key: str, renewed: PendingCommand) -> None:
        """Puts a command with another key in the place of one."""
        keys = self._keys[renewed.number]
        keys[keys.index(key)] = renewed.key
        del self._by_key[key]
        self._by_key[renewed.key] = renewed

    def dismiss(self, key: str) -> None:
        """Puts a refusal aside: the agent has read it."""
        self._refused.pop(key, None)

    def raise_seen(self, number: int, seq: int) -> None:
        """Counts a ticket's event as known to the agent: it is one of theirs."""
        for one in self.list_of(number):
            self._by_key[one.key] = replace(one, seen_seq=max(one.seen_seq, seq))

    def release(self, keys: Iterable[str] | None = None) -> None:
        """Ends the holding of these commands; None: of all."""
        for key in list(self._by_key) if keys is None else keys:
            held = self._by_key.get(key)
            if held is not None and held.send_after is not None:
                self._by_key[key] = replace(held, send_after=None)

    def _remove(self, pending: PendingCommand) -> None:
        del self._by_key[pending.key]
        self._confirmed.discard(pending.key)
        keys = self._keys[pending.number]
        keys.remove(pending.key)
        if not keys:
            del self._keys[pending.number]
